package dev.varve.server.datatype.check;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** A walk over engine keys; it reads the disk. Used by one thread. */
final class Walk implements AutoCloseable {
  private final Cursor cursor;
  private boolean begun;

  /** Over all keys from one on, and before another; null: no bound. */
  Walk(ReadView view, byte[] from, byte[] before) {
    cursor = view.cursor(from, before);
  }

  /** Goes to the next key; false: there is none. */
  boolean next() {
    if (begun) {
      cursor.next();
    } else {
      cursor.seekToFirst();
      begun = true;
    }
    return cursor.isValid();
  }

  /** Goes to the first key at or after one; false: there is none. */
  boolean seek(byte[] key) {
    cursor.seek(key, 0, key.length);
    begun = true;
    return cursor.isValid();
  }

  byte[] key() {
    return Arrays.copyOf(cursor.key(), cursor.keyLength());
  }

  /** The first of the value's bytes. */
  byte firstOfValue() {
    cursor.loadHead();
    return cursor.headSegment().get(ValueLayout.JAVA_BYTE, cursor.headOffset());
  }

  /** As much of the value as there is before what is its own. */
  byte[] front(int length) {
    cursor.loadHead();
    return copy(cursor.headSegment(), cursor.headOffset(), length);
  }

  byte[] value() {
    cursor.loadValue();
    return copy(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength());
  }

  int valueLength() {
    return cursor.valueLength();
  }

  private static byte[] copy(MemorySegment segment, long offset, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    return bytes;
  }

  @Override
  public void close() {
    cursor.close();
  }
}
