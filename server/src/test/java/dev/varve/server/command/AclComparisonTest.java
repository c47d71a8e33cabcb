package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.Reply;
import dev.varve.protocol.ReplyDecoder;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random users, and random commands of theirs: whether each may run is decided as Redis decides it.
 * {@code -Dvarve.acl.cases=100000} makes it long.
 */
final class AclComparisonTest {
  private static final int CASES = Integer.getInteger("varve.acl.cases", 4000);
  private static final int USERS = 4;

  /** They do more to a connection, or to the server, than to be refused or not. */
  private static final Set<String> NOT_RUN =
      Set.of(
          "debug",
          "lastsave",
          "monitor",
          "quit",
          "reset",
          "shutdown",
          "subscribe",
          "psubscribe",
          "ssubscribe",
          "hello",
          "auth",
          "multi",
          "exec",
          "discard",
          "client",
          "acl",
          "config",
          "failover",
          "replicaof",
          "slaveof",
          "wait",
          "blpop",
          "brpop",
          "blmove",
          "brpoplpush",
          "blmpop",
          "bzpopmin",
          "bzpopmax",
          "bzmpop",
          "xread",
          "xreadgroup",
          "save",
          "bgsave",
          "bgrewriteaof",
          "swapdb",
          "select",
          "info",
          "memory",
          "latency",
          "slowlog",
          "cluster",
          "module",
          "script",
          "function",
          "eval",
          "evalsha",
          "eval_ro",
          "evalsha_ro",
          "fcall",
          "fcall_ro",
          "pfselftest",
          "pfdebug",
          "lolwut",
          "command",
          "readonly",
          "readwrite",
          "asking",
          "unsubscribe",
          "punsubscribe",
          "sunsubscribe",
          "psync",
          "sync",
          "replconf");

  private static final List<String> WORDS =
      List.of(
          "a",
          "b",
          "aa",
          "ab",
          "ba",
          "abc",
          "b1",
          "*",
          "[a]",
          "0",
          "1",
          "2",
          "3",
          "-1",
          "2x",
          "",
          "STORE",
          "GET",
          "BY",
          "STREAMS",
          "STOREDIST",
          "KEYS",
          "COUNT",
          "LIMIT",
          "GROUP",
          "SET",
          "BLOCK",
          "ASC",
          "get",
          "a*",
          "w_*",
          "#",
          "INCRBY",
          "u8",
          "OVERFLOW",
          "WRAP");

  private static final List<String> OF_CHANNELS =
      List.of("publish", "spublish", "subscribe", "ssubscribe", "psubscribe", "punsubscribe");

  private static final List<String> PATTERNS =
      List.of("a", "a*", "*", "b?", "[ab]*", "*a", "ab", "b*", "", "\\*", "w_*", "[^a]*", "a*c");

  private static final List<String> CATEGORIES =
      List.of(
          "keyspace",
          "read",
          "write",
          "set",
          "sortedset",
          "list",
          "hash",
          "string",
          "bitmap",
          "hyperloglog",
          "geo",
          "stream",
          "pubsub",
          "admin",
          "fast",
          "slow",
          "blocking",
          "dangerous",
          "connection",
          "transaction",
          "scripting",
          "all",
          "ALL",
          "Read",
          "nothing");

  @TempDir Path directory;
  private final Random random = new Random(Seed.of("AclComparisonTest"));
  private RedisProcess redis;
  private CommandHarness ours;
  private Session session;
  private final List<RedisProcess> theirUsers = new ArrayList<>();
  private final List<Session> ourUsers = new ArrayList<>();

  /** Commands and subcommands that there are on both sides, alike. */
  private List<String> commands;

  private final Map<String, List<String>> subcommands = new HashMap<>();

  private final Map<String, Integer> outcomes = new TreeMap<>();
  private final Map<String, Integer> arities = new HashMap<>();
  private final Map<String, Set<String>> ourCategories = new HashMap<>();
  private final Map<String, Set<String>> theirCategories = new HashMap<>();

