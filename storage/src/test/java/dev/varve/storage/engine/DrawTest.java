package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryReference;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** {@link ReadView#draw}: what it picks is live, and all that is live as likely. */
final class DrawTest {
  private static final int DRAWS = 20_000;

  /** The key that was drawn, if one was; its value is checked against what is expected. */
  private static String draw(
      ReadView view, Map<String, String> expected, String from, String to, RandomGenerator random) {
    EntryReference entry = new EntryReference();
    byte[] key = view.draw(from.getBytes(ISO_8859_1), to.getBytes(ISO_8859_1), random, true, entry);
    if (key == null) {
      return null;
    }
    try {
      byte[] value =
          entry
              .valueSegment()
              .asSlice(entry.valueOffset(), entry.valueLength())
              .toArray(ValueLayout.JAVA_BYTE);
      String text = new String(key, ISO_8859_1);
      assertEquals(expected.get(text), new String(value, ISO_8859_1), text);
      return text;
    } finally {
      entry.release();
    }
  }

  @Test
  void liveKeysOfMemtablesAreEquallyLikely() {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println("liveKeysOfMemtablesAreEquallyLikely: -Dvarve.seed=" + seed);
    SplittableRandom random = new SplittableRandom(seed);
    SmallDatabase database = new SmallDatabase(seed);
    database.putAll("a", 0, 20);
    database.delete(3);
    database.engine.freeze();
    // Some keys are in both memtables, some live in none, some came back.
    database.putAll("b", 10, 25);
    database.deleteRange(12, 14);
    database.delete(5);
    database.putAll("c", 5, 6);
    database.delete(24);
    NavigableMap<String, String> there =
        new TreeMap<>(database.expected).subMap("k002", true, "k022", false);
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < DRAWS; i++) {
      String key = draw(database.engine.latest(), there, "k002", "k022", random);
      assertNotNull(key, "seed " + seed);
      assertTrue(there.containsKey(key), "seed " + seed + ": " + key);
      counts.merge(key, 1, Integer::sum);
    }
    double each = (double) DRAWS / there.size();
    double chiSquared = (there.size() - counts.size()) * each;
    for (int count : counts.values()) {
      chiSquared += (count - each) * (count - each) / each;
    }
    double freedom = there.size() - 1;
    double most = freedom + 5 * Math.sqrt(2 * freedom) + 20;
    assertTrue(chiSquared < most, "seed " + seed + ": " + chiSquared + " of " + freedom);
    database.close();
  }

  /** What was in memtables before is in none of a process that was started since. */
  private static SmallDatabase withTenKeysInTables() {
    SmallDatabase database = new SmallDatabase(1);
    database.putAll("a", 0, 10);
    database.settle();
    database.close();
    database.open();
    return database;
  }

  @Test
  void whatOnlyTablesHaveIsLeftToWalks() {
    SmallDatabase database = withTenKeysInTables();
    database.putAll("b", 5, 20);
    RandomGenerator random = new SplittableRandom(1);
    assertNull(draw(database.engine.latest(), database.expected, "k005", "k020", random));
    assertNotNull(draw(database.engine.latest(), database.expected, "k010", "k020", random));
    database.flush();
    assertNull(draw(database.engine.latest(), database.expected, "k005", "k020", random));
    assertNotNull(draw(database.engine.latest(), database.expected, "k010", "k020", random));
    database.close();
  }

  /** What was found out for a later view tells nothing of an earlier one, where more lived. */
  @Test
  void anOldViewDrawsWhatHasBeenDeletedSince() {
    SmallDatabase database = withTenKeysInTables();
    database.putAll("m", 8, 10);
    Map<String, String> before = new TreeMap<>(database.expected);
    RandomGenerator random = new SplittableRandom(1);
    try (ReadView view = database.engine.view()) {
      database.deleteRange(0, 10);
      database.settle();
      ((LsmEngine) database.engine).requestCompaction();
      database.drain();
      database.putAll("b", 3, 5);
      assertNotNull(draw(database.engine.latest(), database.expected, "k000", "k010", random));
      // Memtables have two of ten: a walk has to tell.
      assertNull(draw(view, before, "k000", "k010", random));
    }
    database.close();
  }

  @Test
  void whatIsDrawnIsThereInEveryView() {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println("whatIsDrawnIsThereInEveryView: -Dvarve.seed=" + seed);
    Random random = new Random(seed);
    SmallDatabase database = new SmallDatabase(seed);
    int drawn = 0;
    for (int step = 0; step < 600; step++) {
      int from = random.nextInt(SmallDatabase.KEYS);
      int to = Math.min(SmallDatabase.KEYS, from + random.nextInt(8));
      Map<String, String> before = new TreeMap<>(database.expected);
      try (ReadView view = database.engine.view()) {
        switch (random.nextInt(16)) {
          case 0 -> database.flush();
          case 1 -> database.settle();
          case 2, 3 -> database.engine.freeze();
          case 4, 5 -> database.deleteRange(from, to);
          case 6, 7, 8, 9 -> database.delete(from);
          default -> database.putAll("s", from, to);
        }
        for (int i = 0; i < 20; i++) {
          int lower = random.nextInt(SmallDatabase.KEYS);
          int upper = lower + random.nextInt(SmallDatabase.KEYS - lower) + 1;
          drawn += drawsWithin(view, before, lower, upper, random);
          drawn += drawsWithin(database.engine.latest(), database.expected, lower, upper, random);
        }
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ", step " + step, e);
      }
    }
    assertTrue(drawn > 0, "seed " + seed);
    database.close();
  }

  private static int drawsWithin(
      ReadView view, Map<String, String> expected, int lower, int upper, Random random) {
    String begin = SmallDatabase.key(lower);
    String end = SmallDatabase.key(upper);
    String key = draw(view, expected, begin, end, random);
    if (key == null) {
      return 0;
    }
    assertTrue(begin.compareTo(key) <= 0 && end.compareTo(key) > 0, key);
    return 1;
  }
}
