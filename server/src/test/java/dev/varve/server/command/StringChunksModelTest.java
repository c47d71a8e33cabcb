package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Strings in chunks, small ones, against arrays of bytes. */
final class StringChunksModelTest {
  private static final int COMMANDS = 4000;
  private static final int ROUNDS = 4;
  private static final int LONGEST = 3000;

  @TempDir Path directory;

  private final Map<String, byte[]> model = new TreeMap<>();
  private Random random;
  private CommandHarness server;
  private Session session;

  @ParameterizedTest
  @CsvSource({"45, 16, 0.3", "100, 1, 0", "64, 300, 0.9", "200, 4096, 0.3"})
  void stringsAreWhatWasWritten(int whole, int chunk, double needsRead) {
    long seed = Seed.of("stringsAreWhatWasWritten " + whole + " " + chunk);
    random = new Random(seed);
    begin(new FakeEngine(seed, needsRead), seed, whole, chunk);
    run(COMMANDS);
  }

  /** Over tables, and each round with the database opened anew, and another size of chunks. */
  @Test
  void stringsInTablesAreWhatWasWritten() {
    long seed = Seed.of("stringsInTablesAreWhatWasWritten");
    random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      try (ThreadScheduler scheduler = new ThreadScheduler();
          StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
        begin(engine, seed + round, 45 + 50 * round, 16 << round);
        model.keySet().forEach(this::checkAll);
        run(COMMANDS / ROUNDS);
      }
    }
  }

  /** MGET looked for chunks in the database of the command before; found by PeerIT. */
  @Test
  void chunksOfManyStringsReadTogetherAreThoseOfTheirDatabase() {
    begin(new FakeEngine(1, 0), 1, 45, 16);
    byte[] bytes = new byte[200];
    Arrays.fill(bytes, (byte) 'v');
    check("+OK\r\n", "SELECT", "3");
    for (String key : List.of("a", "b", "c", "d")) {
      check("+OK\r\n", "SET", key, text(bytes));
      number(200, "SETRANGE", key, "7", "v");
    }
    check("+OK\r\n", "SELECT", "0");
    check("$-1\r\n", "GET", "a");
    check("+OK\r\n", "SELECT", "3");
    check("*4\r\n" + bulk(bytes).repeat(4), "MGET", "a", "b", "c", "d");
  }

  private void begin(StorageEngine engine, long seed, int whole, int chunk) {
    server = new CommandHarness(engine, seed);
    server.limits().chunks(whole, chunk);
    session = server.connect();
  }

  private void run(int commands) {
    for (int i = 0; i < commands; i++) {
      step();
    }
    model.keySet().forEach(this::checkAll);
    assertTrue(model.values().stream().anyMatch(its -> its.length > 100), "none is long");
  }

  private String call(String... command) {
    return server.execute(session, command);
  }

  private void check(String expected, String... command) {
    assertEquals(expected, call(command), () -> Arrays.toString(command));
  }

  private void number(long expected, String... command) {
    check(":" + expected + "\r\n", command);
  }

  private void bulk(byte[] expected, String... command) {
    check(bulk(expected), command);
  }

  private static String bulk(byte[] bytes) {
    return "$" + bytes.length + "\r\n" + text(bytes) + "\r\n";
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private String key() {
    return "k" + random.nextInt(4);
  }

  private byte[] of(String key) {
    return model.getOrDefault(key, new byte[0]);
  }

  private byte[] some(int most) {
    byte[] bytes = new byte[1 + random.nextInt(most)];
    if (random.nextInt(3) > 0) {
      random.nextBytes(bytes);
    }
    return bytes;
  }

  private byte[] written(String key, int offset, byte[] bytes) {
    byte[] before = of(key);
    byte[] after = Arrays.copyOf(before, Math.max(before.length, offset + bytes.length));
    System.arraycopy(bytes, 0, after, offset, bytes.length);
    model.put(key, after);
    return after;
  }

  private void step() {
    String key = key();
    byte[] its = of(key);
    switch (random.nextInt(26)) {
      case 0, 1, 2, 3, 4, 5 -> setBit(key);
      case 6, 7 -> {
        int offset = random.nextInt(LONGEST);
        byte[] bytes = some(random.nextBoolean() ? 20 : 400);
        int length = written(key, offset, bytes).length;
        number(length, "SETRANGE", key, "" + offset, text(bytes));
      }
      case 8, 9 -> {
        if (its.length > LONGEST) {
          remove(key);
          return;
        }
        byte[] bytes = some(random.nextBoolean() ? 12 : 200);
        int length = written(key, its.length, bytes).length;
        number(length, "APPEND", key, text(bytes));
      }
      case 10, 11 -> getRange(key);
      case 12 -> number(bits(its, 0, its.length - 1), "BITCOUNT", key);
      case 13 -> countRange(key);
      case 14 -> position(key);
      case 15 -> combine(key);
      case 16 -> copy(key);
      case 17 -> dump(key);
      case 18 -> rename(key);
      case 19 -> transaction(key);
      case 20 -> other(key);
      case 21 -> field(key);
      case 22 -> {
        byte[] bytes = some(300);
        check("+OK\r\n", "SET", key, text(bytes));
        model.put(key, bytes);
      }
      case 23 -> script(key);
      default -> checkAll(key);
    }
  }

  private void remove(String key) {
    if (random.nextBoolean()) {
      number(model.containsKey(key) ? 1 : 0, "DEL", key);
    } else {
      check(model.containsKey(key) ? bulk(of(key)) : "$-1\r\n", "GETDEL", key);
    }
    model.remove(key);
  }

  private void setBit(String key) {
    int bit = random.nextInt(8 * LONGEST);
    int on = random.nextInt(2);
    byte[] its = of(key);
    int index = bit >> 3;
    int mask = 0x80 >> (bit & 7);
    int before = index < its.length && (its[index] & mask) != 0 ? 1 : 0;
    number(before, "GETBIT", key, "" + bit);
    number(before, "SETBIT", key, "" + bit, "" + on);
    int old = index < its.length ? its[index] : 0;
    written(key, index, new byte[] {(byte) (on == 1 ? (old | mask) : (old & ~mask))});
  }

  private void field(String key) {
    int index = random.nextInt(LONGEST);
    byte[] its = of(key);
    int value = random.nextInt(1 << 16);
    int before = 0;
    for (int i = index; i < index + 2; i++) {
      before = (before << 8) | (i < its.length ? its[i] & 0xFF : 0);
    }
    check(
        "*3\r\n:" + before + "\r\n:" + value + "\r\n:" + ((value + 1) & 0xFFFF) + "\r\n",
        "BITFIELD",
        key,
        "SET",
        "u16",
        "" + 8 * index,
        "" + value,
        "GET",
        "u16",
        "" + 8 * index,
        "INCRBY",
        "u16",
        "" + 8 * index,
        "1");
    written(key, index, new byte[] {(byte) ((value + 1) >> 8), (byte) (value + 1)});
  }

  private void getRange(String key) {
    byte[] its = of(key);
    int from = random.nextInt(its.length + 1);
    int to = from + random.nextInt(random.nextBoolean() ? 20 : 2000);
    int end = Math.min(to + 1, its.length);
    bulk(
        from < end ? Arrays.copyOfRange(its, from, end) : new byte[0],
        "GETRANGE",
        key,
        "" + from,
        "" + to);
  }

  private static long bits(byte[] bytes, int from, int to) {
    long bits = 0;
    for (int i = from; i <= to; i++) {
      bits += Integer.bitCount(bytes[i] & 0xFF);
    }
    return bits;
  }

  private void countRange(String key) {
    byte[] its = of(key);
    if (its.length > 0) {
      int from = random.nextInt(its.length);
      int to = from + random.nextInt(its.length - from);
      number(bits(its, from, to), "BITCOUNT", key, "" + from, "" + to);
      long count = 0;
      long first = 8L * from + random.nextInt(8);
      long last = first + random.nextInt(8 * (its.length - from) - 7);
      for (long bit = first; bit <= last; bit++) {
        count += (its[(int) (bit >> 3)] >> (7 - (bit & 7))) & 1;
      }
      number(count, "BITCOUNT", key, "" + first, "" + last, "BIT");
    }
  }

  private void position(String key) {
    byte[] its = of(key);
    if (its.length > 0) {
      int from = random.nextInt(its.length);
      int wanted = random.nextInt(2);
      long found = -1;
      for (long bit = 8L * from; bit < 8L * its.length && found < 0; bit++) {
        if (((its[(int) (bit >> 3)] >> (7 - (bit & 7))) & 1) == wanted) {
          found = bit;
        }
      }
      number(found, "BITPOS", key, "" + wanted, "" + from, "-1");
    }
  }

  private void combine(String key) {
    byte[] one = of(key);
    String otherKey = key();
    byte[] other = of(otherKey);
    byte[] result = new byte[Math.max(one.length, other.length)];
    int operation = random.nextInt(3);
    for (int i = 0; i < result.length; i++) {
      int a = i < one.length ? one[i] : 0;
      int b = i < other.length ? other[i] : 0;
      result[i] = (byte) (operation == 0 ? a & b : operation == 1 ? a | b : a ^ b);
    }
    String name = List.of("AND", "OR", "XOR").get(operation);
    String target = key();
    number(result.length, "BITOP", name, target, key, otherKey);
    if (result.length == 0) {
      model.remove(target);
    } else {
      model.put(target, result);
    }
  }

  private void copy(String key) {
    String other = key();
    if (!model.containsKey(key) || other.equals(key)) {
      return;
    }
    number(1, "COPY", key, other, "REPLACE");
    model.put(other, of(key).clone());
  }

  private void rename(String key) {
    String other = key();
    if (!model.containsKey(key) || other.equals(key)) {
      return;
    }
    if (random.nextBoolean()) {
      check("+OK\r\n", "RENAME", key, other);
    } else {
      number(model.containsKey(other) ? 1 : 0, "DEL", other);
      number(1, "MOVE", key, "1");
      check("+OK\r\n", "SELECT", "1");
      bulk(of(key), "GET", key);
      number(1, "COPY", key, other, "DB", "0");
      number(1, "DEL", key);
      check("+OK\r\n", "SELECT", "0");
    }
    model.put(other, model.remove(key));
  }

  private void dump(String key) {
    if (!model.containsKey(key)) {
      return;
    }
    String reply = call("DUMP", key);
    String payload = reply.substring(reply.indexOf("\r\n") + 2, reply.length() - 2);
    String other = key();
    check("+OK\r\n", "RESTORE", other, "0", payload, "REPLACE");
    model.put(other, of(key).clone());
    assertEquals(reply, call("DUMP", other), "a whole one is dumped as one in chunks");
  }

  private void transaction(String key) {
    byte[] bytes = some(30);
    int offset = random.nextInt(LONGEST);
    check("+OK\r\n", "MULTI");
    check("+QUEUED\r\n", "SETRANGE", key, "" + offset, text(bytes));
    check("+QUEUED\r\n", "GETRANGE", key, "0", "-1");
    check("+QUEUED\r\n", "BITCOUNT", key);
    check("+QUEUED\r\n", "APPEND", key, text(bytes));
    check("+QUEUED\r\n", "STRLEN", key);
    byte[] first = written(key, offset, bytes);
    byte[] second = written(key, first.length, bytes);
    check(
        "*5\r\n:"
            + first.length
            + "\r\n"
            + bulk(first)
            + ":"
            + bits(first, 0, first.length - 1)
            + "\r\n:"
            + second.length
            + "\r\n:"
            + second.length
            + "\r\n",
        "EXEC");
  }

  private void script(String key) {
    if (model.containsKey(key)) {
      bulk(of(key), "EVAL", "return redis.call('GET', KEYS[1])", "1", key);
    }
  }

  /** Commands that take a string as a whole. */
  private void other(String key) {
    if (of(key).length < 150) {
      return;
    }
    String whole = bulk(of(key));
    switch (random.nextInt(8)) {
      case 0 -> check("-ERR value is not an integer or out of range\r\n", "INCR", key);
      case 1 -> check(whole, "GETEX", key, "PERSIST");
      case 2 ->
          check("-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n", "PFCOUNT", key);
      case 3 -> {
        if (of(key).length < 800) {
          number(of(key).length, "LCS", key, key, "LEN");
        }
      }
      case 4 -> {
        number(1, "RPUSH", "list", key.substring(1));
        check("*1\r\n" + whole, "SORT", "list", "BY", "nosort", "GET", "k*");
        number(1, "DEL", "list");
      }
      case 5 -> {
        number(1, "PEXPIRE", key, "1000");
        check(whole, "GETSET", key, "a new one");
        model.put(key, "a new one".getBytes(StandardCharsets.ISO_8859_1));
        number(-1, "PTTL", key);
      }
      case 6 -> {
        number(1, "PEXPIRE", key, "1000");
        number(of(key).length + 1L, "APPEND", key, "x");
        server.advance(2000);
        check("$-1\r\n", "GET", key);
        number(1, "APPEND", key, "y");
        model.put(key, new byte[] {'y'});
      }
      default -> {
        check("$3\r\nraw\r\n", "OBJECT", "ENCODING", key);
        check("+string\r\n", "TYPE", key);
      }
    }
  }

  private void checkAll(String key) {
    if (!model.containsKey(key)) {
      check("$-1\r\n", "GET", key);
      return;
    }
    bulk(of(key), "GET", key);
    number(of(key).length, "STRLEN", key);
    List<String> all = new ArrayList<>(List.of("MGET"));
    StringBuilder expected = new StringBuilder("*4\r\n");
    for (int i = 0; i < 4; i++) {
      all.add("k" + i);
      expected.append(model.containsKey("k" + i) ? bulk(of("k" + i)) : "$-1\r\n");
    }
    check(expected.toString(), all.toArray(String[]::new));
  }
}
