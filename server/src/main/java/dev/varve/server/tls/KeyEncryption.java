package dev.varve.server.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Decrypts private keys with a password: of PKCS#8 by PBES2 (of which the JDK itself knows AES
 * alone, and OpenSSL writes triple DES as well) or what went before it, and blocks that OpenSSL
 * encrypts by their headers.
 */
final class KeyEncryption {
  private static final String PBES2 = "2a864886f70d01050d";
  private static final String PBKDF2 = "2a864886f70d01050c";
  private static final String HMAC_SHA1 = "2a864886f70d0207";

  /** Functions that a key is derived by. */
  private static final Map<String, String> DERIVATIONS =
      Map.of(
          HMAC_SHA1,
          "PBKDF2WithHmacSHA1",
          "2a864886f70d0208",
          "PBKDF2WithHmacSHA224",
          "2a864886f70d0209",
          "PBKDF2WithHmacSHA256",
          "2a864886f70d020a",
          "PBKDF2WithHmacSHA384",
          "2a864886f70d020b",
          "PBKDF2WithHmacSHA512");

  private record Algorithm(String name, int keyBytes) {}

  private static final Algorithm TRIPLE_DES = new Algorithm("DESede", 24);

  private static final Map<String, Algorithm> CIPHERS =
      Map.of(
          "2a864886f70d0307",
          TRIPLE_DES,
          "60864801650304" + "0102",
          new Algorithm("AES", 16),
          "60864801650304" + "0116",
          new Algorithm("AES", 24),
          "60864801650304" + "012a",
          new Algorithm("AES", 32));

  /** The same in headers. */
  private static final Map<String, Algorithm> HEADER_CIPHERS =
      Map.of(
          "DES-EDE3-CBC", TRIPLE_DES,
          "AES-128-CBC", new Algorithm("AES", 16),
          "AES-192-CBC", new Algorithm("AES", 24),
          "AES-256-CBC", new Algorithm("AES", 32));

  /** Bytes of the initialization vector that a header's key is derived from, too. */
  private static final int SALT_BYTES = 8;

  /** More would keep the thread that reads for seconds. */
  private static final BigInteger MOST_ITERATIONS = BigInteger.valueOf(10_000_000);

  private final byte[] password;

