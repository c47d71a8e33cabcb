package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * The same commands on lists to Redis 7.0.15 and to ours, whatever the form is that lists have
 * here: the same must come back.
 */
final class ListComparisonTest extends CollectionComparison {
  @Override
  Supplier<String[]> commands(long seed) {
    return new RandomListCommands(seed)::next;
  }

  @Override
  void assertSame(String[] command, String expected, String actual, String message) {
    assertEquals(printable(expected), printable(actual), message);
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
}
