package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ranks of sorted sets that are counted, against plain lists: whatever changes a set, and whatever
 * becomes of its key, and however far the counting has come, each rank is that of a member in
 * order.
 */
final class RankModelTest {
  private static final int COMMANDS = 4_000;
  private static final int MEMBERS = 600;
  private static final int ROUNDS = 4;

  @TempDir Path directory;

  private final Map<String, Map<String, Integer>> model = new HashMap<>();
  private Random random;
  private CommandHarness server;
  private Session session;
  private long counted;

  @ParameterizedTest
  @CsvSource({"20, 4, 4, 0.3", "20, 8, 5, 0", "50, 16, 16, 0.3", "20, 4, 64, 0.9"})
  void ranksAreThoseOfMembersInOrder(int from, int run, int children, double needsRead) {
    long seed = Seed.of("ranksAreThoseOfMembersInOrder " + from + " " + run + " " + children);
    random = new Random(seed);
    begin(new FakeEngine(seed, needsRead), seed, from, run, children);
    run(COMMANDS);
  }

  /** Over tables, and each round with the database opened anew. */
  @ParameterizedTest
  @CsvSource({"20, 4, 4", "40, 16, 8"})
  void ranksInTablesAreThoseOfMembersInOrder(int from, int run, int children) {
    long seed = Seed.of("ranksInTablesAreThoseOfMembersInOrder " + from + " " + run);
    random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      try (ThreadScheduler scheduler = new ThreadScheduler();
          StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
        begin(engine, seed + round, from, run, children);
        run(COMMANDS / ROUNDS);
      }
    }
  }

  private void begin(StorageEngine engine, long seed, int from, int run, int children) {
    server = new CommandHarness(engine, seed);
    server.limits().packed(0, 0);
    server.limits().ranks(from, run, children);
    session = server.connect();
  }

  private void run(int commands) {
    for (int i = 0; i < commands; i++) {
      step();
      counted += server.ranksWanted();
    }
    for (String key : List.copyOf(model.keySet())) {
      checkAll(key);
    }
    assertTrue(counted > 0, "no ranks were counted");
  }

  private String call(String... command) {
    return server.execute(session, command);
  }

  private void check(Object expected, String... command) {
    assertEquals(expected, call(command), () -> Arrays.toString(command));
  }

  private void checkMembers(List<String> expected, String... command) {
    assertEquals(expected, Replies.strings(call(command)), () -> Arrays.toString(command));
  }

  private String key() {
    return "k" + random.nextInt(3);
  }

  private String member() {
    int number = random.nextInt(MEMBERS);
    return number % 50 == 0
        ? "of a long common beginning, longer than what is cut ".repeat(6) + number
        : "m" + number;
  }

  private int score() {
    return random.nextInt(3) == 0 ? 7 : random.nextInt(200) - 100;
  }

  private Map<String, Integer> set(String key) {
    return model.getOrDefault(key, Map.of());
  }

  private List<String> ordered(String key) {
    Map<String, Integer> its = set(key);
    List<String> members = new ArrayList<>(new TreeMap<>(its).keySet());
    members.sort((one, other) -> Integer.compare(its.get(one), its.get(other)));
    return members;
  }

  private void put(String key, String member, int score) {
    model.computeIfAbsent(key, _ -> new HashMap<>()).put(member, score);
  }

  private void remove(String key, List<String> members) {
    if (model.containsKey(key)) {
      model.get(key).keySet().removeAll(List.copyOf(members));
      if (model.get(key).isEmpty()) {
        model.remove(key);
      }
    }
  }

  private void step() {
    String key = key();
    switch (random.nextInt(22)) {
      case 0, 1, 2, 3 -> add(key);
      case 4, 5 -> increment(key);
      case 6 -> removeSome(key);
      case 7 -> pop(key);
      case 8 -> removeRange(key);
      case 9, 10, 11, 12 -> rank(key);
      case 13, 14 -> count(key);
      case 15, 16 -> range(key);
      case 17, 18 -> byScore(key);
      case 19 -> lex();
      case 20 -> transaction(key);
      default -> whole(key);
    }
  }

  private void add(String key) {
    List<String> words = new ArrayList<>(List.of("ZADD", key));
    for (int i = random.nextInt(20) == 0 ? 200 : 1 + random.nextInt(6); i > 0; i--) {
      int score = score();
      String member = member();
      words.add("" + score);
      words.add(member);
      put(key, member, score);
    }
    call(words.toArray(String[]::new));
  }

  private void increment(String key) {
    String member = member();
    int by = random.nextInt(5) - 2;
    int score = set(key).getOrDefault(member, 0) + by;
    put(key, member, score);
    String text = "" + score;
    check("$" + text.length() + "\r\n" + text + "\r\n", "ZINCRBY", key, "" + by, member);
  }

  private void removeSome(String key) {
    List<String> words = new ArrayList<>(List.of("ZREM", key));
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      words.add(member());
    }
    remove(key, words.subList(2, words.size()));
    call(words.toArray(String[]::new));
  }

  private void pop(String key) {
    List<String> members = ordered(key);
    boolean least = random.nextBoolean();
    int some = Math.min(members.size(), random.nextInt(6));
    List<String> popped =
        least
            ? members.subList(0, some)
            : members.subList(members.size() - some, members.size()).reversed();
    List<String> pairs = new ArrayList<>();
    popped.forEach(each -> pairs.addAll(List.of(each, "" + set(key).get(each))));
    checkMembers(pairs, least ? "ZPOPMIN" : "ZPOPMAX", key, "" + some);
    remove(key, popped);
  }

  private void removeRange(String key) {
    List<String> members = ordered(key);
    if (random.nextBoolean()) {
      int from = random.nextInt(members.size() + 1);
      int to = Math.min(members.size(), from + 1 + random.nextInt(20));
      check(
          ":" + (to - from) + "\r\n",
          "ZREMRANGEBYRANK",
          key,
          "" + from,
          "" + Math.max(from, to - 1));
      remove(key, members.subList(from, to));
    } else {
      int least = score();
      int most = least + random.nextInt(4);
      List<String> within = within(key, least, most);
      check(":" + within.size() + "\r\n", "ZREMRANGEBYSCORE", key, "" + least, "" + most);
      remove(key, within);
    }
  }

  private List<String> within(String key, int least, int most) {
    return ordered(key).stream()
        .filter(each -> set(key).get(each) >= least && set(key).get(each) <= most)
        .toList();
  }

  private void rank(String key) {
    List<String> members = ordered(key);
    String member = member();
    int rank = members.indexOf(member);
    check(rank < 0 ? "$-1\r\n" : ":" + rank + "\r\n", "ZRANK", key, member);
    int reverse = members.size() - 1 - rank;
    check(rank < 0 ? "$-1\r\n" : ":" + reverse + "\r\n", "ZREVRANK", key, member);
  }

  private void count(String key) {
    int least = score();
    int most = least + random.nextInt(60) - 3;
    check(":" + within(key, least, most).size() + "\r\n", "ZCOUNT", key, "" + least, "" + most);
    check(":" + set(key).size() + "\r\n", "ZCOUNT", key, "-inf", "+inf");
  }

  private void range(String key) {
    List<String> members = ordered(key);
    boolean reverse = random.nextBoolean();
    List<String> inOrder = reverse ? members.reversed() : members;
    int from = random.nextInt(members.size() + 1);
    int to = Math.min(members.size(), from + 1 + random.nextInt(20));
    checkMembers(
        inOrder.subList(from, to),
        reverse ? "ZREVRANGE" : "ZRANGE",
        key,
        "" + from,
        "" + Math.max(from, to - 1));
  }

  private void byScore(String key) {
    int least = score();
    int most = least + random.nextInt(150);
    int offset = random.nextInt(60);
    int limit = random.nextInt(20);
    boolean reverse = random.nextBoolean();
    List<String> within = within(key, least, most);
    List<String> inOrder = reverse ? within.reversed() : within;
    int from = Math.min(inOrder.size(), offset);
    checkMembers(
        inOrder.subList(from, Math.min(inOrder.size(), from + limit)),
        reverse ? "ZREVRANGEBYSCORE" : "ZRANGEBYSCORE",
        key,
        "" + (reverse ? most : least),
        "" + (reverse ? least : most),
        "LIMIT",
        "" + offset,
        "" + limit);
  }

  /** A set whose members all have one score. */
  private void lex() {
    for (int i = random.nextInt(6); i > 0; i--) {
      String member = member();
      put("lex", member, 0);
      call("ZADD", "lex", "0", member);
    }
    String least = member();
    String most = member();
    List<String> within =
        ordered("lex").stream()
            .filter(each -> each.compareTo(least) >= 0 && each.compareTo(most) < 0)
            .toList();
    check(":" + within.size() + "\r\n", "ZLEXCOUNT", "lex", "[" + least, "(" + most);
    int from = Math.min(within.size(), random.nextInt(30));
    checkMembers(
        within.subList(from, Math.min(within.size(), from + 5)),
        "ZRANGEBYLEX",
        "lex",
        "[" + least,
        "(" + most,
        "LIMIT",
        "" + from,
        "5");
  }

  /** What a transaction has changed is counted by what comes after it. */
  private void transaction(String key) {
    String member = member();
    int score = score();
    call("WATCH", key);
    rank(key);
    call("MULTI");
    call("ZADD", key, "" + score, member);
    call("ZRANK", key, member);
    String removed = member();
    call("ZREM", key, removed);
    put(key, member, score);
    int rank = ordered(key).indexOf(member);
    String reply = call("EXEC");
    assertTrue(reply.startsWith("*3\r\n"), reply);
    assertEquals(":" + rank, reply.split("\r\n", -1)[2], reply);
    remove(key, List.of(removed));
  }

  private void whole(String key) {
    String other = key();
    switch (random.nextInt(12)) {
      case 0 -> {
        call("DEL", key);
        model.remove(key);
      }
      case 1, 2 -> {
        if (model.containsKey(key) && !key.equals(other)) {
          call("RENAME", key, other);
          model.put(other, model.remove(key));
        }
      }
      case 3, 4, 5 -> {
        if (model.containsKey(key) && !key.equals(other)) {
          check(":1\r\n", "COPY", key, other, "REPLACE");
          model.put(other, new HashMap<>(set(key)));
        }
      }
      case 6 -> call("EXPIRE", key, "100000");
      case 7 -> {
        call("SET", other, "overwritten");
        call("DEL", other);
        model.remove(other);
      }
      case 8 -> {
        call("SWAPDB", "0", "1");
        call("SELECT", "1");
        checkAll(key);
        call("SWAPDB", "0", "1");
        call("SELECT", "0");
      }
      case 9 -> {
        call("ZUNIONSTORE", key, "2", key, other);
        Map<String, Integer> sum = new HashMap<>(set(key));
        set(other).forEach((member, score) -> sum.merge(member, score, Integer::sum));
        if (!sum.isEmpty()) {
          model.put(key, sum);
        }
      }
      default -> checkAll(key);
    }
  }

  private void checkAll(String key) {
    List<String> members = ordered(key);
    for (int i = 0; i < members.size(); i += 1 + random.nextInt(10)) {
      check(":" + i + "\r\n", "ZRANK", key, members.get(i));
      checkMembers(List.of(members.get(i)), "ZRANGE", key, "" + i, "" + i);
    }
  }
}
