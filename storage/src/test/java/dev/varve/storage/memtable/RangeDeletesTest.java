package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.base.Snapshots;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RangeDeletesTest {
  private SlabPool slabs;

  @BeforeEach
  void open() {
    slabs = new SlabPool(Arena.ofShared(), false);
  }

  @AfterEach
  void close() {
    slabs.close();
  }

  private RecordArena arena() {
    RecordArena arena = new RecordArena(slabs);
    // As the index of a memtable does before: reference 0 stands for none.
    arena.allocate(RecordArena.ALIGNMENT);
    return arena;
  }

  /** Returns keys of various lengths, with prefixes in common. */
  private static byte[] key(Random random) {
    byte[] key = new byte[random.nextInt(4) == 0 ? 12 : random.nextInt(4)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (random.nextInt(3) + (i == 11 ? 254 : 0));
    }
    return key;
  }

  private static long bruteForce(List<RangeTombstone> tombstones, byte[] key, long snapshot) {
    return tombstones.stream()
        .filter(each -> each.sequence() <= snapshot && each.covers(key, 0, key.length))
        .mapToLong(RangeTombstone::sequence)
        .max()
        .orElse(0);
  }

  @Test
  void everySnapshotSeesWhatWasDeletedUpToIt() {
    Seeds.forEach(
        500,
        random -> {
          RecordArena arena = arena();
          RangeDeletes deletes = new RangeDeletes(arena);
          List<RangeTombstone> model = new ArrayList<>();
          for (int i = random.nextInt(40); i > 0; i--) {
            byte[] begin = key(random);
            byte[] end = random.nextBoolean() ? key(random) : next(begin);
            model.add(new RangeTombstone(begin, end, model.size() + 1));
            deletes.add(model.getLast());
          }
          for (int i = 0; i < 100; i++) {
            byte[] key = key(random);
            long snapshot = random.nextInt(model.size() + 2);
            byte[] padded = new byte[key.length + 3];
            System.arraycopy(key, 0, padded, 1, key.length);
            assertEquals(
                bruteForce(model, key, snapshot),
                deletes.newestOver(padded, 1, key.length, snapshot),
                () -> Arrays.toString(key) + " at " + snapshot);
          }
          checkPieces(model, deletes);
          arena.free();
        });
  }

  private static byte[] next(byte[] key) {
    byte[] next = key.length == 0 ? new byte[1] : key.clone();
    next[next.length - 1]++;
    return next;
  }

  private static void checkPieces(List<RangeTombstone> model, RangeDeletes deletes) {
    byte[] before = null;
    RangeTombstones.Pieces pieces = deletes.pieces();
    while (pieces.next()) {
      assertTrue(before == null || Arrays.compareUnsigned(before, pieces.begin()) <= 0);
      byte[] first = pieces.begin();
      for (int i = 0; i < pieces.depth(); i++) {
        long above = i == 0 ? Snapshots.NEWEST : pieces.sequence(i - 1) - 1;
        assertEquals(bruteForce(model, first, above), pieces.sequence(i));
      }
      assertEquals(0, bruteForce(model, first, pieces.sequence(pieces.depth() - 1) - 1));
      before = pieces.end();
    }
  }

  @Test
  void oneRangeDeletedAMillionTimesIsReadAtAnySnapshot() {
    RecordArena arena = arena();
    RangeDeletes deletes = new RangeDeletes(arena);
    byte[] begin = {5};
    byte[] end = {6};
    for (int i = 1; i <= 1_000_000; i++) {
      deletes.add(new RangeTombstone(begin, end, i));
    }
    for (int i = 0; i <= 1_000_000; i += 7) {
      assertEquals(i, deletes.newestOver(new byte[] {5, 1}, 0, 2, i));
    }
    arena.free();
  }

  @Test
  void aReaderMissesNothingThatWasPublished() throws Exception {
    RecordArena arena = arena();
    RangeDeletes deletes = new RangeDeletes(arena);
    AtomicLong published = new AtomicLong();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    int count = 200_000;
    // Range i is [3k, 3k + 2) of a permutation k of i: every third key is left.
    Thread reader =
        new Thread(
            () -> {
              Random random = new Random(3);
              byte[] key = new byte[Long.BYTES];
              while (published.get() < count) {
                long snapshot = published.get();
                long i = snapshot == 0 ? 0 : random.nextLong(snapshot);
                ByteBuffer.wrap(key).putLong(3 * scattered(i) + random.nextInt(2));
                long found = deletes.newestOver(key, 0, key.length, snapshot);
                if (found != (snapshot == 0 ? 0 : i + 1)) {
                  failure.set(new AssertionError(i + " of " + snapshot + ": " + found));
                  return;
                }
              }
            });
    reader.start();
    for (long i = 0; i < count; i++) {
      byte[] begin = ByteBuffer.allocate(Long.BYTES).putLong(3 * scattered(i)).array();
      byte[] end = ByteBuffer.allocate(Long.BYTES).putLong(3 * scattered(i) + 2).array();
      deletes.add(new RangeTombstone(begin, end, i + 1));
      published.set(i + 1);
    }
    reader.join();
    arena.free();
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }

  private static long scattered(long i) {
    return Long.reverse(i) >>> 8;
  }
}
