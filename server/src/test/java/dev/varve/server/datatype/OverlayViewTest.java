package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.storage.Cursor;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Walks over a view with a batch laid over it, against walks over a map. */
class OverlayViewTest {
  private static final int KEYS = 40;

  private final NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

  private static byte[] key(int number) {
    return new byte[] {0x10, (byte) (number / 3), (byte) number};
  }

  @Test
  void walksInBothDirectionsMeetWhatTheBatchLeaves() {
    long seed = Seed.of("walksInBothDirectionsMeetWhatTheBatchLeaves");
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      model.clear();
      FakeEngine engine = new FakeEngine(seed + round, 0);
      WriteBatch before = new WriteBatch();
      for (int i = random.nextInt(KEYS); i > 0; i--) {
        byte[] key = key(random.nextInt(KEYS));
        byte[] value = {(byte) i, 0};
        before.put(key, value);
        model.put(key, value);
      }
      engine.commit(before, SyncPolicy.NO);
      WriteBatch batch = new WriteBatch();
      Overlay overlay = new Overlay();
      for (int i = random.nextInt(30); i > 0; i--) {
        change(random, batch, overlay);
      }
      OverlayView view = new OverlayView(engine.view(), overlay, batch.bytes());
      byte[] lower = random.nextBoolean() ? null : key(random.nextInt(KEYS));
      byte[] upper = random.nextBoolean() ? null : key(random.nextInt(KEYS));
      if (lower != null && upper != null && Arrays.compareUnsigned(lower, upper) > 0) {
        upper = null;
      }
      NavigableMap<byte[], byte[]> expected = lower == null ? model : model.tailMap(lower, true);
      expected = upper == null ? expected : expected.headMap(upper, false);
      try (Cursor cursor = view.cursor(lower, upper)) {
        walk(random, cursor, expected);
      }
    }
  }

  private void change(Random random, WriteBatch batch, Overlay overlay) {
    int number = random.nextInt(KEYS);
    byte[] key = key(number);
    switch (random.nextInt(5)) {
      case 0 -> {
        byte[] end = key(number + 1 + random.nextInt(10));
        batch.deleteRange(key, end);
        overlay.deleteRange(key, end);
        model.subMap(key, true, end, false).clear();
      }
      case 1 -> {
        batch.delete(EntryKind.DELETE, key, 0, key.length);
        overlay.delete(key.length, batch.size());
        model.remove(key);
      }
      default -> {
        byte[] value = {(byte) random.nextInt(), 1};
        int at = batch.putReserved(EntryKind.PUT, key, 0, key.length, value.length);
        System.arraycopy(value, 0, batch.bytes(), at, value.length);
        overlay.put(key.length, at, value.length);
        model.put(key, value);
      }
    }
  }

  private static void walk(Random random, Cursor cursor, NavigableMap<byte[], byte[]> expected) {
    Map.Entry<byte[], byte[]> at = null;
    for (int step = 0; step < 60; step++) {
      byte[] sought = key(random.nextInt(KEYS));
      switch (at == null ? random.nextInt(4) : random.nextInt(14)) {
        case 0 -> {
          cursor.seekToFirst();
          at = expected.firstEntry();
        }
        case 1 -> {
          cursor.seekToLast();
          at = expected.lastEntry();
        }
        case 2 -> {
          cursor.seek(sought, 0, sought.length);
          at = expected.ceilingEntry(sought);
        }
        case 3 -> {
          cursor.seekBefore(sought, 0, sought.length);
          at = expected.lowerEntry(sought);
        }
        case 4, 5, 6, 7, 8 -> {
          cursor.next();
          at = expected.higherEntry(at.getKey());
        }
        default -> {
          cursor.previous();
          at = expected.lowerEntry(at.getKey());
        }
      }
      assertEquals(at != null, cursor.isValid());
      if (at != null) {
        assertNotNull(cursor.key());
        assertArrayEquals(at.getKey(), Arrays.copyOf(cursor.key(), cursor.keyLength()));
        byte[] value = new byte[cursor.valueLength()];
        for (int i = 0; i < value.length; i++) {
          value[i] = cursor.valueSegment().get(ValueLayout.JAVA_BYTE, cursor.valueOffset() + i);
        }
        assertArrayEquals(at.getValue(), value);
      }
    }
  }
}
