package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * The same commands on sets to Redis 7.0.15 and to ours, whatever the form is that sets have here:
 * the same must come back, in any order where Redis promises none.
 */
final class SetComparisonTest extends CollectionComparison {
  /** What answers with members in no order. */
  private static final Set<String> UNORDERED =
      Set.of("SMEMBERS", "SINTER", "SUNION", "SDIFF", "SSCAN");

  /** What answers with members by chance; a test of its own looks at that. */
  private static final Set<String> BY_CHANCE = Set.of("SPOP", "SRANDMEMBER");

  private static final Set<CommandGroup> FAMILIES =
      Set.of(CommandGroup.SET, CommandGroup.HASH, CommandGroup.LIST);

  @Override
  Supplier<String[]> commands(long seed) {
    return new RandomSetCommands(seed)::next;
  }

  /** All pages of SSCAN are compared, as one. */
  @Override
  String answer(Server server, String[] command) throws IOException {
    String answer = server.execute(command);
    return command[0].equals("SSCAN") && answer.startsWith("*2")
        ? array(allPages(server, command, answer))
        : answer;
  }

  @Override
  void settle(String[] command, Server redis, Server ours) throws IOException {
    if (command[0].equals("SPOP") && command.length > 1) {
      // They have popped other members.
      redis.execute("DEL", command[1]);
      ours.execute("DEL", command[1]);
    }
  }

  @Test
  void whatCommandTellsOfCollectionsIsWhatRedisTells() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    int compared = 0;
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (CommandSpec command : ours.commands().all()) {
        if (FAMILIES.contains(command.group())) {
          String[] info = {"COMMAND", "INFO", command.name()};
          String expected = redis.execute(info);
          // Some of ours are of later versions.
          if (!expected.equals("*1\r\n$-1\r\n")) {
            assertEquals(
                printable(expected), printable(ours.execute(session, info)), command.name());
            compared++;
          }
        }
      }
    }
    assertEquals(17 + 16 + 22, compared);
  }

  /** Sets of both forms, some of the same members, and more than are walked over at once. */
  @Test
  void largeSetsComeToWhatRedisComesTo() throws IOException {
    long seed = Seed.of("largeSetsComeToWhatRedisComesTo");
    Random random = new Random(seed);
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(seed, 0.01), seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      int[] sizes = {20, 300, 9_000, 12_000};
      for (int set = 0; set < sizes.length; set++) {
        for (int i = 0; i < sizes[set]; i += 20) {
          String[] add = new String[22];
          add[0] = "SADD";
          add[1] = "s" + set;
          for (int n = 2; n < add.length; n++) {
            add[n] = "member" + random.nextInt(15_000);
          }
          assertEquals(redis.execute(add), ours.execute(session, add));
        }
      }
      for (String line :
          List.of(
              "SINTER s2 s3",
              "SINTER s0 s2",
              "SINTER s3 s1 s2",
              "SINTERCARD 2 s2 s3 LIMIT 1000",
              "SUNION s0 s1 s2 s3",
              "SDIFF s3 s2",
              "SDIFF s2 s0 s1",
              "SINTERSTORE d s2 s3",
              "SMEMBERS d",
              "SUNIONSTORE d d s1 s3",
              "SMEMBERS d",
              "SDIFFSTORE d s3 d",
              "EXISTS d",
              "SDIFFSTORE s3 s3 s1",
              "SMEMBERS s3",
              "SSCAN s3 0",
              "SCARD s3",
              "SPOP s3 20000",
              "EXISTS s3")) {
        String[] command = line.split(" ");
        assertSame(
            command,
            answer(redis::execute, command),
            answer(words -> ours.execute(session, words), command),
            line);
      }
    }
  }

  @Override
  void assertSame(String[] command, String expected, String actual, String message) {
    String name = command[0].toUpperCase(Locale.ROOT);
    boolean list = actual.startsWith("*") || actual.startsWith("~");
    if (name.equals("EXEC")) {
      // Answers without an order may be in it.
      assertEquals(sortedLines(expected), sortedLines(actual), message);
    } else if (list && UNORDERED.contains(name)) {
      assertEquals(sorted(expected), sorted(actual), message);
    } else if (list && BY_CHANCE.contains(name)) {
      assertEquals(header(expected), header(actual), message);
      assertEquals(Replies.strings(expected).size(), Replies.strings(actual).size(), message);
    } else if (BY_CHANCE.contains(name) && actual.startsWith("$") && !actual.startsWith("$-")) {
      assertEquals("$", expected.substring(0, 1), message);
    } else {
      assertEquals(printable(expected), printable(actual), message);
    }
  }
}
