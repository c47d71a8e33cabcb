package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.storage.Cursor;
import dev.varve.storage.KeyCount;
import dev.varve.storage.ReadView;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import java.lang.foreign.MemorySegment;
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

  private int refusals;

  private static byte[] key(int number) {
    byte[] key = {0x10, (byte) (number / 3), (byte) number};
    return number % 3 == 0 ? Arrays.copyOf(key, 2) : key;
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
      OverlayView view =
          new OverlayView(new RefusingView(engine.view(), random), overlay, batch.bytes());
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
    assertTrue(refusals > 0, "nothing needed a read");
  }

  /** A view whose cursors, while they may not read, now and then need to. */
  private record RefusingView(ReadView view, Random random) implements ReadView {
    @Override
    public long sequence() {
      return view.sequence();
    }

    @Override
    public long flushedSequence() {
      return view.flushedSequence();
    }

    @Override
    public int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
      return view.get(key, offset, length, mayRead, out);
    }

    @Override
    public byte[] get(byte[] key) {
      return view.get(key);
    }

    @Override
    public KeyCount count(long group, byte[] lower, byte[] upper) {
      return view.count(group, lower, upper);
    }

    @Override
    public Cursor cursor(byte[] lower, byte[] upper) {
      return new RefusingCursor(view.cursor(lower, upper), random);
    }

    @Override
    public void close() {
      view.close();
    }
  }

  private static final class RefusingCursor implements Cursor {
    private final Cursor cursor;
    private final Random random;
    private boolean mayRead = true;

    /** The move that needs a read; null: none does. */
    private Runnable refused;

    RefusingCursor(Cursor cursor, Random random) {
      this.cursor = cursor;
      this.random = random;
    }

    private void move(Runnable move) {
      refused = !mayRead && random.nextInt(3) == 0 ? move : null;
      if (refused == null) {
        move.run();
      }
    }

    @Override
    public void mayRead(boolean allowed) {
      mayRead = allowed;
    }

    @Override
    public boolean needsRead() {
      return refused != null;
    }

    @Override
    public void resume() {
      if (refused == null) {
        throw new IllegalStateException("the last move needs no read");
      }
      move(refused);
    }

    @Override
    public boolean isValid() {
      return refused == null && cursor.isValid();
    }

    @Override
    public void seekToFirst() {
      move(cursor::seekToFirst);
    }

    @Override
    public void seekToLast() {
      move(cursor::seekToLast);
    }

    @Override
    public void seek(byte[] key, int offset, int length) {
      byte[] kept = Arrays.copyOfRange(key, offset, offset + length);
      move(() -> cursor.seek(kept, 0, length));
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
      byte[] kept = Arrays.copyOfRange(key, offset, offset + length);
      move(() -> cursor.seekBefore(kept, 0, length));
    }

    @Override
    public void next() {
      move(cursor::next);
    }

    @Override
    public void previous() {
      move(cursor::previous);
    }

    /** With remains of another key after it, as in an array that is used again. */
    @Override
    public byte[] key() {
      byte[] key = Arrays.copyOf(cursor.key(), cursor.keyLength() + 1);
      key[cursor.keyLength()] = (byte) 0xFF;
      return key;
    }

    @Override
    public int keyLength() {
      return cursor.keyLength();
    }

    @Override
    public MemorySegment valueSegment() {
      return cursor.valueSegment();
    }

    @Override
    public long valueOffset() {
      return cursor.valueOffset();
    }

    @Override
    public int valueLength() {
      return cursor.valueLength();
    }

    @Override
    public void close() {
      cursor.close();
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

  private void walk(Random random, Cursor cursor, NavigableMap<byte[], byte[]> expected) {
    Map.Entry<byte[], byte[]> at = null;
    for (int step = 0; step < 60; step++) {
      byte[] sought = key(random.nextInt(KEYS));
      cursor.mayRead(random.nextBoolean());
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
      while (cursor.needsRead()) {
        assertFalse(cursor.isValid());
        refusals++;
        cursor.mayRead(random.nextBoolean());
        cursor.resume();
      }
      assertEquals(at != null, cursor.isValid());
      if (at != null) {
        assertNotNull(cursor.key());
        assertEquals(cursor.valueLength(), cursor.headLength());
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
