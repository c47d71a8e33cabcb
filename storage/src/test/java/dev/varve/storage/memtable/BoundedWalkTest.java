package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.Seeds;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.iterator.ApartValues;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.PassedEntries;
import dev.varve.storage.iterator.VisibleCursor;
import dev.varve.storage.latency.Latencies;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Walks between bounds over what memtables have, as readers do them. */
class BoundedWalkTest {
  /** A memtable or two, and what a reader sees in them. */
  private static final class Memtables implements AutoCloseable {
    final Arena arena = Arena.ofShared();
    final SlabPool pool = new SlabPool(arena, true);
    final List<Memtable> newestFirst = new ArrayList<>();
    final NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    long sequence;

    Memtables(Random random) {
      int memtables = 1 + random.nextInt(2);
      int operations = 1 + random.nextInt(400);
      for (int i = 0; i < memtables; i++) {
        Memtable memtable = new Memtable(pool, random.nextLong());
        newestFirst.addFirst(memtable);
        for (int j = 0; j < operations; j++) {
          change(random, memtable);
          if (random.nextInt(20) == 0) {
            memtable.sortKeys();
          }
        }
      }
    }

    private void change(Random random, Memtable memtable) {
      byte[] key = key(random);
      byte[] value = new byte[random.nextInt(10)];
      random.nextBytes(value);
      sequence++;
      byte[] end = key(random);
      if (random.nextInt(30) == 0 && Arrays.compareUnsigned(key, end) < 0) {
        memtable.addRange(new RangeTombstone(key, end, sequence));
        model.subMap(key, true, end, false).clear();
        return;
      }
      if (random.nextInt(3) == 0) {
        memtable.add(EntryKind.DELETE, sequence, key, 0, key.length, key.length, 0);
        model.remove(key);
        return;
      }
      byte[] both = Arrays.copyOf(key, key.length + value.length);
      System.arraycopy(value, 0, both, key.length, value.length);
      memtable.add(EntryKind.PUT, sequence, both, 0, key.length, key.length, value.length);
      model.put(key, value);
    }

    Cursor cursor(byte[] lower, byte[] upper) {
      List<EntryCursor> cursors = new ArrayList<>();
      List<RangeTombstones> tombstones = new ArrayList<>();
      for (Memtable memtable : newestFirst) {
        cursors.add(memtable.cursor(sequence, lower, upper));
        tombstones.add(memtable.rangeTombstones());
      }
      return new VisibleCursor(
          cursors,
          ApartValues.NONE,
          tombstones,
          sequence,
          lower,
          upper,
          Latencies.NONE,
          PassedEntries.IGNORED);
    }

    NavigableMap<byte[], byte[]> between(byte[] lower, byte[] upper) {
      NavigableMap<byte[], byte[]> from = lower == null ? model : model.tailMap(lower, true);
      return upper == null ? from : from.headMap(upper, false);
    }

    @Override
    public void close() {
      newestFirst.forEach(Memtable::release);
      assertEquals(0, pool.lentBytes());
      arena.close();
    }
  }

  /** Returns keys that begin with one of a few bytes, and now and then a long one. */
  private static byte[] key(Random random) {
    byte[] key = new byte[random.nextInt(20) == 0 ? random.nextInt(80) : random.nextInt(5)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (random.nextInt(4) * 85);
    }
    return key;
  }

  @Test
  void anyMovesBetweenAnyBoundsShowWhatIsThere() {
    Seeds.forEach(
        2_000,
        random -> {
          try (Memtables memtables = new Memtables(random)) {
            byte[] lower = random.nextInt(4) == 0 ? null : key(random);
            byte[] upper = random.nextInt(4) == 0 ? null : key(random);
            if (lower != null && upper != null && Arrays.compareUnsigned(lower, upper) > 0) {
              byte[] greater = lower;
              lower = upper;
              upper = greater;
            }
            try (Cursor cursor = memtables.cursor(lower, upper)) {
              walk(random, memtables.between(lower, upper), cursor);
            }
          }
        });
  }

  private static void walk(Random random, NavigableMap<byte[], byte[]> model, Cursor cursor) {
    Map.Entry<byte[], byte[]> expected = null;
    for (int step = 0; step < 150; step++) {
      byte[] key = key(random);
      switch (expected == null ? random.nextInt(4) : random.nextInt(20)) {
        case 0 -> {
          cursor.seekToFirst();
          expected = model.firstEntry();
        }
        case 1 -> {
          cursor.seekToLast();
          expected = model.lastEntry();
        }
        case 2 -> {
          cursor.seek(key, 0, key.length);
          expected = model.ceilingEntry(key);
        }
        case 3 -> {
          cursor.seekBefore(key, 0, key.length);
          expected = model.lowerEntry(key);
        }
        case 4, 5, 6 -> {
          cursor.previous();
          expected = model.lowerEntry(expected.getKey());
        }
        case 7, 8 -> expected = forEach(model.tailMap(expected.getKey(), true), cursor, random);
        default -> {
          cursor.next();
          expected = model.higherEntry(expected.getKey());
        }
      }
      assertEquals(expected != null, cursor.isValid());
      if (expected != null) {
        assertArrayEquals(expected.getKey(), Arrays.copyOf(cursor.key(), cursor.keyLength()));
        assertArrayEquals(
            expected.getValue(),
            cursor
                .valueSegment()
                .asSlice(cursor.valueOffset(), cursor.valueLength())
                .toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }

  /** Has some of the keys from the current one on handed over; returns where the cursor is then. */
  private static Map.Entry<byte[], byte[]> forEach(
      NavigableMap<byte[], byte[]> from, Cursor cursor, Random random) {
    int wanted = 1 + random.nextInt(random.nextBoolean() ? 10 : 200);
    Iterator<Map.Entry<byte[], byte[]>> expected = from.entrySet().iterator();
    List<Map.Entry<byte[], byte[]>> taken = new ArrayList<>();
    boolean ended =
        cursor.forEach(
            (key, keyLength, value, offset, length) -> {
              Map.Entry<byte[], byte[]> next = expected.next();
              assertArrayEquals(next.getKey(), Arrays.copyOf(key, keyLength));
              assertArrayEquals(
                  next.getValue(), value.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
              taken.add(next);
              return taken.size() < wanted;
            });
    assertEquals(taken.size() < wanted, ended);
    assertEquals(Math.min(wanted, from.size()), taken.size());
    return ended ? null : taken.getLast();
  }

  @Test
  void aCursorComesToNoKeyFromItsUpperBoundOn() {
    Seeds.forEach(
        500,
        random -> {
          try (Memtables memtables = new Memtables(random)) {
            Memtable memtable = memtables.newestFirst.getFirst();
            byte[] upper = key(random);
            try (EntryCursor cursor = memtable.cursor(memtables.sequence, null, upper)) {
              cursor.seekToFirst();
              while (cursor.isValid()) {
                assertTrue(isBefore(cursor, upper));
                cursor.next();
              }
              cursor.seek(upper, 0, upper.length, memtables.sequence);
              assertFalse(cursor.isValid());
              cursor.seekToLast();
              assertTrue(!cursor.isValid() || isBefore(cursor, upper));
            }
          }
        });
  }

  private static boolean isBefore(EntryCursor cursor, byte[] upper) {
    return Arrays.compareUnsigned(cursor.key(), 0, cursor.keyLength(), upper, 0, upper.length) < 0;
  }
}
