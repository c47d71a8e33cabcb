package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.datatype.Builds;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Results that are too large for one step of the storage thread. */
@Timeout(120)
class BuildAsideTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final int MEMBERS = 9000;

  @TempDir Path directory;

  private static Reply.IntegerValue number(long value) {
    return new Reply.IntegerValue(value);
  }

  private static String member(int i) {
    return "a member of some length " + i;
  }

  /** Those numbers below {@link #MEMBERS} that a set has. */
  private static List<String> members(IntPredicate which) {
    return IntStream.range(0, MEMBERS).filter(which).mapToObj(BuildAsideTest::member).toList();
  }

  private static void add(TestClient client, String command, String key, List<String> members)
      throws IOException {
    for (int from = 0; from < members.size(); from += 1000) {
      List<String> words = new ArrayList<>(List.of(command, key));
      for (String each : members.subList(from, Math.min(from + 1000, members.size()))) {
        if (command.equals("ZADD")) {
          words.add(String.valueOf(each.length()));
        }
        words.add(each);
        if (command.equals("HSET")) {
          words.add("value of " + each);
        }
      }
      assertInstanceOf(Reply.IntegerValue.class, client.call(words.toArray(String[]::new)));
    }
  }

  private static List<String> texts(Reply reply) {
    return ((Reply.Array) reply)
        .values().stream().map(each -> ((Reply.BulkString) each).text()).toList();
  }

  private static void assertSet(List<String> expected, TestClient client, String key)
      throws IOException {
    assertEquals(number(expected.size()), client.call("SCARD", key));
    assertEquals(new TreeSet<>(expected), new TreeSet<>(texts(client.call("SMEMBERS", key))));
  }

  private static Map<String, String> pairs(Reply reply) {
    List<String> all = texts(reply);
    Map<String, String> pairs = new TreeMap<>();
    for (int i = 0; i < all.size(); i += 2) {
      pairs.put(all.get(i), all.get(i + 1));
    }
    return pairs;
  }

  private static void assertNothingIsLeased(TestClient client) throws IOException {
    while (client.info("builds_aside") > 0) {
      Thread.onSpinWait();
    }
    assertEquals(0, client.info("leases"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void resultsAreTheSame(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--build-aside", "yes", "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      List<String> all = members(_ -> true);
      List<String> even = members(i -> i % 2 == 0);
      List<String> third = members(i -> i % 3 == 0);
      add(client, "SADD", "even", even);
      add(client, "SADD", "third", third);
      add(client, "SADD", "to", List.of("what", "was", "before"));
      assertEquals(number(6000), client.call("SUNIONSTORE", "to", "even", "third"));
      assertSet(members(i -> i % 2 == 0 || i % 3 == 0), client, "to");
      assertEquals(number(1500), client.call("SINTERSTORE", "to", "even", "third"));
      assertSet(members(i -> i % 6 == 0), client, "to");
      assertEquals(number(3000), client.call("SDIFFSTORE", "even", "even", "third"));
      assertSet(members(i -> i % 2 == 0 && i % 3 != 0), client, "even");
      assertEquals(number(0), client.call("SDIFFSTORE", "to", "third", "third", "even"));
      assertEquals(number(0), client.call("EXISTS", "to"));

      add(client, "ZADD", "scores", all);
      List<String> inOrder = texts(client.call("ZRANGE", "scores", "0", "-1"));
      assertEquals(number(MEMBERS), client.call("ZRANGESTORE", "copy", "scores", "0", "-1"));
      assertEquals(inOrder, texts(client.call("ZRANGE", "copy", "0", "-1")));
      assertEquals(
          number(MEMBERS), client.call("ZRANGESTORE", "copy", "scores", "-inf", "+inf", "BYSCORE"));
      assertEquals(
          number(10),
          client.call("ZRANGESTORE", "few", "scores", "0", "27", "BYSCORE", "LIMIT", "0", "10"));
      assertEquals(
          number(MEMBERS),
          client.call("ZUNIONSTORE", "twice", "2", "scores", "copy", "AGGREGATE", "SUM"));
      assertEquals(inOrder, texts(client.call("ZRANGE", "twice", "0", "-1")));
      assertEquals(new Reply.BulkString("50"), client.call("ZSCORE", "twice", member(0)));
      assertEquals(number(3000), client.call("ZINTERSTORE", "both", "2", "scores", "third"));
      assertEquals(number(6000), client.call("ZDIFFSTORE", "both", "2", "scores", "third"));

      add(client, "HSET", "hash", all);
      assertEquals(
          new Reply.Array(List.of(number(1))),
          client.call("HPEXPIRE", "hash", "100000000", "FIELDS", "1", member(7)));
      assertEquals(number(1), client.call("PEXPIRE", "hash", "100000000"));
      Map<String, String> pairs = pairs(client.call("HGETALL", "hash"));
      assertEquals(number(0), client.call("COPY", "hash", "copy"));
      assertEquals(number(1), client.call("COPY", "hash", "copy", "REPLACE"));
      assertEquals(pairs, pairs(client.call("HGETALL", "copy")));
      assertTrue(((Reply.IntegerValue) client.call("PTTL", "copy")).value() > 0);
      assertEquals(number(1), client.call("COPY", "hash", "hash", "DB", "3"));
      assertEquals(number(1), client.call("MOVE", "copy", "5"));
      assertEquals(number(0), client.call("EXISTS", "copy"));
      assertEquals(OK, client.call("SELECT", "5"));
      assertEquals(pairs, pairs(client.call("HGETALL", "copy")));
      assertEquals(OK, client.call("SELECT", "0"));

      add(client, "RPUSH", "list", all);
      assertEquals(new Reply.BulkString(member(0)), client.call("LPOP", "list"));
      assertEquals(number(1), client.call("COPY", "list", "list2"));
      assertEquals(all.subList(1, MEMBERS), texts(client.call("LRANGE", "list2", "0", "-1")));

      assertTrue(client.info("total_builds_aside") >= 12);
      assertNothingIsLeased(client);
    }
  }

  /** In a transaction the result is part of the one step. */
  @Test
  void transactionsBuildNothingAside() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--build-aside", "yes");
        TestClient client = server.connect()) {
      add(client, "SADD", "all", members(_ -> true));
      client.call("MULTI");
      client.call("SUNIONSTORE", "copy", "all");
      client.call("SADD", "copy", "one more");
      assertEquals(new Reply.Array(List.of(number(MEMBERS), number(1))), client.call("EXEC"));
      assertEquals(
          number(MEMBERS + 1),
          client.call("EVAL", "return redis.call('SUNIONSTORE', 'copy2', 'copy')", "0"));
      assertEquals(0, client.info("total_builds_aside"));
    }
  }

  /** Two sets change together: whoever sees them apart has seen half a step. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void sourcesDontChangeWhileTheResultIsBuilt(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--build-aside", "yes", "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient writer = server.connect();
        TestClient other = server.connect()) {
      add(client, "SADD", "one", members(_ -> true));
      assertEquals(number(MEMBERS), client.call("SUNIONSTORE", "two", "one"));
      AtomicBoolean ends = new AtomicBoolean();
      CompletableFuture<Integer> writing =
          CompletableFuture.supplyAsync(
              () -> {
                int rounds = 0;
                try {
                  for (; !ends.get(); rounds++) {
                    writer.call("MULTI");
                    writer.call("SADD", "one", "more " + rounds);
                    writer.call("SADD", "two", "more " + rounds);
                    writer.call("SREM", "one", member(rounds));
                    writer.call("SREM", "two", member(rounds));
                    assertInstanceOf(Reply.Array.class, writer.call("EXEC"));
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
                return rounds;
              });
      CompletableFuture<Void> flushing =
          CompletableFuture.runAsync(
              () -> {
                try {
                  other.call("SELECT", "7");
                  while (!ends.get()) {
                    assertEquals(OK, other.call("SET", "key", "value"));
                    assertEquals(OK, other.call("FLUSHDB"));
                    assertEquals(OK, other.call("SWAPDB", "7", "8"));
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      for (int i = 0; i < 15; i++) {
        assertEquals(number(0), client.call("SDIFFSTORE", "apart", "one", "two"));
        assertEquals(number(MEMBERS), client.call("SINTERSTORE", "same", "two", "one"));
        assertEquals(number(1), client.call("COPY", "one", "copy", "REPLACE"));
        assertEquals(number(MEMBERS), client.call("SCARD", "copy"));
      }
      ends.set(true);
      assertTrue(writing.get() > 0);
      flushing.get();
      assertEquals(45, client.info("total_builds_aside") - 1);
      assertNothingIsLeased(client);
    }
  }

  /** A write to what is leased is answered when the result is there. */
  @Test
  void writeThatWaitsForALeaseGoesOnAfterIt() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--build-aside", "yes");
        TestClient client = server.connect();
        TestClient writer = server.connect();
        TestClient observer = server.connect()) {
      add(client, "SADD", "all", members(_ -> true));
      add(client, "HSET", "hash", members(_ -> true));
      for (int i = 0; i < 5; i++) {
        client.send("SUNIONSTORE", "to", "all");
        client.send("COPY", "hash", "copy", "REPLACE");
        writer.send("SADD", "all", "more " + i);
        writer.send("SADD", "to", "behind");
        writer.send("HSET", "hash", member(1), "changed " + i);
        writer.send("DEL", "copy");
        writer.send("SET", "other", "value");
        client.read();
        client.read();
        assertEquals(number(1), writer.read());
        writer.read();
        assertEquals(number(0), writer.read());
        writer.read();
        assertEquals(OK, writer.read());
      }
      assertEquals(number(MEMBERS + 5), client.call("SCARD", "all"));
      assertNothingIsLeased(observer);
    }
  }

  @Test
  void whatFindsNoRoomOnTheDiskIsAnsweredSo() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--build-aside", "yes");
        TestClient client = server.connect()) {
      add(client, "SADD", "all", members(_ -> true));
      server.engine().refuseWrites(new StorageException.DiskFull("full", null));
      assertRefused(client.call("SUNIONSTORE", "to", "all"), "MISCONF");
      server.engine().refuseWrites(null);
      assertEquals(number(MEMBERS), client.call("SUNIONSTORE", "to", "all"));
      assertNothingIsLeased(client);
    }
  }

  @Test
  void noLeaseOutlivesTheEndOfAllWrites() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--build-aside", "yes");
        TestClient client = server.connect();
        TestClient observer = server.connect()) {
      add(client, "SADD", "all", members(_ -> true));
      server.engine().refuseBehindNextAppend(new StorageException.Poisoned("broken", null));
      assertRefused(client.call("SUNIONSTORE", "to", "all"), "MISCONF");
      assertNothingIsLeased(observer);
    }
  }

  @Test
  void whoseNoteIsNeverDurableIsAnsweredSo() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--build-aside", "yes");
        TestClient client = server.connect();
        TestClient observer = server.connect()) {
      add(client, "SADD", "all", members(_ -> true));
      server.engine().failSyncs(new StorageException.Io("syncing", new IOException("broken")));
      assertRefused(client.call("SUNIONSTORE", "to", "all"), "MISCONF");
      assertNothingIsLeased(observer);
    }
  }

  private static void assertRefused(Reply reply, String code) {
    String message = assertInstanceOf(Reply.SimpleError.class, reply).text();
    assertTrue(message.startsWith(code), message);
    assertEquals(0, message.lastIndexOf(code), message);
  }

  @Test
  void clientThatLeavesEndsWhatIsBuiltForIt() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--build-aside", "yes");
        TestClient observer = server.connect()) {
      add(observer, "SADD", "all", members(_ -> true));
      for (int i = 0; i < 10; i++) {
        TestClient client = server.connect();
        client.send("SUNIONSTORE", "to" + i, "all");
        client.close();
      }
      while (observer.info("connected_clients") > 1) {
        Thread.onSpinWait();
      }
      assertNothingIsLeased(observer);
      assertEquals(number(1), observer.call("SADD", "all", "one more"));
      for (int i = 0; i < 10; i++) {
        Reply found = observer.call("SCARD", "to" + i);
        assertTrue(found.equals(number(0)) || found.equals(number(MEMBERS)), found.toString());
      }
    }
  }

  /** What is built of a key that expires meanwhile is as if it had begun later. */
  @Test
  void keyThatExpiresMeanwhileIsNoSource() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--build-aside", "yes");
        TestClient client = server.connect()) {
      add(client, "SADD", "all", members(_ -> true));
      assertEquals(number(MEMBERS), client.call("SUNIONSTORE", "stays", "all"));
      for (int i = 1; i < 12; i++) {
        assertEquals(number(1), client.call("COPY", "all", "goes"));
        client.call("PEXPIRE", "goes", String.valueOf(3 * i));
        client.call("SDIFFSTORE", "to", "goes", "none");
        Reply there = client.call("EXISTS", "to");
        assertTrue(there.equals(number(0)) || there.equals(number(1)));
        client.call("DEL", "goes", "to");
      }
      assertNothingIsLeased(client);
    }
  }

  private static boolean hasNotes(ServerFixture server) {
    try (ReadView view = server.engine().view()) {
      return !Builds.left(view).isEmpty();
    }
  }

  /** A copy of the data is what a loss of power leaves. */
  @Test
  void nothingHalfMadeIsLeftByACrash() throws Exception {
    Path saved;
    try (ServerFixture server = new ServerFixture(directory, "--build-aside", "yes");
        TestClient client = server.connect();
        TestClient saver = server.connect()) {
      add(client, "SADD", "all", members(_ -> true));
      for (int i = 0; i < 20; i++) {
        client.send("SUNIONSTORE", "to " + i, "all");
      }
      while (saver.info("builds_aside") == 0) {
        Thread.onSpinWait();
      }
      assertEquals(OK, saver.call("SAVE"));
      for (int i = 0; i < 20; i++) {
        assertEquals(number(MEMBERS), client.read());
      }
      try (var checkpoints = Files.list(directory.resolve("checkpoints"))) {
        saved = checkpoints.filter(Files::isDirectory).findFirst().orElseThrow();
      }
      try (ServerFixture copy = new ServerFixture(saved, "--build-aside", "yes");
          TestClient reader = copy.connect()) {
        assertSet(members(_ -> true), reader, "all");
        long there = ((Reply.IntegerValue) reader.call("DBSIZE")).value() - 1;
        assertTrue(there < 20);
        for (int i = 0; i < there; i++) {
          assertSet(members(_ -> true), reader, "to " + i);
        }
        while (hasNotes(copy)) {
          Thread.onSpinWait();
        }
      }
    }
  }
}
