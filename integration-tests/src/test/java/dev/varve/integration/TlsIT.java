package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.exceptions.JedisException;

/** Clients drive the packaged server over TLS, whose runtime must have all that it takes. */
@Timeout(120)
final class TlsIT {
  private static final String PASSWORD = "secret";

  @TempDir static Path folder;
  private static int tlsPort;
  private static ServerProcess server;

  /** One certificate is everybody's, and its own authority. */
  @BeforeAll
  static void start() {
    Tools.require("openssl");
    makeCertificate("first", "IP:127.0.0.1,DNS:localhost");
    makeCertificate("second", "IP:127.0.0.1,DNS:localhost");
    makeCertificate("elsewhere", "DNS:example.com");
    tlsPort = ServerProcess.freePort();
    server =
        ServerProcess.in(folder.resolve("data"))
            .port(0)
            .with("--tls-port", "" + tlsPort)
            .with("--tls-cert-file", file("first.crt"), "--tls-key-file", file("first.key"))
            .with("--tls-key-file-pass", PASSWORD, "--tls-ca-cert-file", file("first.crt"))
            .start();
  }

  private static void makeCertificate(String name, String hosts) {
    openSsl(
        "req -x509 -newkey rsa:2048 -days 30 -subj /CN=localhost -addext"
            + (" subjectAltName=" + hosts + " -passout pass:" + PASSWORD)
            + (" -keyout " + file(name + ".key") + " -out " + file(name + ".crt")));
    openSsl(
        ("pkcs12 -export -passin pass:" + PASSWORD + " -passout pass:" + PASSWORD)
            + (" -in " + file(name + ".crt") + " -inkey " + file(name + ".key"))
            + (" -out " + file(name + ".p12")));
    openSsl(
        ("rsa -passin pass:" + PASSWORD + " -in " + file(name + ".key"))
            + (" -out " + file(name + ".plain.key")));
  }

  private static void openSsl(String command) {
    Tools.run(List.of(("openssl " + command).split(" ", -1))).succeeded();
  }

