package dev.varve.storage.memtable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What the first eight bytes of a memtable's keys lie between, so that a cursor over other keys
 * needn't sort these. One thread writes, any number read.
 */
final class KeyBounds {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  // Both unsigned. They are widened before the key that they are widened for is published.
  private volatile long least = -1;
  private volatile long greatest;

  /** Writer: there is a key that begins like this. */
  void add(byte[] key, int offset, int length) {
    long prefix = prefix(key, offset, length);
    if (Long.compareUnsigned(prefix, least) < 0) {
      least = prefix;
    }
    if (Long.compareUnsigned(prefix, greatest) > 0) {
      greatest = prefix;
    }
  }

  /** Whether a key may lie between {@code lower} and, not included, {@code upper}; null is none. */
  boolean overlap(byte[] lower, byte[] upper) {
    return Long.compareUnsigned(least, greatest) <= 0
        && (lower == null || Long.compareUnsigned(prefix(lower, 0, lower.length), greatest) <= 0)
        && (upper == null || Long.compareUnsigned(prefix(upper, 0, upper.length), least) >= 0);
  }

  /** The first bytes as a number that orders as they do; a shorter key is filled up with zeros. */
  private static long prefix(byte[] key, int offset, int length) {
    if (length >= Long.BYTES) {
      return (long) LONG.get(key, offset);
    }
    long prefix = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      prefix = prefix << 8 | (i < length ? Byte.toUnsignedLong(key[offset + i]) : 0);
    }
    return prefix;
  }
}
