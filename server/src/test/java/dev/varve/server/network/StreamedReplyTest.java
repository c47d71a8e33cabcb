package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies that are sent while they are computed. */
@Timeout(120)
class StreamedReplyTest {
  private static final Reply PONG = new Reply.SimpleString("PONG");
  private static final int ELEMENTS = 30_000;

  /** What a client doesn't take of a reply is more than sockets keep for it. */
  private static final int VALUE_BYTES = 1000;

  @TempDir Path directory;

  private static String member(int i) {
    return String.format(Locale.ROOT, "member-%08d-%s", i, "x".repeat(24));
  }

  private static List<String> members() {
    return IntStream.range(0, ELEMENTS).mapToObj(StreamedReplyTest::member).toList();
  }

  private static void load(TestClient client, String command, String key, int from, int to)
      throws IOException {
    for (int i = from; i < to; i += 1000) {
      List<String> words = new ArrayList<>(List.of(command, key));
      for (int j = i; j < i + 1000; j++) {
        if (command.equals("ZADD")) {
          words.add(String.valueOf(j));
        }
        words.add(member(j));
        if (command.equals("HSET")) {
          words.add(String.valueOf(j));
        }
      }
      assertInstanceOf(Reply.IntegerValue.class, client.call(words.toArray(String[]::new)));
    }
  }

  private static void fill(TestClient client) throws IOException {
    load(client, "HSET", "hash", 0, ELEMENTS);
    load(client, "SADD", "set", 0, ELEMENTS);
    load(client, "SADD", "half", 0, ELEMENTS / 2);
    load(client, "RPUSH", "list", 0, ELEMENTS);
    load(client, "ZADD", "scores", 0, ELEMENTS);
    for (int i = 0; i < ELEMENTS; i++) {
      client.send("XADD", "stream", (i + 1) + "-0", "f", member(i));
    }
    for (int i = 0; i < ELEMENTS; i++) {
      client.read();
    }
  }

  /** Strings and numbers of a reply, one after another. */
  private static List<String> flat(Reply reply) {
    List<String> found = new ArrayList<>();
    flatten(reply, found);
    return found;
  }

  private static void flatten(Reply reply, List<String> into) {
    switch (reply) {
      case Reply.BulkString bulk -> into.add(bulk.text());
      case Reply.DoubleValue number -> into.add(String.valueOf((long) number.value()));
      case Reply.Array array -> array.values().forEach(each -> flatten(each, into));
      case Reply.SetValue set -> set.values().forEach(each -> flatten(each, into));
      case Reply.MapValue map ->
          map.values()
              .forEach(
                  (key, value) -> {
                    flatten(key, into);
                    flatten(value, into);
                  });
      default -> throw new AssertionError(reply.toString());
    }
  }

  private static List<String> numbers() {
    return IntStream.range(0, ELEMENTS).mapToObj(String::valueOf).toList();
  }

  private static void same(Collection<String> expected, List<String> found) {
    assertEquals(expected.size(), found.size());
    assertEquals(new TreeSet<>(expected), new TreeSet<>(found));
  }