  private static String file(String name) {
    return folder.resolve(name).toString();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static List<String> tool(String program, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                program,
                "-p",
                "" + tlsPort,
                "--tls",
                "--cacert",
                file("first.crt"),
                "--cert",
                file("first.crt"),
                "--key",
                file("first.plain.key")));
    command.addAll(List.of(arguments));
    return command;
  }

  @Test
  void redisCliSetsAndGets() {
    Tools.require("redis-cli");
    assertEquals("OK\n", Tools.run(tool("redis-cli", "SET", "cli", "hello")).succeeded());
    assertEquals("hello\n", Tools.run(tool("redis-cli", "-3", "GET", "cli")).succeeded());
    StringBuilder commands = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      commands.append("SET item:").append(i).append(" value\r\n");
    }
    String output = Tools.run(tool("redis-cli", "--pipe"), commands.toString()).succeeded();
    assertTrue(output.contains("errors: 0, replies: 20000"), output);
    String scanned = Tools.run(tool("redis-cli", "--scan", "--pattern", "item:*")).succeeded();
    assertEquals(20_000, scanned.lines().count());
  }

  @Test
  void redisBenchmarkRuns() {
    Tools.require("redis-benchmark");
    String report =
        Tools.run(
                tool(
                    "redis-benchmark",
                    "-q",
                    "-c",
                    "10",
                    "-n",
                    "5000",
                    "-P",
                    "4",
                    "-t",
                    "set,get,mset"))
            .succeeded();
    assertTrue(report.contains("GET: ") && report.contains("MSET (10 keys): "), report);
  }

  @Test
  void jedisSetsAndGets() throws Exception {
    try (Jedis jedis = connect("first")) {
      assertEquals("PONG", jedis.ping());
      jedis.set("large", "x".repeat(5_000_000));
      Pipeline pipeline = jedis.pipelined();
      List<Response<Long>> counts = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        counts.add(pipeline.incr("counter"));
      }
      Response<String> large = pipeline.get("large");
      pipeline.sync();
      assertEquals(10_000, counts.getLast().get());
      assertEquals(5_000_000, large.get().length());
    }
  }

  private static Tools.Result varve(String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(ServerProcess.HOME.resolve("bin/varve").toString()));
    command.addAll(List.of(arguments));
    return Tools.run(command);
  }

  /** Data goes out and in again, who is believed is checked, and so is the server's name. */
  @Test
  void varveExportsAndImports() throws Exception {
    String[] files = {
      "--cacert", file("first.crt"), "--cert", file("first.crt"), "--key", file("first.plain.key")
    };
    String url = "rediss://localhost:" + tlsPort;
    String out = file("out.rdb");
    try (Jedis jedis = connect("first")) {
      jedis.select(7);
      jedis.set("of TLS", "x".repeat(1_000_000));
      varve(with(files, "export", "--rdb", out, "--from", url)).succeeded();
      jedis.flushDB();
      varve(with(files, "import", out, "--to", url)).succeeded();
      assertEquals(1_000_000, jedis.get("of TLS").length());
      jedis.flushDB();
    }
    assertFails("PKIX", "export", "--rdb", out, "--from", url);
    assertFails("PKIX", "export", "--rdb", out, "--from", url, "--cacert", file("second.crt"));
    assertFails("are for rediss://", "export", "--rdb", out, "--from", "redis://h", files[0], out);
    assertFails("go together", "export", "--rdb", out, "--from", url, files[2], files[3]);
    assertFails("no certificate in it", "export", "--rdb", out, "--from", url, files[0], files[5]);
    int port = ServerProcess.freePort();
    try (ServerProcess _ =
        ServerProcess.in(folder.resolve("elsewhere"))
            .port(0)
            .with("--tls-port", "" + port, "--tls-auth-clients", "no")
            .with("--tls-cert-file", file("elsewhere.crt"))
            .with("--tls-key-file", file("elsewhere.plain.key"))
            .start()) {
      String its = "rediss://localhost:" + port;
      assertFails(
          "localhost", "export", "--rdb", out, "--from", its, files[0], file("elsewhere.crt"));
    }
  }

  private static String[] with(String[] files, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(files));
    return all.toArray(String[]::new);
  }

  private static void assertFails(String reason, String... arguments) {
    Tools.Result result = varve(arguments);
    assertEquals(1, result.code(), result.output());
    assertTrue(result.output().contains(reason), result.output());
  }

  @Test
  void certificatesAreExchangedWhileClientsStay() throws Exception {
    try (Jedis earlier = connect("first")) {
      for (String name : List.of("second", "first")) {
        earlier.configSet(
            "tls-cert-file",
            file(name + ".crt"),
            "tls-key-file",
            file(name + ".key"),
            "tls-ca-cert-file",
            file(name + ".crt"));
        String other = name.equals("first") ? "second" : "first";
        assertThrows(JedisException.class, () -> connect(other).ping());
        try (Jedis later = connect(name)) {
          assertEquals("PONG", later.ping());
        }
      }
      assertEquals("PONG", earlier.ping());
    }
  }

  @Test
  void aPlainClientIsClosedAndTold() throws IOException {
    try (RawClient client = RawClient.connect(tlsPort)) {
      assertThrows(EOFException.class, () -> client.call("PING"));
    }
    while (!server.log().contains("it doesn't speak TLS")) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aServerWithoutItsKeyDoesNotStart() {
    ServerProcess.Exit exit =
        ServerProcess.in(folder.resolve("other"))
            .with("--tls-port", "" + ServerProcess.freePort())
            .with("--tls-cert-file", file("first.crt"), "--tls-key-file", file("first.key"))
            .with("--tls-auth-clients", "no")
            .run();
    assertEquals(2, exit.code());
    assertTrue(exit.output().contains("there is no tls-key-file-pass"), exit.output());
  }

  private static Jedis connect(String name) throws Exception {
    SslOptions options =
        SslOptions.builder()
            .sslVerifyMode(SslVerifyMode.CA)
            .keyStoreType("PKCS12")
            .keystore(folder.resolve(name + ".p12").toFile(), PASSWORD.toCharArray())
            .trustStoreType("PKCS12")
            .truststore(trusted(name).toFile(), PASSWORD.toCharArray())
            .build();
    return new Jedis(
        new HostAndPort("localhost", tlsPort),
        DefaultJedisClientConfig.builder().sslOptions(options).build());
  }

  /** Makes a store that trusts a certificate. */
  private static Path trusted(String name) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream certificate = Files.newInputStream(folder.resolve(name + ".crt"))) {
      trusted.setCertificateEntry(
          name, CertificateFactory.getInstance("X.509").generateCertificate(certificate));
    }
    Path file = folder.resolve(name + "-trusted.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      trusted.store(out, PASSWORD.toCharArray());
    }
    return file;
  }
}
