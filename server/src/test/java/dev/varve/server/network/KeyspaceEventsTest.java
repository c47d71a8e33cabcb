package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code notify-keyspace-events} selects is published. What each command tells is compared
 * with Redis by {@code KeyspaceEventsIT}.
 */
@Timeout(60)
class KeyspaceEventsTest {
  private static final String MARK = "mark";

  @TempDir Path directory;

  private static void subscribe(TestClient subscriber) throws Exception {
    subscriber.call("PSUBSCRIBE", "__key*");
    subscriber.call("SUBSCRIBE", MARK);
  }

  /** Returns what was published until now, each as channel and payload. */
  private static List<String> told(TestClient client, TestClient subscriber) throws Exception {
    client.call("PUBLISH", MARK, "");
    List<String> told = new ArrayList<>();
    while (true) {
      List<Reply> message = ((Reply.Array) subscriber.read()).values();
      if (text(message.get(1)).equals(MARK)) {
        return told;
      }
      told.add(text(message.get(2)) + " " + text(message.get(3)));
    }
  }

  private static String text(Reply reply) {
    return ((Reply.BulkString) reply).text();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void settingIsFollowedWhileRunning(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient subscriber = server.connect()) {
      subscribe(subscriber);
      client.call("SET", "a", "1");
      assertEquals(List.of(), told(client, subscriber));

      client.call("CONFIG", "SET", "notify-keyspace-events", "KEm");
      client.call("SET", "a", "1");
      client.call("MGET", "a", "b");
      assertEquals(
          List.of("__keyspace@0__:b keymiss", "__keyevent@0__:keymiss b"),
          told(client, subscriber));

      client.call("CONFIG", "SET", "notify-keyspace-events", "E$");
      client.call("SET", "a", "1");
      client.call("GET", "b");
      client.call("DEL", "a");
      assertEquals(List.of("__keyevent@0__:set a"), told(client, subscriber));

      client.call("CONFIG", "SET", "notify-keyspace-events", "");
      client.call("SET", "a", "1");
      assertEquals(List.of(), told(client, subscriber));
    }
  }

  @Test
  void aKeyThatExpiresIsToldOfOnce() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--notify-keyspace-events", "Ex");
        TestClient client = server.connect();
        TestClient subscriber = server.connect()) {
      subscribe(subscriber);
      client.call("SELECT", "3");
      client.call("SET", "a", "1", "PX", "20");
      Reply message = subscriber.read();
      assertEquals(
          "__keyevent@3__:expired a",
          text(((Reply.Array) message).values().get(2))
              + " "
              + text(((Reply.Array) message).values().get(3)));
      client.call("GET", "a");
      client.call("SET", "a", "1");
      assertEquals(List.of(), told(client, subscriber));
    }
  }

  /** Who removes it must not look whether it is new, as who overwrites a key does then. */
  @Test
  void aColdKeyExpiresThoughNewOnesAreTold() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--notify-keyspace-events", "Exn");
        TestClient client = server.connect();
        TestClient subscriber = server.connect()) {
      client.call("SET", "a", "1", "PX", "50");
      subscribe(subscriber);
      server.engine().makeCold();
      Reply message = subscriber.read();
      assertEquals("a", text(((Reply.Array) message).values().get(3)));
      assertEquals(List.of(), told(client, subscriber));
    }
  }

  /** The reading is given up and begun again for the cold one; the missing ones are told once. */
  @Test
  void whatIsMissedBesideColdKeysIsToldOnce() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--notify-keyspace-events", "Em");
        TestClient client = server.connect();
        TestClient subscriber = server.connect()) {
      subscribe(subscriber);
      client.call("SET", "cold", "x");
      server.engine().makeCold();
      client.call("MGET", "missing", "cold", "too");
      assertEquals(
          List.of("__keyevent@0__:keymiss missing", "__keyevent@0__:keymiss too"),
          told(client, subscriber));
      client.call("GETDEL", "missing");
      assertEquals(List.of("__keyevent@0__:keymiss missing"), told(client, subscriber));
    }
  }
}
