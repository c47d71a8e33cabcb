package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** BZPOPMIN, BZPOPMAX and BZMPOP, by connections. */
@Timeout(120)
class SortedSetWaitingTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply QUEUED = new Reply.SimpleString("QUEUED");

  @TempDir Path directory;

  private ServerFixture start() throws Exception {
    return new ServerFixture(List.of(), directory, "--io-threads", "0");
  }

  private static Reply number(long value) {
    return new Reply.IntegerValue(value);
  }

  private static Reply texts(String... values) {
    List<Reply> all = new ArrayList<>();
    for (String value : values) {
      all.add(new Reply.BulkString(value));
    }
    return new Reply.Array(all);
  }

  private static Reply array(Reply... values) {
    return new Reply.Array(List.of(values));
  }

  private static void awaitWaiting(TestClient client, long count) throws IOException {
    while (client.info("blocked_clients") != count) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whoWaitsIsServedInItsOrderFromItsEnd() throws Exception {
    try (ServerFixture server = start();
        TestClient least = server.connect();
        TestClient greatest = server.connect();
        TestClient many = server.connect();
        TestClient client = server.connect()) {
      least.send("BZPOPMIN", "a", "b", "0");
      awaitWaiting(client, 1);
      greatest.send("BZPOPMAX", "b", "0");
      awaitWaiting(client, 2);
      many.send("BZMPOP", "0", "2", "c", "b", "MAX", "COUNT", "10");
      awaitWaiting(client, 3);
      assertEquals(
          number(5), client.call("ZADD", "b", "1", "x", "2", "y", "3", "z", "4", "v", "5", "w"));
      assertEquals(texts("b", "x", "1"), least.read());
      assertEquals(texts("b", "w", "5"), greatest.read());
      assertEquals(
          array(
              new Reply.BulkString("b"), array(texts("v", "4"), texts("z", "3"), texts("y", "2"))),
          many.read());
      assertEquals(number(0), client.call("EXISTS", "b"));
      assertEquals(0, client.info("blocked_clients"));
    }
  }

  @Test
  void whatHoldsSomethingElseIsWaitedForStill() throws Exception {
    try (ServerFixture server = start();
        TestClient waiting = server.connect();
        TestClient client = server.connect()) {
      waiting.send("BZPOPMIN", "a", "0");
      awaitWaiting(client, 1);
      assertEquals(number(1), client.call("SADD", "a", "x"));
      assertEquals(1, client.info("blocked_clients"));
      assertEquals(OK, client.call("MULTI"));
      assertEquals(QUEUED, client.call("DEL", "a"));
      assertEquals(QUEUED, client.call("ZADD", "a", "7", "y"));
      assertEquals(QUEUED, client.call("DEL", "a"));
      assertEquals(QUEUED, client.call("BZPOPMAX", "a", "0"));
      assertEquals(array(number(1), number(1), number(1), Reply.Null.ARRAY), client.call("EXEC"));
      assertEquals(1, client.info("blocked_clients"));
      assertEquals(number(1), client.call("ZADD", "b", "1.5", "z"));
      assertEquals(OK, client.call("RENAME", "b", "a"));
      assertEquals(texts("a", "z", "1.5"), waiting.read());
      assertEquals(number(1), client.call("ZADD", "c", "2", "z"));
      waiting.send("BZMPOP", "0", "1", "d", "MIN");
      awaitWaiting(client, 1);
      assertEquals(number(1), client.call("ZUNIONSTORE", "d", "1", "c"));
      assertEquals(array(new Reply.BulkString("d"), array(texts("z", "2"))), waiting.read());
    }
  }

  @Test
  void itsTimePassesAndIsChecked() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      assertEquals(Reply.Null.ARRAY, client.call("BZPOPMIN", "a", "0.01"));
      assertEquals(Reply.Null.ARRAY, client.call("BZMPOP", "0.01", "1", "a", "MAX"));
      assertEquals(
          new Reply.SimpleError("ERR timeout is negative"), client.call("BZPOPMIN", "a", "-1"));
      assertEquals(
          new Reply.SimpleError("ERR timeout is not a float or out of range"),
          client.call("BZPOPMAX", "a", "soon"));
      assertEquals(OK, client.call("SET", "s", "1"));
      assertEquals(
          new Reply.SimpleError(
              "WRONGTYPE Operation against a key holding the wrong kind of value"),
          client.call("BZPOPMAX", "s", "a", "0"));
    }
  }
}
