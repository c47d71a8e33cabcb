package dev.varve.storage.sstable;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RowCacheTest {
  private static final long CAPACITY = 128 << 10;

  private final EntryReference out = new EntryReference();

  private static void offer(RowCache rows, String key, long sequence, String value, long upTo) {
    byte[] bytes = key.getBytes(UTF_8);
    byte[] its = value.getBytes(UTF_8);
    EntryReference entry = new EntryReference();
    entry.set(EntryKind.PUT, sequence, MemorySegment.ofArray(its), 0, its.length);
    long hash = RowCache.hash(bytes, 0, bytes.length);
    rows.offer(hash, bytes, 0, bytes.length, entry, upTo);
  }

  private String find(RowCache rows, String key, long newestTombstone, long upTo) {
    byte[] bytes = key.getBytes(UTF_8);
    long hash = RowCache.hash(bytes, 0, bytes.length);
    if (!rows.find(hash, bytes, 0, bytes.length, newestTombstone, upTo, out)) {
      return null;
    }
    byte[] value =
        out.valueSegment()
            .asSlice(out.valueOffset(), out.valueLength())
            .toArray(ValueLayout.JAVA_BYTE);
    String found = out.sequence() + ":" + new String(value, UTF_8);
    out.release();
    return found;
  }

  private String find(RowCache rows, String key) {
    return find(rows, key, 0, Long.MAX_VALUE);
  }

  private static void forget(RowCache rows, String key) {
    byte[] bytes = key.getBytes(UTF_8);
    rows.forget(RowCache.hash(bytes, 0, bytes.length));
  }

  @Test
  void tooLittleMemoryIsNone() {
    assertNull(RowCache.of(0));
    assertNull(RowCache.of(60_000));
  }

  @Test
  void findsWhatItWasOffered() {
    try (RowCache rows = RowCache.of(CAPACITY)) {
      assertNull(find(rows, "a"));
      offer(rows, "a", 7, "one", 0);
      offer(rows, "b", 0, "", 0);
      assertEquals("7:one", find(rows, "a"));
      assertEquals("0:", find(rows, "b"));
      assertNull(find(rows, "ab"));
      assertEquals(2, rows.hits());
    }
  }

  @Test
  void whatARangeTombstoneHidesIsNotThere() {
    try (RowCache rows = RowCache.of(CAPACITY)) {
      offer(rows, "a", 7, "one", 0);
      assertEquals("7:one", find(rows, "a", 7, 0));
      assertNull(find(rows, "a", 8, 0));
    }
  }

  /** A merge had set the sequence number to 0, and a snapshot from before the write saw it. */
  @Test
  void aRowOfLaterTablesIsNotThereForWhoReadsOlderOnes() {
    try (RowCache rows = RowCache.of(CAPACITY)) {
      rows.flushing(20);
      offer(rows, "a", 0, "new", 20);
      assertNull(find(rows, "a", 0, 19));
      assertEquals("0:new", find(rows, "a", 0, 20));
      assertEquals("0:new", find(rows, "a", 0, 30));
    }
  }

  @Test
  void whoReadsOlderTablesOffersInVain() {
    try (RowCache rows = RowCache.of(CAPACITY)) {
      offer(rows, "a", 3, "old", 0);
      rows.flushing(10);
      offer(rows, "b", 4, "old", 0);
      forget(rows, "a");
      offer(rows, "a", 3, "old", 0);
      assertNull(find(rows, "a"));
      assertNull(find(rows, "b"));
      offer(rows, "a", 9, "new", 10);
      assertEquals("9:new", find(rows, "a"));
    }
  }

  @Test
  void aClearedOneIsEmptyAndFillsAgain() {
    try (RowCache rows = RowCache.of(CAPACITY)) {
      offer(rows, "a", 3, "old", 0);
      rows.clear(10);
      assertNull(find(rows, "a"));
      offer(rows, "a", 3, "again", 10);
      assertEquals("3:again", find(rows, "a"));
    }
  }

  @Test
  void largeValuesAreNotKept() {
    try (RowCache rows = RowCache.of(CAPACITY)) {
      offer(rows, "a", 3, "x".repeat(RowCache.LONGEST_ROW - 25), 0);
      offer(rows, "b", 4, "x".repeat(RowCache.LONGEST_ROW - 24), 0);
      assertTrue(find(rows, "a").startsWith("3:x"));
      assertNull(find(rows, "b"));
    }
  }

  @Test
  void aMillionRowsTakeNoMoreMemoryThanAgreed() {
    try (RowCache rows = RowCache.of(CAPACITY)) {
      assertTrue(rows.isEmpty());
      for (int i = 0; i < 1_000_000; i++) {
        offer(rows, "key" + i % 5000, i, "value" + i, 0);
        offer(rows, "key" + i % 5000, i, "value" + i, 0);
      }
      assertFalse(rows.isEmpty());
      assertTrue(rows.usedBytes() <= CAPACITY, () -> rows.usedBytes() + " bytes");
      assertEquals("999999:value999999", find(rows, "key4999"));
    }
  }

  /** What it has is what was offered last, and since then nothing has been forgotten. */
  @Test
  void neverTellsWhatIsNotSo() {
    Seeds.forEach(100, this::runAgainstModel);
  }

  private void runAgainstModel(Random random) {
    Map<String, String> model = new HashMap<>();
    int keys = 1 + random.nextInt(3000);
    long upTo = 0;
    int found = 0;
    try (RowCache rows = RowCache.of(CAPACITY + random.nextInt(1 << 20))) {
      for (int step = 0; step < 20_000; step++) {
        String key = "key" + random.nextInt(keys);
        int what = random.nextInt(100);
        if (what < 50) {
          String seen = find(rows, key);
          if (seen != null) {
            assertEquals(model.get(key), seen);
            found++;
          }
        } else if (what < 97) {
          String value = "v".repeat(random.nextInt(300)) + step;
          // The newest that tables have doesn't change but by a flush.
          String known = model.get(key);
          if (known == null) {
            model.put(key, step + ":" + value);
            offer(rows, key, step, value, upTo);
          } else {
            int colon = known.indexOf(':');
            offer(
                rows,
                key,
                Long.parseLong(known.substring(0, colon)),
                known.substring(colon + 1),
                upTo);
          }
        } else if (what < 99) {
          upTo = step + 1L;
          rows.flushing(upTo);
          for (int i = random.nextInt(50); i > 0; i--) {
            String flushed = "key" + random.nextInt(keys);
            model.put(flushed, upTo + ":flushed" + step);
            forget(rows, flushed);
          }
        } else if (random.nextInt(10) == 0) {
          upTo = step + 1L;
          rows.clear(upTo);
          model.clear();
        }
      }
    }
    assertTrue(found > 0, "nothing was ever found");
  }

  /** Rows are overwritten under those who read them. */
  @Test
  void rowsAreWholeWhileOthersOverwriteThem() throws InterruptedException, ExecutionException {
    try (RowCache rows = RowCache.of(64 << 10);
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Future<Integer>> all = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        long seed = thread;
        all.add(threads.submit(() -> hammer(rows, new Random(seed))));
      }
      int found = 0;
      for (Future<Integer> each : all) {
        found += each.get();
      }
      assertTrue(found > 0, "nothing was ever found");
    }
  }

  private static int hammer(RowCache rows, Random random) {
    RowCacheTest own = new RowCacheTest();
    int found = 0;
    for (int i = 0; i < 300_000; i++) {
      int key = random.nextInt(600);
      String value = Integer.toString(key).repeat(1 + key % 70);
      if (random.nextInt(3) == 0) {
        offer(rows, "key" + key, key, value, 0);
      } else {
        String seen = own.find(rows, "key" + key);
        if (seen != null) {
          assertEquals(key + ":" + value, seen);
          found++;
        }
      }
    }
    return found;
  }
}
