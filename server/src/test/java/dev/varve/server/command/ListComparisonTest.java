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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same commands on lists to Redis 7.0.15 and to ours, whatever the form is that lists have
 * here: the same must come back.
 */
final class ListComparisonTest {
  private static final int COMMANDS = 12_000;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "RESP2, 128, 1024, 0.3",
    "RESP3, 128, 1024, 0",
    "RESP2, 3, 1024, 0.3",
    "RESP2, 128, 30, 0.9",
    "RESP3, 0, 0, 0.3"
  })
  void randomCommandsAnswerAsRedisDoes(
      ProtocolVersion version, int entries, int bytes, double needsRead) throws IOException {
    long seed = Seed.of("randomCommandsAnswerAsRedisDoes " + version + " " + entries + " " + bytes);
    compare(version, entries, bytes, seed, new FakeEngine(seed, needsRead));
  }

  @ParameterizedTest
  @CsvSource({"128, 1024", "2, 40", "0, 0"})
  void randomCommandsOverTablesAnswerAsRedisDoes(int entries, int bytes) throws IOException {
    long seed = Seed.of("randomCommandsOverTablesAnswerAsRedisDoes " + entries + " " + bytes);
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
      compare(ProtocolVersion.RESP2, entries, bytes, seed, engine);
    }
  }

  private void compare(
      ProtocolVersion version, int entries, int bytes, long seed, StorageEngine engine)
      throws IOException {
    RandomListCommands commands = new RandomListCommands(seed);
    CommandHarness ours = CommandHarness.withWallClock(engine, seed);
    ours.limits().packed(entries, bytes);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      redis.version(version);
      redis.execute("HELLO", "" + version.number());
      ours.execute(session, "HELLO", "" + version.number());
      for (int i = 0; i < COMMANDS; i++) {
        String[] command = commands.next();
        same(redis, ours, session, i + ": " + Arrays.toString(command), command);
      }
    }
  }

  private static void same(
      RedisProcess redis, CommandHarness ours, Session session, String message, String... command)
      throws IOException {
    assertEquals(
        printable(redis.execute(command)), printable(ours.execute(session, command)), message);
  }

  /** A list of more elements than are gone through at once, changed in its midst. */
  @Test
  void aLargeListComesToWhatRedisComesTo() throws IOException {
    long seed = Seed.of("aLargeListComesToWhatRedisComesTo");
    Random random = new Random(seed);
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(seed, 0.01), seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (int i = 0; i < 12_000; i += 20) {
        String[] push = new String[22];
        push[0] = "RPUSH";
        push[1] = "l";
        for (int n = 2; n < push.length; n++) {
          push[n] = "e" + random.nextInt(6_000);
        }
        same(redis, ours, session, "push " + i, push);
      }
      for (int i = 0; i < 800; i++) {
        String element = "e" + random.nextInt(6_000);
        String index = "" + random.nextInt(12_000);
        String[] command =
            switch (random.nextInt(10)) {
              case 0, 1, 2, 3 -> new String[] {"LINSERT", "l", "BEFORE", element, "new" + i};
              case 4, 5, 6 -> new String[] {"LREM", "l", "" + (random.nextInt(5) - 2), element};
              case 7 -> new String[] {"LSET", "l", index, "set" + i};
              case 8 -> new String[] {"LPOS", "l", element, "RANK", "-1", "COUNT", "3"};
              default -> new String[] {"LINDEX", "l", index};
            };
        same(redis, ours, session, i + ": " + Arrays.toString(command), command);
      }
      same(redis, ours, session, "all", "LRANGE", "l", "0", "-1");
      same(redis, ours, session, "copy", "COPY", "l", "m");
      same(redis, ours, session, "trim", "LTRIM", "m", "5000", "-5000");
      same(redis, ours, session, "trimmed", "LRANGE", "m", "0", "-1");
      for (int i = 0; i < 16_000; i += 100) {
        same(redis, ours, session, "pop " + i, i % 200 == 0 ? "LPOP" : "RPOP", "l", "100");
      }
      same(redis, ours, session, "end", "EXISTS", "l", "m");
    }
  }

  /** The array that elements are packed in is another one once it has grown. */
  @Test
  void anElementThatMakesAChunkGrowIsKept() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (int length = 100; length < 1_100; length += 50) {
        for (String element : List.of("a", "b", "c", "d")) {
          same(redis, ours, session, "push", "RPUSH", "l" + length, element.repeat(length));
        }
        String pivot = "b".repeat(length);
        for (int i = 0; i < 26; i++) {
          String element = ("" + (char) ('A' + i)).repeat(length);
          same(redis, ours, session, "insert", "LINSERT", "l" + length, "AFTER", pivot, element);
          same(redis, ours, session, "set", "LSET", "l" + length, "2", element + "x");
          same(redis, ours, session, length + ", " + i, "LRANGE", "l" + length, "0", "-1");
        }
      }
    }
  }

  private static String printable(String text) {
    return text.replace("\r", "\\r").replace("\n", "\\n");
  }
}
