package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.storage.StorageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Publishing and subscribing through a whole server, wherever its connections live. */
@Timeout(60)
class PubSubTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  private static Reply number(long value) {
    return new Reply.IntegerValue(value);
  }

  private static Reply text(String value) {
    return new Reply.BulkString(value);
  }

  private static Reply array(Reply... values) {
    return new Reply.Array(List.of(values));
  }

  private static Reply confirmed(String word, String name, int count) {
    return array(text(word), text(name), number(count));
  }

  private static Reply message(String channel, String payload) {
    return array(text("message"), text(channel), text(payload));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "3"})
  void aMessageReachesThoseWhoSubscribeToItsChannel(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient one = server.connect();
        TestClient other = server.connect();
        TestClient publisher = server.connect()) {
      assertEquals(confirmed("subscribe", "news", 1), one.call("SUBSCRIBE", "news"));
      assertEquals(confirmed("psubscribe", "n?ws", 2), one.call("PSUBSCRIBE", "n?ws"));
      assertEquals(confirmed("subscribe", "news", 1), other.call("SUBSCRIBE", "news"));
      assertEquals(confirmed("ssubscribe", "news", 1), other.call("SSUBSCRIBE", "news"));

      assertEquals(number(3), publisher.call("PUBLISH", "news", "a"));
      assertEquals(number(1), publisher.call("SPUBLISH", "news", "b"));
      assertEquals(number(1), publisher.call("PUBLISH", "naws", "c"));
      assertEquals(number(0), publisher.call("PUBLISH", "elsewhere", "d"));

      assertEquals(message("news", "a"), one.read());
      assertEquals(array(text("pmessage"), text("n?ws"), text("news"), text("a")), one.read());
      assertEquals(array(text("pmessage"), text("n?ws"), text("naws"), text("c")), one.read());
      assertEquals(message("news", "a"), other.read());
      assertEquals(array(text("smessage"), text("news"), text("b")), other.read());

      assertEquals(
          array(text("news"), number(2), text("old"), number(0)),
          publisher.call("PUBSUB", "NUMSUB", "news", "old"));
      assertEquals(number(1), publisher.call("PUBSUB", "NUMPAT"));
      assertEquals(array(text("news")), publisher.call("PUBSUB", "SHARDCHANNELS", "n*"));
      assertEquals(1, publisher.info("pubsub_channels"));

      assertEquals(confirmed("unsubscribe", "news", 1), one.call("UNSUBSCRIBE"));
      assertEquals(confirmed("punsubscribe", "n?ws", 0), one.call("PUNSUBSCRIBE"));
      assertEquals(Reply.Null.BULK, one.call("GET", "news"));
      other.endOutput();
      while (!publisher.call("PUBSUB", "CHANNELS").equals(array())) {
        Thread.onSpinWait();
      }
      assertEquals(number(0), publisher.call("PUBLISH", "news", "e"));
    }
  }

  /** A command in front of it that goes to other threads takes those after it along. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "3"})
  void noMessageComesBeforeTheConfirmation(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient subscriber = server.connect();
        TestClient publisher = server.connect()) {
      assertEquals(OK, publisher.call("SET", "a", "1"));
      server.engine().makeCold();
      for (int round = 0; round < 200; round++) {
        String channel = "channel" + round;
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        piece.writeBytes(TestClient.request("INCR", "a"));
        piece.writeBytes(TestClient.request("GET", "a"));
        piece.writeBytes(TestClient.request("SUBSCRIBE", channel));
        piece.writeBytes(TestClient.request("PING"));
        piece.writeBytes(TestClient.request("UNSUBSCRIBE", channel));
        subscriber.sendBytes(piece.toByteArray());
        for (int i = 0; i < 10; i++) {
          publisher.send("PUBLISH", channel, "m");
        }
        for (int i = 0; i < 10; i++) {
          publisher.read();
        }
        assertEquals(number(round + 2), subscriber.read());
        assertEquals(text("" + (round + 2)), subscriber.read());
        assertEquals(confirmed("subscribe", channel, 1), subscriber.read());
        Reply next = subscriber.read();
        while (next.equals(message(channel, "m"))) {
          next = subscriber.read();
        }
        assertEquals(array(text("pong"), text("")), next);
        next = subscriber.read();
        while (next.equals(message(channel, "m"))) {
          next = subscriber.read();
        }
        assertEquals(confirmed("unsubscribe", channel, 0), next);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "3"})
  void eachPublishersMessagesComeInTheirOrderAndOnce(String ioThreads) throws Exception {
    int publishers = 3;
    int messages = 3_000;
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient subscriber = server.connect()) {
      assertEquals(confirmed("subscribe", "c", 1), subscriber.call("SUBSCRIBE", "c"));
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < publishers; i++) {
        int number = i;
        threads.add(Thread.ofVirtual().start(() -> publish(server, number, messages)));
      }
      int[] next = new int[publishers];
      for (int i = 0; i < publishers * messages; i++) {
        List<Reply> parts = ((Reply.Array) subscriber.read()).values();
        String[] payload = ((Reply.BulkString) parts.get(2)).text().split(" ", -1);
        int publisher = Integer.parseInt(payload[0]);
        assertEquals(next[publisher]++, Integer.parseInt(payload[1]));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  /** Each way that PUBLISH can take: alone, after a write in one piece, in a transaction. */
  private static void publish(ServerFixture server, int number, int messages) {
    try (TestClient client = server.connect()) {
      for (int i = 0; i < messages; i += 3) {
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        piece.writeBytes(TestClient.request("PUBLISH", "c", number + " " + i));
        piece.writeBytes(TestClient.request("SET", "k" + number, "" + i));
        piece.writeBytes(TestClient.request("PUBLISH", "c", number + " " + (i + 1)));
        piece.writeBytes(TestClient.request("MULTI"));
        piece.writeBytes(TestClient.request("PUBLISH", "c", number + " " + (i + 2)));
        piece.writeBytes(TestClient.request("EXEC"));
        client.sendBytes(piece.toByteArray());
        assertEquals(number(1), client.read());
        assertEquals(OK, client.read());
        assertEquals(number(1), client.read());
        assertEquals(OK, client.read());
        assertEquals(new Reply.SimpleString("QUEUED"), client.read());
        assertEquals(array(number(1)), client.read());
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** It was +PONG, as the connection didn't subscribe yet when the transaction ran. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aPingAfterASubscribeOfTheSameTransactionIsAMessage(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      String[] commands = {"PING", "SUBSCRIBE a", "PING", "GET k", "PING x", "UNSUBSCRIBE", "PING"};
      assertEquals(OK, client.call("MULTI"));
      for (String command : commands) {
        client.call(command.split(" "));
      }
      Reply pong = new Reply.SimpleString("PONG");
      assertEquals(
          array(
              pong,
              confirmed("subscribe", "a", 1),
              array(text("pong"), text("")),
              Reply.Null.BULK,
              array(text("pong"), text("x")),
              confirmed("unsubscribe", "a", 0),
              pong),
          client.call("EXEC"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aMessageWaitsForWhatItsPublisherHasWritten(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--appendfsync", "always");
        TestClient subscriber = server.connect();
        TestClient publisher = server.connect();
        TestClient other = server.connect()) {
      assertEquals(confirmed("subscribe", "c", 1), subscriber.call("SUBSCRIBE", "c"));
      server.engine().holdSyncs();
      publisher.send("SET", "a", "1");
      server.engine().awaitHeldSync();
      publisher.send("PUBLISH", "c", "a is 1");
      awaitPublished(other, 1);
      assertEquals(0, subscriber.available());
      server.engine().letSyncsGo();
      assertEquals(message("c", "a is 1"), subscriber.read());
      assertEquals(text("1"), other.call("GET", "a"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void nobodyIsToldOfWhatAFailedSyncHasLost(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--appendfsync", "always");
        TestClient subscriber = server.connect();
        TestClient publisher = server.connect();
        TestClient other = server.connect()) {
      assertEquals(confirmed("subscribe", "c", 1), subscriber.call("SUBSCRIBE", "c"));
      server.engine().holdSyncs();
      publisher.send("SET", "a", "1");
      server.engine().awaitHeldSync();
      publisher.send("PUBLISH", "c", "a is 1");
      awaitPublished(other, 1);
      server.engine().failSyncs(new StorageException.Poisoned("the disk is gone", null));
      server.engine().letSyncsGo();
      assertTrue(((Reply.SimpleError) publisher.read()).text().startsWith("MISCONF"));
      assertEquals(array(text("pong"), text("")), subscriber.call("PING"));
      assertEquals(number(1), other.call("PUBLISH", "c", "still here"));
      assertEquals(message("c", "still here"), subscriber.read());
    }
  }

  private static void awaitPublished(TestClient client, int calls) throws IOException {
    String wanted = "cmdstat_publish:calls=" + calls;
    while (!((Reply.BulkString) client.call("INFO", "commandstats")).text().contains(wanted)) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void aSubscriberThatReadsNothingIsClosedAndTheOthersGoOn(String ioThreads) throws Exception {
    String large = "x".repeat(1 << 20);
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient sleeper = server.connect();
        TestClient subscriber = server.connect();
        TestClient publisher = server.connect()) {
      assertEquals(confirmed("subscribe", "c", 1), sleeper.call("SUBSCRIBE", "c"));
      assertEquals(confirmed("subscribe", "c", 1), subscriber.call("SUBSCRIBE", "c"));
      int published = 0;
      while (((Reply.IntegerValue) publisher.call("PUBLISH", "c", large)).value() == 2) {
        assertEquals(message("c", large), subscriber.read());
        published++;
        assertTrue(published < 200, "nobody was closed");
      }
      assertEquals(message("c", large), subscriber.read());
      assertEquals(array(text("c"), number(1)), publisher.call("PUBSUB", "NUMSUB", "c"));
    }
  }

  @Test
  void subscriptionsAndWatchedKeysTakeNoMoreThanThereIsForThem() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--maxmemory", "96mb");
        TestClient other = server.connect()) {
      for (int round = 0; round < 3; round++) {
        try (TestClient greedy = server.connect()) {
          Reply last = array();
          for (int i = 0; last instanceof Reply.Array; i++) {
            last = greedy.call("SUBSCRIBE", "channel" + i);
            assertTrue(i < 1_000_000, "nothing was refused");
          }
          assertTrue(((Reply.SimpleError) last).text().startsWith("OOM"));
          assertTrue(((Reply.SimpleError) other.call("WATCH", "a")).text().startsWith("OOM"));
        }
        while (!other.call("PUBSUB", "CHANNELS").equals(array())) {
          Thread.onSpinWait();
        }
        Reply watched = OK;
        for (int i = 0; watched.equals(OK); i++) {
          watched = other.call("WATCH", "key" + i);
          assertTrue(i < 1_000_000, "nothing was refused");
        }
        assertTrue(((Reply.SimpleError) watched).text().startsWith("OOM"));
        assertEquals(OK, other.call("UNWATCH"));
      }
    }
  }
}
