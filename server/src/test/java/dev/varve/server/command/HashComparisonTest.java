package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same commands on hashes to Redis 7.0.15 and to ours, whatever the form is that hashes have
 * here: the same must come back, in any order where Redis promises none.
 */
final class HashComparisonTest {
  private static final int COMMANDS = 12_000;

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

  private void compare(
      ProtocolVersion version, int entries, int bytes, long seed, StorageEngine engine)
      throws IOException {
    RandomHashCommands commands = new RandomHashCommands(seed);
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
      }
    }
  }

  /** The answer; of HSCAN all pages in one. */
  private static String answer(Server server, String[] command) throws IOException {
    String answer = server.execute(command);
    if (!command[0].equals("HSCAN") || !answer.startsWith("*2")) {
      return answer;
    }
    List<String> all = new ArrayList<>();
    List<String> strings = Replies.strings(answer);
    all.addAll(strings.subList(1, strings.size()));
    while (!strings.getFirst().equals("0")) {
      strings = Replies.strings(server.execute(command[0], command[1], strings.getFirst()));
      all.addAll(strings.subList(1, strings.size()));
    }
    return "*" + all.size() + "\r\n" + bulks(all);
  }

  private static String bulks(List<String> strings) {
    StringBuilder text = new StringBuilder();
    for (String each : strings) {
      text.append('$').append(each.length()).append("\r\n").append(each).append("\r\n");
    }
    return text.toString();
  }

  private static void assertSame(String[] command, String expected, String actual, String message) {
    String name = command[0].toUpperCase(Locale.ROOT);
    if (name.equals("EXEC")) {
      // Their own order of fields may be in it.
      assertEquals(sortedLines(expected), sortedLines(actual), message);
      return;
    }
    boolean list = actual.startsWith("*") || actual.startsWith("%");
    switch (list ? name : "") {
      case "HGETALL", "HSCAN" -> assertEquals(pairs(expected), pairs(actual), message);
      case "HKEYS", "HVALS" -> assertEquals(sorted(expected), sorted(actual), message);
      case "HRANDFIELD" -> {
        // Which ones is up to chance; a test of its own looks at that.
        assertEquals(header(expected), header(actual), message);
        assertEquals(Replies.strings(expected).size(), Replies.strings(actual).size(), message);
      }
      default -> {
        if (!name.equals("HRANDFIELD") || !actual.startsWith("$") || actual.startsWith("$-")) {
          assertEquals(printable(expected), printable(actual), message);
        } else {
          assertTrue(expected.startsWith("$"), message);
        }
      }
    }
  }

  private static String header(String reply) {
    return reply.substring(0, reply.indexOf('\r'));
  }

  private static List<String> sorted(String reply) {
    List<String> strings = Replies.strings(reply);
    Collections.sort(strings);
    strings.addFirst(header(reply));
    return strings;
  }

  private static List<String> pairs(String reply) {
    List<String> strings = Replies.strings(reply);
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < strings.size(); i += 2) {
      pairs.add(strings.get(i) + " -> " + strings.get(i + 1));
    }
    Collections.sort(pairs);
    pairs.addFirst(header(reply));
    return pairs;
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
