package dev.varve.server.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.testing.OpenSsl;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys as OpenSSL writes them. */
class PrivateKeysTest {
  @TempDir Path folder;
  private OpenSsl openSsl;

  @BeforeEach
  void find() {
    openSsl = new OpenSsl(folder);
  }

  private PrivateKey read(String name, String password) throws TlsException {
    return PrivateKeys.read(Certificates.text(folder.resolve(name)), password);
  }

  private void openSsl(String command) {
    openSsl.run(command.split(" ", -1));
  }

  /** Each is a way to write the RSA key in {@code key} to {@code written}. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rsa -in key -traditional -out written",
        "rsa -in key -traditional -aes128 -passout pass:secret -out written",
        "rsa -in key -traditional -aes192 -passout pass:secret -out written",
        "rsa -in key -traditional -aes256 -passout pass:secret -out written",
        "rsa -in key -traditional -des3 -passout pass:secret -out written",
        "rsa -in key -aes256 -passout pass:secret -out written",
        "pkcs8 -topk8 -in key -passout pass:secret -out written",
        "pkcs8 -topk8 -in key -v2 aes128 -v2prf hmacWithSHA512 -passout pass:secret -out written",
        "pkcs8 -topk8 -in key -v2 des3 -passout pass:secret -out written",
        "pkcs8 -topk8 -in key -v2 aes192 -v2prf hmacWithSHA1 -passout pass:secret -out written",
        "pkcs8 -topk8 -in key -v1 PBE-SHA1-3DES -passout pass:secret -out written"
      })
  void keysOfRsaAreRead(String command) throws Exception {
    openSsl("genrsa -out key 2048");
    openSsl(command);
    PrivateKey key = read("key", "");
    assertEquals("RSA", key.getAlgorithm());
    assertEquals(key, read("written", "secret"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ec -in key -out written",
        "ec -in key -no_public -out written",
        "ec -in key -aes256 -passout pass:secret -out written",
        "pkcs8 -topk8 -in key -passout pass:secret -out written"
      })
  void keysOfCurvesAreRead(String command) throws Exception {
    // Its parameters stand in front of it, in a block of their own.
    openSsl("ecparam -name secp384r1 -genkey -out key");
    openSsl(command);
    ECPrivateKey key = (ECPrivateKey) read("key", "");
    ECPrivateKey written = (ECPrivateKey) read("written", "secret");
    assertEquals(key.getS(), written.getS());
    assertEquals(key.getParams().getOrder(), written.getParams().getOrder());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rsa -in key -traditional -aes256 -passout pass:secret -out written",
        "pkcs8 -topk8 -in key -passout pass:secret -out written"
      })
  void anEncryptedKeyNeedsItsPassword(String command) {
    openSsl("genrsa -out key 2048");
    openSsl(command);
    TlsException none = assertThrows(TlsException.class, () -> read("written", ""));
    assertEquals(
        "the private key is encrypted, and there is no tls-key-file-pass", none.getMessage());
    TlsException wrong = assertThrows(TlsException.class, () -> read("written", "Secret"));
    assertEquals("the private key's password is another", wrong.getMessage());
  }

  @Test
  void whatIsNoKeyIsRefused() throws Exception {
    openSsl("genrsa -out key 2048");
    String pem = Certificates.text(folder.resolve("key"));
    for (String ill :
        new String[] {
          "",
          "key",
          "-----BEGIN PRIVATE KEY-----",
          pem.replace("PRIVATE KEY", "CERTIFICATE"),
          pem.substring(0, pem.length() / 2),
          pem.substring(0, pem.length() / 2) + "\n-----END PRIVATE KEY-----\n",
          pem.replace("MII", "!II"),
          pem.replace("PRIVATE KEY", "EC PRIVATE KEY"),
          pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
        }) {
      assertThrows(TlsException.class, () -> PrivateKeys.read(ill, "password"), ill);
    }
  }

  /** Chars of settings stand for bytes, and so OpenSSL takes what it is given. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rsa -in key -traditional -aes256 -passout pass:gehe\u00efm -out written",
        "pkcs8 -topk8 -in key -passout pass:gehe\u00efm -out written"
      })
  void aPasswordMayBeInUtf8(String command) throws Exception {
    openSsl("genrsa -out key 2048");
    openSsl(command);
    byte[] bytes = "gehe\u00efm".getBytes(StandardCharsets.UTF_8);
    String password = new String(bytes, StandardCharsets.ISO_8859_1);
    assertEquals(read("key", ""), read("written", password));
  }

  @Test
  void aWayToEncryptThatIsNotKnownSaysSo() {
    openSsl("genrsa -out key 2048");
    openSsl("pkcs8 -topk8 -in key -scrypt -passout pass:secret -out written");
    TlsException e = assertThrows(TlsException.class, () -> read("written", "secret"));
    assertEquals("the private key is encrypted in a way that isn't known here", e.getMessage());
  }

  @Test
  void aKeyOfAnotherKindSaysSo() {
    openSsl("genpkey -algorithm X25519 -out key");
    TlsException e = assertThrows(TlsException.class, () -> read("key", ""));
    assertTrue(e.getMessage().contains("RSA, EC and EdDSA"), e.getMessage());
  }
}
