package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The slow log, and what LATENCY tells, of a whole server. */
@Timeout(60)
class SlowLogTest {
  @TempDir Path directory;

  /** The arguments of the slow log's entries, the newest first, each joined by blanks. */
  private static List<String> logged(TestClient client) throws Exception {
    return values(client.call("SLOWLOG", "GET", "-1")).stream()
        .map(entry -> String.join(" ", texts(values(entry).get(3))))
        .toList();
  }

  private static List<Reply> values(Reply reply) {
    return ((Reply.Array) reply).values();
  }

  private static List<String> texts(Reply reply) {
    return values(reply).stream().map(each -> ((Reply.BulkString) each).text()).toList();
  }

  private static void logAll(TestClient client) throws Exception {
    client.call("CONFIG", "SET", "slowlog-log-slower-than", "0");
    client.call("SLOWLOG", "RESET");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void everyCommandIsThereOnceThoughPipelined(String threads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", threads);
        TestClient client = server.connect()) {
      client.call("CLIENT", "SETNAME", "me");
      logAll(client);
      client.send("SET", "a", "1");
      client.send("GET", "a");
      client.send("GET", "a");
      client.send("NOSUCH");
      client.send("KEYS", "*");
      client.send("INCR", "a", "b");
      for (int i = 0; i < 6; i++) {
        client.read();
      }
      assertEquals(List.of("KEYS *", "GET a", "GET a", "SET a 1", "SLOWLOG RESET"), logged(client));
      List<Reply> newest = values(values(client.call("SLOWLOG", "GET", "1")).getFirst());
      assertEquals(6, newest.size());
      assertEquals(List.of("SLOWLOG", "GET", "-1"), texts(newest.get(3)));
      assertTrue(((Reply.BulkString) newest.get(4)).text().startsWith("127.0.0.1:"));
      assertEquals("me", ((Reply.BulkString) newest.get(5)).text());
    }
  }

  @Test
  void whatRunsInATransactionIsThereAndExecIsNot() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      logAll(client);
      client.call("MULTI");
      client.call("SET", "a", "1");
      client.call("CLIENT", "LIST");
      client.call("GET", "a");
      client.call("EXEC");
      assertEquals(
          List.of("CLIENT LIST", "GET a", "SET a 1", "MULTI", "SLOWLOG RESET"), logged(client));
    }
  }

  @Test
  void longArgumentsAreShortenedAndSecretOnesHidden() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      logAll(client);
      client.call("SET", "a", "x".repeat(129));
      String[] many = new String[35];
      Arrays.fill(many, "m");
      many[0] = "SADD";
      client.call(many);
      client.call("HELLO", "2", "SETNAME", "AUTH", "AUTH", "default", "secret");
      client.call("AUTH", "default", "secret");
      client.call("CONFIG", "SET", "maxclients", "100", "requirepass", "");
      assertEquals(
          List.of(
              "CONFIG SET maxclients 100 requirepass (redacted)",
              "AUTH (redacted) (redacted)",
              "HELLO 2 SETNAME AUTH AUTH (redacted) (redacted)",
              "SADD" + " m".repeat(30) + " ... (4 more arguments)",
              "SET a " + "x".repeat(128) + "... (1 more bytes)",
              "SLOWLOG RESET"),
          logged(client));
    }
  }

  @Test
  void theOldestGoWhenThereAreMoreThanAreKept() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--slowlog-max-len", "3");
        TestClient client = server.connect()) {
      logAll(client);
      for (int i = 0; i < 10; i++) {
        client.call("ECHO", "" + i);
      }
      assertEquals(List.of("ECHO 9", "ECHO 8", "ECHO 7"), logged(client));
      client.call("CONFIG", "SET", "slowlog-max-len", "1");
      assertEquals(new Reply.IntegerValue(1), client.call("SLOWLOG", "LEN"));
      client.call("CONFIG", "SET", "slowlog-log-slower-than", "-1");
      client.call("SLOWLOG", "RESET");
      client.call("PING");
      assertEquals(new Reply.IntegerValue(0), client.call("SLOWLOG", "LEN"));
    }
  }

  /** However many are to be kept, they take no more memory than there is for them. */
  @Test
  void aLongLogIsBoundedByItsBytes() throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--slowlog-max-len", "1000000", "--io-threads", "0");
        TestClient client = server.connect()) {
      logAll(client);
      String[] words = new String[32];
      Arrays.fill(words, "w".repeat(128));
      words[0] = "DEL";
      for (int i = 0; i < 1000; i++) {
        client.call(words);
      }
      long kept = ((Reply.IntegerValue) client.call("SLOWLOG", "LEN")).value();
      assertTrue(kept > 200 && kept < 500, "kept " + kept);
    }
  }

  @Test
  void distributionsAreOfThoseThatWereCalled() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.call("CONFIG", "RESETSTAT");
      client.call("SET", "a", "b");
      client.call("SET", "c", "d");
      client.call("CLIENT", "ID");
      client.call("MULTI");
      client.call("GET", "a");
      client.call("EXEC");
      List<Reply> set = values(client.call("LATENCY", "HISTOGRAM", "nosuch", "SET", "del"));
      assertEquals(2, set.size());
      assertEquals("set", ((Reply.BulkString) set.getFirst()).text());
      List<Reply> told = values(set.get(1));
      assertEquals(new Reply.IntegerValue(2), told.get(1));
      List<Reply> steps = values(told.get(3));
      assertEquals(new Reply.IntegerValue(2), steps.getLast());
      List<Reply> client2 = values(client.call("LATENCY", "HISTOGRAM", "client"));
      assertEquals("client|id", ((Reply.BulkString) client2.getFirst()).text());
      assertEquals(2, values(client.call("LATENCY", "HISTOGRAM", "get")).size());
      client.call("CONFIG", "SET", "latency-tracking", "no");
      client.call("CONFIG", "RESETSTAT");
      client.call("SET", "a", "b");
      assertEquals(List.of(), values(client.call("LATENCY", "HISTOGRAM")));
    }
  }

  @Test
  void percentilesAreThoseThatAreAskedFor() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.call("CONFIG", "SET", "latency-tracking-info-percentiles", "0 50.5 100");
      client.call("SET", "a", "b");
      String text = ((Reply.BulkString) client.call("INFO", "latencystats")).text();
      assertTrue(
          text.lines()
              .anyMatch(
                  line ->
                      line.matches(
                          "latency_percentiles_usec_set:p0=[0-9.]+,p50.5=[0-9.]+,p100=[0-9.]+")),
          text);
      client.call("CONFIG", "SET", "latency-tracking-info-percentiles", "");
      text = ((Reply.BulkString) client.call("INFO", "latencystats")).text();
      assertTrue(text.contains("latency_percentiles_usec_set:\r\n"), text);
      assertFalse(text.contains("p50.5"), text);
    }
  }

  @Test
  void theLogBeginsAnewWhenMemtablesAreWritten() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.call("SET", "a", "b");
      assertEquals(
          new Reply.SimpleString("Background append only file rewriting started"),
          client.call("BGREWRITEAOF"));
      while (client.info("memtable_entries") > 0 || client.info("immutable_memtables") > 0) {
        Thread.onSpinWait();
      }
      assertTrue(client.info("flushes") > 0);
      assertEquals(new Reply.BulkString("b"), client.call("GET", "a"));
    }
  }
}
