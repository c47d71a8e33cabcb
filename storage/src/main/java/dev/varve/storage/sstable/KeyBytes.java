package dev.varve.storage.sstable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Comparing keys on the heap with keys off it, and choosing short keys between two others. */
final class KeyBytes {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG_ENDIAN_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG_LAYOUT =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private KeyBytes() {}

  /** The length of what two ranges of {@code length} bytes begin with in common. */
  static int commonPrefix(
      byte[] left, int leftOffset, MemorySegment right, long rightOffset, int length) {
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      long difference =
          (long) LONG.get(left, leftOffset + i) ^ right.get(LONG_LAYOUT, rightOffset + i);
      if (difference != 0) {
        return i + (Long.numberOfTrailingZeros(difference) >>> 3);
      }
    }
    while (i < length
        && left[leftOffset + i] == right.get(ValueLayout.JAVA_BYTE, rightOffset + i)) {
      i++;
    }
    return i;
  }

  /** The length of what two arrays' first bytes have in common. */
  static int commonPrefix(
      byte[] left, int leftLength, byte[] right, int rightOffset, int rightLength) {
    int mismatch =
        Arrays.mismatch(left, 0, leftLength, right, rightOffset, rightOffset + rightLength);
    return mismatch < 0 ? leftLength : mismatch;
  }

  /** Up to eight bytes as a number that orders as they do, zeros put after them. */
  static long prefixWord(byte[] key, int offset, int length) {
    if (length >= Long.BYTES) {
      return (long) BIG_ENDIAN_LONG.get(key, offset);
    }
    long word = 0;
    for (int i = 0; i < length; i++) {
      word |= (key[offset + i] & 0xFFL) << (56 - 8 * i);
    }
    return word;
  }

  /**
   * A shortest key that is not less than {@code left} and less than {@code right}, which is
   * greater; {@code left} itself if they are equal.
   */
  static byte[] separator(
      byte[] left, int leftLength, byte[] right, int rightOffset, int rightLength) {
    int common = commonPrefix(left, leftLength, right, rightOffset, rightLength);
    if (common >= leftLength || common >= rightLength) {
      return Arrays.copyOf(left, leftLength);
    }
    int leftByte = left[common] & 0xFF;
    int rightByte = right[rightOffset + common] & 0xFF;
    if (leftByte + 1 < rightByte) {
      byte[] between = Arrays.copyOf(left, common + 1);
      between[common]++;
      return between;
    }
    if (rightLength > common + 1) {
      return Arrays.copyOfRange(right, rightOffset, rightOffset + common + 1);
    }
    for (int i = common + 1; i < leftLength - 1; i++) {
      if (left[i] != (byte) 0xFF) {
        byte[] between = Arrays.copyOf(left, i + 1);
        between[i]++;
        return between;
      }
    }
    return Arrays.copyOf(left, leftLength);
  }
}
