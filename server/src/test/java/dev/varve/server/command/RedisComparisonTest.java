package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.protocol.ReplyWriter;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same commands to Redis 7.0.15 and to ours: the same bytes must come back. */
final class RedisComparisonTest {
  private static final int COMMANDS = 20_000;

  /** Clocks differ a little, so these may too: in their unit, by this much. */
  private static final Set<String> TIMES = Set.of("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME");

  private static final long CLOCK_TOLERANCE = 5000;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void randomCommandsAnswerAsRedisDoes(ProtocolVersion version) throws IOException {
    long seed = Seed.of("randomCommandsAnswerAsRedisDoes " + version);
    compare(version, seed, new FakeEngine(seed, 0.3));
  }

  @Test
  void randomCommandsOverTablesAnswerAsRedisDoes() throws IOException {
    long seed = Seed.of("randomCommandsOverTablesAnswerAsRedisDoes");
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
      compare(ProtocolVersion.RESP2, seed, engine);
    }
  }

  private void compare(ProtocolVersion version, long seed, StorageEngine engine)
      throws IOException {
    RandomCommands commands = new RandomCommands(seed);
    CommandHarness ours = CommandHarness.withWallClock(engine, seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      redis.version(version);
      redis.execute("HELLO", "" + version.number());
      ours.execute(session, "HELLO", "" + version.number());
      for (int i = 0; i < COMMANDS; i++) {
        String[] command = commands.next();
        String expected = redis.execute(command);
        String actual = ours.execute(session, command);
        if (!isAboutTheSameTime(command[0], expected, actual)) {
          assertEquals(printable(expected), printable(actual), i + ": " + describe(command));
        }
      }
    }
  }

  private static boolean isAboutTheSameTime(String command, String expected, String actual) {
    if (!TIMES.contains(command.toUpperCase(Locale.ROOT))
        || !expected.startsWith(":")
        || !actual.startsWith(":")) {
      return false;
    }
    long one = Long.parseLong(expected.substring(1).trim());
    long other = Long.parseLong(actual.substring(1).trim());
    return one > 0 && other > 0 && Math.abs(one - other) < CLOCK_TOLERANCE;
  }

  /** What DEBUG PROTOCOL gives of each type, RESP2's stand-ins included. */
  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void valuesAreWrittenAsRedisWritesThem(ProtocolVersion version) throws IOException {
    try (RedisProcess redis = RedisProcess.start(directory, "--enable-debug-command", "yes")) {
      redis.version(version);
      redis.execute("HELLO", "" + version.number());
      assertWritten(redis, version, "string", sink -> sink.bulk("Hello World"));
      assertWritten(redis, version, "integer", sink -> sink.integer(12345));
      assertWritten(redis, version, "double", sink -> sink.doubleValue(3.141));
      assertWritten(redis, version, "null", ReplySink::nullBulk);
      assertWritten(redis, version, "true", sink -> sink.booleanValue(true));
      assertWritten(redis, version, "false", sink -> sink.booleanValue(false));
      assertWritten(
          redis, version, "verbatim", sink -> sink.verbatim("This is a verbatim\nstring"));
      assertWritten(
          redis,
          version,
          "bignum",
          sink -> sink.bigNumber(new BigInteger("1234567999999999999999999999999999999")));
      assertWritten(redis, version, "array", sink -> sink.endArray(threeNumbers(sink), 3));
      assertWritten(redis, version, "set", sink -> sink.endSet(threeNumbers(sink), 3));
      assertWritten(redis, version, "map", sink -> sink.endMap(threePairs(sink), 3));
    }
  }

  private static int threeNumbers(ReplySink sink) {
    int begun = sink.beginDeferred();
    for (int i = 0; i < 3; i++) {
      sink.integer(i);
    }
    return begun;
  }

  private static int threePairs(ReplySink sink) {
    int begun = sink.beginDeferred();
    for (int i = 0; i < 3; i++) {
      sink.integer(i);
      sink.booleanValue(i == 1);
    }
    return begun;
  }

  private static void assertWritten(
      RedisProcess redis, ProtocolVersion version, String type, Consumer<ReplySink> ours)
      throws IOException {
    ByteBuf out = Unpooled.buffer();
    ours.accept(new ReplyWriter(out, version));
    assertEquals(
        printable(redis.execute("DEBUG", "PROTOCOL", type)),
        printable(out.toString(StandardCharsets.ISO_8859_1)),
        type);
  }

  @Test
  void fixedCommandsAnswerAsRedisDoes() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (String line : FIXED.lines().toList()) {
        String[] command = line.strip().split(" ");
        assertEquals(
            printable(redis.execute(command)),
            printable(ours.execute(session, command)),
            describe(command));
      }
    }
  }

  private static final String FIXED =
      """
      PING
      AUTH x
      AUTH default x
      AUTH nobody x
      AUTH a b c
      HELLO x
      HELLO 4
      HELLO 2 BOGUS
      HELLO 2 AUTH nobody x
      HELLO 2 AUTH x
      HELLO 2 SETNAME
      CLIENT
      CLIENT GETNAME
      CLIENT SETNAME me
      CLIENT GETNAME
      CLIENT SETNAME caf\u00e9
      CLIENT NO-EVICT on
      CLIENT NO-EVICT maybe
      CLIENT KILL 1.2.3.4:5
      CLIENT KILL ID 0
      CLIENT KILL ID x
      CLIENT KILL ID 999999 SKIPME yes
      CLIENT KILL TYPE bogus
      CLIENT KILL USER nobody
      CLIENT KILL SKIPME maybe
      CLIENT KILL ADDR 1.2.3.4:5 LADDR
      CLIENT KILL TYPE replica
      CLIENT LIST TYPE bogus
      CLIENT LIST ID x
      CLIENT LIST ID 99999
      CLIENT LIST BOGUS
      CLIENT REPLY maybe
      CLIENT REPLY ON
      CLIENT ID x
      RESET
      CLIENT GETNAME
      SELECT 16
      SELECT x
      CONFIG
      CONFIG GET
      CONFIG GET DataBases
      CONFIG GET DATA[a-z]ases
      CONFIG SET maxmemory
      CONFIG SET bogus 1
      CONFIG SET databases 1
      CONFIG SET a 1 b
      SHUTDOWN bogus
      SHUTDOWN ABORT NOW
      SHUTDOWN SAVE NOSAVE
      SHUTDOWN ABORT
      COMMAND GETKEYS SET a b
      COMMAND GETKEYS MSET a b c d
      COMMAND GETKEYS MGET a b c
      COMMAND GETKEYS RENAME a b
      COMMAND GETKEYS PING a
      COMMAND GETKEYS SPUBLISH a b
      COMMAND GETKEYS SSUBSCRIBE a b
      COMMAND GETKEYS BOGUS a
      COMMAND GETKEYS GET
      COMMAND GETKEYS GET a b
      COMMAND GETKEYSANDFLAGS SET a b
      COMMAND GETKEYSANDFLAGS SET a b GET
      COMMAND GETKEYSANDFLAGS RENAME a b
      COMMAND GETKEYSANDFLAGS GETDEL a
      COMMAND LIST FILTERBY MODULE json
      COMMAND LIST FILTERBY BOGUS x
      COMMAND LIST FILTERBY PATTERN get
      COMMAND LIST BOGUS
      COMMAND BOGUS
      COMMAND INFO bogus
      COMMAND DOCS bogus
      COMMAND INFO get mset del rename expire scan dbsize ping hello
      COMMAND INFO client|id client|list config|set command|count
      COMMAND INFO incrbyfloat getrange append flushall shutdown info keys
      SCAN 0 TYPE string
      SCAN
      KEYS
      KEYS a b
      RANDOMKEY
      MSET one 1 two 2 three 3
      KEYS t[wx]o
      KEYS *n*
      SCAN 0 MATCH on* COUNT 100
      SCAN +0 COUNT 100 MATCH o[^o]e
      SCAN 0 TYPE hash COUNT 100
      DBSIZE
      TIME x
      GET one two
      COMMAND INFO copy move wait role object|encoding object|help memory|usage
      COMMAND GETKEYS COPY a b DB 1
      COMMAND GETKEYSANDFLAGS COPY a b REPLACE
      COMMAND GETKEYS OBJECT ENCODING a
      COMMAND GETKEYS MEMORY USAGE a SAMPLES 5
      OBJECT
      OBJECT BOGUS
      OBJECT ENCODING
      OBJECT ENCODING one two
      OBJECT ENCODING one
      OBJECT ENCODING missing
      SET forty-four aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeee
      OBJECT ENCODING forty-four
      SET forty-five aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee
      OBJECT ENCODING forty-five
      OBJECT REFCOUNT forty-five
      OBJECT REFCOUNT missing
      OBJECT FREQ missing
      OBJECT FREQ one
      OBJECT IDLETIME missing
      MEMORY
      MEMORY USAGE
      MEMORY BOGUS
      MEMORY USAGE missing
      MEMORY USAGE missing SAMPLES 3
      MEMORY USAGE missing SAMPLES -1
      MEMORY USAGE missing SAMPLES x
      MEMORY USAGE missing SAMPLES
      MEMORY USAGE missing BOGUS 1
      WAIT 0 0
      WAIT 0 1
      WAIT x 0
      WAIT 0 x
      WAIT 0 -1
      WAIT 0
      ROLE x
      CONFIG REWRITE
      CONFIG REWRITE x
      COMMAND INFO config|rewrite
      """;

  /** Texts are our own; all else that COMMAND DOCS tells is Redis's. */
  @Test
  void documentationHasTheShapeOfRedis() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    int compared = 0;
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (CommandSpec command : ours.commands().all()) {
        String[] docs = {"COMMAND", "DOCS", command.fullName()};
        String expected = withoutTexts(redis.execute(docs));
        // Some of ours are of later versions; a container's subcommands are compared themselves.
        if (!expected.equals("*0\r\n")
            && command.subcommands().isEmpty()
            && !TOLD_OTHERWISE.contains(command.fullName())) {
          String actual = withoutTexts(ours.execute(session, docs));
          assertEquals(printable(expected), printable(actual), command.fullName());
          compared++;
        }
      }
    }
    assertTrue(compared > 70, "only " + compared + " were compared");
  }

  /** WITHSCORE is of 7.2. */
  private static final List<String> TOLD_OTHERWISE = List.of("zrank", "zrevrank");

  private static String withoutTexts(String docs) {
    String text = "[$]\\d+\r\n[^\r]*\r\n";
    return docs.replaceAll("([$]\\d+\r\n(summary|complexity|replaced_by)\r\n)" + text, "$1")
        .replaceAll("([*]2\r\n[$]\\d+\r\n\\d+[.]\\d+[.]\\d+\r\n)" + text, "$1");
  }

  @Test
  void passwordsAreAskedForAsRedisDoes() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    ours.password("secret");
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory, "--requirepass", "secret")) {
      for (String line : PASSWORDS.lines().toList()) {
        String[] command = line.strip().split(" ");
        assertEquals(
            printable(redis.execute(command)),
            printable(ours.execute(session, command)),
            describe(command));
      }
    }
  }

  private static final String PASSWORDS =
      """
      PING
      GET
      BOGUS
      CLIENT BOGUS
      COMMAND COUNT
      HELLO
      HELLO 3
      HELLO 2 SETNAME a
      AUTH
      AUTH wrong
      AUTH default wrong
      AUTH nobody secret
      HELLO 2 AUTH default wrong
      GET a
      AUTH secret
      GET a
      RESET
      GET a
      HELLO 2 AUTH default secret BOGUS
      GET a
      AUTH default secret
      PING
      QUIT
      """;

  @Test
  void patternsMatchAsInRedis() throws IOException {
    long seed = Seed.of("patternsMatchAsInRedis");
    Random random = new Random(seed);
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(seed, 0), seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (int i = 0; i < 5000; i++) {
        String key = random(random, "abcA-]^\\*\u00ff", 6);
        String pattern = random(random, "abcA-[]^\\*?\u00ff", 8);
        for (String[] command :
            new String[][] {{"FLUSHDB"}, {"SET", key, "1"}, {"KEYS", pattern}}) {
          assertEquals(
              printable(redis.execute(command)),
              printable(ours.execute(session, command)),
              key + " with " + describe(command));
        }
      }
    }
  }

  /** Redis follows only so many of them. */
  @Test
  void patternsOfManyStarsMatchAsInRedis() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (int length : new int[] {1000, 1001, 1020}) {
        String[] set = {"SET", "a".repeat(length), "1"};
        assertEquals(redis.execute(set), ours.execute(session, set));
      }
      for (String part : List.of("*a", "*?", "**a", "*b", "*aa")) {
        for (int stars = 999; stars <= 1002; stars++) {
          for (String end : List.of("", "*", "**", "*a*")) {
            String[] command = {"KEYS", part.repeat(stars) + end};
            assertEquals(
                sorted(redis.execute(command)),
                sorted(ours.execute(session, command)),
                part + " " + stars + " times and " + end);
          }
        }
      }
    }
  }

  private static List<String> sorted(String reply) {
    return reply.lines().sorted().toList();
  }

  @Test
  void floatsAddUpAsInRedis() throws IOException {
    long seed = Seed.of("floatsAddUpAsInRedis");
    Random random = new Random(seed);
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(seed, 0), seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (int i = 0; i < 10_000; i++) {
        String[] set = {"SET", "k", randomFloat(random)};
        String[] increment = {"INCRBYFLOAT", "k", randomFloat(random)};
        redis.execute(set);
        ours.execute(session, set);
        assertEquals(
            printable(redis.execute(increment)),
            printable(ours.execute(session, increment)),
            describe(set) + describe(increment));
      }
    }
  }

  private static String randomFloat(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> "" + random.nextLong();
      case 1 -> "" + random.nextDouble();
      case 2 -> "" + Double.longBitsToDouble(random.nextLong());
      case 3 -> (random.nextInt(20_000) - 10_000) / 100.0 + "";
      case 4 -> random.nextInt(100) + "e" + (random.nextInt(10_400) - 5_200);
      case 5 -> Double.toHexString(random.nextGaussian());
      case 6 -> random(random, "0123456789.+-eExXinfa", 6);
      default -> random.nextInt() + "." + (random.nextLong() >>> 1) + random.nextInt(1000);
    };
  }

  private static String random(Random random, String letters, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append(letters.charAt(random.nextInt(letters.length())));
    }
    return text.toString();
  }

  private static String describe(String[] command) {
    return printable(Arrays.toString(command));
  }

  private static String printable(String bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes.length(); i++) {
      char c = bytes.charAt(i);
      if (c >= ' ' && c <= '~') {
        text.append(c);
      } else {
        text.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      }
    }
    return text.toString();
  }
}
