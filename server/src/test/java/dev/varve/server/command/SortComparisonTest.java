package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What SORT answers and stores is what Redis 7.0.15 does. */
final class SortComparisonTest {
  private static final int COMMANDS = 6_000;
  private static final int ELEMENTS = 60;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"RESP2, 0.3", "RESP3, 0"})
  void randomSortsAnswerAsRedisDoes(ProtocolVersion version, double needsRead) throws IOException {
    long seed = Seed.of("randomSortsAnswerAsRedisDoes " + version);
    Random random = new Random(seed);
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(seed, needsRead), seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      redis.version(version);
      same(redis, ours, session, "HELLO", "" + version.number());
      for (int i = 0; i < COMMANDS; i++) {
        same(redis, ours, session, i % 300 == 0 ? new String[] {"FLUSHDB"} : next(random));
      }
    }
  }

  private static void same(
      RedisProcess redis, CommandHarness ours, Session session, String... command)
      throws IOException {
    String expected = redis.execute(command);
    String actual = ours.execute(session, command);
    List<String> words = List.of(command);
    if (command[0].equals("HELLO")) {
      return;
    }
    if (expected.startsWith("*") && words.contains("constant") && !words.contains("STORE")) {
      // A set that isn't sorted may come in any order, and with a limit any elements of it.
      assertEquals(
          Replies.strings(expected).size(), Replies.strings(actual).size(), words.toString());
      if (!words.contains("LIMIT") && !words.contains("GET")) {
        assertEquals(sorted(expected), sorted(actual), words.toString());
      }
      return;
    }
    assertEquals(expected, actual, words.toString());
  }

  private static List<String> sorted(String reply) {
    List<String> strings = new ArrayList<>(Replies.strings(reply));
    strings.sort(null);
    return strings;
  }

  private static String[] next(Random random) {
    return switch (random.nextInt(13)) {
      case 0 -> fill(random, "RPUSH", "l" + random.nextInt(3));
      case 1 -> fill(random, "SADD", "s" + random.nextInt(3));
      case 2 -> new String[] {"SET", "w_" + element(random), number(random)};
      case 3 -> new String[] {"HSET", "h_" + element(random) + "_x", "f", number(random)};
      case 4 -> {
        String element = element(random);
        yield new String[] {"SET", "t_" + element, "text" + element};
      }
      case 5 -> new String[] {"ZADD", "z" + random.nextInt(2), number(random), element(random)};
      case 6 -> new String[] {"DEL", random.nextBoolean() ? "d" : "l" + random.nextInt(3)};
      case 7 -> new String[] {"LRANGE", "d", "0", "-1"};
      default -> sort(random);
    };
  }

  private static String[] fill(Random random, String command, String key) {
    List<String> words = new ArrayList<>(List.of(command, key));
    for (int i = random.nextInt(20); i >= 0; i--) {
      words.add(element(random));
    }
    return words.toArray(String[]::new);
  }

  private static String element(Random random) {
    return "" + random.nextInt(ELEMENTS);
  }

  private static String number(Random random) {
    String[] odd = {
      // None out of range: Redis takes all that come after one for out of range, too.
      "1e3", "-0", "0x10", " 5", "5 ", "", "abc", "inf", "-inf", "nan", ".5", "5."
    };
    return random.nextInt(12) == 0
        ? odd[random.nextInt(odd.length)]
        : "" + (random.nextInt(40) - 20) / 4.0;
  }

  private static String[] sort(Random random) {
    boolean list = random.nextInt(3) != 0;
    String key = (list ? pick(random, "l", "l", "z") : "s") + random.nextInt(3);
    List<String> words = new ArrayList<>(List.of(random.nextInt(6) == 0 ? "SORT_RO" : "SORT"));
    words.add(random.nextInt(30) == 0 ? "w_1" : key);
    String by = "";
    if (random.nextInt(2) == 0) {
      by = pick(random, "w_*", "h_*_x->f", list ? "nosort" : "constant", "t_*", "#", "w_*->");
      words.addAll(List.of("BY", list && by.equals("#") ? "nosort" : by.equals("#") ? "w_*" : by));
    }
    // Texts are of one element each, so that no two are equal: what is missing might be.
    if (random.nextInt(4) == 0
        && !by.startsWith("w_*")
        && !by.equals("h_*_x->f")
        && !by.equals("t_*")
        && !by.equals("#")) {
      words.add("ALPHA");
    }
    if (random.nextInt(3) == 0) {
      words.addAll(List.of("LIMIT", pick(random, "0", "2", "-3", "100"), limit(random)));
    }
    while (random.nextInt(3) == 0) {
      words.addAll(
          List.of("GET", pick(random, "#", "w_*", "h_*_x->f", "t_*", "none", "h_*_x->", "*->f")));
    }
    if (random.nextInt(3) == 0) {
      words.add(pick(random, "DESC", "ASC"));
    }
    if (random.nextInt(4) == 0) {
      words.addAll(List.of("STORE", random.nextInt(4) == 0 ? key : "d"));
    }
    if (random.nextInt(40) == 0) {
      words.add(pick(random, "LIMIT", "BY", "GET", "STORE", "bogus"));
    }
    return words.toArray(String[]::new);
  }

  private static String limit(Random random) {
    return pick(random, "5", "0", "-1", "1", "1000", "9223372036854775807", "x");
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  @Test
  void whatCommandTellsOfSortIsWhatRedisTells() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (String command : List.of("sort", "sort_ro")) {
        String[] info = {"COMMAND", "INFO", command};
        assertEquals(redis.execute(info), ours.execute(session, info));
      }
      for (String line :
          List.of(
              "SORT a BY b STORE c", "SORT a GET STORE STORE b STORE c", "SORT_RO a LIMIT 0 1")) {
        String[] command = ("COMMAND GETKEYS " + line).split(" ");
        assertEquals(
            redis.execute(command), ours.execute(session, command), Arrays.toString(command));
      }
    }
  }

  /** Numbers are sorted by their value and then by their bytes, texts by their bytes. */
  @Test
  void aLargeListIsSortedAsRedisDoes() throws IOException {
    long seed = Seed.of("aLargeListIsSortedAsRedisDoes");
    Random random = new Random(seed);
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(seed, 0), seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (int i = 0; i < 100; i++) {
        String[] push = new String[102];
        push[0] = "RPUSH";
        push[1] = "l";
        for (int n = 2; n < push.length; n++) {
          push[n] = "" + random.nextInt(5_000) / (random.nextBoolean() ? 8.0 : 1);
        }
        same(redis, ours, session, push);
      }
      for (String line :
          List.of(
              "SORT l",
              "SORT l DESC",
              "SORT l ALPHA LIMIT 100 300",
              "SORT l STORE m",
              "LRANGE m 0 -1",
              "SORT_RO m DESC ALPHA")) {
        same(redis, ours, session, line.split(" "));
      }
    }
  }
}
