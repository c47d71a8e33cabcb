package dev.varve.server.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.testing.OpenSsl;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CipherListTest {
  private static final List<String> KNOWN = known();

  @TempDir Path folder;

  private static List<String> known() {
    try {
      return Arrays.stream(SSLContext.getDefault().getDefaultSSLParameters().getCipherSuites())
          .filter(name -> name.contains("_WITH_") && !name.contains("_DSS_"))
          .toList();
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void namesOfEitherKindChooseInTheirOrder() {
    assertEquals(
        List.of("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        CipherList.choose(
            "ECDHE-RSA-AES128-SHA:NO-SUCH-SUITE:TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", KNOWN));
  }

  @Test
  void suitesAreTakenOutAndPutLast() {
    String all = "ECDHE-RSA-AES128-SHA,ECDHE-RSA-AES256-SHA ECDHE-RSA-AES128-GCM-SHA256";
    assertEquals(
        List.of("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
        CipherList.choose(all + ":-AES256:+SHA1", KNOWN));
    assertEquals(
        List.of("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
        CipherList.choose("!AES128:" + all + ":@STRENGTH", KNOWN));
    assertEquals(List.of(), CipherList.choose(all + ":!ALL:" + all, KNOWN));
  }

  /** OpenSSL chooses the same ciphers, as far as the JDK has them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALL",
        "HIGH",
        "DEFAULT:-AES128-SHA256",
        "ECDHE+AESGCM",
        "EECDH+AESGCM:EDH+AESGCM",
        "ECDHE+AES:!SHA1",
        "kDHE:!aRSA",
        "DHE:!SHA256",
        "aECDSA",
        "ECDSA+CHACHA20:RSA",
        "CHACHA20",
        "AES256:!AESGCM",
        "SHA384:SHA256",
        "HIGH:!aNULL:!MD5:!kRSA:!TLSv1",
        "HIGH:!SSLv3",
        "ALL:!TLSv1.2"
      })
  void classesAreOpenSsls(String list) {
    OpenSsl openSsl = new OpenSsl(folder);
    // With no level of security: Debian's default leaves suites out that may still be chosen.
    TreeSet<String> theirs = new TreeSet<>();
    String told = openSsl.run("ciphers", "-stdname", "-tls1_2", list + ":@SECLEVEL=0");
    for (String line : told.lines().toList()) {
      theirs.add(line.split(" ", 2)[0]);
    }
    theirs.retainAll(KNOWN);
    assertEquals(theirs, new TreeSet<>(CipherList.choose(list, KNOWN)));
  }
}
