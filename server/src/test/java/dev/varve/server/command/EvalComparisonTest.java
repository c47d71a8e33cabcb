package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same scripts to Redis 7.0.15 and to ours: the same must come back, errors to the letter. */
final class EvalComparisonTest {
  private static final int SCRIPTS = 3_000;
  private static final String SHA_OF_ONE = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";

  @TempDir Path directory;

  /** One line of the list is a script. */
  private static List<String> listed(String file) throws IOException {
    try (InputStream in = EvalComparisonTest.class.getResourceAsStream("script/" + file)) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).lines().toList();
    }
  }

  @ParameterizedTest
  @CsvSource({"RESP2, EVAL", "RESP2, EVAL_RO", "RESP3, EVAL", "RESP3, EVAL_RO"})
  void scriptsOfTheListAnswerAsRedisDoes(ProtocolVersion version, String command)
      throws IOException {
    long seed = Seed.of("scriptsOfTheListAnswerAsRedisDoes " + version + " " + command);
    List<String[]> commands = new ArrayList<>();
    for (String script : listed("scripts.txt")) {
      commands.add(new String[] {command, script, "0"});
    }
    compare(version, seed, new FakeEngine(seed, 0.3), commands);
  }

  @ParameterizedTest
  @CsvSource({"RESP2", "RESP3"})
  void argumentsAnswerAsRedisDoes(ProtocolVersion version) throws IOException {
    long seed = Seed.of("argumentsAnswerAsRedisDoes " + version);
    compare(version, seed, new FakeEngine(seed, 0.3), odd());
  }

  /** Each line of the file is a command, its words with tabs in between. */
  @ParameterizedTest
  @CsvSource({"RESP2", "RESP3"})
  void functionsAnswerAsRedisDoes(ProtocolVersion version) throws IOException {
    long seed = Seed.of("functionsAnswerAsRedisDoes " + version);
    List<String[]> commands = new ArrayList<>();
    for (String line : listed("functions.txt")) {
      String[] words = line.split("\t", -1);
      for (int i = 0; i < words.length; i++) {
        words[i] = words[i].translateEscapes();
      }
      commands.add(words);
    }
    compare(version, seed, new FakeEngine(seed, 0.3), commands);
  }

  @Test
  void functionsAreThereWhenTheDatabaseIsOpenedAgain() throws IOException {
    long seed = Seed.of("functionsAreThereWhenTheDatabaseIsOpenedAgain");
    String library = "#!lua name=lib\nredis.register_function('f', function() return 'x' end)";
    try (ThreadScheduler scheduler = new ThreadScheduler()) {
      Path data = directory.resolve("varve");
      try (StorageEngine engine = SmallEngine.open(data, scheduler)) {
        CommandHarness ours = new CommandHarness(engine, seed);
        Session session = ours.connect();
        ours.execute(session, "FUNCTION", "LOAD", library);
        ours.execute(
            session, "FUNCTION", "LOAD", library.replace("lib", "gone").replace("'f'", "'g'"));
        assertEquals("+OK\r\n", ours.execute(session, "FUNCTION", "DELETE", "gone"));
        ours.execute(session, "FLUSHALL");
      }
      try (StorageEngine engine = SmallEngine.open(data, scheduler)) {
        CommandHarness ours = new CommandHarness(engine, seed);
        Session session = ours.connect();
        assertEquals("$1\r\nx\r\n", ours.execute(session, "FCALL", "f", "0"));
        assertEquals("-ERR Function not found\r\n", ours.execute(session, "FCALL", "g", "0"));
        assertTrue(
            ours.execute(session, "FUNCTION", "STATS").contains("functions_count\r\n:1\r\n"));
      }
    }
  }

  /** Redis 7.0.15 crashes; later ones answer as here. */
  @Test
  void anErrorThatIsATableWithoutATextHasOneAllTheSame() {
    CommandHarness ours = new CommandHarness(new FakeEngine(1, 0.3), 1);
    Session session = ours.connect();
    String reply = ours.execute(session, "EVAL", "error({})", "0");
    assertTrue(reply.startsWith("-ERR unknown error script: "), reply);
    reply = ours.execute(session, "EVAL", "error({ok='x'})", "0");
    assertTrue(reply.startsWith("-ERR unknown error script: "), reply);
  }

  private static List<String[]> odd() {
    List<String[]> all = new ArrayList<>();
    for (String header :
        List.of(
            "#!lua\nreturn 1",
            "#!lua return 1",
            "#!",
            "#!\n",
            "#!lua flags=\nreturn 1",
            "#!lua flags=no-writes\nreturn redis.call('set','a',1)",
            "#!lua flags=no-writes,allow-oom\nreturn redis.call('get','a')",
            "#!lua flags=nope\nreturn 1",
            "#!lua flags=no-writes,\nreturn 1",
            "#!lua x=y\nreturn 1",
            "#!lua  name=x\nreturn 1",
            "#!perl\nreturn 1",
            "#!lua \"flags=no-writes\"\nreturn 1",
            "#!lua \"flags\nreturn 1",
            "#!lua flags=no-writes flags=allow-oom\n\nerror('x')",
            "# comment\nreturn 1",
            "\u001bLua")) {
      all.add(new String[] {"EVAL", header, "0"});
      all.add(new String[] {"EVAL_RO", header, "0"});
      all.add(new String[] {"SCRIPT", "LOAD", header});
    }
    for (String keys : List.of("-1", "1", "x", " 0", "0x0", "99999999999999999999", "")) {
      all.add(new String[] {"EVAL", "return 1", keys});
      all.add(new String[] {"EVALSHA", SHA_OF_ONE, keys});
    }
    for (String line :
        List.of(
            "EVAL",
            "EVAL x",
            "EVALSHA x",
            "EVALSHA x 0",
            "EVALSHA " + "x".repeat(40) + " 0",
            "EVALSHA " + "x".repeat(40) + " y",
            "EVALSHA " + "x".repeat(40) + " 5",
            "EVALSHA " + SHA_OF_ONE + " 0",
            "EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0",
            "EVALSHA_RO " + SHA_OF_ONE + " 0",
            "EVALSHA_RO x 0",
            "SCRIPT",
            "SCRIPT x",
            "SCRIPT HELP",
            "SCRIPT HELP x",
            "SCRIPT LOAD",
            "SCRIPT LOAD x x",
            "SCRIPT EXISTS",
            "SCRIPT EXISTS " + SHA_OF_ONE + " x E0E1F9FABFC9D4800C877A703B823AC0578FF8DB",
            "SCRIPT KILL",
            "SCRIPT KILL x",
            "SCRIPT DEBUG",
            "SCRIPT DEBUG no",
            "SCRIPT DEBUG x",
            "SCRIPT FLUSH x",
            "SCRIPT FLUSH sync",
            "SCRIPT FLUSH ASYNC",
            "SCRIPT FLUSH ASYNC x",
            "SCRIPT FLUSH",
            "EVALSHA " + SHA_OF_ONE + " 0")) {
      all.add(line.split(" "));
    }
    for (String[] queued :
        new String[][] {
          {"MULTI"},
          {"EVAL", "return redis.call('incr','q')", "0"},
          {"EVAL", "redis.call('set','q2',1) return redis.call('foo')", "0"},
          {"EVAL", "return redis.call('blpop','q1',0)", "0"},
          {"EVAL", "redis.call('select',3) redis.call('set','q3',1)", "0"},
          {"SCRIPT", "LOAD", "return 77"},
          {"EVALSHA", "8fe4b8ad5b2cd8ee1c1b4ae6c2b9c5ff5a3e8c10", "0"},
          {"EVAL", "return +", "0"},
          {"EVAL", "return {KEYS, ARGV}", "1", "a", "b"},
          {"SET", "after", "1"},
          {"EXEC"},
          {"MGET", "q", "q2", "q3", "after"},
          {"EVAL", "return {KEYS, ARGV}", "2", "a", "b", "c\0d", ""},
          {"EVAL", "return {KEYS, ARGV}", "4", "a", "b", "c", "d"}
        }) {
      all.add(queued);
    }
    return all;
  }

  private void compare(
      ProtocolVersion version, long seed, StorageEngine engine, List<String[]> commands)
      throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(engine, seed);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      redis.version(version);
      redis.execute("HELLO", "" + version.number());
      ours.execute(session, "HELLO", "" + version.number());
      for (String[] command : commands) {
        assertEquals(
            redis.execute(command), ours.execute(session, command), Arrays.toString(command));
      }
    }
  }

  /**
   * Commands on lists and sorted sets, called by scripts that do with the reply what they like, so
   * that keys are cold, errors are caught or not, and several commands are one step.
   */
  @ParameterizedTest
  @CsvSource({"RESP2, 0.3", "RESP3, 0.3", "RESP2, 0.9", "RESP3, 0"})
  void randomCallsAnswerAsRedisDoes(ProtocolVersion version, double needsRead) throws IOException {
    long seed = Seed.of("randomCallsAnswerAsRedisDoes " + version + " " + needsRead);
    compare(version, seed, new FakeEngine(seed, needsRead), randomCalls(seed));
  }

  @Test
  void randomCallsOverTablesAnswerAsRedisDoes() throws IOException {
    long seed = Seed.of("randomCallsOverTablesAnswerAsRedisDoes");
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
      compare(ProtocolVersion.RESP2, seed, engine, randomCalls(seed));
    }
  }

  private static List<String[]> randomCalls(long seed) {
    Random random = new Random(seed);
    RandomListCommands lists = new RandomListCommands(seed);
    RandomSortedSetCommands sortedSets = new RandomSortedSetCommands(seed);
    List<String[]> all = new ArrayList<>();
    while (all.size() < SCRIPTS) {
      all.add(call(random, lists, sortedSets));
    }
    return all;
  }

  private static String[] call(
      Random random, RandomListCommands lists, RandomSortedSetCommands sortedSets) {
    StringBuilder script = new StringBuilder();
    if (random.nextInt(3) == 0) {
      script.append("redis.setresp(").append(2 + random.nextInt(2)).append(") ");
    }
    script.append("local all, from = {}, 1 for i, n in ipairs(KEYS) do local args = {} ");
    script.append("for k = from, from + n - 1 do args[#args + 1] = ARGV[k] end from = from + n ");
    script.append(
        switch (random.nextInt(4)) {
          case 0 -> "all[i] = redis.call(unpack(args)) ";
          case 1 -> "all[i] = redis.pcall(unpack(args)) ";
          case 2 -> "local ok, e = pcall(redis.call, unpack(args)) all[i] = {ok, e} ";
          default -> "all[i] = {i, redis.pcall(unpack(args)), type(redis.call('ping'))} ";
        });
    script.append("end return all");
    List<String> arguments = new ArrayList<>();
    List<String> counts = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      String[] next = random.nextBoolean() ? lists.next() : sortedSets.next();
      if (isOfTransactions(next[0])) {
        continue;
      }
      counts.add("" + next.length);
      arguments.addAll(List.of(next));
    }
    List<String> command = new ArrayList<>(List.of("EVAL", script.toString(), "" + counts.size()));
    command.addAll(counts);
    command.addAll(arguments);
    return command.toArray(String[]::new);
  }

  /** What these do depends on chance, or isn't for scripts. */
  private static boolean isOfTransactions(String name) {
    return List.of("MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "ZRANDMEMBER", "ZSCAN")
        .contains(name.toUpperCase(java.util.Locale.ROOT));
  }

  @Test
  void whatAScriptIsGivenUpForIsReadAndItsChangesAreMadeOnce() {
    long seed = Seed.of("whatAScriptIsGivenUpForIsReadAndItsChangesAreMadeOnce");
    CommandHarness ours = new CommandHarness(new FakeEngine(seed, 0.9), seed);
    Session session = ours.connect();
    String script =
        "for i = 1, 20 do redis.call('incr', KEYS[1] .. i % 5) end"
            + " return redis.call('incr', KEYS[1] .. 0)";
    for (int i = 1; i <= 50; i++) {
      assertEquals(":" + 5 * i + "\r\n", ours.execute(session, "EVAL", script, "1", "k"));
    }
    assertTrue(ours.rehearsals() > 0);
  }
}
