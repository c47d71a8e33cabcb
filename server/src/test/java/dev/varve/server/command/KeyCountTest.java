package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.Databases;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DBSIZE, SCAN, KEYS and expiry, over an engine that needs reads and settles counts at random. */
final class KeyCountTest {
  private static final Pattern BULK = Pattern.compile("\\$(\\d+)\r\n");

  @Test
  void dbSizeIsWhatScanReturns() {
    long seed = Seed.of("dbSizeIsWhatScanReturns");
    checkDbSize(new FakeEngine(seed, 0.4), new Random(seed));
  }

  @Test
  void dbSizeIsWhatScanReturnsOverTablesAndReopenings(@TempDir Path directory) {
    long seed = Seed.of("dbSizeIsWhatScanReturnsOverTablesAndReopenings");
    Random random = new Random(seed);
    try (ThreadScheduler scheduler = new ThreadScheduler()) {
      for (int i = 0; i < 3; i++) {
        try (StorageEngine engine = SmallEngine.open(directory, scheduler)) {
          checkDbSize(engine, random);
        }
      }
    }
  }

  private static void checkDbSize(StorageEngine engine, Random random) {
    CommandHarness server = new CommandHarness(engine, random.nextLong());
    Session session = server.connect();
    RandomCommands commands = new RandomCommands(random.nextLong());
    for (int i = 0; i < 3000; i++) {
      server.execute(session, commands.next());
      if (random.nextInt(4) == 0) {
        server.execute(
            session, "SET", "x" + random.nextInt(50), "v", "PX", "" + (1 + random.nextInt(50)));
      }
      if (random.nextInt(10) == 0) {
        server.advance(random.nextInt(100));
      }
      if (random.nextInt(5) == 0) {
        checkCounts(server, session, "after " + i);
      }
    }
    awaitExactCounts(server, session);
    checkCounts(server, session, "in the end");
  }

  /** DBSIZE is exact, and the keys that expire are too many by no more than the engine says. */
  private static void checkCounts(CommandHarness server, Session session, String when) {
    StorageEngine engine = server.engine();
    int id = server.databases().newestId(session.database());
    server.execute(session, "DBSIZE"); // removes what has expired
    List<String> keys = scan(server, session, "COUNT", "7");
    assertEquals(keys.size(), number(server.execute(session, "DBSIZE")), when);
    long expiring;
    long uncertain;
    try (ReadView view = engine.view()) {
      uncertain = Databases.uncertainKeys(view, id);
      expiring = Databases.expiringKeys(view, id);
    }
    long more =
        expiring
            - keys.stream()
                .filter(key -> number(server.execute(session, "PTTL", key)) >= 0)
                .count();
    assertTrue(
        more >= 0 && more <= uncertain, more + " expiring too many, " + uncertain + " " + when);
  }

  private static long number(String reply) {
    return Long.parseLong(reply.substring(1).strip());
  }