  @BeforeEach
  void begin() throws IOException {
    redis = RedisProcess.start(directory);
    ours = new CommandHarness(new FakeEngine(1, 0), 1);
    session = ours.connect();
    Map<String, Integer> common = commandsOf(redis.execute("COMMAND"));
    // ZRANK takes more here.
    common.entrySet().retainAll(commandsOf(ours.execute(session, "COMMAND")).entrySet());
    arities.putAll(common);
    commands = List.copyOf(common.keySet());
    for (String command : commands) {
      int bar = command.indexOf('|');
      if (bar > 0) {
        String container = command.substring(0, bar);
        subcommands.computeIfAbsent(container, _ -> new ArrayList<>()).add(command);
      }
    }
    for (String category : CATEGORIES.subList(0, 21)) {
      ourCategories.put(category, words(ours.execute(session, "ACL", "CAT", category)));
      theirCategories.put(category, words(redis.execute("ACL", "CAT", category)));
    }
    for (int i = 0; i < USERS; i++) {
      theirUsers.add(redis.connect());
      ourUsers.add(ours.connect());
      same("ACL", "SETUSER", "u" + i, "on", "nopass");
      theirUsers.get(i).execute("AUTH", "u" + i, "");
      assertEquals("+OK\r\n", ours.execute(ourUsers.get(i), "AUTH", "u" + i, ""));
    }
  }

  @AfterEach
  void end() throws IOException {
    for (RedisProcess each : theirUsers) {
      each.close();
    }
    if (redis != null) {
      redis.close();
    }
  }

  private static Map<String, Integer> commandsOf(String told) {
    Map<String, Integer> names = new TreeMap<>();
    for (Reply command : values(decode(told))) {
      List<Reply> fields = values(command);
      addCommand(fields, names);
      for (Reply subcommand : values(fields.get(9))) {
        addCommand(values(subcommand), names);
      }
    }
    return names;
  }

  private static void addCommand(List<Reply> fields, Map<String, Integer> names) {
    names.put(text(fields.getFirst()), (int) ((Reply.IntegerValue) fields.get(1)).value());
  }

  @Test
  void categoriesHoldTheSameCommands() {
    same("ACL", "CAT");
    for (String category : theirCategories.keySet()) {
      Set<String> expected = new TreeSet<>(theirCategories.get(category));
      Set<String> actual = new TreeSet<>(ourCategories.get(category));
      expected.retainAll(commands);
      actual.retainAll(commands);
      assertEquals(expected, actual, category);
    }
  }

  @Test
  void decidesAsRedis() throws IOException {
    for (int i = 0; i < CASES; i++) {
      if (i % 8 == 0) {
        changeUser();
      }
      int user = random.nextInt(USERS);
      List<String> command = command();
      List<String> dryRun = new ArrayList<>(List.of("ACL", "DRYRUN", "u" + user));
      dryRun.addAll(command);
      String told = same(dryRun.toArray(String[]::new));
      outcomes.merge(outcome(told), 1, Integer::sum);
      if (i % 4 == 0 && !NOT_RUN.contains(command.getFirst())) {
        run(user, command, told);
      }
    }
    System.out.println("AclComparisonTest: " + outcomes);
    for (String outcome : List.of("+OK", "command", "key", "channel")) {
      assertTrue(outcomes.getOrDefault(outcome, 0) > 0, () -> "none of " + outcome);
    }
  }

  /** Returns what a dry run's reply says: allowed, an error, or what isn't allowed. */
  private static String outcome(String reply) {
    return reply.startsWith("$")
        ? reply.strip().substring(reply.strip().lastIndexOf(' ') + 1)
        : reply.substring(0, 3);
  }

  /** Runs a command as a user: what is refused is refused by the same words. */
  private void run(int user, List<String> command, String dryRun) throws IOException {
    String[] words = command.toArray(String[]::new);
    String expected = theirUsers.get(user).execute(words);
    String actual = ours.execute(ourUsers.get(user), words);
    assertEquals(isRefused(expected), isRefused(actual), () -> expected + actual + command);
    if (isRefused(expected)) {
      assertEquals(expected, actual, command::toString);
      boolean isOfSort = command.getFirst().startsWith("sort");
      assertTrue(!dryRun.startsWith("+") || isOfSort, () -> dryRun + command);
    }
  }

