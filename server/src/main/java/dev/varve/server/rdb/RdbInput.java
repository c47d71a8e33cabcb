package dev.varve.server.rdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.LongConsumer;

/**
 * Reads what RDB is made of from some bytes of a buffer, and never beyond them. Not thread-safe.
 */
public final class RdbInput {
  /** For what is read without anything that has to be unpacked. */
  static final LongConsumer NO_MEMORY_NEEDED = _ -> {};

  private static final int LENGTH_32 = 0x80;
  private static final int LENGTH_64 = 0x81;
  private static final int SPECIAL = 0xC0;
  private static final int INT_8 = SPECIAL;
  private static final int INT_16 = SPECIAL + 1;
  private static final int INT_32 = SPECIAL + 2;
  private static final int LZF = SPECIAL + 3;

  private final ByteBuf buffer;
  private final LongConsumer memory;
  private final int end;
  private int at;

  /**
   * Makes one.
   *
   * @param memory is told of each string that is unpacked how many bytes of heap that takes, before
   *     it does; it may throw
   */
  public RdbInput(ByteBuf buffer, int offset, int length, LongConsumer memory) {
    this.buffer = buffer;
    this.memory = memory;
    this.at = offset;
    this.end = offset + length;
  }

  /** Makes one of what a string holds. */
  RdbInput(RdbString string) {
    this(string.buffer(), string.offset(), string.length(), NO_MEMORY_NEEDED);
  }

  /** Makes one that goes on where another one is. */
  RdbInput(RdbInput other) {
    this(other.buffer, other.at, other.end - other.at, other.memory);
  }

  /** Whether there are bytes left. */
  boolean hasMore() {
    return at < end;
  }

  /** Returns how many bytes are left. */
  int left() {
    return end - at;
  }

  /** Passes so many bytes; returns where they begin in the buffer. */
  int skip(long count) {
    if (count < 0 || count > end - at) {
      throw new BadFormatException("bytes end too early");
    }
    int from = at;
    at += (int) count;
    return from;
  }

  /** Passes so many bytes, which are handed out as a string. */
  void slice(long count, RdbString target) {
    int from = skip(count);
    target.set(buffer, from, (int) count);
  }

  int u8() {
    return buffer.getUnsignedByte(skip(1));
  }

  byte i8() {
    return buffer.getByte(skip(1));
  }

  int u16() {
    return buffer.getUnsignedShortLE(skip(Short.BYTES));
  }

  short i16() {
    return buffer.getShortLE(skip(Short.BYTES));
  }

  int i24() {
    return buffer.getMediumLE(skip(3));
  }

  int i32() {
    return buffer.getIntLE(skip(Integer.BYTES));
  }

  long u32() {
    return buffer.getUnsignedIntLE(skip(Integer.BYTES));
  }

  long i64BigEndian() {
    return buffer.getLong(skip(Long.BYTES));
  }

  long u32BigEndian() {
    return buffer.getUnsignedInt(skip(Integer.BYTES));
  }

  long i64() {
    return buffer.getLongLE(skip(Long.BYTES));
  }

  /** Reads a length; what has more than 63 bits is none. */
  long length() {
    long length = unsigned();
    if (length < 0) {
      throw new BadFormatException("a length that is none");
    }
    return length;
  }

  /** Reads a number of up to 64 bits that is written as lengths are. */
  long unsigned() {
    int first = u8();
    if (first < 0x40) {
      return first;
    }
    if (first < LENGTH_32) {
      return (long) (first & 0x3F) << Byte.SIZE | u8();
    }
    return switch (first) {
      case LENGTH_32 -> u32BigEndian();
      case LENGTH_64 -> i64BigEndian();
      default -> throw new BadFormatException("a length that is none");
    };
  }

  /** Reads a string, whichever way it is written. */
  void string(RdbString target) {
    int first = buffer.getUnsignedByte(skip(1));
    switch (first) {
      case INT_8 -> target.set(i8());
      case INT_16 -> target.set(i16());
      case INT_32 -> target.set(i32());
      case LZF -> packed(target);
      default -> {
        at--;
        slice(length(), target);
      }
    }
  }

  private void packed(RdbString target) {
    long packed = length();
    long unpacked = length();
    int from = skip(packed);
    if (!Lzf.isPossible(packed, unpacked)) {
      throw new BadFormatException("a packed string that is too long");
    }
    memory.accept(unpacked);
    byte[] bytes = new byte[Math.toIntExact(unpacked)];
    Lzf.unpack(buffer, from, (int) packed, bytes);
    target.set(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
  }
}