  /** The real engine settles them in quiet, the fake one at some write. */
  private static void awaitExactCounts(CommandHarness server, Session session) {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!server.engine().countIsExact()) {
      assertTrue(System.nanoTime() < deadline, "counts were not settled");
      server.execute(session, "SET", "x0", "v");
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  @Test
  void sameKeyTwiceInOneCommandCountsOnce() {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    server.execute(session, "MSET", "a", "1", "a", "2", "b", "3");
    assertEquals(":2\r\n", server.execute(session, "DBSIZE"));
    assertEquals("$1\r\n2\r\n", server.execute(session, "GET", "a"));
    assertEquals(":1\r\n", server.execute(session, "DEL", "a", "a"));
    assertEquals(":1\r\n", server.execute(session, "DBSIZE"));
    assertEquals(":1\r\n", server.execute(session, "MSETNX", "c", "1", "c", "2"));
    assertEquals(":2\r\n", server.execute(session, "DBSIZE"));
  }

  @Test
  void expiredKeysAreGoneForReadersAndThenRemoved() {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    server.execute(session, "SET", "a", "1", "PX", "1000");
    server.execute(session, "SET", "b", "2", "PX", "1000");
    server.execute(session, "SET", "c", "3");
    server.execute(session, "PERSIST", "b");
    server.advance(2000);
    assertEquals("$-1\r\n", server.execute(session, "GET", "a"));
    assertEquals("$1\r\n2\r\n", server.execute(session, "GET", "b"));
    assertEquals(List.of("b", "c"), scan(server, session));
    assertEquals("*2\r\n$1\r\nb\r\n$1\r\nc\r\n", server.execute(session, "KEYS", "*"));
    assertEquals(3, counted(server));
    assertEquals(":2\r\n", server.execute(session, "DBSIZE"));
    assertEquals(2, counted(server));
  }

  private static long counted(CommandHarness server) {
    try (ReadView view = server.engine().view()) {
      return Databases.keys(view, 0, false);
    }
  }

  @Test
  void overwritingAnExpiredKeyDoesNotCountItTwice() {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    server.execute(session, "SET", "a", "1", "PX", "10");
    server.advance(100);
    assertEquals(":1\r\n", server.execute(session, "SETNX", "a", "2"));
    assertEquals(":1\r\n", server.execute(session, "DBSIZE"));
    assertEquals(":-1\r\n", server.execute(session, "TTL", "a"));
  }

  @Test
  void expiredKeysAreCountedWhoeverRemovesThem() {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    for (String key : List.of("a", "b", "c", "d")) {
      server.execute(session, "SET", key, "1", "PX", "10");
    }
    server.execute(session, "SET", "e", "1", "PX", "500");
    server.execute(session, "DEL", "d");
    assertEquals(0, server.expired());
    server.advance(100);
    server.execute(session, "SET", "a", "2");
    assertEquals(1, server.expired(), "overwritten");
    server.execute(session, "SETNX", "b", "2");
    assertEquals(2, server.expired(), "replaced, as if it were not there");
    server.execute(session, "PEXPIRE", "e", "-1");
    assertEquals(2, server.expired(), "deleted before its deadline");
    assertEquals(":2\r\n", server.execute(session, "DBSIZE"));
    assertEquals(3, server.expired(), "removed by the sweep");
  }

  @Test
  void deadEntriesOfFlushedDatabasesAreRemovedWhenDue() {
    FakeEngine engine = new FakeEngine(1, 0);
    CommandHarness server = new CommandHarness(engine, 1);
    Session session = server.connect();
    server.execute(session, "SET", "a", "1", "PX", "10");
    server.execute(session, "SET", "b", "1", "PXAT", server.wallMillis() + 10 + "");
    server.execute(session, "FLUSHDB");
    server.execute(session, "SET", "a", "2");
    server.advance(100);
    assertEquals(":1\r\n", server.execute(session, "DBSIZE"));
    assertEquals("$1\r\n2\r\n", server.execute(session, "GET", "a"));
    try (var view = engine.view();
        var cursor = view.cursor(new byte[] {0x40}, new byte[] {0x49})) {
      cursor.seekToFirst();
      assertTrue(!cursor.isValid(), "the expiry index is empty");
    }
  }

  @Test
  void databasesKeepTheirContentsOverReopening() {
    FakeEngine engine = new FakeEngine(1, 0);
    CommandHarness server = new CommandHarness(engine, 1);
    Session session = server.connect();
    server.execute(session, "SET", "a", "0");
    server.execute(session, "SELECT", "1");
    server.execute(session, "SET", "a", "1");
    server.execute(session, "FLUSHDB");
    server.execute(session, "SET", "a", "2");
    server.execute(session, "SWAPDB", "0", "1");
    CommandHarness reopened = new CommandHarness(engine, 2);
    Session again = reopened.connect();
    assertEquals("$1\r\n2\r\n", reopened.execute(again, "GET", "a"));
    reopened.execute(again, "FLUSHDB");
    assertEquals("$-1\r\n", reopened.execute(again, "GET", "a"));
    reopened.execute(again, "SELECT", "1");
    assertEquals("$1\r\n0\r\n", reopened.execute(again, "GET", "a"));
    assertEquals("+OK\r\n", reopened.execute(again, "FLUSHALL", "ASYNC"));
    assertEquals(":0\r\n", reopened.execute(again, "DBSIZE"));
  }

  @Test
  void scanGoesOnAfterReopening() {
    FakeEngine engine = new FakeEngine(1, 0);
    CommandHarness server = new CommandHarness(engine, 1);
    Session session = server.connect();
    for (int i = 0; i < 100; i++) {
      server.execute(session, "SET", "key" + i, "v");
    }
    String first = server.execute(session, "SCAN", "0", "COUNT", "60");
    List<String> keys = bulks(first);
    CommandHarness reopened = new CommandHarness(engine, 2);
    Session again = reopened.connect();
    String second = reopened.execute(again, "SCAN", keys.getFirst(), "COUNT", "60");
    HashSet<String> all = new HashSet<>(keys.subList(1, keys.size()));
    assertEquals(60, all.size());
    all.addAll(bulks(second).subList(1, bulks(second).size()));
    assertEquals("0", bulks(second).getFirst());
    assertEquals(100, all.size());
    assertEquals(41, bulks(second).size());
  }

  @Test
  void scanOfAPrefixLooksAtNothingElse() {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    for (int i = 0; i < 100; i++) {
      server.execute(session, "SET", "a" + i, "v");
    }
    server.execute(session, "MSET", "b:1", "v", "b:2", "v", "b:\u00ff\u00ff", "v", "c", "v");
    String reply = server.execute(session, "SCAN", "0", "MATCH", "b:*", "COUNT", "5");
    assertEquals(List.of("0", "b:1", "b:2", "b:\u00ff\u00ff"), bulks(reply));
  }

  @Test
  void randomKeyReachesEveryKey() {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    assertEquals("$-1\r\n", server.execute(session, "RANDOMKEY"));
    List<String> keys = List.of("", "a", "ab", "abc", "b", "\u00ff", "\u00ff\u00ff", "key:01");
    for (String key : keys) {
      server.execute(session, "SET", key, "v");
    }
    HashSet<String> seen = new HashSet<>();
    for (int i = 0; i < 100_000 && seen.size() < keys.size(); i++) {
      seen.add(bulks(server.execute(session, "RANDOMKEY")).getFirst());
    }
    assertEquals(new HashSet<>(keys), seen);
  }

  private static List<String> scan(CommandHarness server, Session session, String... options) {
    List<String> found = new ArrayList<>();
    String cursor = "0";
    do {
      List<String> words = new ArrayList<>(List.of("SCAN", cursor));
      words.addAll(List.of(options));
      List<String> reply = bulks(server.execute(session, words.toArray(String[]::new)));
      cursor = reply.getFirst();
      found.addAll(reply.subList(1, reply.size()));
    } while (!cursor.equals("0"));
    assertEquals(found.size(), new HashSet<>(found).size(), "each key once");
    return found;
  }

  /** The strings of a reply, in order. */
  private static List<String> bulks(String reply) {
    List<String> found = new ArrayList<>();
    Matcher header = BULK.matcher(reply);
    for (int at = 0; header.find(at); ) {
      int length = Integer.parseInt(header.group(1));
      found.add(reply.substring(header.end(), header.end() + length));
      at = header.end() + length;
    }
    return found;
  }
}