  private static boolean isRefused(String reply) {
    return reply.startsWith("-NOPERM") || reply.contains("insufficient ACL permissions");
  }

  private void changeUser() throws IOException {
    String user = "u" + random.nextInt(USERS);
    List<String> words = new ArrayList<>(List.of("ACL", "SETUSER", user));
    if (random.nextInt(4) == 0) {
      words.addAll(List.of("reset", "on", "nopass", one(List.of("allcommands", "+@read"))));
    }
    int rules = 1 + random.nextInt(6);
    for (int i = 0; i < rules; i++) {
      words.add(rule(true));
    }
    same(words.toArray(String[]::new));
    if (random.nextInt(4) == 0) {
      compare(user);
    }
  }

  private String rule(boolean outer) {
    int kinds = outer ? 22 : 17;
    return switch (random.nextInt(kinds)) {
      case 0 -> "allkeys";
      case 1, 2 -> "resetkeys";
      case 3, 4 -> "~" + one(PATTERNS);
      case 5 -> "%R~" + one(PATTERNS);
      case 6 -> "%W~" + one(PATTERNS);
      case 7 -> "%" + one(List.of("rw", "RW", "WR", "RR", "X", "")) + "~" + one(PATTERNS);
      case 8 -> "resetchannels";
      case 9 -> "&" + one(PATTERNS);
      case 10, 11 -> "+@" + one(CATEGORIES);
      case 12 -> "-@" + one(CATEGORIES);
      case 13, 14 -> "+" + one(commands);
      case 15 -> "-" + one(commands);
      case 16 -> "+" + one(commands) + "|" + one(List.of("a", "A", "get", "1", ""));
      case 17, 18 -> selector();
      case 19 -> "clearselectors";
      case 20 -> one(List.of(">p", "<p", ">q", "<q", "nopass", "resetpass", "!0"));
      default ->
          one(List.of("on", "off", "sanitize-payload", "skip-sanitize-payload", "", "allcommands"));
    };
  }

  private String selector() {
    StringBuilder selector = new StringBuilder("(");
    int rules = random.nextInt(5);
    for (int i = 0; i < rules; i++) {
      selector.append(i == 0 ? "" : " ").append(rule(false));
    }
    return selector.append(random.nextInt(30) == 0 ? "" : ")").toString();
  }

  private List<String> command() {
    String name = one(random.nextInt(12) == 0 ? OF_CHANNELS : commands);
    int arity = arities.get(name);
    List<String> command = new ArrayList<>(List.of(name.split("\\|", -1)));
    int count = Math.abs(arity) + (arity < 0 ? random.nextInt(6) : 0);
    count += random.nextInt(40) == 0 ? 1 - random.nextInt(3) : 0;
    while (command.size() < count) {
      command.add(one(WORDS));
    }
    return command;
  }

