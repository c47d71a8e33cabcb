package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that keep copies of keys hear of all that puts these out of date. */
@Timeout(120)
class TrackingTest {
  /** Few, so that they are changed while they are read. */
  private static final int KEYS = 8;

  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  /** A client by RESP3 that tracks with some options. */
  private static TestClient tracking(ServerFixture server, String... options) throws Exception {
    TestClient client = server.connect();
    client.hello3();
    List<String> words = new ArrayList<>(List.of("CLIENT", "TRACKING", "ON"));
    words.addAll(List.of(options));
    assertEquals(OK, client.call(words.toArray(String[]::new)));
    return client;
  }

  private static Reply invalidated(String... keys) {
    List<Reply> all = new ArrayList<>();
    for (String key : keys) {
      all.add(new Reply.BulkString(key));
    }
    return new Reply.Push(List.of(new Reply.BulkString("invalidate"), new Reply.Array(all)));
  }

  private static final Reply ALL =
      new Reply.Push(List.of(new Reply.BulkString("invalidate"), Reply.Null.NULL));

  @Test
  void whoHasReadAKeyHearsOnceThatItChanges() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = tracking(server);
        TestClient writer = server.connect()) {
      client.call("MGET", "a", "b");
      writer.call("SET", "a", "1");
      assertEquals(invalidated("a"), client.read());
      writer.call("SET", "a", "2");
      writer.call("RENAME", "a", "b");
      assertEquals(invalidated("b"), client.read());
      client.call("HGET", "h", "f");
      writer.call("HSET", "h", "f", "v");
      assertEquals(invalidated("h"), client.read());
      client.call("GET", "b");
      writer.call("FLUSHALL");
      assertEquals(ALL, client.read());
      assertEquals(0, client.info("tracking_total_keys"));
      client.call("CLIENT", "TRACKING", "OFF");
      client.call("GET", "b");
      writer.call("SET", "b", "1");
      assertEquals(new Reply.SimpleString("PONG"), client.call("PING"));
      assertEquals(0, client.info("tracking_clients"));
    }
  }

  @Test
  void whatAScriptReadsIsReadByItsClient() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = tracking(server);
        TestClient writer = server.connect()) {
      String script = "redis.call('set', KEYS[2], '1') return redis.call('get', KEYS[1])";
      client.call("EVAL", script, "2", "a", "b");
      assertEquals(invalidated("b"), client.read());
      writer.call("SET", "a", "1");
      assertEquals(invalidated("a"), client.read());
      assertEquals(new Reply.SimpleString("PONG"), client.call("PING"));
    }
  }

  @Test
  void whatAScriptThatReadsIsCalledWithIsReadByItsClient() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = tracking(server);
        TestClient writer = server.connect()) {
      client.call("EVAL", "redis.call('set', 'c', '1')", "2", "a", "b");
      client.call("EVAL_RO", "redis.call('ping')", "2", "a", "b");
      writer.call("MSET", "b", "1", "a", "1");
      assertEquals(new Reply.SimpleString("PONG"), client.call("PING"));
      client.call("EVAL", "redis.call('get', 'c')", "2", "a", "b");
      writer.call("MSET", "b", "2", "a", "2");
      assertEquals(invalidated("b"), client.read());
      assertEquals(invalidated("a"), client.read());
      client.call("EVAL_RO", "redis.call('get', 'a')", "2", "a", "b");
      writer.call("MSET", "b", "3", "a", "3");
      assertEquals(invalidated("b"), client.read());
      assertEquals(invalidated("a"), client.read());
      writer.call("SET", "c", "2");
      assertEquals(invalidated("c"), client.read());
      assertEquals(new Reply.SimpleString("PONG"), client.call("PING"));
    }
  }

  /** Eighty prefixes of a megabyte ended a small server. */
  @Test
  void prefixesTakeNoMoreMemoryThanThereIsForThem() throws Exception {
    String[] words = {"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", ""};
    try (ServerFixture server = new ServerFixture(directory, "--maxmemory", "96mb")) {
      for (int round = 0; round < 3; round++) {
        try (TestClient greedy = server.connect()) {
          greedy.hello3();
          Reply last = OK;
          for (int i = 0; last.equals(OK); i++) {
            assertTrue(i < 1000, "nothing was refused");
            words[5] = i + ":" + "x".repeat(100_000);
            last = greedy.call(words);
            assertTrue(i > 0 || round > 0 || last.equals(OK), "nothing was taken");
          }
          assertTrue(((Reply.SimpleError) last).text().startsWith("OOM"), last.toString());
          assertEquals(OK, greedy.call("CLIENT", "TRACKING", "OFF"));
          words[5] = "again" + "x".repeat(100_000);
          assertEquals(OK, greedy.call(words));
        }
        try (TestClient next = server.connect()) {
          next.hello3();
          Reply taken = next.call(words);
          while (!taken.equals(OK)) {
            taken = next.call(words);
          }
        }
      }
    }
  }

  @Test
  void whatExpiresIsToldOf() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = tracking(server);
        TestClient writer = server.connect()) {
      writer.call("SET", "a", "1", "PX", "20");
      client.call("GET", "a");
      assertEquals(invalidated("a"), client.read());
    }
  }

  @Test
  void broadcastsAreOfPrefixesWhateverWasRead() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = tracking(server, "BCAST", "PREFIX", "a", "PREFIX", "b", "NOLOOP");
        TestClient writer = server.connect()) {
      writer.call("MSET", "ax", "1", "c", "1", "b", "1", "a2", "1");
      assertEquals(invalidated("a2", "ax"), client.read());
      assertEquals(invalidated("b"), client.read());
      assertEquals(OK, client.call("SET", "a", "1"));
      assertEquals(2, client.info("tracking_total_prefixes"));
      writer.call("DEL", "a");
      assertEquals(invalidated("a"), client.read());
    }
  }

  /** Though those behind it are read at once with it. */
  @Test
  void cachingIsForTheNextCommandOfAPipelineAlone() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = tracking(server, "OPTIN");
        TestClient other = tracking(server, "OPTOUT");
        TestClient writer = server.connect()) {
      writer.call("MSET", "a", "1", "b", "1");
      server.engine().makeCold();
      pipeline(client, "YES");
      pipeline(other, "NO");
      writer.call("MSET", "a", "2", "b", "2");
      assertEquals(invalidated("a"), client.read());
      assertEquals(invalidated("b"), other.read());
      assertEquals(new Reply.SimpleString("PONG"), client.call("PING"));
    }
  }

  private static void pipeline(TestClient client, String caching) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(TestClient.request("CLIENT", "CACHING", caching));
    all.writeBytes(TestClient.request("GET", "a"));
    all.writeBytes(TestClient.request("GET", "b"));
    client.sendBytes(all.toByteArray());
    assertEquals(OK, client.read());
    assertEquals(new Reply.BulkString("1"), client.read());
    assertEquals(new Reply.BulkString("1"), client.read());
  }

  @Test
  void cachingIsForTheNextCommandAlone() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = tracking(server, "OPTIN");
        TestClient other = tracking(server, "OPTOUT");
        TestClient writer = server.connect()) {
      client.call("CLIENT", "CACHING", "YES");
      client.call("GET", "a");
      client.call("GET", "b");
      other.call("CLIENT", "CACHING", "NO");
      other.call("GET", "a");
      other.call("GET", "b");
      client.call("CLIENT", "CACHING", "YES");
      client.call("MULTI");
      client.call("GET", "c");
      client.call("GET", "d");
      client.call("EXEC");
      client.call("GET", "e");
      writer.call("MSET", "a", "1", "b", "1", "c", "1", "d", "1", "e", "1");
      assertEquals(invalidated("a"), client.read());
      assertEquals(invalidated("c"), client.read());
      assertEquals(invalidated("d"), client.read());
      assertEquals(invalidated("b"), other.read());
      assertEquals(new Reply.SimpleString("PONG"), client.call("PING"));
      assertEquals(new Reply.SimpleString("PONG"), other.call("PING"));
    }
  }

  @Test
  void anotherConnectionIsToldByRedirection() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient told = server.connect();
        TestClient client = server.connect();
        TestClient writer = server.connect()) {
      long id = ((Reply.IntegerValue) told.call("CLIENT", "ID")).value();
      told.call("SUBSCRIBE", "__redis__:invalidate");
      assertEquals(OK, client.call("CLIENT", "TRACKING", "ON", "REDIRECT", "" + id));
      assertEquals(new Reply.IntegerValue(id), client.call("CLIENT", "GETREDIR"));
      client.call("GET", "a");
      writer.call("SET", "a", "1");
      assertEquals(
          new Reply.Array(
              List.of(
                  new Reply.BulkString("message"),
                  new Reply.BulkString("__redis__:invalidate"),
                  new Reply.Array(List.of(new Reply.BulkString("a"))))),
          told.read());
      client.hello3();
      client.call("GET", "a");
      writer.call("CLIENT", "KILL", "ID", "" + id);
      writer.call("SET", "a", "2");
      assertEquals(
          new Reply.Push(
              List.of(new Reply.BulkString("tracking-redir-broken"), new Reply.IntegerValue(id))),
          client.read());
    }
  }

  @Test
  void whoChangesAKeyHearsOfItUnlessNotWanted() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = tracking(server);
        TestClient quiet = tracking(server, "NOLOOP")) {
      client.call("GET", "a");
      assertEquals(OK, client.call("SET", "a", "1"));
      assertEquals(invalidated("a"), client.read());
      quiet.call("GET", "a");
      assertEquals(OK, quiet.call("SET", "a", "2"));
      // Read again after its own change: another's is told of.
      quiet.send("SET", "a", "3");
      quiet.send("GET", "a");
      quiet.read();
      quiet.read();
      client.call("SET", "a", "4");
      assertEquals(invalidated("a"), quiet.read());
    }
  }

  @Test
  void ofKeysThatAreTooManySomeAreToldOf() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--tracking-table-max-keys", "10");
        TestClient client = tracking(server)) {
      for (int i = 0; i < 15; i++) {
        client.send("GET", "key" + i);
      }
      int told = 0;
      for (int i = 0; i < 20; i++) {
        told += client.read() instanceof Reply.Push ? 1 : 0;
      }
      assertEquals(5, told);
      assertEquals(10, client.info("tracking_total_keys"));
    }
  }

  /**
   * Otherwise INFO would count keys that nobody will be told of, and who tracks again would hear of
   * a change that came before it read the key.
   */
  @Test
  void whatWasReadIsForgottenWhenNobodyTracksAnyMore() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = tracking(server);
        TestClient writer = server.connect()) {
      client.call("MGET", "a", "b");
      assertEquals(OK, client.call("CLIENT", "TRACKING", "OFF"));
      writer.call("FLUSHALL");
      assertEquals(0, writer.info("tracking_total_keys"));
      assertEquals(0, writer.info("tracking_total_items"));
      assertEquals(OK, client.call("CLIENT", "TRACKING", "ON"));
      writer.call("SET", "a", "1");
      client.call("GET", "a");
      assertEquals(1, writer.info("tracking_total_items"));
      writer.call("SET", "a", "2");
      assertEquals(invalidated("a"), client.read());
      assertEquals(new Reply.SimpleString("PONG"), client.call("PING"));
    }
  }

  /** Not only when the next key is read. */
  @Test
  void whoHasReadTooManyIsToldWhenFewerAreAllowed() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient other = server.connect();
        TestClient client = tracking(server)) {
      for (int i = 0; i < 10; i++) {
        assertEquals(Reply.Null.NULL, client.call("GET", "key" + i));
      }
      other.call("CONFIG", "SET", "tracking-table-max-keys", "4");
      for (int i = 0; i < 6; i++) {
        assertInstanceOf(Reply.Push.class, client.read());
      }
      assertEquals(4, other.info("tracking_total_keys"));
    }
  }

  /** What a client believes, from replies and pushes in their order. */
  private static final class CachingReader implements AutoCloseable {
    private final TestClient client;
    private final Map<String, String> copies = new HashMap<>();
    private int written;

    CachingReader(TestClient client) {
      this.client = client;
    }

    /** Reads keys in one piece, and keeps what comes. */
    void read(List<String> keys) throws Exception {
      for (String key : keys) {
        client.send("GET", key);
      }
      for (; written > 0; written--) {
        assertEquals(OK, next());
      }
      for (String key : keys) {
        Reply reply = next();
        copies.put(key, reply instanceof Reply.BulkString bulk ? bulk.text() : null);
      }
    }

    /** Changes a key, and has a copy no more; the answer comes in front of those to reads. */
    void write(String key, String value) throws Exception {
      client.send("SET", key, value);
      copies.remove(key);
      written++;
    }

    private Reply next() throws Exception {
      while (true) {
        Reply reply = client.read();
        if (!(reply instanceof Reply.Push push)) {
          return reply;
        }
        Reply keys = push.values().get(1);
        if (keys instanceof Reply.Array array) {
          array.values().forEach(key -> copies.remove(((Reply.BulkString) key).text()));
        } else {
          copies.clear();
        }
      }
    }

    /** Hears of all that was visible when it was asked. */
    void hear() throws Exception {
      client.send("PING");
      next();
      // What other threads hand over comes by a task of the connection's loop.
      client.send("PING");
      next();
    }

    @Override
    public void close() throws IOException {
      client.close();
    }
  }

  /** Writers at work, then rest: no reader believes then what isn't so. */
  @ParameterizedTest
  @CsvSource({"0, always, 0", "1, everysec, 0", "2, always, 50", "0, everysec, 50"})
  void noReaderBelievesWhatIsNotSo(String threads, String sync, String memtable) throws Exception {
    long seed = Seed.of("noReaderBelievesWhatIsNotSo");
    try (ServerFixture server =
            new ServerFixture(
                directory,
                "--io-threads",
                threads,
                "--appendfsync",
                sync,
                "--memtable-entries",
                memtable,
                "--tracking-table-max-keys",
                "6");
        TestClient check = server.connect();
        CachingReader first = new CachingReader(tracking(server));
        CachingReader second = new CachingReader(tracking(server, "NOLOOP"))) {
      Random random = new Random(seed);
      for (int round = 0; round < 30; round++) {
        server.engine().makeCold();
        AtomicBoolean stop = new AtomicBoolean();
        List<Throwable> failures = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          long its = random.nextLong();
          Thread writer = new Thread(() -> write(server, its, stop, failures));
          writer.start();
          writers.add(writer);
        }
        for (int i = 0; i < 40; i++) {
          CachingReader reader = random.nextBoolean() ? first : second;
          List<String> keys = new ArrayList<>();
          int count = 1 + random.nextInt(8);
          for (int k = 0; k < count; k++) {
            keys.add("key" + random.nextInt(KEYS));
          }
          if (random.nextInt(3) == 0) {
            // What is read after it sees more than others see so far.
            reader.write(keys.getFirst(), "own" + i);
          }
          reader.read(keys);
        }
        stop.set(true);
        for (Thread writer : writers) {
          writer.join();
        }
        assertEquals(List.of(), failures);
        check.call("SET", "round", "" + round);
        first.hear();
        second.hear();
        assertCurrent(check, first.copies, round);
        assertCurrent(check, second.copies, round);
      }
    }
  }

  private static void assertCurrent(TestClient check, Map<String, String> copies, int round)
      throws Exception {
    for (Map.Entry<String, String> copy : copies.entrySet()) {
      Reply now = check.call("GET", copy.getKey());
      String value = now instanceof Reply.BulkString bulk ? bulk.text() : null;
      assertEquals(value, copy.getValue(), "round " + round + ": " + copy.getKey());
    }
  }

  private static void write(
      ServerFixture server, long seed, AtomicBoolean stop, List<Throwable> failures) {
    Random random = new Random(seed);
    try (TestClient client = server.connect()) {
      int number = 0;
      while (!stop.get()) {
        String key = "key" + random.nextInt(KEYS);
        switch (random.nextInt(20)) {
          case 0 -> client.call("DEL", key);
          case 1 -> client.call("RENAME", key, "key" + random.nextInt(KEYS));
          case 2 ->
              client.call("MSET", key, "m" + number, "key" + random.nextInt(KEYS), "n" + number);
          case 3 -> {
            if (random.nextInt(20) == 0) {
              client.call("FLUSHDB");
            }
          }
          default -> client.call("SET", key, seed + ":" + number++);
        }
      }
    } catch (Exception e) {
      synchronized (failures) {
        failures.add(e);
      }
    }
  }
}
