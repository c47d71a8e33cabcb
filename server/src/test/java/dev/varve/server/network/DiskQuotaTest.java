package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is refused when the data takes more on the disk than {@code max-db-size}, and what isn't.
 */
@Timeout(120)
class DiskQuotaTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final String TEXT =
      "OOM command not allowed when used disk space > 'max-db-size'.";
  private static final Reply REFUSED = new Reply.SimpleError(TEXT);

  @TempDir Path directory;

  private static Reply limit(TestClient client, long bytes) throws Exception {
    return client.call("CONFIG", "SET", "max-db-size", Long.toString(bytes));
  }

  /** Returns 100,000 letters that take most of that on the disk, too. */
  private static String incompressible(int seed) {
    return new Random(seed)
        .ints(100_000, 'A', 'z')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** 50 commands add 100,000 bytes each: those that begin below a million bytes are executed. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void writesThatAddAreRefusedBeyondTheEdgeAndNoneBefore(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--max-db-size", "1000000");
        TestClient client = server.connect()) {
      int taken = 0;
      for (int i = 0; i < 50; i++) {
        long before = client.info("db_size_bytes");
        Reply reply = client.call("SET", "key" + i, Integer.toString(i).repeat(50_000));
        if (before > 1_000_000) {
          assertEquals(REFUSED, reply);
        } else {
          assertEquals(OK, reply);
          taken++;
        }
      }
      assertTrue(taken >= 5 && taken < 25, "taken " + taken);
      assertEquals(1_000_000, client.info("max_db_size"));
      assertTrue(client.info("db_size_bytes") > 1_000_000);
      assertEquals(REFUSED, client.call("APPEND", "key1", "x"));
      assertEquals(REFUSED, client.call("HSET", "hash", "f", "v"));
    }
  }

  @Test
  void whatTakesAwayAndReadsGoesOnAndMakesRoom() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--memtable-bytes", "256kb");
        TestClient client = server.connect()) {
      for (int i = 0; i < 30; i++) {
        assertEquals(OK, client.call("SET", "key" + i, incompressible(i)));
      }
      assertEquals(OK, limit(client, 2_500_000));
      assertEquals(REFUSED, client.call("SET", "other", "v"));
      assertEquals(new Reply.BulkString(incompressible(1)), client.call("GET", "key1"));
      assertEquals(new Reply.IntegerValue(1), client.call("PEXPIRE", "key1", "1"));
      for (int i = 2; i < 30; i++) {
        assertEquals(new Reply.IntegerValue(1), client.call("DEL", "key" + i));
      }
      while (!client.call("DBSIZE").equals(new Reply.IntegerValue(1))) {
        Thread.onSpinWait();
      }
      assertEquals(OK, client.call("FLUSHALL"));
      while (client.info("db_size_bytes") > 2_500_000) {
        Thread.onSpinWait();
      }
      assertEquals(OK, client.call("SET", "other", "v"));
    }
  }

  @Test
  void limitIsChangedWhileTheServerRuns() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("SET", "key", "v".repeat(10_000)));
      assertEquals(OK, limit(client, 1));
      assertEquals(REFUSED, client.call("SET", "key", "v"));
      assertEquals(OK, limit(client, 0));
      assertEquals(OK, client.call("SET", "key", "v"));
      long used = client.info("db_size_bytes");
      assertEquals(OK, limit(client, used));
      assertEquals(OK, client.call("SET", "key", "v"), "just what it may");
      assertEquals(REFUSED, client.call("SET", "key", "v"));
    }
  }

  @Test
  void transactionThatAddsIsRefusedWhole() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      assertEquals(OK, client.call("SET", "key", "v"));
      assertEquals(OK, client.call("MULTI"));
      client.call("DEL", "key");
      client.call("SET", "other", "v");
      assertEquals(OK, limit(other, 1));
      assertEquals(
          new Reply.SimpleError("EXECABORT Transaction discarded because of: " + TEXT),
          client.call("EXEC"));
      assertEquals(new Reply.IntegerValue(1), client.call("EXISTS", "key", "other"));
      assertEquals(OK, client.call("MULTI"));
      assertEquals(REFUSED, client.call("SET", "other", "v"));
      assertInstanceOf(Reply.SimpleError.class, client.call("EXEC"));
      assertEquals(OK, client.call("MULTI"));
      client.call("DEL", "key");
      assertEquals(new Reply.Array(List.of(new Reply.IntegerValue(1))), client.call("EXEC"));
    }
  }

  /** As Redis has it of memory: what has begun to write isn't stopped halfway. */
  @Test
  void scriptsBeginToAddNothing() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("SET", "key", "v"));
      assertEquals(OK, limit(client, 1));
      Reply refused = client.call("EVAL", "return redis.call('SET', 'a', 'b')", "0");
      assertTrue(((Reply.SimpleError) refused).text().startsWith(TEXT), refused::toString);
      assertEquals(
          new Reply.BulkString("v"), client.call("EVAL", "return redis.call('GET', 'key')", "0"));
      assertEquals(
          OK,
          client.call(
              "EVAL",
              "redis.call('DEL', 'key') return redis.call('SET', 'a', redis.call('DBSIZE'))",
              "0"));
      assertEquals(
          OK,
          client.call("EVAL", "#!lua flags=allow-oom\nreturn redis.call('SET', 'a', 'c')", "0"));
      assertEquals(
          new Reply.SimpleError(
              "OOM allow-oom flag is not set on the script, can not run it when used disk space >"
                  + " 'max-db-size'"),
          client.call("EVAL", "#!lua\nreturn 1", "0"));
      assertEquals(
          new Reply.IntegerValue(1), client.call("EVAL", "#!lua flags=no-writes\nreturn 1", "0"));
    }
  }
}
