package dev.varve.server.rdb;

import io.netty.buffer.ByteBuf;

/**
 * The checksum of RDB: 64 bits by the polynomial of Jones, 0xad93d23594c935a9, reflected, from 0 on
 * and not inverted at the end. Eight bytes a step.
 */
public final class Crc64 {
  /** The polynomial with its bits in the other order. */
  private static final long POLYNOMIAL = Long.reverse(0xad93d23594c935a9L);

  private static final int BYTE_VALUES = 256;

  /** At i, the checksums of each byte followed by i zero bytes. */
  private static final long[][] TABLES = tables();

  private Crc64() {}

  private static long[][] tables() {
    long[][] tables = new long[Long.BYTES][BYTE_VALUES];
    for (int i = 0; i < BYTE_VALUES; i++) {
      long sum = i;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        sum = (sum >>> 1) ^ ((sum & 1) == 0 ? 0 : POLYNOMIAL);
      }
      tables[0][i] = sum;
    }
    for (int zeros = 1; zeros < Long.BYTES; zeros++) {
      for (int i = 0; i < BYTE_VALUES; i++) {
        long sum = tables[zeros - 1][i];
        tables[zeros][i] = (sum >>> Byte.SIZE) ^ tables[0][(int) sum & 0xFF];
      }
    }
    return tables;
  }

  /** Returns the checksum of some bytes of a buffer, whose own indices stay as they are. */
  public static long of(ByteBuf bytes, int offset, int length) {
    return of(0, bytes, offset, length);
  }

  /**
   * Returns the checksum of bytes and of some more after them.
   *
   * @param before that of the bytes before
   */
  public static long of(long before, ByteBuf bytes, int offset, int length) {
    long sum = before;
    int at = offset;
    int end = offset + length;
    for (; end - at >= Long.BYTES; at += Long.BYTES) {
      long word = sum ^ bytes.getLongLE(at);
      sum = 0;
      for (int i = 0; i < Long.BYTES; i++) {
        sum ^= TABLES[Long.BYTES - 1 - i][(int) (word >>> (i * Byte.SIZE)) & 0xFF];
      }
    }
    for (; at < end; at++) {
      sum = (sum >>> Byte.SIZE) ^ TABLES[0][(int) (sum ^ bytes.getByte(at)) & 0xFF];
    }
    return sum;
  }
}
