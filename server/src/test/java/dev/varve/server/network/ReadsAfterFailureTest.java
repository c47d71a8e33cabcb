package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.varve.protocol.Reply;
import dev.varve.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * When a sync has failed, what only reads goes on, be it of those that run where writes run. They
 * were all refused, EVAL_RO as EVAL.
 */
@Timeout(120)
class ReadsAfterFailureTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final String REFUSED = "MISCONF Errors writing to the AOF file: the disk is gone";
  private static final String LIBRARY =
      """
      #!lua name=lib
      redis.register_function{function_name='get', flags={'no-writes'},
        callback=function(keys) return redis.call('get', keys[1]) end}
      redis.register_function('set', function(keys) return redis.call('set', keys[1], 'x') end)
      """;

  @TempDir Path directory;

  private static Reply text(String value) {
    return new Reply.BulkString(value);
  }

  private static Reply array(Reply... values) {
    return new Reply.Array(List.of(values));
  }

  private static void assertRefused(String error, Reply reply) {
    String text = assertInstanceOf(Reply.SimpleError.class, reply).text();
    assertEquals(error, text.substring(0, Math.min(error.length(), text.length())));
  }

  /** Has {@code key} be a string, {@code stream} a stream; and a library of functions. */
  private static void prepare(TestClient client) throws IOException {
    assertEquals(OK, client.call("SET", "key", "value"));
    assertEquals(text("1-1"), client.call("XADD", "stream", "1-1", "f", "v"));
    assertEquals(new Reply.IntegerValue(1), client.call("PFADD", "hll", "a"));
    assertEquals(text("lib"), client.call("FUNCTION", "LOAD", LIBRARY));
  }

  private static void fail(ServerFixture server, TestClient client) throws IOException {
    server.engine().failSyncs(new StorageException.Poisoned("the disk is gone", null));
    assertRefused("MISCONF", client.call("SET", "key", "lost"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void scriptsThatOnlyReadRun(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      prepare(client);
      fail(server, client);
      String get = "return redis.call('get', KEYS[1])";
      assertEquals(text("value"), client.call("EVAL_RO", get, "1", "key"));
      assertEquals(text("value"), client.call("EVAL", get, "1", "key"));
      String flagged = "#!lua flags=no-writes\n" + get;
      assertEquals(text("value"), client.call("EVAL", flagged, "1", "key"));
      Reply sha = client.call("SCRIPT", "LOAD", get);
      String loaded = assertInstanceOf(Reply.BulkString.class, sha).text();
      assertEquals(text("value"), client.call("EVALSHA_RO", loaded, "1", "key"));
      assertEquals(text("value"), client.call("EVALSHA", loaded, "1", "key"));
      assertEquals(text("value"), client.call("FCALL_RO", "get", "1", "key"));
      assertEquals(text("value"), client.call("FCALL", "get", "1", "key"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void theirWritesAreRefused(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      prepare(client);
      fail(server, client);
      assertRefused(REFUSED, client.call("EVAL", "return redis.call('set', 'key', 'x')", "0"));
      assertEquals(
          array(text(REFUSED), text("value")),
          client.call(
              "EVAL",
              "return {redis.pcall('set', 'key', 'x').err, redis.call('get', 'key')}",
              "0"));
      String blocked =
          "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist"
              + " to disk. Writable scripts are blocked. Use 'no-writes' flag for read only"
              + " scripts. AOF error: the disk is gone";
      assertRefused(blocked, client.call("EVAL", "#!lua\nreturn 1", "0"));
      assertRefused(blocked, client.call("FCALL", "set", "1", "key"));
      assertRefused(
          "ERR Write commands are not allowed from read-only scripts",
          client.call("EVAL_RO", "return redis.call('set', 'key', 'x')", "0"));
      assertEquals(text("value"), client.call("GET", "key"));
    }
  }

  /** They would have been rehearsed, and rehearsals are for what writes. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void theyReadTheDisk(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      prepare(client);
      server.engine().makeCold();
      fail(server, client);
      String script = "return {redis.call('get', 'key'), redis.call('keys', 'k*')}";
      Reply expected = array(text("value"), array(text("key")));
      for (int i = 0; i < 3; i++) {
        client.send("EVAL_RO", script, "0");
        client.send("EVAL", script, "0");
        client.send("GET", "key");
        assertEquals(expected, client.read());
        assertEquals(expected, client.read());
        assertEquals(text("value"), client.read());
      }
      assertRefused(
          REFUSED,
          client.call("EVAL", "redis.call('keys', '*') return redis.call('del', 'key')", "0"));
      assertEquals(text("value"), client.call("GET", "key"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void transactionsThatOnlyReadRun(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      prepare(client);
      fail(server, client);
      assertEquals(OK, client.call("WATCH", "key"));
      for (String command : new String[] {"GET key", "KEYS key", "PFCOUNT hll", "SELECT 1"}) {
        client.call("MULTI");
        client.call(command.split(" "));
        client.call("EVAL", "return redis.pcall('del', 'key').err", "0");
        Reply.Array both = assertInstanceOf(Reply.Array.class, client.call("EXEC"));
        assertEquals(text(REFUSED), both.values().getLast());
      }
      assertEquals(Reply.Null.BULK, client.call("GET", "key"));
      client.call("SELECT", "0");
      client.call("MULTI");
      client.call("GET", "key");
      client.call("DEL", "key");
      assertRefused("EXECABORT Transaction discarded because of: MISCONF", client.call("EXEC"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whatWouldWaitIsRefused(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      prepare(client);
      Reply entries = client.call("XREAD", "STREAMS", "stream", "0");
      server.engine().makeCold();
      fail(server, client);
      for (int i = 0; i < 2; i++) {
        assertRefused(REFUSED, client.call("XREAD", "BLOCK", "0", "STREAMS", "stream", "$"));
        assertEquals(entries, client.call("XREAD", "BLOCK", "0", "STREAMS", "stream", "0"));
        assertRefused(REFUSED, client.call("BLPOP", "list", "0"));
      }
    }
  }

  /** What reads where writes run went by the newest databases and libraries, as it would write. */
  @ParameterizedTest
  @CsvSource({
    "SWAPDB 0 1,0",
    "SWAPDB 0 1,1",
    "FLUSHDB,0",
    "FLUSHDB,1",
    "FLUSHALL,0",
    "FUNCTION DELETE lib,0",
    "FUNCTION DELETE lib,1",
    "FUNCTION FLUSH,0"
  })
  void whatWasNotSyncedIsSeenByNobody(String lost, String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      prepare(client);
      server.engine().failSyncs(new StorageException.Poisoned("the disk is gone", null));
      assertRefused("MISCONF", client.call(lost.split(" ")));
      assertEquals(text("value"), client.call("GET", "key"));
      String get = "return redis.call('get', KEYS[1])";
      assertEquals(text("value"), client.call("EVAL_RO", get, "1", "key"));
      assertEquals(text("value"), client.call("EVAL", get, "1", "key"));
      assertEquals(text("value"), client.call("FCALL_RO", "get", "1", "key"));
      assertEquals(
          1, assertInstanceOf(Reply.Array.class, client.call("FUNCTION", "LIST")).values().size());
      assertEquals(OK, client.call("WATCH", "key"));
      client.call("MULTI");
      client.call("GET", "key");
      assertEquals(array(text("value")), client.call("EXEC"));
    }
  }
}
