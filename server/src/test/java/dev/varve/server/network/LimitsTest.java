package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What connections may not do, and what they may. */
@Timeout(120)
class LimitsTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  @Test
  @EnabledOnOs(OS.LINUX)
  void silentConnectionsAreProbedAsSetWhenTheyWereAccepted() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      for (String seconds : List.of("300", "0", "60")) {
        assertEquals(OK, client.call("CONFIG", "SET", "tcp-keepalive", seconds));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
            TestClient later = new TestClient(socket)) {
          assertEquals(new Reply.SimpleString("PONG"), later.call("PING"));
          String probed = seconds.equals("0") ? "00" : "02";
          while (!timer(server.port(), socket.getLocalPort()).equals(probed)) {
            // What was sent is still to be acknowledged.
            Thread.onSpinWait();
          }
        }
      }
    }
  }

  /** Which timer runs for the connection between two ports: 02 is that of probes, 00 is none. */
  private static String timer(int from, int to) throws IOException {
    String ports = String.format(Locale.ROOT, ".*:%04X [0-9A-F]*:%04X .*", from, to);
    for (String file : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String line : Files.readAllLines(Path.of(file))) {
        if (line.matches(ports)) {
          return line.strip().split(" +", -1)[5].substring(0, 2);
        }
      }
    }
    throw new AssertionError("no connection from " + from + " to " + to);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void clientThatSendsAllBeforeItReadsGetsAllReplies(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      String value = "x".repeat(1000);
      assertEquals(OK, client.call("SET", "key", value));
      int requests = 20_000;
      client.sendBytes(repeated(TestClient.request("GET", "key"), requests));
      for (int i = 0; i < requests; i++) {
        assertEquals(new Reply.BulkString(value), client.read());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void unsentRepliesAreBoundedAndStillAllSent(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(
                directory, "--io-threads", ioThreads, "--client-output-limit", "1mb");
        TestClient client = server.connect();
        TestClient observer = server.connect()) {
      String value = "x".repeat(10_000);
      assertEquals(OK, client.call("SET", "key", value));
      int requests = 3000;
      byte[] pipeline = repeated(TestClient.request("GET", "key"), requests);
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.sendBytes(pipeline);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      while (observer.info("output_stalls") == 0) {
        Thread.onSpinWait();
      }
      assertTrue(observer.info("client_unsent_bytes") < 3 << 20);
      for (int i = 0; i < requests; i++) {
        assertEquals(new Reply.BulkString(value), client.read());
      }
      sending.join();
      assertEquals(OK, client.call("SET", "key", "short"));
    }
  }

  @Test
  void clientThatTakesNoRepliesIsClosedAndCounted() throws Exception {
    try (ServerFixture server =
            new ServerFixture(
                directory, "--client-output-limit", "1mb", "--client-output-timeout", "1");
        TestClient client = server.connect();
        TestClient observer = server.connect()) {
      assertEquals(OK, client.call("SET", "key", "x".repeat(100_000)));
      client.sendBytes(repeated(TestClient.request("GET", "key"), 1000));
      while (observer.info("client_output_buffer_limit_disconnections") == 0) {
        Thread.onSpinWait();
      }
      assertEquals(1, observer.info("connected_clients"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void clientWithMoreRepliesThanItsClassMayHaveIsClosedAndCounted(String ioThreads)
      throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient observer = server.connect()) {
      assertEquals(OK, observer.call("SET", "key", "x".repeat(100_000)));
      assertEquals(OK, limit(observer, "normal 300000 0 0"));
      assertEquals(new Reply.BulkString("x".repeat(100_000)), client.call("GET", "key"));
      client.sendBytes(repeated(TestClient.request("GET", "key"), 100));
      while (observer.info("client_output_buffer_limit_disconnections") == 0) {
        Thread.onSpinWait();
      }
      assertEquals(1, observer.info("connected_clients"));
    }
  }

  /** Nothing of a reply is sent that is larger than all that may wait. */
  @Test
  void replyThatIsMoreThanMayWaitIsNotSent() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect();
        TestClient observer = server.connect()) {
      assertEquals(OK, observer.call("SET", "key", "x".repeat(100_000)));
      assertEquals(OK, limit(observer, "normal 90kb 0 0 pubsub 1mb 0 0"));
      client.send("GET", "key");
      assertTrue(client.readEnd());
      assertEquals(OK, limit(observer, "normal 0 0 0"));
      assertEquals(
          new Reply.Array(
              List.of(
                  new Reply.BulkString("client-output-buffer-limit"),
                  new Reply.BulkString(
                      "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 0 0"))),
          observer.call("CONFIG", "GET", "client-output-buffer-limit"));
    }
  }

  @Test
  void clientThatIsOverTheSoftLimitForTooLongIsClosed() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect();
        TestClient observer = server.connect()) {
      assertEquals(OK, observer.call("SET", "key", "x".repeat(100_000)));
      assertEquals(OK, limit(observer, "normal 0 50000 1"));
      client.sendBytes(repeated(TestClient.request("GET", "key"), 200));
      while (observer.info("client_output_buffer_limit_disconnections") == 0) {
        Thread.onSpinWait();
      }
      assertEquals(1, observer.info("connected_clients"));
    }
  }

  @Test
  void subscriberThatIsBehindIsClosedByTheLimitOfItsClass() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient subscriber = server.connect();
        TestClient publisher = server.connect()) {
      assertEquals(OK, limit(publisher, "pubsub 100000 0 0"));
      subscriber.call("SUBSCRIBE", "channel");
      while (!publisher
          .call("PUBLISH", "channel", "x".repeat(10_000))
          .equals(new Reply.IntegerValue(0))) {
        Thread.onSpinWait();
      }
      assertEquals(1, publisher.info("client_output_buffer_limit_disconnections"));
    }
  }

  private static Reply limit(TestClient client, String limits) throws IOException {
    return client.call("CONFIG", "SET", "client-output-buffer-limit", limits);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*1|$-5|ERR Protocol error: invalid bulk length",
        "*x|$1|ERR Protocol error: invalid multibulk length",
        "*1|+a|ERR Protocol error: expected '$', got '+'",
        "*1|$99999999999|ERR Protocol error: invalid bulk length",
      })
  void protocolErrorIsAnsweredBehindEarlierRepliesAndCloses(String one, String two, String error)
      throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", "1");
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      client.sendBytes(
          SlowSyncTest.concat(
              TestClient.request("SET", "key", "1"),
              TestClient.request("DBSIZE"),
              (one + "\r\n" + two + "\r\n").getBytes(StandardCharsets.US_ASCII)));
      assertEquals(OK, client.read());
      assertEquals(new Reply.IntegerValue(1), client.read());
      assertEquals(new Reply.SimpleError(error), client.read());
      assertTrue(client.readEnd());
      assertEquals(new Reply.SimpleString("PONG"), other.call("PING"));
    }
  }

  @Test
  void tooManyClientsAreToldSo() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--maxclients", "2");
        TestClient first = server.connect();
        TestClient second = server.connect()) {
      assertEquals(new Reply.SimpleString("PONG"), first.call("PING"));
      assertEquals(new Reply.SimpleString("PONG"), second.call("PING"));
      try (TestClient third = server.connect()) {
        assertEquals(new Reply.SimpleError("ERR max number of clients reached"), third.read());
        assertTrue(third.readEnd());
      }
      assertEquals(1, first.info("rejected_connections"));
      assertEquals(OK, second.call("QUIT"));
      while (first.info("connected_clients") == 2) {
        Thread.onSpinWait();
      }
      try (TestClient next = server.connect()) {
        assertEquals(new Reply.SimpleString("PONG"), next.call("PING"));
      }
    }
  }

  @Test
  void idleConnectionIsClosed() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--timeout", "1");
        TestClient client = server.connect()) {
      assertEquals(new Reply.SimpleString("PONG"), client.call("PING"));
      assertTrue(client.readEnd());
    }
  }

  /**
   * Whatever arrives together with it: what comes after it is decoded once it has been executed.
   */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void resetMakesStrangersOfThoseBehindIt(String ioThreads) throws Exception {
    String[] exists = new String[11];
    Arrays.fill(exists, "key");
    exists[0] = "EXISTS";
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--requirepass", "secret");
        TestClient client = server.connect()) {
      client.sendBytes(
          SlowSyncTest.concat(
              TestClient.request("AUTH", "secret"),
              TestClient.request(exists),
              TestClient.request("SET", "key", "1"),
              TestClient.request("reset"),
              TestClient.request(exists)));
      assertEquals(OK, client.read());
      assertEquals(new Reply.IntegerValue(0), client.read());
      assertEquals(OK, client.read());
      assertEquals(new Reply.SimpleString("RESET"), client.read());
      assertEquals(
          new Reply.SimpleError("ERR Protocol error: unauthenticated multibulk length"),
          client.read());
      assertTrue(client.readEnd());
    }
  }

  @Test
  void strangersMaySendLittle() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--requirepass", "secret")) {
      try (TestClient client = server.connect()) {
        client.sendBytes("*11\r\n".getBytes(StandardCharsets.US_ASCII));
        assertEquals(
            new Reply.SimpleError("ERR Protocol error: unauthenticated multibulk length"),
            client.read());
        assertTrue(client.readEnd());
      }
      try (TestClient client = server.connect()) {
        assertEquals(
            new Reply.SimpleError("NOAUTH Authentication required."), client.call("GET", "a"));
        assertEquals(OK, client.call("AUTH", "secret"));
        assertEquals(OK, client.call("SET", "key", "x".repeat(100_000)));
        String[] many = new String[200];
        Arrays.fill(many, "key");
        many[0] = "EXISTS";
        assertEquals(new Reply.IntegerValue(199), client.call(many));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void limitsFollowAuthWithinAPipeline(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--requirepass", "secret", "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      String[] many = new String[200];
      Arrays.fill(many, "key");
      many[0] = "EXISTS";
      client.sendBytes(
          SlowSyncTest.concat(
              TestClient.request("PING"),
              TestClient.request("AUTH", "secret"),
              TestClient.request("SET", "key", "x".repeat(100_000)),
              TestClient.request(many),
              "*1\r\n$-1\r\n".getBytes(StandardCharsets.US_ASCII)));
      assertEquals(new Reply.SimpleError("NOAUTH Authentication required."), client.read());
      assertEquals(OK, client.read());
      assertEquals(OK, client.read());
      assertEquals(new Reply.IntegerValue(199), client.read());
      assertEquals(new Reply.SimpleError("ERR Protocol error: invalid bulk length"), client.read());
      assertTrue(client.readEnd());
    }
  }

  @Test
  void quitAnswersAndCloses() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.sendBytes(
          SlowSyncTest.concat(
              TestClient.request("SET", "key", "1"),
              TestClient.request("QUIT"),
              TestClient.request("SET", "key", "2")));
      assertEquals(OK, client.read());
      assertEquals(OK, client.read());
      assertTrue(client.readEnd());
      try (TestClient other = server.connect()) {
        assertEquals(new Reply.BulkString("1"), other.call("GET", "key"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0,POST / HTTP/1.1", "1,POST / HTTP/1.1", "0,Host: localhost", "1,hOsT: localhost"})
  void browserIsCutOffBeforeItsBodyIsExecuted(String ioThreads, String line) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      String request = "SET key 1\r\n" + line + "\r\nSET key 2\r\n";
      client.sendBytes(request.getBytes(StandardCharsets.US_ASCII));
      assertEquals(OK, client.read());
      assertTrue(client.readEnd());
      assertEquals(new Reply.BulkString("1"), other.call("GET", "key"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void clientListTellsWhatEachDidLast(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      Map<String, String[]> commands =
          Map.of(
              "set", new String[] {"SET", "key", "1"},
              "get", new String[] {"GET", "key"},
              "dbsize", new String[] {"DBSIZE"},
              "client|id", new String[] {"CLIENT", "ID"});
      for (String name : commands.keySet()) {
        other.call(commands.get(name));
        String list = ((Reply.BulkString) client.call("CLIENT", "LIST")).text();
        assertTrue(
            list.lines().skip(1).findFirst().orElseThrow().contains(" cmd=" + name + " "), list);
        assertTrue(list.lines().findFirst().orElseThrow().contains(" cmd=client|list "), list);
        assertTrue(list.lines().allMatch(line -> line.matches(".* idle=\\d{1,2} .*")), list);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void clientKillClosesTheOther(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient killer = server.connect();
        TestClient victim = server.connect()) {
      long id = assertInstanceOf(Reply.IntegerValue.class, victim.call("CLIENT", "ID")).value();
      assertEquals(
          new Reply.IntegerValue(1), killer.call("CLIENT", "KILL", "ID", Long.toString(id)));
      assertTrue(victim.readEnd());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void clientReplyModesHoldInPipelines(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      client.sendBytes(
          SlowSyncTest.concat(
              TestClient.request("CLIENT", "REPLY", "OFF"),
              TestClient.request("SET", "key", "1"),
              TestClient.request("DBSIZE"),
              TestClient.request("GET", "key"),
              TestClient.request("CLIENT", "REPLY", "ON"),
              TestClient.request("CLIENT", "REPLY", "SKIP"),
              TestClient.request("SET", "key", "2"),
              TestClient.request("GET", "key")));
      assertEquals(OK, client.read());
      assertEquals(new Reply.BulkString("2"), client.read());
    }
  }

  @Test
  void unixSocketIsServed() throws Exception {
    Path socket = directory.resolve("varve.sock");
    try (ServerFixture server =
            new ServerFixture(
                directory.resolve("data"),
                "--unixsocket",
                socket.toString(),
                "--unixsocketperm",
                "600");
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap("PING\r\n".getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer reply = ByteBuffer.allocate(7);
      while (reply.hasRemaining() && channel.read(reply) >= 0) {}
      assertEquals("+PONG\r\n", new String(reply.array(), StandardCharsets.US_ASCII));
      assertEquals(0, server.port());
    }
  }

  /**
   * Found by commands of every size: what was refused was answered before a command that was still
   * on its way, whose reply, or the end of the connection, never came.
   */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aRefusalComesBehindTheRepliesOfWhatIsOnItsWay(String ioThreads) throws Exception {
    List<TestClient> holders = new ArrayList<>();
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--maxmemory", "96mb");
        TestClient observer = server.connect();
        TestClient client = server.connect()) {
      server.engine().full(true);
      client.send("SET", "key", "1");
      while (observer.info("parked_writes") == 0) {
        Thread.onSpinWait();
      }
      useUp(observer.info("maxmemory_network") / 2, observer, server, holders);
      client.sendBytes(begun(300_000));
      while (observer.info("client_query_buffer_limit_disconnections") == 0) {
        Thread.onSpinWait();
      }
      assertEquals(0, client.available());
      server.engine().full(false);
      assertEquals(OK, client.read());
      assertEquals(
          new Reply.SimpleError("OOM requests take more memory than this server has for them"),
          client.read());
      assertTrue(client.readEnd());
    } finally {
      for (TestClient holder : holders) {
        holder.close();
      }
    }
  }

  /** Has others begin requests until there is hardly any room for more. */
  private static void useUp(
      long room, TestClient observer, ServerFixture server, List<TestClient> holders)
      throws Exception {
    long left = room - observer.info("mem_clients_normal");
    while (left > 41_000) {
      int length = left > 600_000 ? 200_000 : 17_000;
      holders.add(server.connect());
      holders.getLast().sendBytes(begun(length));
      long before = left;
      while (left > before - length) {
        left = room - observer.info("mem_clients_normal");
      }
    }
  }

  /** A request of one long argument, which is all there but for its end. */
  private static byte[] begun(int length) {
    byte[] request = TestClient.request("SET", "other", "x".repeat(length));
    return Arrays.copyOf(request, request.length - 100);
  }

  private static byte[] repeated(byte[] bytes, int times) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      all.writeBytes(bytes);
    }
    return all.toByteArray();
  }
}
