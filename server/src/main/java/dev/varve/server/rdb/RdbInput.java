package dev.varve.server.rdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * Reads what RDB is made of from some bytes of a buffer, and never beyond them, or from a stream,
 * of which a window is kept. Not thread-safe.
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

  private static final int WINDOW_BYTES = 256 << 10;
  private static final int UNMARKED = -1;

  private final LongConsumer memory;

  /** Null: there is no more than in the buffer. */
  private final InputStream source;

  /** What was handed out stays as it is: a stream's next window is another one. */
  private ByteBuf buffer;

  private int end;
  private int at;

  /** Bytes of the stream before the window. */
  private long passed;

  /** Where in the window that begins which mustn't be let go of. */
  private int marked = UNMARKED;

  private int mostMarked;

  /** The checksum of the stream's bytes up to {@link #summed} in the window. */
  private long sum;

  private int summed;

  /**
   * Makes one.
   *
   * @param memory is told of each string that is unpacked how many bytes of heap that takes, before
   *     it does; it may throw
   */
  public RdbInput(ByteBuf buffer, int offset, int length, LongConsumer memory) {
    this.source = null;
    this.buffer = buffer;
    this.memory = memory;
    this.at = offset;
    this.end = offset + length;
  }

  /**
   * Makes one of a stream. It then throws {@link UncheckedIOException} beside what it throws
   * anyway.
   */
  public RdbInput(InputStream source) {
    this.source = source;
    this.memory = NO_MEMORY_NEEDED;
    this.buffer = Unpooled.EMPTY_BUFFER;
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
    if (count < 0 || (count > end - at && !fill(count))) {
      throw new BadFormatException("bytes end too early");
    }
    int from = at;
    at += (int) count;
    return from;
  }

  // Streams

  /** So many bytes from here on are in the window, if this returns true. */
  private boolean fill(long count) {
    if (source == null) {
      return false;
    }
    int from = marked == UNMARKED ? at : marked;
    long needed = at - from + count;
    if (marked != UNMARKED && needed > mostMarked) {
      throw new TooMuchException();
    }
    if (needed > Integer.MAX_VALUE - Long.BYTES) {
      return false;
    }
    sum();
    int had = end - from;
    try {
      byte[] window = new byte[(int) Math.max(WINDOW_BYTES, firstCapacity(had, needed))];
      buffer.getBytes(from, window, 0, had);
      int filled = had;
      while (filled < needed) {
        if (filled == window.length) {
          // Not all at once: a length may be damaged.
          window = Arrays.copyOf(window, (int) Math.min(needed, 2L * window.length));
        }
        int read = source.read(window, filled, window.length - filled);
        if (read < 0) {
          break;
        }
        filled += read;
      }
      buffer = Unpooled.wrappedBuffer(window);
      end = filled;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    passed += from;
    at -= from;
    // After a mark that was gone back to, more may have been summed.
    summed -= from;
    marked = marked == UNMARKED ? UNMARKED : 0;
    return count <= end - at;
  }

  private long firstCapacity(int had, long needed) throws IOException {
    return Math.min(needed, (long) had + source.available());
  }

  /** Returns how many bytes of the stream were read. */
  long position() {
    return passed + at;
  }

  /** Returns the checksum of the bytes that were read. */
  long sum() {
    if (summed < at) {
      sum = Crc64.of(sum, buffer, summed, at - summed);
      summed = at;
    }
    return sum;
  }

  /**
   * Keeps the bytes from here on, so many at most: what would read more throws {@link
   * TooMuchException}.
   */
  void mark(int most) {
    marked = at;
    mostMarked = most;
  }

  /** Goes back to the mark, which ends. */
  void reset() {
    at = marked;
    marked = UNMARKED;
  }

  /** Returns how many bytes were read since the mark. */
  int sinceMark() {
    return at - marked;
  }

  /** Hands out the bytes from the mark up to here, and ends the mark. */
  void takeMarked(RdbString target) {
    target.set(buffer, marked, at - marked);
    marked = UNMARKED;
  }

  /** Returns what of the stream is in the window and not read; it counts as read then. */
  byte[] rest() {
    byte[] rest = new byte[end - at];
    buffer.getBytes(at, rest);
    at = end;
    return rest;
  }

  /** There are more bytes than are kept after a mark. */
  static final class TooMuchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private TooMuchException() {
      super(null, null, false, false);
    }
  }

  /** Passes so many bytes, which are handed out as a string. */
  void slice(long count, RdbString target) {
    int from = skip(count);
    target.set(buffer, from, (int) count);
  }

  // The window may be another one once bytes were passed: where they begin is asked for first.

  int u8() {
    int from = skip(1);
    return buffer.getUnsignedByte(from);
  }

  byte i8() {
    int from = skip(1);
    return buffer.getByte(from);
  }

  int u16() {
    int from = skip(Short.BYTES);
    return buffer.getUnsignedShortLE(from);
  }

  short i16() {
    int from = skip(Short.BYTES);
    return buffer.getShortLE(from);
  }

  int i24() {
    int from = skip(3);
    return buffer.getMediumLE(from);
  }

  int i32() {
    int from = skip(Integer.BYTES);
    return buffer.getIntLE(from);
  }

  long u32() {
    int from = skip(Integer.BYTES);
    return buffer.getUnsignedIntLE(from);
  }

  long i64BigEndian() {
    int from = skip(Long.BYTES);
    return buffer.getLong(from);
  }

  long u32BigEndian() {
    int from = skip(Integer.BYTES);
    return buffer.getUnsignedInt(from);
  }

  long i64() {
    int from = skip(Long.BYTES);
    return buffer.getLongLE(from);
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
    int first = u8();
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
