package dev.varve.storage.base;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Unsigned LEB128: seven bits a byte, the lowest first, the top bit set on all but the last. An int
 * takes up to five bytes, a long up to ten. See {@code docs/formats/}.
 */
public final class Varint {
  /** The most bytes that an int takes. */
  public static final int MAX_INT_BYTES = 5;

  /** The most bytes that a long takes. */
  public static final int MAX_LONG_BYTES = 10;

  private Varint() {}

  /** Bytes that {@code value}, taken as unsigned, will take. */
  public static int length(long value) {
    // Nearly all are so short.
    return (value & ~0x7FL) == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
  }

  /** Writes {@code value}, taken as unsigned, and returns the position after it. */
  public static int put(byte[] target, int position, long value) {
    long rest = value;
    int at = position;
    while ((rest & ~0x7FL) != 0) {
      target[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[at++] = (byte) rest;
    return at;
  }

  /** Writes {@code value}, taken as unsigned, and returns the position after it. */
  public static long put(MemorySegment target, long position, long value) {
    long rest = value;
    long at = position;
    while ((rest & ~0x7FL) != 0) {
      target.set(ValueLayout.JAVA_BYTE, at++, (byte) (rest | 0x80));
      rest >>>= 7;
    }
    target.set(ValueLayout.JAVA_BYTE, at++, (byte) rest);
    return at;
  }

  /**
   * Reads the number at {@code position}; {@link #length} of it tells where the next one begins, as
   * writers use the shortest form.
   *
   * @throws IndexOutOfBoundsException if the array ends within it
   * @throws IllegalArgumentException if it runs over ten bytes
   */
  public static long get(byte[] source, int position) {
    long value = 0;
    for (int shift = 0, at = position; shift < 70; shift += 7, at++) {
      byte next = source[at];
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("varint of more than " + MAX_LONG_BYTES + " bytes");
  }

  /** As {@link #get(byte[], int)}. */
  public static long get(MemorySegment source, long position) {
    byte first = source.get(ValueLayout.JAVA_BYTE, position);
    if (first >= 0) {
      return first;
    }
    long value = first & 0x7FL;
    long at = position + 1;
    for (int shift = 7; shift < 70; shift += 7, at++) {
      byte next = source.get(ValueLayout.JAVA_BYTE, at);
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("varint of more than " + MAX_LONG_BYTES + " bytes");
  }

  /** Maps a signed number to an unsigned one so that small magnitudes stay short. */
  public static long zigzag(long value) {
    return (value << 1) ^ (value >> 63);
  }

  /** Undoes {@link #zigzag}. */
  public static long unzigzag(long value) {
    return (value >>> 1) ^ -(value & 1);
  }
}