  private String one(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  private String same(String... words) {
    String expected;
    try {
      expected = redis.execute(words);
    } catch (IOException e) {
      throw new AssertionError(String.join(" ", words), e);
    }
    assertEquals(expected, ours.execute(session, words), () -> String.join(" ", words));
    return expected;
  }

  /** What a user is said to be means the same. */
  private void compare(String user) throws IOException {
    String[] words = {"ACL", "GETUSER", user};
    Map<String, Reply> expected = fields(decode(redis.execute(words)));
    Map<String, Reply> actual = fields(decode(ours.execute(session, words)));
    assertEquals(expected.keySet(), actual.keySet());
    assertEquals(expected.get("flags"), actual.get("flags"), user);
    assertEquals(expected.get("passwords"), actual.get("passwords"), user);
    compareSelectors(user, expected, actual);
    List<Reply> theirs = values(expected.get("selectors"));
    List<Reply> own = values(actual.get("selectors"));
    assertEquals(theirs.size(), own.size(), user);
    for (int i = 0; i < own.size(); i++) {
      compareSelectors(user, fields(theirs.get(i)), fields(own.get(i)));
    }
    roundTrip(user);
  }

  private void compareSelectors(
      String user, Map<String, Reply> expected, Map<String, Reply> actual) {
    // Redis tells a pattern as another rule, which it takes badly among others.
    String keys = text(actual.get("keys")).replace("%RW~*", "~*");
    assertEquals(text(expected.get("keys")), keys, user);
    assertEquals(expected.get("channels"), actual.get("channels"), user);
    String theirs = text(expected.get("commands"));
    String own = text(actual.get("commands"));
    assertEquals(
        allowed(theirs, theirCategories),
        allowed(own, ourCategories),
        () -> theirs + "\n" + own + "\n" + difference(theirs, own));
  }

  private Set<String> difference(String theirs, String own) {
    Set<String> one = allowed(theirs, theirCategories);
    Set<String> other = allowed(own, ourCategories);
    Set<String> both = new TreeSet<>(one);
    both.retainAll(other);
    one.addAll(other);
    one.removeAll(both);
    return one;
  }

  /** The commands that rules allow, of those that there are on both sides. */
  private Set<String> allowed(String rules, Map<String, Set<String>> categories) {
    Set<String> allowed = new TreeSet<>();
    for (String rule : rules.split(" ", -1)) {
      String name = rule.substring(1);
      Set<String> its = new TreeSet<>();
      if (name.equals("@all")) {
        its.addAll(commands);
        its.add(rule);
      } else if (name.startsWith("@")) {
        its.addAll(categories.get(name.substring(1)));
      } else {
        its.add(name);
      }
      for (String command : List.copyOf(its)) {
        its.addAll(subcommands.getOrDefault(command, List.of()));
      }
      its.removeIf(each -> !isCommon(each));
      if (rule.startsWith("+")) {
        allowed.addAll(its);
      } else {
        allowed.removeAll(its);
      }
    }
    return allowed;
  }

  /** Whether it is a command of both sides, all commands, or one with a first argument. */
  private boolean isCommon(String name) {
    String container = name.split("\\|", -1)[0];
    return name.startsWith("+@")
        || commands.contains(name)
        || (commands.contains(container) && !subcommands.containsKey(container));
  }

  /** A user made of what is said of another is said to be the same. */
  private void roundTrip(String user) {
    String line = lineOf(user);
    List<String> words = new ArrayList<>(List.of("ACL", "SETUSER", "copy", "reset"));
    words.addAll(List.of(line.split(" ", -1)));
    assertEquals("+OK\r\n", ours.execute(session, words.toArray(String[]::new)), line);
    String copy = lineOf("copy");
    // Reset says sanitize-payload, and nothing takes both words back.
    assertEquals(line.replace("sanitize-payload ", ""), copy.replace("sanitize-payload ", ""));
    ours.execute(session, "ACL", "DELUSER", "copy");
  }

  private String lineOf(String user) {
    for (Reply line : values(decode(ours.execute(session, "ACL", "LIST")))) {
      if (text(line).startsWith("user " + user + " ")) {
        return text(line).substring(6 + user.length());
      }
    }
    throw new AssertionError("no user " + user);
  }

  private static Map<String, Reply> fields(Reply reply) {
    List<Reply> values = values(reply);
    Map<String, Reply> fields = new HashMap<>();
    for (int i = 0; i < values.size(); i += 2) {
      fields.put(text(values.get(i)), values.get(i + 1));
    }
    return fields;
  }

  private static Set<String> words(String reply) {
    Set<String> words = new TreeSet<>();
    values(decode(reply)).forEach(word -> words.add(text(word)));
    return words;
  }

  private static List<Reply> values(Reply reply) {
    return ((Reply.Array) reply).values();
  }

  private static String text(Reply reply) {
    return ((Reply.BulkString) reply).text();
  }

  private static Reply decode(String bytes) {
    return new ReplyDecoder(ProtocolVersion.RESP2)
        .decode(Unpooled.wrappedBuffer(bytes.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
