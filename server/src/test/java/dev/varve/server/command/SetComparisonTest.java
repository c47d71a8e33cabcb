package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same commands on sets to Redis 7.0.15 and to ours, whatever the form is that sets have here:
 * the same must come back, in any order where Redis promises none.
 */
final class SetComparisonTest {
  private static final int COMMANDS = 12_000;

  /** What answers with members in no order. */
  private static final Set<String> UNORDERED =
      Set.of("SMEMBERS", "SINTER", "SUNION", "SDIFF", "SSCAN");

  /** What answers with members by chance; a test of its own looks at that. */
  private static final Set<String> BY_CHANCE = Set.of("SPOP", "SRANDMEMBER");

  private static final Set<CommandGroup> FAMILIES =
      Set.of(CommandGroup.SET, CommandGroup.HASH, CommandGroup.LIST);

  @TempDir Path directory;

  /** What a server answers to a command. */
  @FunctionalInterface
  private interface Server {
    String execute(String... command) throws IOException;
  }

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

  private void compare(
      ProtocolVersion version, int entries, int bytes, long seed, StorageEngine engine)
      throws IOException {
    RandomSetCommands commands = new RandomSetCommands(seed);
    CommandHarness ours = CommandHarness.withWallClock(engine, seed);
    ours.limits().packed(entries, bytes);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      redis.version(version);
      redis.execute("HELLO", "" + version.number());
      ours.execute(session, "HELLO", "" + version.number());
      for (int i = 0; i < COMMANDS; i++) {
        String[] command = commands.next();
        String expected = answer(redis::execute, command);
        String actual = answer(words -> ours.execute(session, words), command);
        assertSame(command, expected, actual, i + ": " + Arrays.toString(command));
        if (command[0].equals("SPOP") && command.length > 1) {
          // They have popped other members.
          redis.execute("DEL", command[1]);
          ours.execute(session, "DEL", command[1]);
        }
      }
    }
  }

  /** The answer; of SSCAN all pages in one. */
  private static String answer(Server server, String[] command) throws IOException {
    String answer = server.execute(command);
    if (!command[0].equals("SSCAN") || !answer.startsWith("*2")) {
      return answer;
    }
    List<String> all = new ArrayList<>();
    List<String> page = Replies.strings(answer);
    all.addAll(page.subList(1, page.size()));
    while (!page.getFirst().equals("0")) {
      page = Replies.strings(server.execute(command[0], command[1], page.getFirst()));
      all.addAll(page.subList(1, page.size()));
    }
    StringBuilder text = new StringBuilder("*" + all.size() + "\r\n");
    for (String each : all) {
      text.append('$').append(each.length()).append("\r\n").append(each).append("\r\n");
    }
    return text.toString();
  }

  private static void assertSame(String[] command, String expected, String actual, String message) {
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

  private static String header(String reply) {
    return reply.substring(0, reply.indexOf('\r'));
  }

  private static List<String> sorted(String reply) {
    List<String> strings = new ArrayList<>(Replies.strings(reply));
    Collections.sort(strings);
    strings.addFirst(header(reply));
    return strings;
  }

  private static String sortedLines(String reply) {
    List<String> lines = new ArrayList<>(List.of(reply.split("\r\n", -1)));
    Collections.sort(lines);
    return String.join("|", lines);
  }

  private static String printable(String text) {
    return text.replace("\r", "\\r").replace("\n", "\\n");
  }
}