  private static List<String> withScores() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < ELEMENTS; i++) {
      all.add(member(i));
      all.add(String.valueOf(i));
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({"0, false", "1, true"})
  void largeRepliesAreWholeAndInTheirPlace(String ioThreads, boolean resp3) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      fill(client);
      if (resp3) {
        client.hello3();
      }
      List<String> members = members();
      same(withScores(), flat(call(client, "HGETALL", "hash")));
      same(members, flat(call(client, "HKEYS", "hash")));
      same(numbers(), flat(client.call("HVALS", "hash")));
      same(members, flat(call(client, "SMEMBERS", "set")));
      same(members, flat(call(client, "SUNION", "set", "half")));
      same(members, flat(call(client, "SINTER", "set", "set")));
      same(members.subList(ELEMENTS / 2, ELEMENTS), flat(call(client, "SDIFF", "set", "half")));
      assertEquals(members, flat(call(client, "LRANGE", "list", "0", "-1")));
      assertEquals(members, flat(call(client, "ZRANGE", "scores", "0", "-1")));
      assertEquals(withScores(), flat(call(client, "ZRANGE", "scores", "0", "-1", "WITHSCORES")));
      assertEquals(members.reversed(), flat(call(client, "ZREVRANGE", "scores", "0", "-1")));
      assertEquals(members, flat(call(client, "ZRANGEBYSCORE", "scores", "-inf", "+inf")));
      assertEquals(
          members.subList(1, ELEMENTS - 1),
          flat(call(client, "ZRANGE", "scores", "1", "(" + (ELEMENTS - 1), "BYSCORE")));
      assertEquals(members, flat(call(client, "ZUNION", "2", "scores", "scores")));
      List<String> entries = flat(call(client, "XRANGE", "stream", "-", "+"));
      assertEquals(3 * ELEMENTS, entries.size());
      assertEquals(member(ELEMENTS - 1), entries.getLast());
      assertTrue(client.info("total_streamed_replies") >= 13);
      assertEquals(0, client.info("streamed_replies"));
    }
  }

  /** Calls among other requests that were sent with it. */
  private static Reply call(TestClient client, String... arguments) throws IOException {
    client.sendBytes(TestClient.request("ECHO", "before"));
    client.send(arguments);
    client.sendBytes(TestClient.request("PING"));
    assertEquals(new Reply.BulkString("before"), client.read());
    Reply reply = client.read();
    assertEquals(PONG, client.read());
    return reply;
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void connectionSeesItsOwnWriteInALargeReplyBehindIt(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      load(client, "RPUSH", "list", 0, ELEMENTS);
      for (int i = 0; i < 5; i++) {
        client.send("RPUSH", "list", "last " + i);
        client.send("LRANGE", "list", "0", "-1");
        client.send("LSET", "list", "0", "first " + i);
        assertEquals(new Reply.IntegerValue(ELEMENTS + i + 1), client.read());
        List<String> all = flat(client.read());
        assertEquals(ELEMENTS + i + 1, all.size());
        assertEquals("last " + i, all.getLast());
        assertEquals(i == 0 ? member(0) : "first " + (i - 1), all.getFirst());
        assertEquals(new Reply.SimpleString("OK"), client.read());
      }
    }
  }

  /** What is larger than a client may have waiting, and than sockets take. */
  private static void fillLarge(TestClient client) throws IOException {
    String value = "v".repeat(VALUE_BYTES);
    for (int i = 0; i < 30; i++) {
      List<String> words = new ArrayList<>(List.of("RPUSH", "large"));
      words.addAll(Collections.nCopies(1000, value));
      client.call(words.toArray(String[]::new));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void clientThatLeavesEndsItsReply(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient observer = server.connect()) {
      fillLarge(observer);
      // More than there are threads for at a time.
      List<TestClient> clients = new ArrayList<>();
      for (int i = 0; i < ReplyStreams.MOST + 4; i++) {
        clients.add(server.connect());
        clients.getLast().send("LRANGE", "large", "0", "-1");
      }
      while (observer.info("streamed_replies") < ReplyStreams.MOST) {
        Thread.onSpinWait();
      }
      assertEquals(30_000, flat(clients.getFirst().read()).size());
      for (TestClient client : clients) {
        client.close();
      }
      while (observer.info("connected_clients") > 1 || observer.info("streamed_replies") > 0) {
        Thread.onSpinWait();
      }
      assertEquals(30_000, flat(observer.call("LRANGE", "large", "0", "-1")).size());
    }
  }

  @Test
  void clientThatTakesALargeReplyForTooLongIsClosed() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--client-stream-timeout", "1");
        TestClient observer = server.connect();
        TestClient client = server.connect()) {
      fillLarge(observer);
      client.send("LRANGE", "large", "0", "-1");
      while (observer.info("client_output_buffer_limit_disconnections") == 0) {
        Thread.onSpinWait();
      }
      assertEquals(1, observer.info("connected_clients"));
      assertFalse(readsWhole(client));
    }
  }

  private static boolean readsWhole(TestClient client) throws IOException {
    try {
      client.read();
      return true;
    } catch (EOFException | java.net.SocketException e) {
      return false;
    }
  }

  /** A message within a reply would break the protocol. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void messagesWaitForTheEndOfALargeReply(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient publisher = server.connect();
        TestClient client = server.connect()) {
      fillLarge(publisher);
      client.hello3();
      client.send("SUBSCRIBE", "news");
      client.read();
      client.send("LRANGE", "large", "0", "-1");
      while (publisher.info("streamed_replies") == 0) {
        Thread.onSpinWait();
      }
      for (int i = 0; i < 100; i++) {
        assertEquals(new Reply.IntegerValue(1), publisher.call("PUBLISH", "news", "number " + i));
      }
      Reply first = client.read();
      List<Reply> rest = new ArrayList<>();
      while (first instanceof Reply.Push) {
        rest.add(first);
        first = client.read();
      }
      assertEquals(30_000, flat(first).size());
      while (rest.size() < 100) {
        rest.add(client.read());
      }
      for (int i = 0; i < 100; i++) {
        Reply.Push message = (Reply.Push) rest.get(i);
        assertEquals(new Reply.BulkString("number " + i), message.values().getLast());
      }
    }
  }

  @Test
  void largeReplyThatIsNotWantedIsNotSent() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      fillLarge(client);
      client.send("CLIENT", "REPLY", "SKIP");
      client.send("LRANGE", "large", "0", "-1");
      assertEquals(PONG, client.call("PING"));
    }
  }
}
