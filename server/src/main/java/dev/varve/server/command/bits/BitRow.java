package dev.varve.server.command.bits;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Looks into bytes as a row of bits, the highest bit of the first byte being bit 0, in steps of
 * eight bytes where it can.
 */
final class BitRow {
  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

  /** What {@link #first} answers where there is no such bit. */
  static final long NONE = -1;

  private BitRow() {}

  /** Returns a bit; beyond {@code length} bytes all are 0. */
  static int get(MemorySegment bytes, long from, long length, long bit) {
    long index = bit >>> 3;
    return index < length ? (byteAt(bytes, from + index) >>> (7 - (bit & 7))) & 1 : 0;
  }

  /** Counts the bits that are 1 from one to another, both included. */
  static long count(MemorySegment bytes, long from, long firstBit, long lastBit) {
    long at = from + (firstBit >>> 3);
    long last = from + (lastBit >>> 3);
    int head = headMask(firstBit);
    int tail = tailMask(lastBit);
    if (at == last) {
      return Integer.bitCount(byteAt(bytes, at) & head & tail);
    }
    int ends =
        Integer.bitCount(byteAt(bytes, at) & head) + Integer.bitCount(byteAt(bytes, last) & tail);
    return ends + count(bytes, at + 1, (int) (last - at - 1));
  }

  /** Counts the bits that are 1 of so many bytes. */
  private static long count(MemorySegment bytes, long from, int length) {
    long count = 0;
    // With an int for a counter it is compiled to what counts several words at once.
    int at = 0;
    for (; at < length - (Long.BYTES - 1); at += Long.BYTES) {
      count += Long.bitCount(bytes.get(WORD, from + at));
    }
    for (; at < length; at++) {
      count += Integer.bitCount(byteAt(bytes, from + at));
    }
    return count;
  }

  /**
   * Counts the bits that are 1 of one byte among those from one to another, both included.
   *
   * @param index the byte's place, counted as bits are
   */
  static int count(int value, long index, long firstBit, long lastBit) {
    int head = index == firstBit >>> 3 ? headMask(firstBit) : 0xFF;
    int tail = index == lastBit >>> 3 ? tailMask(lastBit) : 0xFF;
    return Integer.bitCount(value & head & tail);
  }

  /**
   * Returns the first bit that is 1, or 0, from one to another, both included.
   *
   * @param wanted 1 or 0
   */
  static long first(MemorySegment bytes, long from, long firstBit, long lastBit, int wanted) {
    // What isn't wanted is 0 in what is looked at.
    int flip = wanted == 1 ? 0 : 0xFF;
    long index = firstBit >>> 3;
    long lastIndex = lastBit >>> 3;
    int mask = headMask(firstBit);
    while (index <= lastIndex) {
      if (mask == 0xFF && lastIndex - index >= Long.BYTES) {
        long word = bytes.get(WORD, from + index);
        if (word == (wanted == 1 ? 0 : -1)) {
          index += Long.BYTES;
          continue;
        }
      }
      int found = (byteAt(bytes, from + index) ^ flip) & mask;
      if (index == lastIndex) {
        found &= tailMask(lastBit);
      }
      if (found != 0) {
        return (index << 3) + Integer.numberOfLeadingZeros(found) - (Integer.SIZE - Byte.SIZE);
      }
      mask = 0xFF;
      index++;
    }
    return NONE;
  }

  /**
   * Returns so many bits as a number, at most 64; beyond {@code length} bytes all are 0.
   *
   * @param from where the row begins
   */
  static long number(MemorySegment bytes, long from, long length, long bit, int bits) {
    long value = 0;
    long at = bit;
    int left = bits;
    while (left > 0) {
      int within = (int) (at & 7);
      int taken = Math.min(Byte.SIZE - within, left);
      int its = at >>> 3 < length ? byteAt(bytes, from + (at >>> 3)) : 0;
      value = value << taken | (its >>> (Byte.SIZE - within - taken) & ((1 << taken) - 1));
      at += taken;
      left -= taken;
    }
    return value;
  }

  /** Writes the lowest so many bits of a number, at most 64. */
  static void put(byte[] bytes, int from, long bit, int bits, long value) {
    long at = bit;
    int left = bits;
    while (left > 0) {
      int within = (int) (at & 7);
      int taken = Math.min(Byte.SIZE - within, left);
      int shift = Byte.SIZE - within - taken;
      int mask = ((1 << taken) - 1) << shift;
      int index = from + (int) (at >>> 3);
      int its = (int) (value >>> (left - taken)) << shift & mask;
      bytes[index] = (byte) ((bytes[index] & ~mask) | its);
      at += taken;
      left -= taken;
    }
  }

  private static int headMask(long firstBit) {
    return 0xFF >>> (firstBit & 7);
  }

  private static int tailMask(long lastBit) {
    return 0xFF << (7 - (lastBit & 7)) & 0xFF;
  }

  private static int byteAt(MemorySegment bytes, long offset) {
    return bytes.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
  }
}
