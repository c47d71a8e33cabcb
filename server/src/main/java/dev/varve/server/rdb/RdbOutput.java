package dev.varve.server.rdb;

import dev.varve.protocol.DecimalLong;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * Writes what RDB is made of into an array that grows, or on to a {@link Sink}. Not thread-safe.
 */
public final class RdbOutput {
  private static final int LENGTH_14 = 0x40;
  private static final int LENGTH_32 = 0x80;
  private static final int INT_8 = 0xC0;
  private static final int INT_16 = 0xC1;
  private static final int INT_32 = 0xC2;

  /** No longer string is a number of 32 bits. */
  private static final int MOST_DIGITS = 11;

  private static final int FIRST_BYTES = 64;

  /** What goes to a sink is handed on when it is so much. */
  private static final int PIECE_BYTES = 64 << 10;

  /** Takes what is written, in pieces. */
  @FunctionalInterface
  public interface Sink {
    /** Takes bytes, which are the caller's again when this returns. */
    void write(byte[] bytes, int offset, int length);
  }

  private final LongConsumer memory;

  /** Null: all stays in the array. */
  private final Sink sink;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int length;

  /** Lengths that have begun, and have to be in the array when they end. */
  private int open;

  /** The checksum of what was handed to the sink. */
  private long sum;

  /**
   * Makes one that keeps all.
   *
   * @param memory is told how many bytes of heap it will take, before it does; it may throw
   */
  public RdbOutput(LongConsumer memory) {
    this(memory, null);
  }

  /** Makes one that hands all on, as long as no length is open; at the end by {@link #drain}. */
  public RdbOutput(Sink sink) {
    this(RdbInput.NO_MEMORY_NEEDED, sink);
  }

  private RdbOutput(LongConsumer memory, Sink sink) {
    this.memory = memory;
    this.sink = sink;
  }

  /** Hands on all that was written. */
  public void drain() {
    sum = Crc64.of(sum, written(), 0, length);
    sink.write(bytes, 0, length);
    length = 0;
  }

  /** Says that what was written may be handed on, if it is enough and no length is open. */
  void endPiece() {
    if (length >= PIECE_BYTES && mayDrain()) {
      drain();
    }
  }

  /** Returns the {@link Crc64} of all that was handed on. */
  long sum() {
    return sum;
  }

  private boolean mayDrain() {
    return sink != null && open == 0;
  }

  /** Returns how many bytes were written. */
  public int length() {
    return length;
  }

  /** Returns the array that holds what was written, from 0 on. */
  public byte[] bytes() {
    return bytes;
  }

  /** Returns a buffer over what was written. */
  ByteBuf written() {
    return Unpooled.wrappedBuffer(bytes, 0, length);
  }

  /** Makes room for so many bytes, so that nothing need be copied while they come. */
  private void expect(int count) {
    long needed = (long) length + count;
    if (needed > bytes.length) {
      long larger = Math.max(needed, Math.min(2L * bytes.length, Integer.MAX_VALUE - Long.BYTES));
      memory.accept(larger + bytes.length);
      bytes = Arrays.copyOf(bytes, Math.toIntExact(larger));
    }
  }

  private int reserve(int count) {
    expect(count);
    int at = length;
    length += count;
    return at;
  }

  /** Takes back what was written from a place on, and returns it. */
  byte[] takeFrom(int place) {
    byte[] taken = Arrays.copyOfRange(bytes, place, length);
    length = place;
    return taken;
  }

  void u8(int value) {
    int at = reserve(1);
    bytes[at] = (byte) value;
  }

  void u16(int value) {
    littleEndian(value, Short.BYTES);
  }

  void i64(long value) {
    littleEndian(value, Long.BYTES);
  }

  /** Writes the lowest bytes of a number, the lowest first. */
  void littleEndian(long value, int count) {
    littleEndianAt(reserve(count), value, count);
  }

  void littleEndianAt(int at, long value, int count) {
    for (int i = 0; i < count; i++) {
      bytes[at + i] = (byte) (value >>> (i * Byte.SIZE));
    }
  }

  private void bigEndianAt(int at, long value, int count) {
    for (int i = 0; i < count; i++) {
      bytes[at + i] = (byte) (value >>> ((count - 1 - i) * Byte.SIZE));
    }
  }

  void i64BigEndian(long value) {
    bigEndianAt(reserve(Long.BYTES), value, Long.BYTES);
  }

  /** Writes a length, or whatever else has 64 bits without a sign. */
  void length(long value) {
    boolean small = value >= 0 && value <= 0xFFFFFFFFL;
    if (small && value < LENGTH_14) {
      u8((int) value);
    } else if (small && value < 1 << 14) {
      bigEndianAt(reserve(Short.BYTES), value | LENGTH_14 << Byte.SIZE, Short.BYTES);
    } else if (small) {
      u8(LENGTH_32);
      bigEndianAt(reserve(Integer.BYTES), value, Integer.BYTES);
    } else {
      u8(LENGTH_32 + 1);
      i64BigEndian(value);
    }
  }

  /** Begins a length that isn't known yet; returns what {@link #endLength} wants. */
  int beginLength() {
    u8(LENGTH_32);
    open++;
    return reserve(Integer.BYTES);
  }

  /** Ends a length that {@link #beginLength} has begun. */
  void endLength(int begun, long value) {
    bigEndianAt(begun, value, Integer.BYTES);
    open--;
  }

  /** Writes a string; one that is a number of 32 bits as such. */
  void string(MemorySegment source, long offset, int count) {
    endPiece();
    if (count <= MOST_DIGITS) {
      byte[] text = new byte[count];
      MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, text, 0, count);
      if (DecimalLong.isLong(text, 0, count) && number(DecimalLong.parse(text, 0, count))) {
        return;
      }
    }
    length(count);
    piece(source, offset, count);
  }

  /** Begins a string of so many bytes, which is no number; they follow. */
  void beginString(int count) {
    endPiece();
    length(count);
    if (!mayDrain()) {
      expect(count);
    }
  }

  /** The next bytes of a string. */
  void piece(MemorySegment source, long offset, int count) {
    if (mayDrain()) {
      rawInPieces(source, offset, count);
    } else {
      raw(source, offset, count);
    }
  }

  /** The next bytes of a string: zeros. */
  void zeros(int count) {
    MemorySegment some = MemorySegment.ofArray(new byte[Math.min(count, PIECE_BYTES)]);
    for (int left = count; left > 0; left -= PIECE_BYTES) {
      piece(some, 0, Math.min(left, PIECE_BYTES));
    }
  }

  private void rawInPieces(MemorySegment source, long offset, int count) {
    for (int done = 0; done < count; ) {
      if (length >= PIECE_BYTES) {
        drain();
      }
      int piece = Math.min(PIECE_BYTES, count - done);
      raw(source, offset + done, piece);
      done += piece;
    }
  }

  /** Writes bytes as they are. */
  void raw(MemorySegment source, long offset, int count) {
    int at = reserve(count);
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, bytes, at, count);
  }

  private boolean number(long value) {
    if (value == (byte) value) {
      u8(INT_8);
      littleEndian(value, Byte.BYTES);
    } else if (value == (short) value) {
      u8(INT_16);
      littleEndian(value, Short.BYTES);
    } else if (value == (int) value) {
      u8(INT_32);
      littleEndian(value, Integer.BYTES);
    } else {
      return false;
    }
    return true;
  }
}
