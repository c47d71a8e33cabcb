package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.rdb.Crc64;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Values of all types on their way from Redis 7.0.15 to ours and back, and as others write them.
 */
final class DumpComparisonTest {
  private static final int VALUES = 250;
  private static final int DAMAGED = 1500;
  private static final int FORMAT_VERSION = 9;

  @TempDir Path directory;

  private ComparisonRun run;
  private Random random;

  private ComparisonRun begin(long seed, StorageEngine engine) throws IOException {
    random = new Random(seed);
    run =
        ComparisonRun.begin(
            directory, engine, seed, ProtocolVersion.RESP2, "--enable-debug-command", "yes");
    return run;
  }

  @ParameterizedTest
  @CsvSource({"128, 1024, 0.3", "3, 1024, 0", "0, 0, 0.5"})
  void valuesGoThereAndBack(int entries, int bytes, double needsRead) throws IOException {
    long seed = Seed.of("valuesGoThereAndBack " + entries);
    try (ComparisonRun both = begin(seed, new FakeEngine(seed, needsRead))) {
      both.ours().limits().packed(entries, bytes);
      thereAndBack();
    }
  }

  @Test
  void valuesOverTablesGoThereAndBack() throws IOException {
    long seed = Seed.of("valuesOverTablesGoThereAndBack");
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler);
        ComparisonRun _ = begin(seed, engine)) {
      thereAndBack();
    }
  }

  private void thereAndBack() throws IOException {
    for (int i = 0; i < VALUES; i++) {
      run.ofRedis("DEL", "key", "back");
      make();
      String dumped = bulk(run.ofRedis("DUMP", "key"));
      assertEquals("+OK\r\n", run.ofOurs("RESTORE", "key", "0", dumped, "REPLACE"));
      compare();
      String ours = bulk(run.ofOurs("DUMP", "key"));
      assertEquals("+OK\r\n", run.ofRedis("RESTORE", "back", "0", ours));
      assertEquals(
          run.ofRedis("DEBUG", "DIGEST-VALUE", "key").replaceAll("[*]1\r\n", ""),
          run.ofRedis("DEBUG", "DIGEST-VALUE", "back").replaceAll("[*]1\r\n", ""));
      assertEquals(
          run.ofRedis("OBJECT", "ENCODING", "key"), run.ofRedis("OBJECT", "ENCODING", "back"));
    }
  }

  /** Gives Redis's key a value at random. */
  private void make() throws IOException {
    int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 700 : 20);
    switch (random.nextInt(6)) {
      case 0 -> run.ofRedis("SET", "key", text(random.nextInt(4) == 0 ? 20_000 : 60));
      case 1 -> {
        for (int i = 0; i < count; i++) {
          run.ofRedis(random.nextBoolean() ? "RPUSH" : "LPUSH", "key", element());
        }
      }
      case 2 -> {
        for (int i = 0; i < count; i++) {
          run.ofRedis("SADD", "key", element(70));
        }
      }
      case 3 -> {
        long range = 1L << random.nextInt(63);
        for (int i = 0; i < count; i++) {
          run.ofRedis("SADD", "key", "" + random.nextLong(-range, range));
        }
      }
      case 4 -> {
        for (int i = 0; i < count; i++) {
          run.ofRedis("ZADD", "key", score(), element(70));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          // Overwritten, a long value would leave its mark on the encoding, which no dump tells.
          run.ofRedis("HSETNX", "key", element(70), element());
        }
      }
    }
  }

  private String element() {
    return element(random.nextInt(50) == 0 ? 9000 : 70);
  }

  private String element(int most) {
    return switch (random.nextInt(6)) {
      case 0 -> "" + random.nextInt(300);
      case 1 -> "" + random.nextLong();
      case 2 -> "-" + random.nextInt(70_000);
      case 3 -> text(most);
      default -> text(20);
    };
  }

  /** Some bytes at random, or some that can be packed. */
  private String text(int most) {
    int length = random.nextInt(most + 1);
    int kinds = random.nextBoolean() ? 256 : 2;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) random.nextInt(kinds));
    }
    return text.toString();
  }

  private String score() {
    return switch (random.nextInt(6)) {
      case 0 -> random.nextBoolean() ? "inf" : "-inf";
      case 1 -> "" + random.nextDouble();
      case 2 -> "" + random.nextLong();
      case 3 -> "" + random.nextGaussian() * 1e300;
      default -> "" + (random.nextInt(200) - 100);
    };
  }

  private static String bulk(String reply) {
    assertTrue(reply.startsWith("$") && !reply.startsWith("$-1"), reply);
    return Replies.strings(reply).getFirst();
  }

  /** The key must hold the same on either side. */
  private void compare() throws IOException {
    String type = run.same("TYPE", "key");
    run.same("TTL", "key");
    if (!type.equals("+string\r\n")) {
      run.same("OBJECT", "ENCODING", "key");
    }
    switch (type) {
      case "+string\r\n" -> run.same("GET", "key");
      case "+list\r\n" -> run.same("LRANGE", "key", "0", "-1");
      case "+zset\r\n" -> run.same("ZRANGE", "key", "0", "-1", "WITHSCORES");
      case "+set\r\n" ->
          assertEquals(
              sorted(run.ofRedis("SMEMBERS", "key"), 1), sorted(run.ofOurs("SMEMBERS", "key"), 1));
      default ->
          assertEquals(
              sorted(run.ofRedis("HGETALL", "key"), 2), sorted(run.ofOurs("HGETALL", "key"), 2));
    }
  }

  private static List<String> sorted(String reply, int together) {
    List<String> strings = Replies.strings(reply);
    List<String> groups = new ArrayList<>();
    for (int i = 0; i < strings.size(); i += together) {
      groups.add(String.join("\n", strings.subList(i, i + together)));
    }
    Collections.sort(groups);
    return groups;
  }

  /** What versions before 7.0 have written, which Redis 7.0 reads, too. */
  @Test
  void oldFormsAreReadAsByRedis() throws IOException {
    long seed = Seed.of("oldFormsAreReadAsByRedis");
    try (ComparisonRun both = begin(seed, new FakeEngine(seed, 0.3))) {
      for (int i = 0; i < VALUES; i++) {
        String payload = sealed(oldForm(), FORMAT_VERSION);
        assertEquals("+OK\r\n", both.same("RESTORE", "key", "0", payload, "REPLACE"));
        compare();
      }
    }
  }

  private String oldForm() {
    int count = 1 + random.nextInt(40);
    List<String> elements = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < count; i++) {
      // Redis leaves longer ones in a small form, ours goes by its settings.
      String name = i + element(60);
      // 1 and 11 may make the same name; a value that has one twice is refused.
      elements.add(names.add(name) ? name : "twice" + i);
      elements.add(element(60));
    }
    return switch (random.nextInt(8)) {
      case 0 -> strings(OldForms.of(1).length(elements.size()), elements);
      case 1 -> strings(OldForms.of(2).length(count), keysOf(elements));
      case 2 -> scored(elements, count);
      case 3 -> strings(OldForms.of(4).length(count), elements);
      case 4 -> OldForms.of(9).string(OldForms.zipmap(elements)).bytes();
      case 5 -> OldForms.of(10).string(OldForms.ziplist(elements)).bytes();
      case 6 -> OldForms.of(13).string(OldForms.ziplist(elements)).bytes();
      default ->
          OldForms.of(14)
              .length(2)
              .string(OldForms.ziplist(elements))
              .string(OldForms.ziplist(keysOf(elements)))
              .bytes();
    };
  }

  private static String strings(OldForms out, List<String> all) {
    all.forEach(out::string);
    return out.bytes();
  }

  private static List<String> keysOf(List<String> pairs) {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i += 2) {
      keys.add(pairs.get(i));
    }
    return keys;
  }

  /** Scores as text, or those of a ziplist. */
  private String scored(List<String> elements, int count) {
    if (random.nextBoolean()) {
      OldForms out = OldForms.of(3).length(count);
      for (String each : keysOf(elements)) {
        String score = score();
        out.string(each);
        switch (score) {
          case "inf" -> out.u8(254);
          case "-inf" -> out.u8(255);
          default -> out.u8(score.length()).raw(score);
        }
      }
      return out.bytes();
    }
    List<String> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(elements.get(2 * i));
      entries.add("" + i);
    }
    return OldForms.of(12).string(OldForms.ziplist(entries)).bytes();
  }

  private static String sealed(String value, int version) {
    String all = value + (char) (version & 0xFF) + (char) (version >>> 8);
    byte[] bytes = all.getBytes(StandardCharsets.ISO_8859_1);
    long sum = Crc64.of(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    return all + new OldForms().littleEndian(sum, Long.BYTES).bytes();
  }

  /** What versions after 7.0 write, which Redis 7.0 doesn't read. */
  @Test
  void newFormsAreRead() throws IOException {
    try (ComparisonRun both = begin(1, new FakeEngine(1, 0))) {
      String set = OldForms.of(20).string(OldForms.listpack(List.of("a", "b", "12"))).bytes();
      assertEquals("+OK\r\n", both.ofOurs("RESTORE", "set", "0", sealed(set, 11)));
      assertEquals(List.of("12", "a", "b"), sorted(both.ofOurs("SMEMBERS", "set"), 1));
      long now = both.ours().wallMillis();
      String deadlines =
          OldForms.of(24)
              .littleEndian(now + 100_000, 8)
              .length(2)
              .length(0)
              .string("f")
              .string("1")
              .length(1)
              .string("g")
              .string("2")
              .bytes();
      assertEquals("+OK\r\n", both.ofOurs("RESTORE", "hash", "0", sealed(deadlines, 12)));
      assertEquals(
          "*2\r\n:-1\r\n:" + (now + 100_000) + "\r\n",
          both.ofOurs("HPEXPIRETIME", "hash", "FIELDS", "2", "f", "g"));
      String listpack =
          OldForms.of(25)
              .littleEndian(now + 50_000, 8)
              .string(OldForms.listpack(List.of("g", "2", "" + (now + 50_000), "f", "1", "0")))
              .bytes();
      assertEquals("+OK\r\n", both.ofOurs("RESTORE", "hash", "0", sealed(listpack, 12), "REPLACE"));
      String expected = both.ofOurs("HPEXPIRETIME", "hash", "FIELDS", "2", "f", "g");
      assertEquals("*2\r\n:-1\r\n:" + (now + 50_000) + "\r\n", expected);
      String again = bulk(both.ofOurs("DUMP", "hash"));
      assertEquals("+OK\r\n", both.ofOurs("RESTORE", "copy", "0", again));
      assertEquals(expected, both.ofOurs("HPEXPIRETIME", "copy", "FIELDS", "2", "f", "g"));
      assertTrue(
          both.ofOurs("RESTORE", "new", "0", sealed(set, 13)).startsWith("-ERR DUMP payload"));
    }
  }

  /** A payload that is damaged, but has the right checksum, is refused as a whole, or read. */
  @Test
  void damagedPayloadsChangeNothing() throws IOException {
    long seed = Seed.of("damagedPayloadsChangeNothing");
    try (ComparisonRun both = begin(seed, new FakeEngine(seed, 0.1))) {
      int refused = 0;
      for (int i = 0; i < DAMAGED; i++) {
        String value = random.nextBoolean() ? oldForm() : ofRedis();
        StringBuilder damaged = new StringBuilder(value);
        for (int j = 1 + random.nextInt(3); j > 0; j--) {
          int at =
              random.nextInt(random.nextBoolean() ? Math.min(40, value.length()) : value.length());
          damaged.setCharAt(at, (char) random.nextInt(256));
        }
        if (random.nextInt(3) == 0) {
          damaged.setLength(random.nextInt(value.length()) + 1);
        }
        both.ofOurs("SET", "key", "before");
        String payload = sealed(damaged.toString(), FORMAT_VERSION);
        String reply = both.ofOurs("RESTORE", "key", "0", payload, "REPLACE");
        if (!reply.equals("+OK\r\n")) {
          refused++;
          assertTrue(
              reply.equals("-ERR Bad data format\r\n")
                  || reply.startsWith("-OOM")
                  || reply.startsWith("-ERR member of")
                  || reply.startsWith("-ERR field of")
                  || reply.startsWith("-ERR value of"),
              reply);
          assertEquals("$6\r\nbefore\r\n", both.ofOurs("GET", "key"));
        }
      }
      assertTrue(refused > DAMAGED / 10, "only " + refused + " were refused");
    }
  }

  private String ofRedis() throws IOException {
    run.ofRedis("DEL", "key");
    make();
    String payload = bulk(run.ofRedis("DUMP", "key"));
    return payload.substring(0, payload.length() - Long.BYTES - Short.BYTES);
  }

  @Test
  void optionsAndErrorsAreThoseOfRedis() throws IOException {
    try (ComparisonRun both = begin(1, new FakeEngine(1, 0.3))) {
      both.same("SET", "key", "value");
      String good = bulk(both.ofRedis("DUMP", "key"));
      assertEquals(good, bulk(both.ofOurs("DUMP", "key")));
      both.same("DUMP", "nothing");
      both.same("DUMP");
      both.same("DUMP", "a", "b");
      for (String ttl : List.of("0", "-1", "x", "", "100000000", "9223372036854775807")) {
        for (String[] options : OPTIONS) {
          List<String> words = new ArrayList<>(List.of("RESTORE", "to", ttl, good));
          words.addAll(List.of(options));
          both.same(words.toArray(String[]::new));
          both.same("GET", "to");
          both.same("EXISTS", "to");
        }
      }
      both.same("RESTORE", "to", "1", good, "ABSTTL", "REPLACE");
      both.same("EXISTS", "to");
      both.same("RESTORE", "to", "1", good, "ABSTTL");
      both.same("EXISTS", "to");
      both.same("SADD", "set", "1", "x");
      both.same("RESTORE", "set", "0", good);
      both.same("RESTORE", "set", "0", good, "REPLACE");
      both.same("GET", "set");
      for (int i = 0; i <= good.length(); i++) {
        both.same("RESTORE", "bad", "0", good.substring(0, i), "REPLACE");
      }
      both.same("RESTORE", "bad", "0", sealed("\u00ff", 10));
      both.same("RESTORE", "bad", "0", sealed("\1\0", 10));
      both.same("RESTORE", "bad", "0", sealed("\7\0", 10));
      both.same("RESTORE", "bad", "0", sealed("\0\3abctrailing", 10));
      both.same("GET", "bad");
    }
  }

  private static final String[][] OPTIONS = {
    {},
    {"REPLACE"},
    {"replace", "REPLACE"},
    {"ABSTTL", "REPLACE"},
    {"IDLETIME", "10", "REPLACE"},
    {"IDLETIME", "-1"},
    {"IDLETIME", "x"},
    {"IDLETIME"},
    {"FREQ", "255", "REPLACE"},
    {"FREQ", "256"},
    {"FREQ", "-1"},
    {"FREQ", "1", "IDLETIME", "1"},
    {"IDLETIME", "1", "FREQ", "1"},
    {"BOGUS"},
    {"REPLACE", "BOGUS"}
  };
}
