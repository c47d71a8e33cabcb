package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Large pipelines and values of every size. */
final class LimitsIT {

  @TempDir static Path folder;
  private static ServerProcess server;

  @BeforeAll
  static void start() {
    server = ServerProcess.in(folder.resolve("data")).with("--maxmemory", "1gb").start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        1,
        15,
        100,
        4095,
        4096,
        32 << 10,
        65_536,
        1 << 20,
        5_000_001,
        40 << 20,
        60_000_000
      })
  void keepsValuesOfEverySize(int length) throws IOException {
    byte[] value = new byte[length];
    new SplittableRandom(length).nextBytes(value);
    byte[] key = RawClient.ascii("value:" + length);
    try (RawClient client = server.connect()) {
      assertEquals("OK", client.send(RawClient.frame(RawClient.ascii("SET"), key, value)).read());
      assertArrayEquals(
          value, (byte[]) client.send(RawClient.frame(RawClient.ascii("GET"), key)).read());
      assertEquals(
          (long) length, client.send(RawClient.frame(RawClient.ascii("STRLEN"), key)).read());
    }
  }

  /**
   * Found by hand: a value just within the limit took more of the heap than there was, and the
   * server ended.
   */
  @ParameterizedTest
  @CsvSource({"100mb, 1000000", "256mb, 13000000", "512mb, 31000000"})
  void takesTheLargestValueThatItsMemoryAllows(String maxMemory, int length) throws IOException {
    byte[] value = new byte[length];
    new SplittableRandom(length).nextBytes(value);
    byte[] half = Arrays.copyOf(value, length / 2);
    try (ServerProcess small =
            ServerProcess.in(folder.resolve(maxMemory)).with("--maxmemory", maxMemory).start();
        RawClient client = small.connect()) {
      for (int i = 0; i < 3; i++) {
        assertEquals("OK", client.send(frame("SET", value)).read());
        assertArrayEquals(value, (byte[]) client.send(RawClient.frame("GET", "key")).read());
        assertEquals("OK", client.send(frame("SET", half)).read());
        assertEquals(2L * half.length, client.send(frame("APPEND", half)).read());
      }
    }
  }

  /** It comes to be in chunks, or stays whole where there is no room for that. */
  @ParameterizedTest
  @CsvSource({"100mb, 1000000", "256mb, 13000000", "512mb, 31000000"})
  void changesPartsOfTheLargestValueThatItsMemoryAllows(String maxMemory, int length)
      throws IOException {
    byte[] value = new byte[length];
    new SplittableRandom(length).nextBytes(value);
    value[length / 2] = 0;
    Path data = folder.resolve("parts" + maxMemory);
    try (ServerProcess small = ServerProcess.in(data).with("--maxmemory", maxMemory).start();
        RawClient client = small.connect()) {
      for (int i = 0; i < 3; i++) {
        assertEquals("OK", client.send(frame("SET", value)).read());
        assertEquals(0L, client.call("SETBIT", "key", "" + ((4L * length) & ~7L), "1"));
        assertEquals((long) length, client.call("SETRANGE", "key", "5", "abc"));
        byte[] expected = value.clone();
        expected[length / 2] = (byte) 0x80;
        System.arraycopy(RawClient.ascii("abc"), 0, expected, 5, 3);
        assertArrayEquals(expected, (byte[]) client.call("GET", "key"));
      }
      assertEquals(0, small.terminate().code());
    }
  }

  /** A long string of zeros takes no memory, and is never in it as a whole. */
  @Test
  void setsTheLastBitThatThereIsWithLittleMemory() throws IOException {
    Path data = folder.resolve("bit");
    String last = "" + 0xFFFFFFFFL;
    try (ServerProcess small = ServerProcess.in(data).with("--maxmemory", "128mb").start();
        RawClient client = small.connect()) {
      assertEquals(0L, client.call("SETBIT", "key", last, "1"));
      assertEquals(1L << 29, client.call("STRLEN", "key"));
      assertEquals(1L, client.call("BITCOUNT", "key"));
      assertEquals(0xFFFFFFFFL, client.call("BITPOS", "key", "1"));
      assertEquals(1L << 29, client.call("BITOP", "OR", "other", "key", "key"));
      assertEquals(1L, client.call("COPY", "other", "third"));
      assertEquals(1L, client.call("GETBIT", "third", last));
      for (String[] whole :
          new String[][] {{"GET", "key"}, {"DUMP", "key"}, {"BITOP", "NOT", "d", "key"}}) {
        RawClient.ErrorReply refused = (RawClient.ErrorReply) client.call(whole);
        assertTrue(refused.text().startsWith("OOM"), refused.text());
      }
      assertEquals(3L, client.call("DEL", "key", "other", "third"));
      assertEquals(0, small.terminate().code());
    }
  }

  /** Found from outside: these copied a value three times, and the server ended. */
  @ParameterizedTest
  @CsvSource({"100mb, 1000000", "256mb, 13000000", "512mb, 31000000"})
  void renamesTheLargestValueThatItsMemoryAllows(String maxMemory, int length) throws IOException {
    byte[] value = new byte[length];
    new SplittableRandom(length).nextBytes(value);
    Path data = folder.resolve("rename" + maxMemory);
    for (int i = 0; i < 2; i++) {
      try (ServerProcess small = ServerProcess.in(data).with("--maxmemory", maxMemory).start();
          RawClient client = small.connect()) {
        // Once from memory, once from disk: a restart leaves nothing in the cache.
        if (i == 0) {
          assertEquals("OK", client.send(frame("SET", value)).read());
        }
        assertEquals("OK", client.call("RENAME", "key", "b"));
        assertEquals(1L, client.call("RENAMENX", "b", "c"));
        assertEquals(1L, client.call("EXPIRE", "c", "1000"));
        assertEquals(1L, client.call("MOVE", "c", "1"));
        assertEquals("OK", client.call("SELECT", "1"));
        assertEquals(1L, client.call("COPY", "c", "key", "DB", "0"));
        assertEquals(1L, client.call("DEL", "c"));
        assertEquals("OK", client.call("SELECT", "0"));
        assertEquals(1L, client.call("PERSIST", "key"));
        assertArrayEquals(value, (byte[]) client.call("GET", "key"));
        assertEquals(0, small.terminate().code());
      }
    }
  }

  /** Found from outside: the values of all were fetched to the heap, and the server ended. */
  @Test
  void deletesManyColdValuesAtOnce() throws IOException {
    Path data = folder.resolve("cold");
    int keys = 40;
    String[] delete = new String[1 + keys];
    delete[0] = "DEL";
    byte[] value = new byte[1_000_000];
    try (ServerProcess small = ServerProcess.in(data).with("--maxmemory", "128mb").start();
        RawClient client = small.connect()) {
      for (int i = 0; i < keys; i++) {
        delete[1 + i] = "cold:" + i;
        byte[] key = RawClient.ascii(delete[1 + i]);
        assertEquals("OK", client.send(RawClient.frame(RawClient.ascii("SET"), key, value)).read());
      }
      // So that the values are in tables, and not in memtables any more.
      for (int i = 0; i < keys; i++) {
        byte[] key = RawClient.ascii("other:" + i);
        assertEquals("OK", client.send(RawClient.frame(RawClient.ascii("SET"), key, value)).read());
      }
      assertEquals((long) keys, client.call(delete));
    }
  }

  /** Found from outside: a fetched value each, of 64 clients together, ended the server. */
  @Test
  void lastsWhenManyClientsChangeColdValues() throws IOException {
    Path data = folder.resolve("many");
    int clients = 64;
    byte[] value = new byte[1_000_000];
    try (ServerProcess small = ServerProcess.in(data).with("--maxmemory", "128mb").start();
        RawClient first = small.connect()) {
      for (int i = 0; i < 2 * clients; i++) {
        byte[] key = RawClient.ascii("value:" + i);
        assertEquals("OK", first.send(RawClient.frame(RawClient.ascii("SET"), key, value)).read());
      }
      List<RawClient> all = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        all.add(small.connect());
        all.getLast().send(RawClient.frame("EXPIRE", "value:" + i, "1000"));
        all.getLast().send(RawClient.frame("APPEND", "value:" + (2 * clients - 1 - i), "x"));
      }
      for (RawClient client : all) {
        assertEquals(1L, client.read());
        assertEquals(1_000_001L, client.read());
        client.close();
      }
      assertEquals("PONG", first.call("PING"));
    }
  }

  /** Each thread that sends large replies gathered megabytes on the heap that nobody counted. */
  @Test
  void lastsWhenManyClientsDrawManyMembers() throws IOException {
    Path data = folder.resolve("draws");
    int members = 60_000;
    try (ServerProcess small = ServerProcess.in(data).with("--maxmemory", "128mb").start();
        RawClient first = small.connect()) {
      for (int from = 0; from < members; from += 1000) {
        List<String> set = new ArrayList<>(List.of("SADD", "set"));
        List<String> sorted = new ArrayList<>(List.of("ZADD", "sorted"));
        for (int i = from; i < from + 1000; i++) {
          set.add("member:" + i);
          sorted.addAll(List.of("" + i, "member:" + i));
        }
        assertEquals(1000L, first.call(set.toArray(String[]::new)));
        assertEquals(1000L, first.call(sorted.toArray(String[]::new)));
      }
      List<CompletableFuture<Void>> all = new ArrayList<>();
      Executor threads = task -> new Thread(task).start();
      for (int i = 0; i < 24; i++) {
        byte[] request =
            i % 3 == 0
                ? RawClient.frame("ZUNION", "2", "sorted", "set")
                : RawClient.frame("SRANDMEMBER", "set", "-300000");
        all.add(CompletableFuture.runAsync(() -> takeWhole(small, request), threads));
      }
      all.forEach(CompletableFuture::join);
      assertEquals("PONG", first.call("PING"));
      assertEquals(0, small.terminate().code());
    }
  }

  private static void takeWhole(ServerProcess server, byte[] request) {
    try (RawClient client = server.connect()) {
      assertNull(client.send(request).skip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Found from outside: replies that fit one by one were refused where they came together. */
  @Test
  void answersAPipelineOfReadsThatFitOneByOne() throws IOException {
    Path data = folder.resolve("reads");
    byte[] value = new byte[6_000_000];
    try (ServerProcess small = ServerProcess.in(data).with("--maxmemory", "224mb").start();
        RawClient client = small.connect()) {
      for (int i = 0; i < 12; i++) {
        byte[] key = RawClient.ascii("read:" + i);
        assertEquals("OK", client.send(RawClient.frame(RawClient.ascii("SET"), key, value)).read());
      }
      for (int i = 0; i < 12; i++) {
        client.write(RawClient.frame("GET", "read:" + i));
      }
      client.flush();
      for (int i = 0; i < 12; i++) {
        assertEquals(value.length, ((byte[]) client.read()).length);
      }
    }
  }

  /**
   * Found from outside: a client that writes all before it reads stood still for a minute, and was
   * closed then.
   */
  @Test
  void takesFiftyMegabytesEachWayFromAClientThatSendsAllBeforeItReads() throws IOException {
    byte[] value = new byte[50_000];
    int rounds = 1000;
    try (RawClient client = server.connect()) {
      for (int i = 0; i < rounds; i++) {
        byte[] key = RawClient.ascii("each:" + i % 10);
        client.write(RawClient.frame(RawClient.ascii("SET"), key, value));
        client.write(RawClient.frame(RawClient.ascii("GET"), key));
      }
      client.flush();
      for (int i = 0; i < rounds; i++) {
        assertEquals("OK", client.read());
        assertArrayEquals(value, (byte[]) client.read());
      }
    }
  }

  /**
   * Replies of all have room for one such client, but not for three: those that are in the way of
   * the others go, one after another, where all three went at once.
   */
  @Test
  void ofClientsThatSendAllBeforeTheyReadNoMoreAreClosedThanMustBe() throws Exception {
    byte[] both = RawClient.frame(RawClient.ascii("ECHO"), new byte[50_000]);
    int rounds = 700;
    int through = 0;
    try (ServerProcess own =
            ServerProcess.in(folder.resolve("several")).with("--maxmemory", "1gb").start();
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      CyclicBarrier together = new CyclicBarrier(3);
      List<Future<Boolean>> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        clients.add(
            threads.submit(
                () -> {
                  try (RawClient client = own.connect()) {
                    together.await();
                    for (int round = 0; round < rounds; round++) {
                      client.write(both);
                    }
                    client.flush();
                    for (int round = 0; round < rounds; round++) {
                      assertEquals(50_000, ((byte[]) client.read()).length);
                    }
                    return true;
                  } catch (IOException closed) {
                    return false;
                  }
                }));
      }
      for (Future<Boolean> client : clients) {
        through += client.get() ? 1 : 0;
      }
    }
    assertTrue(through > 0, "none of three went through");
  }

  /** Found from outside: it waited for a minute for what could not come. */
  @Test
  void closesAClientThatSendsMoreThanItsRepliesHaveRoomForAndReadsNothing() throws IOException {
    try (ServerProcess own =
            ServerProcess.in(folder.resolve("own"))
                .with("--maxmemory", "256mb", "--client-output-limit", "4mb")
                .start();
        RawClient client = own.connect()) {
      byte[] both = RawClient.frame(RawClient.ascii("ECHO"), new byte[50_000]);
      assertThrows(
          IOException.class,
          () -> {
            for (int i = 0; i < 10_000; i++) {
              client.write(both);
            }
            client.flush();
          });
      awaitLog(own, "sends more requests than their replies have room for");
      try (RawClient other = own.connect()) {
        assertEquals("PONG", other.call("PING"));
      }
    }
  }

  @Test
  void cutsAStrangerOffWhoReadsNothing() throws IOException {
    try (ServerProcess own =
            ServerProcess.in(folder.resolve("stranger")).with("--requirepass", "secret").start();
        RawClient client = own.connect()) {
      byte[] ping = RawClient.frame("PING");
      byte[] many = new byte[1000 * ping.length];
      for (int i = 0; i < 1000; i++) {
        System.arraycopy(ping, 0, many, i * ping.length, ping.length);
      }
      assertThrows(
          IOException.class,
          () -> {
            for (int i = 0; i < 10_000; i++) {
              client.write(many);
            }
          });
      awaitLog(own, "has not said who it is");
    }
  }

  private static void awaitLog(ServerProcess own, String text) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!own.log().contains(text)) {
      assertTrue(System.nanoTime() < end, own.log());
      Thread.onSpinWait();
    }
  }

  private static byte[] frame(String command, byte[] value) {
    return RawClient.frame(RawClient.ascii(command), RawClient.ascii("key"), value);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 65_536})
  void keepsKeysOfEverySize(int length) throws IOException {
    byte[] key = new byte[length];
    new SplittableRandom(length).nextBytes(key);
    try (RawClient client = server.connect()) {
      assertEquals(
          "OK",
          client.send(RawClient.frame(RawClient.ascii("SET"), key, RawClient.ascii("v"))).read());
      assertArrayEquals(
          RawClient.ascii("v"),
          (byte[]) client.send(RawClient.frame(RawClient.ascii("GET"), key)).read());
      assertEquals(1L, client.send(RawClient.frame(RawClient.ascii("DEL"), key)).read());
    }
  }

  @Test
  void answersAClientThatSendsAllBeforeItReads() throws IOException {
    int requests = 200_000;
    try (RawClient client = server.connect()) {
      for (int i = 0; i < requests; i++) {
        client.write(RawClient.frame("INCR", "pipelined"));
      }
      client.flush();
      for (long i = 1; i <= requests; i++) {
        assertEquals(i, client.read());
      }
    }
  }

  @Test
  void mixesReadsAndWritesInOrder() throws IOException {
    int requests = 20_000;
    try (RawClient client = server.connect()) {
      for (int i = 0; i < requests; i++) {
        client.write(RawClient.frame("SET", "mixed", Integer.toString(i)));
        client.write(RawClient.frame("GET", "mixed"));
        client.write(RawClient.frame("NOSUCHCOMMAND"));
        client.write(RawClient.frame("GET", "never written"));
      }
      client.flush();
      for (int i = 0; i < requests; i++) {
        assertEquals("OK", client.read());
        assertEquals(
            Integer.toString(i), new String((byte[]) client.read(), StandardCharsets.US_ASCII));
        assertTrue(client.read() instanceof RawClient.ErrorReply);
        assertEquals(null, client.read());
      }
    }
  }

  @Test
  void takesCommandsOfManyArguments() throws IOException {
    int pairs = 50_000;
    byte[][] set = new byte[1 + 2 * pairs][];
    byte[][] get = new byte[1 + pairs][];
    set[0] = RawClient.ascii("MSET");
    get[0] = RawClient.ascii("MGET");
    for (int i = 0; i < pairs; i++) {
      get[1 + i] = RawClient.ascii("many:" + i);
      set[1 + 2 * i] = get[1 + i];
      set[2 + 2 * i] = RawClient.ascii("v" + i);
    }
    try (RawClient client = server.connect()) {
      assertEquals("OK", client.send(RawClient.frame(set)).read());
      var values = (List<?>) client.send(RawClient.frame(get)).read();
      for (int i = 0; i < pairs; i++) {
        assertArrayEquals(RawClient.ascii("v" + i), (byte[]) values.get(i));
      }
    }
  }
}
