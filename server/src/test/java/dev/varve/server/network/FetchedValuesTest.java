package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was read from disk for a command is of no use once other writes have come to tables. */
@Timeout(60)
class FetchedValuesTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void noUpdateIsLostThatWasFlushedSinceAValueWasFetched(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient slow = server.connect();
        TestClient other = server.connect()) {
      assertEquals(OK, other.call("SET", "counter", "1"));
      ControlledEngine.HeldRead fetch = fetchFor(server, slow, "INCR", "counter");
      assertEquals(OK, other.call("SET", "counter", "10"));
      goOnBehindAFlush(server, fetch);
      assertEquals(new Reply.IntegerValue(11), slow.read());
      assertEquals(new Reply.BulkString("11"), other.call("GET", "counter"));

      fetch = fetchFor(server, slow, "INCR", "counter");
      assertEquals(new Reply.IntegerValue(1), other.call("DEL", "counter"));
      goOnBehindAFlush(server, fetch);
      assertEquals(new Reply.IntegerValue(1), slow.read());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void noKeyIsOverlookedThatWasFlushedSinceItWasMissing(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient slow = server.connect();
        TestClient other = server.connect()) {
      ControlledEngine.HeldRead fetch = fetchFor(server, slow, "SETNX", "lock", "slow");
      assertEquals(OK, other.call("SET", "lock", "other"));
      goOnBehindAFlush(server, fetch);
      assertEquals(new Reply.IntegerValue(0), slow.read());
      assertEquals(new Reply.BulkString("other"), other.call("GET", "lock"));
    }
  }

  /** Sends a command, whose key has then been read from disk, but is not used yet. */
  private static ControlledEngine.HeldRead fetchFor(
      ServerFixture server, TestClient client, String... command) throws Exception {
    server.engine().makeCold();
    ControlledEngine.HeldRead fetch = server.engine().holdNextRead(command[1]);
    client.send(command);
    fetch.await();
    return fetch;
  }

  /** What memory could tell since is in tables, too, when the command comes to its turn. */
  private static void goOnBehindAFlush(ServerFixture server, ControlledEngine.HeldRead fetch) {
    server.engine().makeCold();
    fetch.letGo();
  }
}
