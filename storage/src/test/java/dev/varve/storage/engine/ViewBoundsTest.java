package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.KeyBounds;
import dev.varve.storage.ReadView;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** {@link ReadView#bounds}: what it encloses, and what it doesn't pass. */
final class ViewBoundsTest {
  @Test
  void boundsDoNotPassWhatWasDeleted() {
    SmallDatabase database = new SmallDatabase(1);
    database.putAll("a", 0, SmallDatabase.KEYS);
    database.settle();
    for (int i = 0; i < 20; i++) {
      database.delete(i);
      database.delete(SmallDatabase.KEYS - 1 - i);
    }
    assertEquals(List.of("k000", "k069"), bounds(database, "a", "z"));
    database.flush();
    assertEquals(List.of("k000", "k069"), bounds(database, "a", "z"));
    ((LsmEngine) database.engine).requestCompaction();
    database.drain();
    assertEquals(List.of("k020", "k049"), bounds(database, "a", "z"));
    assertEquals(List.of(), bounds(database, "a", "k"));
    assertEquals(List.of(), bounds(database, "l", "z"));
    database.close();
  }

  @Test
  void boundsEncloseAllThatIsThere() {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println("boundsEncloseAllThatIsThere: -Dvarve.seed=" + seed);
    Random random = new Random(seed);
    SmallDatabase database = new SmallDatabase(seed).fill();
    for (int step = 0; step < 300; step++) {
      int from = random.nextInt(SmallDatabase.KEYS);
      int to = from + random.nextInt(SmallDatabase.KEYS - from);
      switch (random.nextInt(5)) {
        case 0 -> database.putAll("s", from, Math.min(to, from + 5));
        case 1 -> database.delete(from);
        case 2 -> database.deleteRange(from, to);
        case 3 -> database.flush();
        default -> database.settle();
      }
      for (int i = 0; i < 20; i++) {
        int lower = random.nextInt(SmallDatabase.KEYS);
        int upper = lower + 1 + random.nextInt(SmallDatabase.KEYS - lower);
        String begin = SmallDatabase.key(lower);
        String end = SmallDatabase.key(upper);
        String what = "seed " + seed + ", step " + step + ", " + begin + " to " + end;
        NavigableMap<String, String> there =
            new TreeMap<>(database.expected).subMap(begin, true, end, false);
        List<String> bounds = bounds(database, begin, end);
        if (bounds.isEmpty()) {
          assertTrue(there.isEmpty(), what);
        } else {
          String least = bounds.getFirst();
          String greatest = bounds.getLast();
          assertTrue(begin.compareTo(least) <= 0 && end.compareTo(greatest) > 0, what);
          assertTrue(least.compareTo(greatest) <= 0, what);
          assertTrue(there.isEmpty() || least.compareTo(there.firstKey()) <= 0, what);
          assertTrue(there.isEmpty() || greatest.compareTo(there.lastKey()) >= 0, what);
        }
      }
    }
    database.close();
  }

  private static List<String> bounds(SmallDatabase database, String lower, String upper) {
    try (ReadView view = database.engine.view()) {
      KeyBounds bounds = view.bounds(lower.getBytes(ISO_8859_1), upper.getBytes(ISO_8859_1));
      return bounds == null
          ? List.of()
          : List.of(
              new String(bounds.least(), ISO_8859_1), new String(bounds.greatest(), ISO_8859_1));
    }
  }
}
