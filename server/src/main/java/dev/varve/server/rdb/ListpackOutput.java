package dev.varve.server.rdb;

import dev.varve.protocol.DecimalLong;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes a listpack as a string, see {@link ListpackEntries}. Not thread-safe. */
final class ListpackOutput {
  private static final int UNKNOWN = 0xFFFF;
  private static final int END = 0xFF;
  private static final int INT_32 = 0xF3;

  /** Bytes of a number that isn't known yet: its kind, four bytes, and the length of both. */
  private static final int UNKNOWN_BYTES = 2 + Integer.BYTES;

  private final RdbOutput out;
  private int begun;
  private int start;
  private int count;

  ListpackOutput(RdbOutput out) {
    this.out = out;
  }

  /** Begins one. */
  void begin() {
    begun = out.beginLength();
    start = out.length();
    out.littleEndian(0, Integer.BYTES);
    out.u16(0);
    count = 0;
  }

  /** Returns how many bytes it has so far. */
  int bytes() {
    return out.length() - start;
  }

  /** Ends it. */
  void end() {
    out.u8(END);
    out.littleEndianAt(start, bytes(), Integer.BYTES);
    out.littleEndianAt(start + Integer.BYTES, Math.min(count, UNKNOWN), Short.BYTES);
    out.endLength(begun, bytes());
  }

  /** Adds a number. */
  void add(long value) {
    int from = out.length();
    number(value);
    end(from);
  }

  /** Adds a number that isn't known yet; returns what {@link #set} wants. */
  int addUnknown() {
    int from = out.length();
    out.u8(INT_32);
    out.littleEndian(0, Integer.BYTES);
    end(from);
    return from;
  }

  /** Says what a number is that wasn't known, of 32 bits; it then takes no more than it must. */
  void set(int unknown, long value) {
    byte[] behind = out.takeFrom(unknown + UNKNOWN_BYTES);
    out.takeFrom(unknown);
    add(value);
    count--;
    out.raw(MemorySegment.ofArray(behind), 0, behind.length);
  }

  private void end(int from) {
    backLength(out.length() - from);
    count++;
  }

  /** Adds an entry; one that is a number of 64 bits as such. */
  void add(MemorySegment source, long offset, int length) {
    int from = out.length();
    if (!addedAsNumber(source, offset, length)) {
      if (length < 64) {
        out.u8(0x80 | length);
      } else if (length < 4096) {
        out.u8(0xE0 | length >>> Byte.SIZE);
        out.u8(length);
      } else {
        out.u8(0xF0);
        out.littleEndian(length, Integer.BYTES);
      }
      out.raw(source, offset, length);
    }
    end(from);
  }

  private boolean addedAsNumber(MemorySegment source, long offset, int length) {
    if (length > DecimalLong.MAX_LENGTH) {
      return false;
    }
    byte[] text = new byte[length];
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, text, 0, length);
    if (!DecimalLong.isLong(text, 0, length)) {
      return false;
    }
    number(DecimalLong.parse(text, 0, length));
    return true;
  }

  private void number(long value) {
    if (value >= 0 && value < 128) {
      out.u8((int) value);
    } else if (value >= -4096 && value < 4096) {
      out.u8(0xC0 | ((int) (value >> Byte.SIZE) & 0x1F));
      out.u8((int) value);
    } else if (value == (short) value) {
      out.u8(0xF1);
      out.littleEndian(value, Short.BYTES);
    } else if (value >= -(1 << 23) && value < 1 << 23) {
      out.u8(0xF2);
      out.littleEndian(value, 3);
    } else if (value == (int) value) {
      out.u8(INT_32);
      out.littleEndian(value, Integer.BYTES);
    } else {
      out.u8(0xF4);
      out.i64(value);
    }
  }

  private void backLength(int length) {
    int groups = ListpackEntries.groups(length);
    for (int i = groups - 1; i >= 0; i--) {
      out.u8(((length >>> (7 * i)) & 0x7F) | (i == groups - 1 ? 0 : 0x80));
    }
  }
}
