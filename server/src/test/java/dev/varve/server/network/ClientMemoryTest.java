package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What connections take, and that those that take most are closed if it is too much. */
@Timeout(120)
class ClientMemoryTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply QUEUED = new Reply.SimpleString("QUEUED");

  @TempDir Path directory;

  private static TestClient named(ServerFixture server, String name) throws Exception {
    TestClient client = server.connect();
    assertEquals(OK, client.call("CLIENT", "SETNAME", name));
    return client;
  }

  /** Returns a figure of a client's line; -1: there is no such client. */
  private static long figure(TestClient observer, String name, String figure) throws Exception {
    String all = ((Reply.BulkString) observer.call("CLIENT", "LIST")).text();
    Matcher line =
        Pattern.compile("name=" + name + " .* " + figure + "=(\\d+)( |$)", Pattern.MULTILINE)
            .matcher(all);
    return line.find() ? Long.parseLong(line.group(1)) : -1;
  }

  /** Sends the beginning of a request, and waits until the server has it. */
  private static void begin(TestClient client, TestClient observer, String name, int bytes)
      throws Exception {
    client.sendBytes(("*2\r\n$" + bytes + "\r\n").getBytes(StandardCharsets.US_ASCII));
    client.sendBytes("v".repeat(bytes).getBytes(StandardCharsets.US_ASCII));
    while (figure(observer, name, "qbuf") < bytes) {
      Thread.onSpinWait();
    }
  }

  private static Reply limit(TestClient client, String limit) throws Exception {
    return client.call("CONFIG", "SET", "maxmemory-clients", limit);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void lineTellsWhatIsHeldForClient(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient observer = named(server, "observer");
        TestClient client = named(server, "client")) {
      long idle = figure(observer, "client", "tot-mem");
      assertTrue(idle > 0 && idle < 8192, () -> "idle " + idle);

      assertEquals(OK, client.call("WATCH", "a", "b"));
      long watching = figure(observer, "client", "tot-mem");
      assertTrue(watching >= idle + 1000, () -> "watching " + watching);
      assertEquals(OK, client.call("UNWATCH"));
      assertEquals(idle, figure(observer, "client", "tot-mem"));

      assertEquals(OK, client.call("MULTI"));
      assertEquals(QUEUED, client.call("SET", "a", "v".repeat(10_000)));
      assertTrue(figure(observer, "client", "multi-mem") > 10_000);
      assertTrue(figure(observer, "client", "tot-mem") >= idle + 10_000);
      assertEquals(OK, client.call("DISCARD"));
      assertEquals(idle, figure(observer, "client", "tot-mem"));

      assertEquals(3, ((Reply.Array) client.call("SUBSCRIBE", "c")).values().size());
      assertTrue(figure(observer, "client", "tot-mem") > idle + 300);
      assertEquals(3, ((Reply.Array) client.call("UNSUBSCRIBE", "c")).values().size());
      assertEquals(idle, figure(observer, "client", "tot-mem"));

      begin(client, observer, "client", 100_000);
      assertTrue(figure(observer, "client", "tot-mem") >= idle + 100_000);
      assertTrue(observer.info("mem_clients_normal") >= idle + 100_000);
    }
  }

  private static void take(TestClient client, String what) throws IOException {
    switch (what) {
      case "input" ->
          client.sendBytes(
              ("*2\r\n$2000000\r\n" + "v".repeat(1_000_000)).getBytes(StandardCharsets.US_ASCII));
      case "queue" -> {
        client.send("MULTI");
        for (int i = 0; i < 10; i++) {
          client.send("SET", "a", "v".repeat(100_000));
        }
      }
      case "output" -> {
        for (int i = 0; i < 100; i++) {
          client.send("GET", "key");
        }
      }
      default -> {
        for (int i = 0; i < 2000; i++) {
          client.send("WATCH", "key" + i);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0,input", "2,input", "0,queue", "2,queue", "0,output", "2,output", "0,watch"})
  void clientThatTakesMostIsClosedAndCounted(String ioThreads, String what) throws Exception {
    try (ServerFixture server =
            new ServerFixture(
                directory, "--io-threads", ioThreads, "--maxmemory-clients", "1000000");
        TestClient observer = named(server, "observer");
        TestClient small = named(server, "small");
        TestClient client = named(server, "client")) {
      begin(small, observer, "small", 100_000);
      if (what.equals("output")) {
        assertEquals(OK, observer.call("SET", "key", "x".repeat(100_000)));
      }
      try {
        take(client, what);
      } catch (SocketException e) {
        // Closed before it has sent all.
      }
      while (observer.info("evicted_clients") == 0) {
        Thread.onSpinWait();
      }
      assertEquals(-1, figure(observer, "client", "tot-mem"));
      assertTrue(figure(observer, "small", "qbuf") >= 100_000);
      assertEquals(1, observer.info("evicted_clients"));
      assertEquals(OK, observer.call("CONFIG", "RESETSTAT"));
      assertEquals(0, observer.info("evicted_clients"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void limitIsLoweredAndOnlyAsManyAreClosedAsHaveTo(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient observer = named(server, "observer");
        TestClient large = named(server, "large");
        TestClient middle = named(server, "middle");
        TestClient small = named(server, "small")) {
      begin(large, observer, "large", 400_000);
      begin(middle, observer, "middle", 200_000);
      begin(small, observer, "small", 50_000);
      assertEquals(OK, limit(observer, "500000"));
      assertEquals(-1, figure(observer, "large", "qbuf"));
      assertTrue(figure(observer, "middle", "qbuf") >= 200_000);
      assertEquals(OK, limit(observer, "200000"));
      assertEquals(-1, figure(observer, "middle", "qbuf"));
      assertTrue(figure(observer, "small", "qbuf") >= 50_000);
      assertTrue(large.readEnd());
      assertTrue(middle.readEnd());
      assertEquals(2, observer.info("evicted_clients"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void clientThatIsNotToBeClosedStaysUntilItMay(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient observer = named(server, "observer");
        TestClient client = named(server, "client")) {
      assertEquals(OK, observer.call("CLIENT", "NO-EVICT", "ON"));
      assertEquals(OK, client.call("CLIENT", "NO-EVICT", "ON"));
      assertEquals(OK, client.call("WATCH", "key", "other"));
      assertEquals(OK, limit(observer, "1"));
      assertTrue(figure(observer, "client", "tot-mem") > 1);
      assertEquals(0, observer.info("evicted_clients"));
      assertEquals(OK, client.call("CLIENT", "NO-EVICT", "OFF"));
      while (figure(observer, "client", "tot-mem") >= 0) {
        Thread.onSpinWait();
      }
      assertEquals(1, observer.info("evicted_clients"));
    }
  }

  @Test
  void limitIsAlsoPercentageOfMemory() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--maxmemory", "200mb");
        TestClient observer = named(server, "observer");
        TestClient client = named(server, "client")) {
      assertEquals(OK, limit(observer, "1%"));
      assertEquals(
          "maxmemory-clients=1%",
          String.join(
              "=",
              ((Reply.Array) observer.call("CONFIG", "GET", "maxmemory-clients"))
                  .values().stream().map(each -> ((Reply.BulkString) each).text()).toList()));
      begin(client, observer, "client", 1_000_000);
      client.sendBytes("v".repeat(10).getBytes(StandardCharsets.US_ASCII));
      assertEquals(0, observer.info("evicted_clients"));
      try (TestClient larger = named(server, "larger")) {
        larger.sendBytes(
            ("*2\r\n$3000000\r\n" + "v".repeat(2_200_000)).getBytes(StandardCharsets.US_ASCII));
        while (observer.info("evicted_clients") == 0) {
          Thread.onSpinWait();
        }
        assertEquals(-1, figure(observer, "larger", "qbuf"));
      } catch (java.net.SocketException e) {
        // It was closed while it still sent.
        assertEquals(1, observer.info("evicted_clients"));
      }
      for (String bad : new String[] {"101%", "-1", "-5%", "many", "5.5%"}) {
        assertTrue(limit(observer, bad) instanceof Reply.SimpleError, bad);
      }
    }
  }
}
