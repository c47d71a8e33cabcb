package dev.varve.server.rdb;

import io.netty.buffer.ByteBuf;

/**
 * What ends the payloads of DUMP and FUNCTION DUMP, little-endian:
 *
 * <pre>
 * version of RDB:u16 | {@link Crc64} of all before it:u64
 * </pre>
 */
public final class Footer {
  /** How many bytes it has. */
  public static final int BYTES = Short.BYTES + Long.BYTES;

  /** The version of Redis 7.0, which is written. */
  public static final int WRITTEN_VERSION = 10;

  /** The version of Redis 7.4, whose hashes' fields have deadlines. */
  public static final int DEADLINES_VERSION = 12;

  /** The newest version that is read. */
  static final int NEWEST_VERSION = 12;

  private Footer() {}

  /** Writes it after a payload, of some version. */
  static void write(RdbOutput payload, int version) {
    payload.u16(version);
    payload.i64(Crc64.of(payload.written(), 0, payload.length()));
  }

  /**
   * Returns whether a payload, footer included, is as it was written, and of a version that is
   * read.
   */
  public static boolean isIntact(ByteBuf bytes, int offset, int length) {
    return isKnown(bytes, offset, length)
        && bytes.getLongLE(offset + length - Long.BYTES)
            == Crc64.of(bytes, offset, length - Long.BYTES);
  }

  /** Returns whether a payload, footer included, is of a version that is read. */
  public static boolean isKnown(ByteBuf bytes, int offset, int length) {
    return length >= BYTES && bytes.getUnsignedShortLE(offset + length - BYTES) <= NEWEST_VERSION;
  }
}
