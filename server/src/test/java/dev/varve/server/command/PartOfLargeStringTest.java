package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that look at parts of strings that lie apart, so large that no cache keeps them. */
final class PartOfLargeStringTest {
  private static final int LEAST = 500_000;
  private static final int ROUNDS = 30;

  @TempDir Path directory;

  private Random random;
  private CommandHarness server;
  private Session session;

  private void check(String expected, String... command) {
    String answer = server.execute(session, command);
    String asked = String.join(" ", command);
    Supplier<String> message = () -> start(asked) + ": " + start(answer);
    assertEquals(expected.length(), answer.length(), message);
    assertEquals(expected.hashCode(), answer.hashCode(), message);
  }

  private static String start(String text) {
    return text.substring(0, Math.min(text.length(), 120));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String bulk(byte[] bytes) {
    return "$" + bytes.length + "\r\n" + text(bytes) + "\r\n";
  }

  private byte[] large() {
    byte[] bytes = new byte[LEAST + random.nextInt(LEAST)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Into tables, and out of the memtables that have been flushed and are looked through still. */
  private void store(String key, byte[] value) {
    check("+OK\r\n", "SET", key, text(value));
    for (int i = 0; i < 200; i++) {
      check("+OK\r\n", "SET", "other" + i, "x");
    }
  }

  @Test
  void partsAreThoseOfTheString() {
    long seed = Seed.of("partsAreThoseOfTheString");
    random = new Random(seed);
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
      server = new CommandHarness(engine, seed);
      session = server.connect();
      byte[] one = large();
      byte[] other = large();
      // So that a search for a 1 has to go on.
      Arrays.fill(one, 0, LEAST / 2, (byte) 0);
      store("one", one);
      store("other", other);
      for (int i = 0; i < ROUNDS; i++) {
        lookAt(one, random.nextInt(one.length));
      }
      combine(one, other);
    }
  }

  private void lookAt(byte[] one, int from) {
    int to = from + random.nextInt(one.length - from);
    byte[] part = Arrays.copyOfRange(one, from, to + 1);
    check(bulk(part), "GETRANGE", "one", "" + from, "" + to);
    BitSet bits = BitSet.valueOf(part);
    check(":" + bits.cardinality() + "\r\n", "BITCOUNT", "one", "" + from, "" + to);
    check(":" + first(part, from, 1) + "\r\n", "BITPOS", "one", "1", "" + from, "" + to);
    check(":" + first(part, from, 0) + "\r\n", "BITPOS", "one", "0", "" + from, "" + to);
  }

  private static long first(byte[] part, int from, int wanted) {
    for (long bit = 0; bit < 8L * part.length; bit++) {
      if (((part[(int) (bit >> 3)] >> (7 - (bit & 7))) & 1) == wanted) {
        return 8L * from + bit;
      }
    }
    return -1;
  }

  private void combine(byte[] one, byte[] other) {
    byte[] result = Arrays.copyOf(one, Math.max(one.length, other.length));
    for (int i = 0; i < other.length; i++) {
      result[i] ^= other[i];
    }
    check(":" + result.length + "\r\n", "BITOP", "XOR", "both", "one", "other");
    check(bulk(result), "GET", "both");
    check(":" + result.length + "\r\n", "BITOP", "XOR", "one", "one", "other");
    check(bulk(result), "GET", "one");
    // What the transaction itself has put is looked at, too.
    check("+OK\r\n", "MULTI");
    check("+QUEUED\r\n", "SET", "one", text(other));
    check("+QUEUED\r\n", "GETRANGE", "one", "5", "450000");
    check("+QUEUED\r\n", "BITCOUNT", "both");
    check(
        "*3\r\n+OK\r\n"
            + bulk(Arrays.copyOfRange(other, 5, 450_001))
            + ":"
            + BitSet.valueOf(result).cardinality()
            + "\r\n",
        "EXEC");
  }
}
