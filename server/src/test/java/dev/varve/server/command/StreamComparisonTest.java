package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same commands on streams to Redis 7.0.15 and to ours: the same must come back. */
final class StreamComparisonTest {
  private static final int COMMANDS = 12_000;

  /** Nodes of Redis's tree are not ours. */
  private static final Pattern TREE = Pattern.compile("(radix-tree-nodes\\\\r\\\\n):\\d+");

  /** How many nodes there are: Redis keeps some that have no entries, which don't exist here. */
  private static final Pattern NODES = Pattern.compile("(radix-tree-keys\\\\r\\\\n):\\d+");

  /** How long ago something was that was claimed as of long ago. */
  private static final Pattern SINCE_1970 = Pattern.compile(":1[789]\\d{11}\\b");

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"RESP2, 0.3", "RESP3, 0", "RESP3, 0.9"})
  void randomCommandsAnswerAsRedisDoes(ProtocolVersion version, double needsRead)
      throws IOException {
    long seed = Seed.of("randomCommandsAnswerAsRedisDoes " + version + " " + needsRead);
    compare(version, seed, new FakeEngine(seed, needsRead));
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
    RandomStreamCommands commands =
        new RandomStreamCommands(seed, version == ProtocolVersion.RESP2);
    CommandHarness ours = CommandHarness.withWallClock(engine, seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      redis.version(version);
      redis.execute("HELLO", "" + version.number());
      ours.execute(session, "HELLO", "" + version.number());
      // How many bytes a node has depends on how Redis packs them.
      same(redis, ours, session, "bytes", "CONFIG", "SET", "stream-node-max-bytes", "0");
      for (int i = 0; i < COMMANDS; i++) {
        String[] command = commands.next();
        same(redis, ours, session, i + ": " + Arrays.toString(command), command);
      }
    }
  }

  /** More entries, and more that are pending, than are gone through at once. */
  @Test
  void aLargeStreamComesToWhatRedisComesTo() throws IOException {
    long seed = Seed.of("aLargeStreamComesToWhatRedisComesTo");
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(seed, 0.01), seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (int i = 1; i <= 12_000; i++) {
        same(redis, ours, session, "add " + i, "XADD", "s", i + "-1", "f", "v" + i);
      }
      same(redis, ours, session, "all", "XRANGE", "s", "-", "+");
      same(redis, ours, session, "group", "XGROUP", "CREATE", "s", "g", "0");
      same(redis, ours, session, "read", group("a", "COUNT", "6000", "STREAMS", "s", ">"));
      same(redis, ours, session, "rest", group("b", "STREAMS", "s", ">"));
      same(redis, ours, session, "pending", "XPENDING", "s", "g");
      for (int i = 2; i <= 11_000; i += 2) {
        same(redis, ours, session, "ack " + i, "XACK", "s", "g", i + "-1");
      }
      same(redis, ours, session, "history", group("a", "STREAMS", "s", "0"));
      same(redis, ours, session, "trim", "XTRIM", "s", "MAXLEN", "9000");
      same(redis, ours, session, "claim", "XAUTOCLAIM", "s", "g", "c", "0", "0", "COUNT", "5000");
      same(redis, ours, session, "less", "XAUTOCLAIM", "s", "g", "a", "0", "7000", "JUSTID");
      same(redis, ours, session, "pending", "XPENDING", "s", "g");
      same(redis, ours, session, "copy", "COPY", "s", "t");
      same(redis, ours, session, "remove", "XGROUP", "DELCONSUMER", "s", "g", "c");
      same(redis, ours, session, "groups", "XINFO", "GROUPS", "s");
      same(redis, ours, session, "copied", "XINFO", "GROUPS", "t");
      same(redis, ours, session, "copied", "XPENDING", "t", "g");
      same(redis, ours, session, "about", "XTRIM", "s", "MINID", "~", "11550-0");
      same(redis, ours, session, "trimmed", "XRANGE", "s", "-", "+");
      same(redis, ours, session, "copied", "XRANGE", "t", "-", "+");
      same(redis, ours, session, "all", "XTRIM", "t", "MAXLEN", "0");
      same(redis, ours, session, "told", "XINFO", "STREAM", "t");
    }
  }

  /** What a transaction has copied is copied again by a walk over what it has done so far. */
  @Test
  void aCopyOfACopyKeepsItsGroups() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0.3), 1);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      same(redis, ours, session, "add", "XADD", "s", "1-1", "f", "v");
      same(redis, ours, session, "group", "XGROUP", "CREATE", "s", "g", "0");
      same(redis, ours, session, "read", group("a", "STREAMS", "s", ">"));
      same(redis, ours, session, "begin", "MULTI");
      same(redis, ours, session, "copy", "COPY", "s", "t");
      same(redis, ours, session, "again", "COPY", "t", "u");
      same(redis, ours, session, "end", "EXEC");
      same(redis, ours, session, "pending", "XPENDING", "u", "g");
      same(redis, ours, session, "history", group("a", "STREAMS", "u", "0"));
    }
  }

  private static String[] group(String consumer, String... more) {
    List<String> words = new ArrayList<>(List.of("XREADGROUP", "GROUP", "g", consumer));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  /** Trimmed entries are left where they are, and their ids can be given out again. */
  @Test
  void whatWasTrimmedDoesNotComeBackWithItsId() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0.3), 1);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (int i = 1; i <= 300; i++) {
        same(redis, ours, session, "add " + i, "XADD", "s", i + "-1", "f", "v" + i);
      }
      same(redis, ours, session, "trim", "XTRIM", "s", "MAXLEN", "0");
      same(redis, ours, session, "back", "XSETID", "s", "5-0");
      same(redis, ours, session, "add", "XADD", "s", "10-1", "f", "again");
      same(redis, ours, session, "add", "XADD", "s", "400-1", "f", "again");
      same(redis, ours, session, "all", "XRANGE", "s", "-", "+");
      same(redis, ours, session, "one", "XDEL", "s", "20-1", "400-1");
      same(redis, ours, session, "copy", "COPY", "s", "t");
      same(redis, ours, session, "told", "XINFO", "STREAM", "s");
      same(redis, ours, session, "told", "XINFO", "STREAM", "t");
    }
  }

  /** Names of groups and consumers are parts of keys. */
  @Test
  void namesAreNoLongerThanKeys() {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    String name = "n".repeat(CommandHarness.MAX_KEY_BYTES + 1);
    String refused =
        "-ERR member of 1025 bytes is longer than the 1024 that a member may have (see"
            + " max-key-bytes)\r\n";
    assertEquals("+OK\r\n", ours.execute(session, "XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"));
    ours.execute(session, "XADD", "s", "1-1", "f", "v");
    assertEquals(refused, ours.execute(session, "XGROUP", "CREATE", "s", name, "0"));
    assertEquals(refused, ours.execute(session, "XGROUP", "CREATECONSUMER", "s", "g", name));
    assertEquals(
        refused,
        ours.execute(session, "XREADGROUP", "GROUP", "g", name, "COUNT", "1", "STREAMS", "s", ">"));
    assertEquals(
        refused, ours.execute(session, "XCLAIM", "s", "g", name, "0", "1-1", "FORCE", "JUSTID"));
    assertEquals(":0\r\n", ours.execute(session, "XACK", "s", name, "1-1"));
    assertEquals("*0\r\n", ours.execute(session, "XINFO", "CONSUMERS", "s", "g"));
  }

  private static void same(
      RedisProcess redis, CommandHarness ours, Session session, String message, String... command)
      throws IOException {
    assertEquals(
        printable(redis.execute(command)), printable(ours.execute(session, command)), message);
  }

  private static String printable(String text) {
    String printable = SINCE_1970.matcher(text).replaceAll(":?");
    printable = printable.replace("\r", "\\r").replace("\n", "\\n");
    return NODES.matcher(TREE.matcher(printable).replaceAll("$1:?")).replaceAll("$1:?");
  }
}
