package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * The same commands on sorted sets to Redis 7.0.15 and to ours, whatever the form is that sorted
 * sets have here: the same must come back, in the same order.
 */
final class SortedSetComparisonTest extends CollectionComparison {
  /** ZRANK and ZREVRANK have an argument more, as in Redis 7.2. */
  private static final Set<String> OTHERWISE = Set.of("zrank", "zrevrank");

  @Override
  Supplier<String[]> commands(long seed) {
    RandomSortedSetCommands commands = new RandomSortedSetCommands(seed);
    Random random = new Random(seed + 1);
    return () -> random.nextInt(12) == 0 ? commands.addToLex() : commands.next();
  }

  @Override
  void prepare(CommandHarness ours, int entries) {
    if (entries < 128) {
      // Ranks of almost every set are counted, in trees of several levels.
      ours.limits().ranks(6, 4, 4);
    }
  }

  /** The members of all pages of ZSCAN are compared, in no order. */
  @Override
  String answer(Server server, String[] command) throws IOException {
    String answer = server.execute(command);
    if (!command[0].equals("ZSCAN") || !answer.startsWith("*2")) {
      return answer;
    }
    List<String> all = allPages(server, command, answer);
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < all.size(); i += 2) {
      pairs.add(all.get(i) + "=" + all.get(i + 1));
    }
    Collections.sort(pairs);
    return pairs.toString();
  }

  @Test
  void whatCommandTellsOfSortedSetsIsWhatRedisTells() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    int compared = 0;
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (CommandSpec command : ours.commands().all()) {
        if (command.group() == CommandGroup.SORTED_SET && !OTHERWISE.contains(command.name())) {
          String[] info = {"COMMAND", "INFO", command.name()};
          assertEquals(
              printable(redis.execute(info)),
              printable(ours.execute(session, info)),
              command.name());
          compared++;
        }
      }
    }
    assertEquals(33, compared);
  }

  /** More members than are walked over at once, with all that goes by ranks, scores and others. */
  @Test
  void largeSortedSetsComeToWhatRedisComesTo() throws IOException {
    long seed = Seed.of("largeSortedSetsComeToWhatRedisComesTo");
    Random random = new Random(seed);
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(seed, 0.01), seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      int[] sizes = {20, 300, 9_000, 12_000};
      for (int set = 0; set < sizes.length; set++) {
        for (int i = 0; i < sizes[set]; i += 20) {
          String[] add = new String[42];
          add[0] = "ZADD";
          add[1] = "s" + set;
          for (int n = 2; n < add.length; n += 2) {
            add[n] = "" + random.nextInt(5_000) / 2.0;
            add[n + 1] = "member" + random.nextInt(15_000);
          }
          assertEquals(redis.execute(add), ours.execute(session, add));
        }
      }
      for (String line :
          List.of(
              "ZRANGE s2 0 -1 WITHSCORES",
              "ZRANGE s2 4000 4010 WITHSCORES",
              "ZRANGE s3 7000 7010 REV",
              "ZREVRANGE s3 10 20 WITHSCORES",
              "ZCOUNT s3 100 2300",
              "ZRANGEBYSCORE s3 500 1500 LIMIT 1000 10",
              "ZINTER 2 s2 s3 WITHSCORES",
              "ZINTER 3 s3 s1 s2 AGGREGATE MAX WITHSCORES",
              "ZINTERCARD 2 s2 s3 LIMIT 1000",
              "ZUNION 4 s0 s1 s2 s3 WEIGHTS 1 2 3 0.1 WITHSCORES",
              "ZDIFF 2 s3 s2 WITHSCORES",
              "ZUNIONSTORE d 3 s0 s2 s3",
              "ZRANGE d 0 -1 WITHSCORES",
              "ZINTERSTORE d 2 d s3 WEIGHTS 2 -1",
              "ZRANGE d 0 -1 WITHSCORES",
              "ZRANGESTORE d s3 100 6000",
              "ZRANGE d 0 -1 WITHSCORES",
              "ZREMRANGEBYSCORE s3 -inf 300",
              "ZREMRANGEBYRANK s3 0 500",
              "ZREMRANGEBYRANK s3 -500 -1",
              "ZREMRANGEBYSCORE s3 1000 1200.5",
              "ZPOPMIN s3 20",
              "ZPOPMAX s3 20",
              "ZRANGE s3 0 -1 WITHSCORES",
              "ZDIFFSTORE d 2 s3 s1",
              "ZCARD d",
              "ZPOPMAX s3 20000",
              "EXISTS s3")) {
        String[] command = line.split(" ");
        assertEquals(redis.execute(command), ours.execute(session, command), line);
      }
      for (int i = 0; i < 40; i++) {
        String[] rank = {
          i % 2 == 0 ? "ZRANK" : "ZREVRANK", "s2", "member" + random.nextInt(15_000)
        };
        assertEquals(redis.execute(rank), ours.execute(session, rank), Arrays.toString(rank));
      }
    }
  }

  @Override
  void assertSame(String[] command, String expected, String actual, String message) {
    if (command[0].toUpperCase(Locale.ROOT).equals("ZRANDMEMBER") && !actual.startsWith("-")) {
      assertEquals(lines(expected), lines(actual), message);
    } else {
      int same = Arrays.mismatch(expected.toCharArray(), actual.toCharArray());
      int from = Math.max(0, same - 200);
      assertEquals(
          printable(expected.substring(Math.min(from, expected.length()))),
          printable(actual.substring(Math.min(from, actual.length()))),
          message);
    }
  }

  /** How a reply is built, without what is in its strings. */
  private static String lines(String reply) {
    return reply.replaceAll("\\$\\d+\r\n(?s:.*?)\r\n(?=[*$,]|$)", "\\$").replaceAll(",[^\r]*", ",");
  }
}
