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
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random commands on hashes whose fields expire, while time passes by both clocks, against plain
 * maps: there is no server at hand that has these commands. Whatever form a hash has, what is past
 * its deadline is there for nobody, and goes with a sweep; the key with the last field.
 */
final class FieldDeadlineModelTest {
  private static final int COMMANDS = 20_000;
  private static final int KEYS = 4;
  private static final int FIELDS = 12;

  @TempDir Path directory;

  /** A field's value; a deadline of 0 is none. */
  private record Held(String value, long deadline, boolean byDate) {}

  private final Map<String, Map<String, Held>> model = new HashMap<>();
  private Random random;
  private CommandHarness server;
  private Session session;

  @ParameterizedTest
  @CsvSource({"128, 1024, 0.3", "3, 1024, 0.3", "128, 60, 0.9", "0, 0, 0", "0, 0, 0.3"})
  void fieldsAreThereUntilTheirDeadline(int entries, int bytes, double needsRead) {
    long seed = Seed.of("fieldsAreThereUntilTheirDeadline " + entries + " " + bytes);
    run(entries, bytes, seed, new FakeEngine(seed, needsRead));
  }

  @ParameterizedTest
  @CsvSource({"128, 1024", "3, 60", "0, 0"})
  void fieldsInTablesAreThereUntilTheirDeadline(int entries, int bytes) {
    long seed = Seed.of("fieldsInTablesAreThereUntilTheirDeadline " + entries + " " + bytes);
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
      run(entries, bytes, seed, engine);
    }
  }

  private void run(int entries, int bytes, long seed, StorageEngine engine) {
    random = new Random(seed);
    server = new CommandHarness(engine, seed);
    server.limits().packed(entries, bytes);
    session = server.connect();
    for (int i = 0; i < COMMANDS; i++) {
      step();
    }
    // In the end all that has a deadline is gone, and nothing of it is left in an index.
    for (String key : model.keySet()) {
      call("HSET", key, "stays", "1");
    }
    server.advance(10_000_000);
    assertEquals(":" + model.size() + "\r\n", call("DBSIZE"));
    for (Map.Entry<String, Map<String, Held>> each : model.entrySet()) {
      long lasting = each.getValue().values().stream().filter(held -> held.deadline == 0).count();
      lasting += each.getValue().containsKey("stays") ? 0 : 1;
      assertEquals(":" + lasting + "\r\n", call("HLEN", each.getKey()), each.getKey());
    }
  }

  private String call(String... command) {
    return server.execute(session, command);
  }

  private void check(String expected, String... command) {
    assertEquals(expected, call(command), () -> Arrays.toString(command) + " " + model);
  }

  private String key() {
    return "k" + random.nextInt(KEYS);
  }

  private String field() {
    return "f".repeat(1 + random.nextInt(3)) + random.nextInt(FIELDS);
  }

  private boolean lives(Held held) {
    return held != null
        && (held.deadline == 0
            || held.deadline > (held.byDate ? server.wallMillis() : server.nowMillis()));
  }

  private Map<String, Held> stored(String key) {
    return model.getOrDefault(key, new TreeMap<>());
  }

  private Map<String, Held> live(String key) {
    Map<String, Held> live = new TreeMap<>(stored(key));
    live.values().removeIf(held -> !lives(held));
    return live;
  }

  private void put(String key, String field, Held held) {
    model.computeIfAbsent(key, _ -> new TreeMap<>()).put(field, held);
  }

  private void remove(String key, String field) {
    Map<String, Held> its = model.get(key);
    its.remove(field);
    if (its.isEmpty()) {
      model.remove(key);
    }
  }

  private static String bulk(String value) {
    return value == null ? "$-1\r\n" : "$" + value.length() + "\r\n" + value + "\r\n";
  }

  private void step() {
    String key = key();
    switch (random.nextInt(20)) {
      case 0, 1, 2 -> set(key);
      case 3, 4, 5 -> expire(key);
      case 6 -> delete(key);
      case 7 -> increment(key);
      case 8 -> persist(key);
      case 9 -> timesLeft(key);
      case 10 -> all(key);
      case 11 -> getEx(key);
      case 12, 13 -> setEx(key);
      case 14 -> getDel(key);
      case 15 -> wholeKeys(key);
      case 16 -> values(key);
      case 17 -> pass();
      case 18 -> pages(key);
      default -> check(":" + live(key).size() + "\r\n", "HLEN", key);
    }
  }

  private void pass() {
    switch (random.nextInt(4)) {
      case 0 -> server.setWallClock(random.nextInt(300));
      case 1 -> {
        server.advance(random.nextInt(200));
        // What is removed is so for good: the key goes with its last field.
        for (String each : List.copyOf(model.keySet())) {
          Map<String, Held> live = live(each);
          if (live.isEmpty()) {
            model.remove(each);
          } else {
            model.put(each, live);
          }
        }
        check(":" + model.size() + "\r\n", "DBSIZE");
      }
      default -> server.advance(random.nextInt(200));
    }
  }

  private void set(String key) {
    String field = field();
    String value = "v" + random.nextInt(100_000);
    boolean isNew = !lives(stored(key).get(field));
    if (random.nextInt(4) == 0) {
      check(isNew ? ":1\r\n" : ":0\r\n", "HSETNX", key, field, value);
      if (!isNew) {
        return;
      }
    } else {
      check(isNew ? ":1\r\n" : ":0\r\n", "HSET", key, field, value);
    }
    put(key, field, new Held(value, 0, false));
  }

  /** A way to say when: the word before the time, the time, and what comes of it. */
  private record Time(String option, String command, long given, long deadline, boolean byDate) {}

  private Time time() {
    long millis = random.nextInt(5) == 0 ? 0 : random.nextInt(1500);
    long seconds = random.nextInt(3);
    return switch (random.nextInt(4)) {
      case 0 -> new Time("EX", "HEXPIRE", seconds, server.nowMillis() + seconds * 1000, false);
      case 1 -> new Time("PX", "HPEXPIRE", millis, server.nowMillis() + millis, false);
      case 2 -> {
        long at = server.wallMillis() / 1000 + seconds;
        yield new Time("EXAT", "HEXPIREAT", at, at * 1000, true);
      }
      default -> {
        long at = server.wallMillis() + millis;
        yield new Time("PXAT", "HPEXPIREAT", at, at, true);
      }
    };
  }

  private long left(Held held) {
    return held.deadline - (held.byDate ? server.wallMillis() : server.nowMillis());
  }

  private boolean allows(String condition, Held held, Held wanted) {
    return switch (condition) {
      case "NX" -> held.deadline == 0;
      case "XX" -> held.deadline != 0;
      case "GT" -> held.deadline != 0 && left(wanted) > left(held);
      case "LT" -> held.deadline == 0 || left(wanted) < left(held);
      default -> true;
    };
  }

  private void expire(String key) {
    Time time = time();
    String condition = List.of("NX", "XX", "GT", "LT", "", "", "").get(random.nextInt(7));
    List<String> command = new ArrayList<>(List.of(time.command, key, "" + time.given));
    if (!condition.isEmpty()) {
      command.add(condition);
    }
    int count = 1 + random.nextInt(3);
    command.addAll(List.of("FIELDS", "" + count));
    StringBuilder expected = new StringBuilder("*" + count + "\r\n");
    for (int i = 0; i < count; i++) {
      String field = field();
      command.add(field);
      Held held = stored(key).get(field);
      if (!lives(held)) {
        expected.append(":-2\r\n");
        continue;
      }
      Held wanted = new Held(held.value, time.deadline, time.byDate);
      if (!allows(condition, held, wanted)) {
        expected.append(":0\r\n");
      } else if (lives(wanted)) {
        expected.append(":1\r\n");
        put(key, field, wanted);
      } else {
        expected.append(":2\r\n");
        remove(key, field);
      }
    }
    check(expected.toString(), command.toArray(String[]::new));
  }

  private void delete(String key) {
    String field = field();
    boolean is = lives(stored(key).get(field));
    check(is ? ":1\r\n" : ":0\r\n", "HDEL", key, field);
    if (is) {
      remove(key, field);
    }
  }

  private void increment(String key) {
    Held held = stored(key).get("n");
    boolean is = lives(held);
    long sum = (is ? Long.parseLong(held.value) : 0) + 3;
    check(":" + sum + "\r\n", "HINCRBY", key, "n", "3");
    put(key, "n", new Held("" + sum, is ? held.deadline : 0, is && held.byDate));
    if (random.nextBoolean() && lives(stored(key).get("n"))) {
      check("*1\r\n:1\r\n", "HPEXPIRE", key, "1000", "FIELDS", "1", "n");
      put(key, "n", new Held("" + sum, server.nowMillis() + 1000, false));
    }
  }

  private void persist(String key) {
    String field = field();
    Held held = stored(key).get(field);
    int answer = !lives(held) ? -2 : held.deadline == 0 ? -1 : 1;
    check("*1\r\n:" + answer + "\r\n", "HPERSIST", key, "FIELDS", "1", field);
    if (answer == 1) {
      put(key, field, new Held(held.value, 0, false));
    }
  }

  private void timesLeft(String key) {
    String field = field();
    Held held = stored(key).get(field);
    String none = !lives(held) ? "-2" : "-1";
    boolean has = lives(held) && held.deadline != 0;
    long left = has ? left(held) : 0;
    long date = has ? server.wallMillis() + left : 0;
    List<Long> answers = List.of(left, (left + 999) / 1000, date, (date + 999) / 1000);
    List<String> names = List.of("HPTTL", "HTTL", "HPEXPIRETIME", "HEXPIRETIME");
    // What the wall clock will show when time has elapsed is known but for the last steps of it.
    int exact = has && !held.byDate && server.wallMillis() != server.nowMillis() ? 2 : 4;
    for (int i = 0; i < exact; i++) {
      String answer = has ? "" + answers.get(i) : none;
      check("*1\r\n:" + answer + "\r\n", names.get(i), key, "FIELDS", "1", field);
    }
  }

  private static List<String> pairs(List<String> strings) {
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < strings.size(); i += 2) {
      pairs.add(strings.get(i) + " " + strings.get(i + 1));
    }
    Collections.sort(pairs);
    return pairs;
  }

  private List<String> livePairs(String key) {
    List<String> pairs = new ArrayList<>();
    live(key).forEach((field, held) -> pairs.add(field + " " + held.value));
    Collections.sort(pairs);
    return pairs;
  }

  private void all(String key) {
    assertEquals(livePairs(key), pairs(Replies.strings(call("HGETALL", key))), "" + model);
    List<String> keys = Replies.strings(call("HKEYS", key));
    Collections.sort(keys);
    assertEquals(List.copyOf(live(key).keySet()), keys);
    assertEquals(live(key).size(), Replies.strings(call("HVALS", key)).size());
    String picked = call("HRANDFIELD", key, "1000", "WITHVALUES");
    assertEquals(livePairs(key), pairs(Replies.strings(picked)));
    String one = call("HRANDFIELD", key);
    if (live(key).isEmpty()) {
      assertEquals("$-1\r\n", one);
    } else {
      assertTrue(live(key).containsKey(Replies.strings(one).getFirst()), one);
    }
  }

  private void pages(String key) {
    List<String> met = new ArrayList<>();
    String cursor = "0";
    do {
      List<String> page = Replies.strings(call("HSCAN", key, cursor, "COUNT", "3"));
      cursor = page.getFirst();
      met.addAll(page.subList(1, page.size()));
    } while (!cursor.equals("0"));
    assertEquals(livePairs(key), pairs(met));
  }

  private void values(String key) {
    String field = field();
    Held held = stored(key).get(field);
    String value = lives(held) ? held.value : null;
    check(bulk(value), "HGET", key, field);
    check("*1\r\n" + bulk(value), "HMGET", key, field);
    check(value == null ? ":0\r\n" : ":1\r\n", "HEXISTS", key, field);
    check(":" + (value == null ? 0 : value.length()) + "\r\n", "HSTRLEN", key, field);
  }

  private void getEx(String key) {
    String field = field();
    Held held = stored(key).get(field);
    boolean is = lives(held);
    String reply = "*1\r\n" + bulk(is ? held.value : null);
    Time time = time();
    switch (random.nextInt(3)) {
      case 0 -> check(reply, "HGETEX", key, "FIELDS", "1", field);
      case 1 -> {
        check(reply, "HGETEX", key, "PERSIST", "FIELDS", "1", field);
        if (is) {
          put(key, field, new Held(held.value, 0, false));
        }
      }
      default -> {
        check(reply, "HGETEX", key, time.option, "" + time.given, "FIELDS", "1", field);
        if (is) {
          putUntil(key, field, held.value, time);
        }
      }
    }
  }

  private void putUntil(String key, String field, String value, Time time) {
    Held held = new Held(value, time.deadline, time.byDate);
    put(key, field, held);
    if (!lives(held)) {
      remove(key, field);
    }
  }

  private void setEx(String key) {
    String field = field();
    String value = "w" + random.nextInt(1000);
    Held held = stored(key).get(field);
    boolean is = lives(held);
    String condition = List.of("FNX", "FXX", "").get(random.nextInt(3));
    boolean allowed = condition.isEmpty() || is == condition.equals("FXX");
    List<String> command = new ArrayList<>(List.of("HSETEX", key));
    if (!condition.isEmpty()) {
      command.add(condition);
    }
    Time time = time();
    int way = random.nextInt(3);
    switch (way) {
      case 0 -> command.add("KEEPTTL");
      case 1 -> command.addAll(List.of(time.option, "" + time.given));
      default -> {}
    }
    command.addAll(List.of("FIELDS", "1", field, value));
    check(allowed ? ":1\r\n" : ":0\r\n", command.toArray(String[]::new));
    if (!allowed) {
      return;
    }
    switch (way) {
      case 0 -> put(key, field, new Held(value, is ? held.deadline : 0, is && held.byDate));
      case 1 -> putUntilOrRemoveLive(key, field, value, time, is);
      default -> put(key, field, new Held(value, 0, false));
    }
  }

  /** A field past its deadline stays what it is where a new one would be past it at once. */
  private void putUntilOrRemoveLive(String key, String field, String value, Time time, boolean is) {
    if (lives(new Held(value, time.deadline, time.byDate))) {
      putUntil(key, field, value, time);
    } else if (is) {
      remove(key, field);
    }
  }

  private void getDel(String key) {
    String field = field();
    Held held = stored(key).get(field);
    boolean is = lives(held);
    check("*1\r\n" + bulk(is ? held.value : null), "HGETDEL", key, "FIELDS", "1", field);
    if (is) {
      remove(key, field);
    }
  }

  private void wholeKeys(String key) {
    String other = key();
    boolean there = model.containsKey(key);
    check(there ? ":1\r\n" : ":0\r\n", "EXISTS", key);
    switch (random.nextInt(5)) {
      case 0 -> {
        if (there) {
          check("+OK\r\n", "RENAME", key, other);
          model.put(other, model.remove(key));
        }
      }
      case 1 -> {
        if (there && !key.equals(other)) {
          check(":1\r\n", "COPY", key, other, "REPLACE");
          model.put(other, new TreeMap<>(model.get(key)));
        }
      }
      case 2 -> {
        if (there) {
          check(":1\r\n", "MOVE", key, "1");
          call("SELECT", "1");
          check(":1\r\n", "MOVE", key, "0");
          call("SELECT", "0");
        }
      }
      case 3 -> {
        if (there && random.nextBoolean()) {
          check("+OK\r\n", "SET", key, "x");
          check(":1\r\n", "DEL", key);
          model.remove(key);
        }
      }
      default -> {
        check(there ? ":1\r\n" : ":0\r\n", "PEXPIRE", key, "100000000");
        check(there ? ":1\r\n" : ":0\r\n", "PERSIST", key);
      }
    }
  }
}
