package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Race;
import dev.varve.storage.Seeds;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.iterator.EntryCursor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * One writer, several readers: whatever a reader sees at a snapshot must be what was written last
 * before it. Write {@code s} goes to key {@code s % KEYS}, so a reader can tell what that is. The
 * writer moves on to a new memtable now and then and lets go of the old one, whose memory is then
 * poisoned.
 */
class MemtableStressTest {
  private static final int READERS = 3;
  private static final int MEMTABLES = 8;
  private static final int KEYS = 20_011;
  private static final int WRITES = 3 * KEYS;

  /** What the writer publishes: a memtable and the last write in it. */
  private static final class Publication {
    private final Memtable memtable;
    private volatile long visible;

    Publication(Memtable memtable) {
      this.memtable = memtable;
    }
  }

  private volatile Publication current;

  private static void key(long index, byte[] into) {
    ByteBuffer.wrap(into).putLong(0, index * 0x9E3779B97F4A7C15L).putLong(8, index);
  }

  /** The last write to a key up to {@code snapshot}; 0 if there is none. */
  private static long lastWrite(long index, long snapshot) {
    return Math.max(0, snapshot - Math.floorMod(snapshot - index, (long) KEYS));
  }

  private static int valueLength(long sequence) {
    return 8 + (int) (sequence % 50);
  }

  private static byte valueByte(long sequence) {
    return (byte) (sequence * 31);
  }

  private static void checkValue(long sequence, MemorySegment segment, long offset, int length) {
    assertEquals(valueLength(sequence), length);
    for (int i = 0; i < length; i++) {
      assertEquals(valueByte(sequence), segment.get(ValueLayout.JAVA_BYTE, offset + i));
    }
  }

  private void write(SlabPool pool) {
    byte[] bytes = new byte[16 + 64];
    for (int m = 0; m < MEMTABLES; m++) {
      Publication next = new Publication(new Memtable(pool, m));
      Publication before = current;
      current = next;
      if (before != null) {
        before.memtable.release();
      }
      for (long sequence = 1; sequence <= WRITES; sequence++) {
        key(sequence % KEYS, bytes);
        int length = valueLength(sequence);
        Arrays.fill(bytes, 16, 16 + length, valueByte(sequence));
        next.memtable.add(EntryKind.PUT, sequence, bytes, 0, 16, 16, length);
        next.visible = sequence;
      }
    }
  }

  private void read(Race race, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    EntryReference out = new EntryReference();
    byte[] key = new byte[16];
    while (!race.isOver()) {
      Publication publication = current;
      if (publication == null || !publication.memtable.tryRetain()) {
        continue;
      }
      for (int i = 0; i < 200; i++) {
        long visible = publication.visible;
        long snapshot = random.nextBoolean() ? visible : random.nextLong(visible + 1);
        if (i == 0) {
          walk(publication.memtable, snapshot, random);
          continue;
        }
        long index = random.nextInt(KEYS);
        key(index, key);
        long expected = lastWrite(index, snapshot);
        int answer = publication.memtable.get(key, 0, 16, snapshot, out);
        if (expected == 0) {
          assertEquals(EntryReference.ABSENT, answer);
        } else {
          assertEquals(EntryReference.FOUND, answer);
          assertEquals(expected, out.sequence());
          checkValue(expected, out.valueSegment(), out.valueOffset(), out.valueLength());
          out.release();
        }
      }
      publication.memtable.release();
    }
  }

  private static void walk(Memtable memtable, long snapshot, SplittableRandom random) {
    boolean whole = random.nextInt(20) == 0;
    int limit = whole ? Integer.MAX_VALUE : 50;
    int walked = 0;
    try (EntryCursor cursor = memtable.cursor(snapshot)) {
      boolean forward = random.nextBoolean();
      if (forward) {
        cursor.seekToFirst();
      } else {
        cursor.seekToLast();
      }
      byte[] last = null;
      while (cursor.isValid() && walked++ < limit) {
        byte[] key = Arrays.copyOf(cursor.key(), cursor.keyLength());
        if (last != null) {
          assertEquals(forward, Arrays.compareUnsigned(last, key) < 0);
        }
        last = key;
        long expected = lastWrite(ByteBuffer.wrap(key).getLong(8), snapshot);
        assertEquals(expected, cursor.sequence());
        checkValue(expected, cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength());
        if (forward) {
          cursor.next();
        } else {
          cursor.previous();
        }
      }
    }
    long there = Math.min(KEYS, snapshot);
    assertEquals(Math.min(limit, there), Math.min(limit, walked));
  }

  @Test
  void readersSeeTheirSnapshotsWhileTheWriterGoesOn() {
    Seeds.forEach(
        1,
        random -> {
          current = null;
          try (Arena arena = Arena.ofShared();
              Race race = new Race()) {
            SlabPool pool = new SlabPool(arena, true);
            for (int i = 0; i < READERS; i++) {
              long seed = random.nextLong();
              race.start(() -> read(race, seed));
            }
            write(pool);
            race.finish();
            current.memtable.release();
            assertEquals(0, pool.lentBytes());
            assertTrue(pool.allocatedBytes() > 0);
          }
        });
  }
}
