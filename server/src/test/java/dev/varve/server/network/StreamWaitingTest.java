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

/** XREAD and XREADGROUP that wait, by connections. */
@Timeout(120)
class StreamWaitingTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply QUEUED = new Reply.SimpleString("QUEUED");
  private static final Reply GONE =
      new Reply.SimpleError("UNBLOCKED the stream key no longer exists");

  @TempDir Path directory;

  private ServerFixture start() throws Exception {
    return new ServerFixture(List.of(), directory, "--io-threads", "0");
  }

  private static Reply number(long value) {
    return new Reply.IntegerValue(value);
  }

  private static Reply text(String value) {
    return new Reply.BulkString(value);
  }

  private static Reply array(Reply... values) {
    return new Reply.Array(List.of(values));
  }

  /** What a stream of some entries is answered as, each with a field {@code f} of its id. */
  private static Reply stream(String key, String... ids) {
    List<Reply> entries = new ArrayList<>();
    for (String id : ids) {
      entries.add(array(text(id), array(text("f"), text(id))));
    }
    return array(array(text(key), new Reply.Array(entries)));
  }

  private static void add(TestClient client, String key, String id) throws IOException {
    assertEquals(text(id), client.call("XADD", key, id, "f", id));
  }

  private static void awaitWaiting(TestClient client, long count) throws IOException {
    while (client.info("blocked_clients") != count) {
      Thread.onSpinWait();
    }
  }

  private static void waitInGroup(TestClient client, String consumer, String... keys)
      throws IOException {
    List<String> words =
        new ArrayList<>(List.of("XREADGROUP", "GROUP", "g", consumer, "BLOCK", "0", "STREAMS"));
    words.addAll(List.of(keys));
    for (String _ : keys) {
      words.add(">");
    }
    client.send(words.toArray(String[]::new));
  }

  @Test
  void whoReadsIsGivenWhatComesBehindWhatHeKnew() throws Exception {
    try (ServerFixture server = start();
        TestClient fromEnd = server.connect();
        TestClient fromId = server.connect();
        TestClient later = server.connect();
        TestClient client = server.connect()) {
      add(client, "a", "1-1");
      fromEnd.send("XREAD", "BLOCK", "0", "STREAMS", "none", "a", "$", "$");
      awaitWaiting(client, 1);
      fromId.send("XREAD", "COUNT", "1", "BLOCK", "0", "STREAMS", "a", "5-0");
      awaitWaiting(client, 2);
      later.send("XREAD", "BLOCK", "0", "STREAMS", "a", "9");
      awaitWaiting(client, 3);
      assertEquals(OK, client.call("MULTI"));
      for (String id : List.of("6-1", "7-1")) {
        assertEquals(QUEUED, client.call("XADD", "a", id, "f", id));
      }
      assertEquals(array(text("6-1"), text("7-1")), client.call("EXEC"));
      assertEquals(stream("a", "6-1", "7-1"), fromEnd.read());
      assertEquals(stream("a", "6-1"), fromId.read());
      assertEquals(1, client.info("blocked_clients"));
      add(client, "a", "8-1");
      assertEquals(1, client.info("blocked_clients"));
      add(client, "a", "9-5");
      assertEquals(stream("a", "9-5"), later.read());
    }
  }

  @Test
  void aGroupsEntriesGoToWhoCameFirst() throws Exception {
    try (ServerFixture server = start();
        TestClient first = server.connect();
        TestClient second = server.connect();
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("XGROUP", "CREATE", "a", "g", "$", "MKSTREAM"));
      assertEquals(OK, client.call("XGROUP", "CREATE", "b", "g", "$", "MKSTREAM"));
      waitInGroup(first, "first", "a", "b");
      awaitWaiting(client, 1);
      waitInGroup(second, "second", "a");
      awaitWaiting(client, 2);
      add(client, "a", "1-1");
      assertEquals(stream("a", "1-1"), first.read());
      assertEquals(1, client.info("blocked_clients"));
      add(client, "a", "2-1");
      assertEquals(stream("a", "2-1"), second.read());
      assertEquals(
          array(
              number(2),
              text("1-1"),
              text("2-1"),
              array(array(text("first"), text("1")), array(text("second"), text("1")))),
          client.call("XPENDING", "a", "g"));
    }
  }

  @Test
  void whoWaitsInAGroupHearsThatItOrTheStreamHasGone() throws Exception {
    try (ServerFixture server = start();
        TestClient waiting = server.connect();
        TestClient reader = server.connect();
        TestClient client = server.connect()) {
      reader.send("XREAD", "BLOCK", "0", "STREAMS", "a", "$");
      awaitWaiting(client, 1);
      List<List<String>> ends =
          List.of(
              List.of("DEL", "a"),
              List.of("SET", "a", "string"),
              List.of("RENAME", "a", "other"),
              List.of("MOVE", "a", "1"),
              List.of("EXPIRE", "a", "-1"),
              List.of("FLUSHDB"),
              List.of("SWAPDB", "0", "2"));
      for (List<String> end : ends) {
        assertEquals(OK, client.call("XGROUP", "CREATE", "a", "g", "$", "MKSTREAM"));
        waitInGroup(waiting, "c", "a");
        awaitWaiting(client, 2);
        client.call(end.toArray(String[]::new));
        assertEquals(GONE, waiting.read(), end.toString());
        assertEquals(1, client.info("blocked_clients"), end.toString());
        client.call("DEL", "a", "other");
      }
      assertEquals(OK, client.call("XGROUP", "CREATE", "a", "g", "$", "MKSTREAM"));
      waitInGroup(waiting, "c", "a");
      awaitWaiting(client, 2);
      assertEquals(number(1), client.call("XGROUP", "DESTROY", "a", "g"));
      assertEquals(
          new Reply.SimpleError(
              "NOGROUP the consumer group this client was blocked on no longer exists"),
          waiting.read());
      // Who reads without a group has waited on all the time.
      add(client, "a", "1-1");
      assertEquals(stream("a", "1-1"), reader.read());
    }
  }

  @Test
  void itsTimePassesAndIsChecked() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      assertEquals(Reply.Null.ARRAY, client.call("XREAD", "BLOCK", "5", "STREAMS", "a", "$"));
      assertEquals(OK, client.call("XGROUP", "CREATE", "a", "g", "$", "MKSTREAM"));
      assertEquals(
          Reply.Null.ARRAY,
          client.call("XREADGROUP", "GROUP", "g", "c", "BLOCK", "5", "STREAMS", "a", ">"));
      assertEquals(
          new Reply.SimpleError("ERR timeout is negative"),
          client.call("XREAD", "BLOCK", "-1", "STREAMS", "a", "$"));
      assertEquals(
          new Reply.SimpleError("ERR timeout is not an integer or out of range"),
          client.call("XREAD", "BLOCK", "0.5", "STREAMS", "a", "$"));
    }
  }

  /** XREAD with + as the id, as in Redis 7.4. */
  @Test
  void theLastEntryCanBeAskedFor() throws Exception {
    try (ServerFixture server = start();
        TestClient waiting = server.connect();
        TestClient client = server.connect()) {
      waiting.send("XREAD", "BLOCK", "0", "STREAMS", "a", "+");
      awaitWaiting(client, 1);
      add(client, "a", "1-1");
      assertEquals(stream("a", "1-1"), waiting.read());
      add(client, "a", "2-0");
      assertEquals(stream("a", "2-0"), client.call("XREAD", "STREAMS", "a", "+"));
      assertEquals(number(1), client.call("XDEL", "a", "2-0"));
      assertEquals(stream("a", "1-1"), client.call("XREAD", "STREAMS", "a", "+"));
    }
  }

  /** As in Redis 8.2, entries are deleted with regard for groups that refer to them. */
  @Test
  void whatGroupsReferToCanBeSpared() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      for (int i = 1; i <= 6; i++) {
        add(client, "a", i + "-0");
      }
      for (String group : List.of("g", "h")) {
        assertEquals(OK, client.call("XGROUP", "CREATE", "a", group, "0"));
        client.call("XREADGROUP", "GROUP", group, "c", "COUNT", "4", "STREAMS", "a", ">");
      }
      assertEquals(number(1), client.call("XACK", "a", "h", "1-0"));
      assertEquals(
          array(number(2), number(2), number(-1)),
          client.call("XDELEX", "a", "ACKED", "IDS", "3", "1-0", "6-0", "7-0"));
      assertEquals(
          array(number(1), number(2), number(-1)),
          client.call("XACKDEL", "a", "g", "ACKED", "IDS", "3", "1-0", "2-0", "6-0"));
      assertEquals(number(5), client.call("XLEN", "a"));
      assertEquals(array(number(1)), client.call("XDELEX", "a", "DELREF", "IDS", "1", "3-0"));
      assertEquals(
          array(number(1), text("4-0"), text("4-0"), array(array(text("c"), text("1")))),
          client.call("XPENDING", "a", "g"));
      assertEquals(array(number(1)), client.call("XDELEX", "a", "IDS", "1", "4-0"));
      assertEquals(
          array(number(2), text("2-0"), text("4-0"), array(array(text("c"), text("2")))),
          client.call("XPENDING", "a", "h"));
      assertEquals(array(number(-1)), client.call("XDELEX", "none", "IDS", "1", "4-0"));
      assertEquals(
          new Reply.SimpleError("ERR syntax error"),
          client.call("XDELEX", "a", "KEEPREF", "ACKED", "IDS", "1", "4-0"));
    }
  }
}
