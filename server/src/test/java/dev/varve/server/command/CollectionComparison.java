package dev.varve.server.command;

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
import java.util.function.Supplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same random commands on collections of one type to Redis 7.0.15 and to ours, whatever the
 * form is that they have here: the same must come back.
 */
abstract class CollectionComparison {
  private static final int COMMANDS = 12_000;

  @TempDir Path directory;

  /** What a server answers to a command. */
  @FunctionalInterface
  interface Server {
    String execute(String... command) throws IOException;
  }

  /** Returns a source of random commands. */
  abstract Supplier<String[]> commands(long seed);

  /** Returns a server's answer to a command, as it is to be compared. */
  String answer(Server server, String[] command) throws IOException {
    return server.execute(command);
  }

  /** Fails unless an answer of ours is as good as Redis's. */
  abstract void assertSame(String[] command, String expected, String actual, String message);

  /** Sets what else is to be set for collections that are packed up to so many entries. */
  void prepare(CommandHarness ours, int entries) {}

  /** Makes the same of both again, where a command has done something by chance. */
  void settle(String[] command, Server redis, Server ours) throws IOException {}

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
    Supplier<String[]> commands = commands(seed);
    CommandHarness harness = CommandHarness.withWallClock(engine, seed);
    harness.limits().packed(entries, bytes);
    prepare(harness, entries);
    Session session = harness.connect();
    Server ours = words -> harness.execute(session, words);
    try (RedisProcess redis = RedisProcess.start(directory)) {
      redis.version(version);
      redis.execute("HELLO", "" + version.number());
      ours.execute("HELLO", "" + version.number());
      for (int i = 0; i < COMMANDS; i++) {
        String[] command = commands.get();
        String expected = answer(redis::execute, command);
        String actual = answer(ours, command);
        assertSame(command, expected, actual, i + ": " + Arrays.toString(command));
        settle(command, redis::execute, ours);
      }
    }
  }

  /** Returns what all pages have of a scan whose first one is given. */
  static List<String> allPages(Server server, String[] command, String first) throws IOException {
    List<String> page = Replies.strings(first);
    List<String> all = new ArrayList<>(page.subList(1, page.size()));
    while (!page.getFirst().equals("0")) {
      page = Replies.strings(server.execute(command[0], command[1], page.getFirst()));
      all.addAll(page.subList(1, page.size()));
    }
    return all;
  }

  /** Returns strings as a reply would have them. */
  static String array(List<String> strings) {
    StringBuilder text = new StringBuilder("*" + strings.size() + "\r\n");
    for (String each : strings) {
      text.append('$').append(each.length()).append("\r\n").append(each).append("\r\n");
    }
    return text.toString();
  }

  static String header(String reply) {
    return reply.substring(0, reply.indexOf('\r'));
  }

  static List<String> sorted(String reply) {
    List<String> strings = new ArrayList<>(Replies.strings(reply));
    Collections.sort(strings);
    strings.addFirst(header(reply));
    return strings;
  }

  static String sortedLines(String reply) {
    List<String> lines = new ArrayList<>(List.of(reply.split("\r\n", -1)));
    Collections.sort(lines);
    return String.join("|", lines);
  }

  static String printable(String text) {
    return text.replace("\r", "\\r").replace("\n", "\\n");
  }
}
