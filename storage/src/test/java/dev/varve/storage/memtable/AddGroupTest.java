package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.varve.storage.base.EntryKind;
import dev.varve.storage.iterator.EntryCursor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AddGroupTest {
  private static final int ENTRIES = 20_000;

  /** By ones and in groups, into memtables of different hashes: they hold the same. */
  @Test
  void addsWhatSingleAddsWould() {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println("AddGroupTest seed " + seed);
    Random random = new Random(seed);
    try (Arena arena = Arena.ofShared()) {
      SlabPool pool = new SlabPool(arena, true);
      Memtable single = new Memtable(pool, random.nextLong());
      Memtable grouped = new Memtable(pool, random.nextLong());
      AddGroup group = new AddGroup();
      for (int sequence = 1; sequence <= ENTRIES; sequence++) {
        int keyLength = random.nextInt(20);
        byte[] key = new byte[keyLength];
        Arrays.fill(key, (byte) random.nextInt(100));
        boolean delete = random.nextInt(5) == 0;
        // Some are too large to be copied.
        int most = random.nextInt(500) == 0 ? 10_000 : 100;
        byte kind = delete ? EntryKind.DELETE : EntryKind.PUT;
        int valueLength = delete ? 0 : random.nextInt(most);
        byte[] bytes = new byte[3 + keyLength + valueLength];
        random.nextBytes(bytes);
        System.arraycopy(key, 0, bytes, 3, keyLength);
        int value = 3 + keyLength;
        single.add(kind, sequence, bytes, 3, keyLength, value, valueLength);
        group.add(grouped, kind, sequence, bytes, 3, keyLength, value, valueLength);
        Arrays.fill(bytes, (byte) 0xEE);
        if (random.nextInt(100) == 0) {
          group.drainTo(grouped);
          assertEquals(single.entries(), grouped.entries());
          assertEquals(single.lastSequence(), grouped.lastSequence());
        }
      }
      group.drainTo(grouped);
      checkSame(single, grouped);
      single.release();
      grouped.release();
      assertEquals(0, pool.lentBytes());
    }
  }

  private static void checkSame(Memtable expected, Memtable actual) {
    try (EntryCursor e = expected.versions();
        EntryCursor a = actual.versions()) {
      e.seekToFirst();
      a.seekToFirst();
      while (e.isValid()) {
        assertEquals(e.sequence(), a.sequence());
        assertEquals(e.kind(), a.kind());
        assertArrayEquals(
            Arrays.copyOf(e.key(), e.keyLength()), Arrays.copyOf(a.key(), a.keyLength()));
        assertArrayEquals(value(e), value(a));
        e.next();
        a.next();
      }
      assertFalse(a.isValid());
    }
  }

  private static byte[] value(EntryCursor at) {
    return at.valueSegment()
        .asSlice(at.valueOffset(), at.valueLength())
        .toArray(ValueLayout.JAVA_BYTE);
  }
}
