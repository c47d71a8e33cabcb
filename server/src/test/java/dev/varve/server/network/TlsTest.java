package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.bootstrap.StartException;
import dev.varve.server.testing.OpenSsl;
import dev.varve.server.testing.TlsClient;
import io.netty.channel.uring.IoUring;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The TLS port, its settings, and what becomes of clients that TLS is not possible with. */
@Timeout(120)
class TlsTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply PONG = new Reply.SimpleString("PONG");
  private static final Reply NOT_UPDATED =
      new Reply.SimpleError(
          "ERR CONFIG SET failed (possibly related to argument 'tls-cert-file') - Unable to update"
              + " TLS configuration. Check server logs.");

  @TempDir static Path certificates;
  private static OpenSsl openSsl;

  @TempDir Path directory;
  private final int tlsPort = freePort();

  /** Two authorities; a server and a client of the first, the same of the second. */
  @BeforeAll
  static void makeCertificates() {
    openSsl = new OpenSsl(certificates);
    openSsl.authority("ca").certificate("server", "ca").certificate("client", "ca");
    openSsl.authority("other-ca").certificate("other-server", "other-ca");
    openSsl.certificate("stranger", "other-ca");
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String file(String name) {
    return certificates.resolve(name).toString();
  }

  private ServerFixture start(String... directives) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--tls-port",
                "" + tlsPort,
                "--tls-cert-file",
                file("server.crt"),
                "--tls-key-file",
                file("server.key"),
                "--tls-ca-cert-file",
                file("ca.crt")));
    all.addAll(List.of(directives));
    return new ServerFixture(directory, all.toArray(String[]::new));
  }

  private TestClient connect() throws Exception {
    return connect("ca", "client");
  }

  private TestClient connect(String authority, String name) throws Exception {
    return new TestClient(new TlsClient(certificates, authority, name).connect(tlsPort));
  }

  /** Connects with one version of TLS alone, or some cipher suites. */
  private TestClient connectBy(String protocol, String... suites) throws Exception {
    return new TestClient(socket(protocol, suites));
  }

  private SSLSocket socket(String protocol, String... suites) throws Exception {
    SSLSocket socket = new TlsClient(certificates, "ca", "client").connect(tlsPort);
    socket.setEnabledProtocols(new String[] {protocol});
    if (suites.length > 0) {
      socket.setEnabledCipherSuites(suites);
    }
    return socket;
  }

  private static void assertRefused(TestClient client) throws Exception {
    try (client) {
      assertThrows(IOException.class, () -> client.call("PING"));
    }
  }

  private void set(String... change) throws Exception {
    try (TestClient client = connect()) {
      List<String> words = new ArrayList<>(List.of("CONFIG", "SET"));
      words.addAll(List.of(change));
      assertEquals(OK, client.call(words.toArray(String[]::new)));
    }
  }

  @ParameterizedTest
  @CsvSource({"epoll,0", "epoll,1", "nio,0", "nio,1", "io_uring,0", "io_uring,1"})
  void servesAsWithoutTls(String backend, String ioThreads) throws Exception {
    assumeTrue(!backend.equals("io_uring") || IoUring.isAvailable(), "no io_uring here");
    try (ServerFixture _ = start("--io-backend", backend, "--io-threads", ioThreads)) {
      for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
        try (TestClient client = connectBy(protocol)) {
          assertEquals(OK, client.call("SET", "key", "x".repeat(3_000_000)));
          ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
          for (int i = 0; i < 1000; i++) {
            pipeline.writeBytes(TestClient.request("SET", "key:" + i, "" + i));
            pipeline.writeBytes(TestClient.request("GET", "key:" + i));
          }
          pipeline.writeBytes(TestClient.request("GET", "key"));
          pipeline.writeBytes(TestClient.request("GET", "key:1"));
          client.sendBytes(pipeline.toByteArray());
          for (int i = 0; i < 1000; i++) {
            assertEquals(OK, client.read());
            assertEquals(new Reply.BulkString("" + i), client.read());
          }
          assertEquals(new Reply.BulkString("x".repeat(3_000_000)), client.read());
          assertEquals(new Reply.BulkString("1"), client.read());
          String listed = ((Reply.BulkString) client.call("CLIENT", "LIST")).text();
          assertTrue(listed.contains("laddr=127.0.0.1:" + tlsPort), listed);
          assertEquals(OK, client.call("QUIT"));
          assertTrue(client.readEnd());
        }
      }
    }
  }

  /** In TLSv1.2 nothing may follow the end that a client has announced. */
  @Test
  void whoSendsNothingMoreGetsAllReplies() throws Exception {
    try (ServerFixture _ = start()) {
      SSLSocket socket = socket("TLSv1.3");
      try (TestClient client = new TestClient(socket)) {
        assertEquals(OK, client.call("SET", "key", "x".repeat(2_000_000)));
        for (int i = 0; i < 5; i++) {
          client.send("GET", "key");
        }
        socket.shutdownOutput();
        for (int i = 0; i < 5; i++) {
          assertEquals(new Reply.BulkString("x".repeat(2_000_000)), client.read());
        }
        assertTrue(client.readEnd());
      }
      SSLSocket older = socket("TLSv1.2");
      try (TestClient client = new TestClient(older)) {
        assertEquals(PONG, client.call("PING"));
        older.shutdownOutput();
        assertTrue(client.readEnd());
      }
    }
  }

  @Test
  void whatAClientDoesNotTakeCountsAndEndsIt() throws Exception {
    try (ServerFixture _ = start("--client-output-limit", "2mb", "--client-output-timeout", "1");
        TestClient other = connect()) {
      assertEquals(OK, other.call("SET", "key", "x".repeat(1_500_000)));
      try (TestClient slow = connect()) {
        for (int i = 0; i < 100; i++) {
          slow.send("GET", "key");
        }
        while (other.info("output_stalls") == 0) {
          Thread.onSpinWait();
        }
        while (other.info("client_output_buffer_limit_disconnections") == 0) {
          assertTrue(other.info("client_recent_max_output_buffer") < 8_000_000);
        }
      }
      assertEquals(PONG, other.call("PING"));
    }
  }

  @Test
  void clientsNeedACertificateAsTheSettingHasIt() throws Exception {
    try (ServerFixture _ = start("--tls-protocols", "TLSv1.2 TLSv1.3")) {
      assertRefused(connect("ca", null));
      assertRefused(connect("ca", "stranger"));
      try (TestClient client = connect()) {
        assertEquals(PONG, client.call("PING"));
      }
      set("tls-auth-clients", "optional");
      try (TestClient client = connect("ca", null)) {
        assertEquals(PONG, client.call("PING"));
      }
      // The JDK's client doesn't show one that the server can't know; OpenSSL's does.
      assertEquals(0, codeOfOpenSsl("client"));
      assertEquals(1, codeOfOpenSsl("stranger"));
      set("tls-auth-clients", "no");
      try (TestClient client = connect("ca", "stranger")) {
        assertEquals(PONG, client.call("PING"));
      }
      set("tls-auth-clients", "yes");
      assertRefused(connect("ca", null));
    }
  }

  private int codeOfOpenSsl(String name) {
    return openSsl
        .tryWith(
            "PING\r\nQUIT\r\n",
            "s_client",
            "-connect",
            "127.0.0.1:" + tlsPort,
            "-tls1_2",
            "-ign_eof",
            "-CAfile",
            "ca.crt",
            "-cert",
            name + ".crt",
            "-key",
            name + ".key")
        .code();
  }

  @Test
  void authoritiesMayLieInAFolder() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("authorities"));
    Files.copy(certificates.resolve("other-ca.crt"), folder.resolve("one"));
    Files.writeString(folder.resolve("README"), "nothing");
    try (ServerFixture _ =
        start("--tls-ca-cert-dir", folder.toString(), "--tls-ca-cert-file", "")) {
      try (TestClient client = connect("ca", "stranger")) {
        assertEquals(PONG, client.call("PING"));
      }
      assertRefused(connect("ca", "client"));
    }
  }

  @Test
  void protocolsAreThoseOfTheSetting() throws Exception {
    try (ServerFixture _ = start("--tls-protocols", "TLSv1 tlsv1.3")) {
      assertRefused(connectBy("TLSv1.2"));
      try (TestClient client = connectBy("TLSv1.3")) {
        assertEquals(PONG, client.call("PING"));
        assertEquals(OK, client.call("CONFIG", "SET", "tls-protocols", "TLSv1.2"));
        for (String ill : List.of("TLSv1.4", "TLSv1.1", "TLSv1.2,TLSv1.3")) {
          assertInstanceOf(
              Reply.SimpleError.class, client.call("CONFIG", "SET", "tls-protocols", ill));
        }
      }
      assertRefused(connectBy("TLSv1.3"));
      set("tls-protocols", "");
      for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
        try (TestClient client = connectBy(protocol)) {
          assertEquals(PONG, client.call("PING"));
        }
      }
    }
  }

  @Test
  void cipherSuitesAreThoseOfTheSettings() throws Exception {
    String weak = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256";
    String strong = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    try (ServerFixture _ =
        start(
            "--tls-ciphers",
            "DEFAULT:-ECDHE-ECDSA-AES128-SHA256",
            "--tls-ciphersuites",
            "TLS_AES_128_CCM_SHA256:TLS_CHACHA20_POLY1305_SHA256")) {
      assertRefused(connectBy("TLSv1.2", weak));
      try (TestClient client = connectBy("TLSv1.2", strong)) {
        assertEquals(PONG, client.call("PING"));
        for (String setting : List.of("tls-ciphers", "tls-ciphersuites")) {
          assertInstanceOf(Reply.SimpleError.class, client.call("CONFIG", "SET", setting, "NONE"));
        }
      }
      assertRefused(connectBy("TLSv1.3", "TLS_AES_128_GCM_SHA256"));
      try (TestClient client = connectBy("TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256")) {
        assertEquals(PONG, client.call("PING"));
      }
      set("tls-ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA256");
      assertEquals(weak, suiteOf(weak, strong));
      set("tls-prefer-server-ciphers", "yes");
      assertEquals(strong, suiteOf(weak, strong));
    }
  }

  private String suiteOf(String... offered) throws Exception {
    try (SSLSocket socket = socket("TLSv1.2", offered)) {
      socket.startHandshake();
      return socket.getSession().getCipherSuite();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void sessionsAreGoneOnWithAsTheSettingsHaveIt(String version) throws Exception {
    try (ServerFixture _ = start("--tls-auth-clients", "no", "--tls-session-cache-size", "100")) {
      assertTrue(isReused(version));
      set("tls-session-caching", "no");
      assertTrue(!isReused(version));
      set("tls-session-caching", "yes");
      assertTrue(isReused(version));
      set("tls-session-cache-timeout", "0");
      assertTrue(!isReused(version));
    }
  }

  /** Connects two times, and returns whether the second goes on with the first one's session. */
  private boolean isReused(String version) throws Exception {
    Files.deleteIfExists(certificates.resolve("session"));
    sessionOf(version, "-sess_out");
    if (!Files.exists(certificates.resolve("session"))) {
      return false;
    }
    String told = sessionOf(version, "-sess_in");
    assertTrue(told.contains("+PONG"), told);
    return told.contains("\nReused, ");
  }

  private String sessionOf(String version, String session) {
    return openSsl.runWith(
        "PING\r\nQUIT\r\n",
        "s_client",
        "-connect",
        "127.0.0.1:" + tlsPort,
        "-CAfile",
        "ca.crt",
        version,
        "-ign_eof",
        session,
        "session");
  }

  @Test
  void aCertificateIsExchangedWithoutARestart() throws Exception {
    Path cert = Files.copy(certificates.resolve("server.crt"), directory.resolve("cert"));
    Path key = Files.copy(certificates.resolve("server.key"), directory.resolve("key"));
    try (ServerFixture _ =
            start("--tls-cert-file", cert.toString(), "--tls-key-file", key.toString());
        TestClient earlier = connect()) {
      assertEquals(PONG, earlier.call("PING"));
      // In the same files.
      StandardCopyOption over = StandardCopyOption.REPLACE_EXISTING;
      Files.copy(certificates.resolve("other-server.crt"), cert, over);
      assertEquals(NOT_UPDATED, earlier.call("CONFIG", "SET", "tls-cert-file", cert.toString()));
      try (TestClient client = connect()) {
        assertEquals(PONG, client.call("PING"));
      }
      Files.copy(certificates.resolve("other-server.key"), key, over);
      assertEquals(OK, earlier.call("CONFIG", "SET", "tls-cert-file", cert.toString()));
      assertRefused(connect("ca", "client"));
      try (TestClient client = connect("other-ca", "client")) {
        assertEquals(PONG, client.call("PING"));
      }
      // In others.
      assertEquals(
          OK,
          earlier.call(
              "CONFIG",
              "SET",
              "tls-cert-file",
              file("server.crt"),
              "tls-key-file",
              file("server.key")));
      try (TestClient client = connect()) {
        assertEquals(PONG, client.call("PING"));
      }
      assertEquals(PONG, earlier.call("PING"));
    }
  }

  @Test
  void illFilesLeaveAllAsItWas() throws Exception {
    Path empty = Files.createFile(directory.resolve("empty"));
    try (ServerFixture _ = start();
        TestClient client = connect()) {
      for (String ill : List.of("", "/no/such/file", empty.toString(), file("client.crt"))) {
        assertEquals(NOT_UPDATED, client.call("CONFIG", "SET", "tls-cert-file", ill), ill);
      }
      for (String setting : List.of("tls-key-file", "tls-ca-cert-file", "tls-ca-cert-dir")) {
        Reply refused = client.call("CONFIG", "SET", "timeout", "77", setting, "/no/such/file");
        assertTrue(refused.toString().contains("'" + setting + "'"), refused.toString());
      }
      assertInstanceOf(
          Reply.SimpleError.class, client.call("CONFIG", "SET", "tls-ca-cert-file", ""));
      assertEquals(
          new Reply.Array(
              List.of(
                  new Reply.BulkString("tls-cert-file"), new Reply.BulkString(file("server.crt")))),
          client.call("CONFIG", "GET", "tls-cert-file"));
      assertEquals(
          new Reply.Array(List.of(new Reply.BulkString("timeout"), new Reply.BulkString("0"))),
          client.call("CONFIG", "GET", "timeout"));
      try (TestClient another = connect()) {
        assertEquals(PONG, another.call("PING"));
      }
    }
  }

  @Test
  void anEncryptedKeyNeedsItsPassword() throws Exception {
    openSsl.run(
        "pkcs8", "-topk8", "-in", "server.key", "-passout", "pass:1234", "-out", "encrypted.key");
    try (ServerFixture _ = start();
        TestClient client = connect()) {
      String key = file("encrypted.key");
      for (String[] ill : new String[][] {{"tls-key-file-pass", ""}, {"tls-key-file-pass", "1"}}) {
        assertInstanceOf(
            Reply.SimpleError.class,
            client.call("CONFIG", "SET", "tls-key-file", key, ill[0], ill[1]));
      }
      assertEquals(
          OK, client.call("CONFIG", "SET", "tls-key-file", key, "tls-key-file-pass", "1234"));
      try (TestClient another = connect()) {
        assertEquals(PONG, another.call("PING"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--tls-cert-file,,TLS needs tls-cert-file and tls-key-file",
    "--tls-key-file,,TLS needs tls-cert-file and tls-key-file",
    "--tls-cert-file,/no/such,tls-cert-file '/no/such': No such file or directory",
    "--tls-key-file,/no/such,tls-key-file '/no/such': No such file or directory",
    "--tls-ca-cert-file,/no/such,tls-ca-cert-file '/no/such': No such file or directory",
    "--tls-ca-cert-dir,/no/such,tls-ca-cert-dir '/no/such': No such file or directory",
    "--tls-ca-cert-file,,'tls-auth-clients yes: tls-ca-cert-file or tls-ca-cert-dir must tell"
        + " whose certificates are good'",
    "--tls-protocols,TLSv1.1,tls-protocols 'TLSv1.1' leaves nothing that the JDK has",
    "--tls-ciphers,RC4,tls-ciphers 'RC4': the JDK has none of these",
  })
  void aServerThatCannotHaveTlsDoesNotStart(String directive, String value, String error) {
    StartException e =
        assertThrows(StartException.class, () -> start(directive, value == null ? "" : value));
    assertEquals(error, e.getMessage());
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() {
    StartException e =
        assertThrows(StartException.class, () -> start("--tls-key-file", file("client.key")));
    assertEquals(
        "tls-key-file '"
            + file("client.key")
            + "': it is not the key of the certificate in tls-cert-file",
        e.getMessage());
  }

  /** As Redis: what nobody needs is not looked at. */
  @Test
  void withoutATlsPortNothingIsRead() throws Exception {
    try (ServerFixture server = start("--tls-port", "0", "--tls-cert-file", "/no/such/file");
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("CONFIG", "SET", "tls-key-file", "/no/such/file"));
    }
  }

  /** The server of all other tests here has no other port. */
  @Test
  void thereMayBeAPlainPortBeside() throws Exception {
    int plain = freePort();
    try (ServerFixture server = start("--port", "" + plain)) {
      assertEquals(plain, server.port());
      try (TestClient client = server.connect();
          TestClient encrypted = connect()) {
        assertEquals(plain, client.info("tcp_port"));
        assertEquals(OK, encrypted.call("SET", "key", "value"));
        assertEquals(new Reply.BulkString("value"), client.call("GET", "key"));
      }
    }
  }

  @Test
  void infoTellsOfTheTlsPortWhereThereIsNoOther() throws Exception {
    try (ServerFixture server = start();
        TestClient client = connect()) {
      assertEquals(0, server.port());
      assertEquals(tlsPort, client.info("tcp_port"));
    }
  }

  @Test
  void whoSpeaksNoTlsIsClosed() throws Exception {
    try (ServerFixture _ = start();
        TestClient plain = new TestClient(tlsPort);
        TestClient silent = new TestClient(tlsPort);
        TestClient good = connect()) {
      assertEquals(PONG, good.call("PING"));
      plain.send("AUTH", "password");
      assertTrue(plain.readEnd());
      silent.endOutput();
      assertTrue(silent.readEnd());
      assertEquals(PONG, good.call("PING"));
    }
  }

  /** After ten seconds. */
  @Test
  void whoNeverBeginsTheHandshakeIsClosed() throws Exception {
    try (ServerFixture _ = start();
        TestClient silent = new TestClient(tlsPort)) {
      assertTrue(silent.readEnd());
    }
  }

  @Test
  void tlsOnAPlainPortEndsByAnAlert() throws Exception {
    int plain = freePort();
    try (ServerFixture server = start("--port", "" + plain);
        SSLSocket socket = new TlsClient(certificates, "ca", "client").connect(server.port())) {
      SSLException e = assertThrows(SSLException.class, socket::startHandshake);
      assertTrue(e.getMessage().contains("handshake_failure"), e.getMessage());
    }
  }

  @Test
  void oneClientTooManyIsClosed() throws Exception {
    try (ServerFixture _ = start("--maxclients", "1");
        TestClient first = connect()) {
      assertEquals(PONG, first.call("PING"));
      assertRefused(connect());
      assertEquals(1, first.info("rejected_connections"));
    }
  }
}
