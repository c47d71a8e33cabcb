package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.datatype.Databases;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions of several clients, to Redis 7.0.15 and to ours: the same bytes must come back. */
final class RedisTransactionTest {
  private static final int COMMANDS = 30_000;
  private static final int CLIENTS = 3;

  /** Clocks differ a little; times to live are longer than this, and differ by less than that. */
  private static final long LEAST_TIME = 50_000;

  private static final long CLOCK_TOLERANCE = 5000;

  private static final String[] KEYS = {"a", "b", "c", "d", "e"};

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void randomTransactionsAnswerAsRedisDoes(ProtocolVersion version) throws IOException {
    long seed = Seed.of("randomTransactionsAnswerAsRedisDoes " + version);
    compare(version, seed, new FakeEngine(seed, 0.3));
  }

  @Test
  void randomTransactionsOverTablesAnswerAsRedisDoes() throws IOException {
    long seed = Seed.of("randomTransactionsOverTablesAnswerAsRedisDoes");
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
      compare(ProtocolVersion.RESP2, seed, engine);
    }
  }

  /** Found by seed -53848587503. */
  @ParameterizedTest
  @ValueSource(ints = {2, 1 << 20})
  void anAppendOfNothingIsAChangeToWhoWatches(int mostWhole) {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    server.limits().chunks(mostWhole, 64);
    Session session = server.connect();
    server.execute(session, "SET", "key", "value");
    server.execute(session, "APPEND", "key", "x");
    server.execute(session, "PEXPIRE", "key", "100000");
    server.execute(session, "WATCH", "key");
    assertEquals(":6\r\n", server.execute(session, "APPEND", "key", ""));
    server.execute(session, "MULTI");
    assertEquals("*-1\r\n", server.execute(session, "EXEC"));
    assertEquals("$6\r\nvaluex\r\n", server.execute(session, "GET", "key"));
    assertEquals(":100000\r\n", server.execute(session, "PTTL", "key"));
  }

  private void compare(ProtocolVersion version, long seed, StorageEngine engine)
      throws IOException {
    Random random = new Random(seed);
    RandomCommands commands = new RandomCommands(seed);
    CommandHarness ours = CommandHarness.withWallClock(engine, seed);
    List<Session> sessions = new ArrayList<>();
    List<RedisProcess> theirs = new ArrayList<>();
    int executed = 0;
    int refused = 0;
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (int i = 0; i < CLIENTS; i++) {
        sessions.add(ours.connect());
        theirs.add(i == 0 ? redis : redis.connect());
        theirs.get(i).version(version);
        theirs.get(i).execute("HELLO", "" + version.number());
        ours.execute(sessions.get(i), "HELLO", "" + version.number());
      }
      for (int i = 0; i < COMMANDS; i++) {
        int client = random.nextInt(CLIENTS);
        String[] command = random.nextInt(4) == 0 ? aboutTransactions(random) : commands.next();
        if (command[0].equalsIgnoreCase("DBSIZE")) {
          continue;
        }
        String expected = theirs.get(client).execute(command);
        String actual = ours.execute(sessions.get(client), command);
        assertSame(expected, actual, i + ": client " + client + " " + Arrays.toString(command));
        if (command[0].equals("EXEC")) {
          executed += expected.startsWith("*") && !expected.startsWith("*-1") ? 1 : 0;
          refused += expected.startsWith("*-1") || expected.startsWith("_") ? 1 : 0;
        }
      }
      for (RedisProcess connection : theirs) {
        connection.close();
      }
    }
    assertCountsAreRight(ours);
    assertTrue(executed > 100, executed + " executed");
    assertTrue(refused > 10, refused + " refused for what was watched");
  }

  /**
   * Checks the counts of keys, those included that one batch has touched more than once, up to what
   * is owed.
   */
  private static void assertCountsAreRight(CommandHarness ours) {
    Session session = ours.connect();
    for (int database = 0; database < 16; database++) {
      ours.execute(session, "SELECT", "" + database);
      long counted = Long.parseLong(ours.execute(session, "DBSIZE").substring(1).trim());
      String keys = ours.execute(session, "KEYS", "*").lines().findFirst().orElseThrow();
      long there = Long.parseLong(keys.substring(1));
      int id = ours.databases().newestId(database);
      try (ReadView view = ours.engine().view()) {
        long owed = Databases.uncertainKeys(view, id);
        assertTrue(
            counted <= there && there - counted <= owed,
            "DBSIZE " + counted + " of " + there + ", owed " + owed + ", database " + database);
      }
    }
  }

  private static String[] aboutTransactions(Random random) {
    return switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> new String[] {"MULTI"};
      case 4, 5, 6, 7 -> new String[] {"EXEC"};
      case 8 -> new String[] {"DISCARD"};
      case 9 -> new String[] {"UNWATCH"};
      case 10 -> new String[] {random.nextBoolean() ? "EXEC" : "WATCH", "x", "y", "z"};
      default -> watch(random);
    };
  }

  private static String[] watch(Random random) {
    List<String> words = new ArrayList<>(List.of("WATCH"));
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      words.add(KEYS[random.nextInt(KEYS.length)]);
    }
    return words.toArray(String[]::new);
  }

  private static void assertSame(String expected, String actual, String what) {
    String[] theirs = expected.split("\r\n", -1);
    String[] ours = actual.split("\r\n", -1);
    boolean same = theirs.length == ours.length;
    for (int i = 0; same && i < theirs.length; i++) {
      same = theirs[i].equals(ours[i]) || isAboutTheSameTime(theirs[i], ours[i]);
    }
    if (!same) {
      assertEquals(expected, actual, what);
    }
  }

  private static boolean isAboutTheSameTime(String theirs, String ours) {
    if (!theirs.matches(":\\d{5,18}") || !ours.matches(":\\d{5,18}")) {
      return false;
    }
    long one = Long.parseLong(theirs.substring(1));
    long other = Long.parseLong(ours.substring(1));
    return one > LEAST_TIME && other > LEAST_TIME && Math.abs(one - other) < CLOCK_TOLERANCE;
  }

  @Test
  void fixedTransactionsAnswerAsRedisDoes() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0.5), 1);
    Session[] sessions = {ours.connect(), ours.connect()};
    try (RedisProcess one = RedisProcess.start(directory);
        RedisProcess other = one.connect()) {
      RedisProcess[] theirs = {one, other};
      for (String line : FIXED.lines().toList()) {
        String[] words = line.strip().split(" ", -1);
        int client = words[0].equals("1") ? 0 : 1;
        String[] command = Arrays.copyOfRange(words, 1, words.length);
        assertEquals(
            theirs[client].execute(command), ours.execute(sessions[client], command), line);
      }
    }
  }

  private static final String FIXED =
      """
      1 COMMAND INFO multi exec discard watch unwatch
      1 EXEC
      1 DISCARD
      1 EXEC x
      1 DISCARD x
      1 MULTI x
      1 WATCH
      1 MULTI
      1 MULTI
      1 EXEC
      1 MULTI
      1 WATCH a
      1 SET a 1
      1 EXEC
      1 MULTI
      1 EXEC
      1 MULTI
      1 DISCARD
      1 MULTI
      1 EXEC x
      1 EXEC
      1 DISCARD
      1 MULTI
      1 BOGUS
      1 SET a 2
      1 EXEC
      1 GET a
      1 MULTI
      1 GET
      1 SET a 2
      1 DISCARD
      1 MULTI
      1 SAVE
      1 EXEC
      1 MULTI
      1 SHUTDOWN
      1 EXEC
      1 MULTI
      1 CLIENT BOGUS
      1 EXEC
      1 MULTI
      1 SET a x
      1 INCR a
      1 GET a
      1 SET b y
      1 MSET c 1 d
      1 EXEC
      1 MGET a b c
      1 MULTI
      1 SELECT 3
      1 SET a three
      1 SELECT 99
      1 GET a
      1 EXEC
      1 GET a
      1 SELECT 0
      1 MULTI
      1 PING
      1 SET a 5
      1 ECHO hello
      1 CLIENT GETNAME
      1 CLIENT SETNAME me
      1 INCR a
      1 CONFIG GET databases
      1 CONFIG SET bogus 1
      1 GET a
      1 UNWATCH
      1 CLIENT KILL 1.2.3.4:5
      1 LASTSAVE x
      1 TIME x
      1 EXEC
      1 CLIENT GETNAME
      1 MULTI
      1 CONFIG GET databases
      1 CONFIG GET databases
      1 EXEC
      1 MULTI
      1 HELLO 2 SETNAME
      1 GET missing
      1 AUTH x
      1 AUTH default x
      1 EXEC
      1 WATCH a
      1 MULTI
      1 GET a
      1 EXEC
      1 WATCH a
      2 SET a 6
      1 MULTI
      1 GET a
      1 EXEC
      1 MULTI
      1 GET a
      1 EXEC
      1 WATCH a
      2 SET a 7
      2 SET a 6
      1 MULTI
      1 EXEC
      1 WATCH a
      2 SET a 7
      1 UNWATCH
      1 MULTI
      1 GET a
      1 EXEC
      1 WATCH a
      2 SET a 7
      1 MULTI
      1 DISCARD
      1 MULTI
      1 GET a
      1 EXEC
      1 WATCH a
      1 SET a 8
      1 MULTI
      1 EXEC
      1 WATCH a
      1 MULTI
      1 SET a 9
      1 EXEC
      1 WATCH none
      2 SET none 1
      2 DEL none
      1 MULTI
      1 EXEC
      1 WATCH none
      2 DEL none
      2 GET none
      2 EXPIRE none 10
      1 MULTI
      1 EXEC
      1 WATCH a
      2 GET a
      2 EXPIRE a 100
      1 MULTI
      1 EXEC
      2 EXPIREAT a 4000000000
      1 WATCH a
      2 EXPIREAT a 4000000000
      1 MULTI
      1 EXEC
      1 WATCH a
      2 PERSIST a
      1 MULTI
      1 EXEC
      1 WATCH a
      2 PERSIST a
      1 MULTI
      1 EXEC
      1 WATCH a
      2 GETEX a
      1 MULTI
      1 EXEC
      1 WATCH a
      2 APPEND a
      1 MULTI
      1 EXEC
      1 WATCH a
      2 SETRANGE a 0 x
      1 MULTI
      1 EXEC
      1 WATCH a
      2 COPY b a
      1 MULTI
      1 EXEC
      1 WATCH a
      2 COPY b a REPLACE
      1 MULTI
      1 EXEC
      1 WATCH a
      2 COPY a copied
      1 MULTI
      1 EXEC
      1 WATCH a
      2 RENAME a renamed
      1 MULTI
      1 EXEC
      1 WATCH a
      2 RENAME renamed a
      1 MULTI
      1 EXEC
      1 WATCH a
      2 RENAME a a
      1 MULTI
      1 EXEC
      1 WATCH a
      2 MOVE a 5
      1 MULTI
      1 EXEC
      1 WATCH a
      2 SET other 1
      1 MULTI
      1 EXEC
      2 SET a 1
      1 WATCH a
      2 FLUSHDB
      1 MULTI
      1 EXEC
      1 WATCH a
      2 FLUSHDB
      1 MULTI
      1 EXEC
      1 WATCH a
      2 FLUSHALL
      1 MULTI
      1 EXEC
      2 SET a 1
      1 WATCH a
      2 FLUSHALL
      1 MULTI
      1 EXEC
      2 SET a 1
      1 WATCH a
      2 SWAPDB 0 1
      1 MULTI
      1 EXEC
      1 WATCH a
      2 SWAPDB 0 1
      1 MULTI
      1 EXEC
      1 WATCH nothing
      2 SWAPDB 0 1
      1 MULTI
      1 EXEC
      1 WATCH nothing
      2 SWAPDB 2 3
      1 MULTI
      1 EXEC
      1 SELECT 1
      1 WATCH a
      1 SELECT 0
      2 SET a 1
      1 MULTI
      1 EXEC
      1 SELECT 1
      1 WATCH a
      1 SELECT 0
      2 SELECT 1
      2 SET a 1
      1 MULTI
      1 EXEC
      2 SELECT 0
      2 XADD s 1-1 f v
      2 XADD s 2-1 f v
      2 XGROUP CREATE s g 0
      1 WATCH s
      2 XGROUP CREATECONSUMER s g made
      2 XREADGROUP GROUP g c STREAMS s >
      2 XREADGROUP GROUP g c STREAMS s 0
      2 XCLAIM s g d 0 1-1 JUSTID
      2 XAUTOCLAIM s g e 0 0 JUSTID
      2 XACK s g 1-1
      2 XGROUP SETID s g 0
      2 XGROUP DELCONSUMER s g e
      1 MULTI
      1 EXEC
      1 WATCH s
      2 XDEL s 1-1
      1 MULTI
      1 EXEC
      1 WATCH s
      2 XTRIM s MAXLEN 0
      1 MULTI
      1 EXEC
      2 DEL s
      1 WATCH s
      2 XGROUP CREATE s g 0 MKSTREAM
      1 MULTI
      1 EXEC
      1 WATCH a a a
      2 MULTI
      2 SET a 1
      1 MULTI
      1 GET a
      2 EXEC
      1 EXEC
      1 MULTI
      1 SET a 1
      1 FLUSHDB
      1 GET a
      1 SET a 2
      1 GET a
      1 SWAPDB 0 4
      1 GET a
      1 SET a 3
      1 SWAPDB 0 4
      1 GET a
      1 FLUSHALL
      1 GET a
      1 SET a 4
      1 EXISTS a
      1 RENAME a b
      1 COPY b a
      1 DEL b
      1 MGET a b
      1 EXEC
      1 MGET a b
      1 WATCH a
      2 SET a 5
      1 RESET
      1 MULTI
      1 GET a
      1 RESET
      1 EXEC
      1 MULTI
      1 GET a
      1 EXEC
      1 MULTI
      1 QUIT
      """;
}