  /** Takes a password whose chars stand for bytes; empty: none is known. */
  KeyEncryption(String password) {
    this.password = password.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void requirePassword() throws TlsException {
    if (password.length == 0) {
      throw new TlsException("the private key is encrypted, and there is no tls-key-file-pass");
    }
  }

  /**
   * Returns what is in an encrypted key of PKCS#8.
   *
   * @throws TlsException if the password is another, or the way isn't known
   */
  byte[] decryptPkcs8(byte[] encrypted) throws TlsException, GeneralSecurityException {
    requirePassword();
    Der parts = new Der(new Der(encrypted).next(Der.SEQUENCE));
    Der way = new Der(parts.next(Der.SEQUENCE));
    if (!hex(way.next(Der.OBJECT_IDENTIFIER)).equals(PBES2)) {
      return decryptOlder(encrypted);
    }
    Der parameters = new Der(way.next(Der.SEQUENCE));
    Der derivation = new Der(parameters.next(Der.SEQUENCE));
    Der cipher = new Der(parameters.next(Der.SEQUENCE));
    Algorithm algorithm = CIPHERS.get(hex(cipher.next(Der.OBJECT_IDENTIFIER)));
    if (algorithm == null || !hex(derivation.next(Der.OBJECT_IDENTIFIER)).equals(PBKDF2)) {
      throw new TlsException("the private key is encrypted in a way that isn't known here");
    }
    byte[] key = derive(new Der(derivation.next(Der.SEQUENCE)), algorithm.keyBytes());
    return decrypt(algorithm, key, cipher.next(Der.OCTET_STRING), parts.next(Der.OCTET_STRING));
  }

  private byte[] derive(Der parameters, int keyBytes)
      throws TlsException, GeneralSecurityException {
    byte[] salt = parameters.next(Der.OCTET_STRING);
    BigInteger iterations = new BigInteger(parameters.next(Der.INTEGER));
    if (iterations.signum() <= 0 || iterations.compareTo(MOST_ITERATIONS) > 0) {
      throw new TlsException("the private key's password is hashed " + iterations + " times");
    }
    if (parameters.hasNext() && parameters.tag() == Der.INTEGER) {
      // The key's length, which the cipher says as well.
      parameters.next();
    }
    String function = HMAC_SHA1;
    if (parameters.hasNext()) {
      function = hex(new Der(parameters.next(Der.SEQUENCE)).next(Der.OBJECT_IDENTIFIER));
    }
    String name = DERIVATIONS.get(function);
    if (name == null) {
      throw new TlsException("the private key is encrypted in a way that isn't known here");
    }
    // The JDK makes bytes of the chars by UTF-8.
    char[] chars = new String(password, StandardCharsets.UTF_8).toCharArray();
    PBEKeySpec spec = new PBEKeySpec(chars, salt, iterations.intValue(), Byte.SIZE * keyBytes);
    return SecretKeyFactory.getInstance(name).generateSecret(spec).getEncoded();
  }

  /** Returns what is in a key that is encrypted in one of the ways before PBES2. */
  private byte[] decryptOlder(byte[] encrypted) throws TlsException, GeneralSecurityException {
    try {
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(encrypted);
      String algorithm = info.getAlgName();
      // These have no encoding of their own: chars are bytes.
      PBEKeySpec spec =
          new PBEKeySpec(new String(password, StandardCharsets.ISO_8859_1).toCharArray());
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(
          Cipher.DECRYPT_MODE,
          SecretKeyFactory.getInstance(algorithm).generateSecret(spec),
          info.getAlgParameters());
      return cipher.doFinal(info.getEncryptedData());
    } catch (IOException e) {
      throw new TlsException("damaged private key", e);
    } catch (BadPaddingException e) {
      throw anotherPassword(e);
    }
  }

  /**
   * Returns a block's bytes, decrypted if its headers say that they aren't in the clear.
   *
   * @throws TlsException if the password is another, or the way isn't known
   */
  byte[] plain(PemBlock block) throws TlsException, GeneralSecurityException {
    String how = block.headers().get("dek-info");
    if (how == null) {
      return block.bytes();
    }
    requirePassword();
    List<String> words = List.of(how.split(",", 2));
    Algorithm algorithm = HEADER_CIPHERS.get(words.getFirst());
    if (algorithm == null) {
      throw new TlsException("the private key is encrypted by " + words.getFirst());
    }
    byte[] vector;
    try {
      vector = HexFormat.of().parseHex(words.getLast());
    } catch (IllegalArgumentException e) {
      throw new TlsException("damaged DEK-Info", e);
    }
    return decrypt(algorithm, derive(vector, algorithm.keyBytes()), vector, block.bytes());
  }

  /** OpenSSL's own way from a password to a key: MD5 of all that came before, again and again. */
  private byte[] derive(byte[] vector, int keyBytes) throws TlsException, GeneralSecurityException {
    if (vector.length < SALT_BYTES) {
      throw new TlsException("damaged DEK-Info");
    }
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    byte[] key = new byte[keyBytes];
    byte[] last = {};
    int filled = 0;
    while (filled < keyBytes) {
      md5.update(last);
      md5.update(password);
      md5.update(vector, 0, SALT_BYTES);
      last = md5.digest();
      int taken = Math.min(last.length, keyBytes - filled);
      System.arraycopy(last, 0, key, filled, taken);
      filled += taken;
    }
    return key;
  }

  private static byte[] decrypt(Algorithm algorithm, byte[] key, byte[] vector, byte[] bytes)
      throws TlsException, GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(algorithm.name() + "/CBC/PKCS5Padding");
    cipher.init(
        Cipher.DECRYPT_MODE, new SecretKeySpec(key, algorithm.name()), new IvParameterSpec(vector));
    try {
      return cipher.doFinal(bytes);
    } catch (BadPaddingException e) {
      throw anotherPassword(e);
    }
  }

  private static TlsException anotherPassword(BadPaddingException e) {
    return new TlsException("the private key's password is another", e);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
