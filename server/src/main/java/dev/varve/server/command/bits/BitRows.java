package dev.varve.server.command.bits;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.string.StringValue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What comes of strings that are combined bit by bit, while they are gone through one after
 * another. It is kept in windows, of which those of zeros alone take no memory as long as nothing
 * else came there; or, if it is known to have bytes enough that aren't, where it is stored.
 */
final class BitRows implements StringValue.Pieces {
  private static final int WINDOW_BYTES = 64 << 10;

  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

  private final BitOperation operation;
  private final Keyspace keyspace;
  private static final int NONE = -1;

  private final byte[][] windows;
  private final int length;
  private boolean isFirst = true;

  /** Where in the batch it is stored as a whole; {@link #NONE}: it isn't yet. */
  private int wholeAt = NONE;

  /** How many windows are there. */
  private int there;

  /** The place that the string has come to that is taken. */
  private int at;

  /** Makes one of so many zeros. */
  BitRows(BitOperation operation, Keyspace keyspace, int length) {
    this.operation = operation;
    this.keyspace = keyspace;
    this.length = length;
    windows = new byte[(int) (((long) length + WINDOW_BYTES - 1) / WINDOW_BYTES)][];
  }

  /**
   * Whether it is long, and will be stored as a whole, whatever comes after its first source, which
   * was found.
   */
  boolean isWholeBehind(StringValue first) {
    return length > WINDOW_BYTES && !first.isBetterInChunks(length, first.mostOtherThanZeros());
  }

  /** Has it made where it is stored: in the batch, for the selected key, which was looked up. */
  void beginWhole(StringValue string) {
    wholeAt = string.reserveNew(length);
  }

  /** Combines what there is with another string, which was found. */
  void take(StringValue string) {
    int its = string.length();
    at = 0;
    if (its > 0) {
      string.forEach(0, its, this);
    }
    if (length > its) {
      zeros(length - its);
    }
    isFirst = false;
  }

  int length() {
    return length;
  }

  /** Gives the selected key, which has been looked up, the result. */
  void store(StringValue string) {
    if (string.isBetterInChunks(length, (long) there * WINDOW_BYTES)) {
      string.create(length, windows, WINDOW_BYTES);
      return;
    }
    int begin = string.reserveNew(length);
    byte[] target = keyspace.batchBytes();
    for (int number = 0; number < windows.length; number++) {
      int from = number * WINDOW_BYTES;
      int count = Math.min(WINDOW_BYTES, length - from);
      if (windows[number] == null) {
        Arrays.fill(target, begin + from, begin + from + count, (byte) 0);
      } else {
        System.arraycopy(windows[number], 0, target, begin + from, count);
      }
    }
  }

  private static int windowOf(int place) {
    return place / WINDOW_BYTES;
  }

  @Override
  public boolean bytes(MemorySegment segment, long offset, int count) {
    for (int done = 0; done < count; ) {
      int within = at % WINDOW_BYTES;
      int piece = Math.min(WINDOW_BYTES - within, count - done);
      combine(windowOf(at), within, segment, offset + done, piece);
      done += piece;
      at += piece;
    }
    return true;
  }

  @Override
  public boolean zeros(int count) {
    for (int done = 0; done < count; ) {
      int within = at % WINDOW_BYTES;
      int piece = Math.min(WINDOW_BYTES - within, count - done);
      combineZeros(windowOf(at), within, piece);
      done += piece;
      at += piece;
    }
    return true;
  }

  private void combine(int number, int within, MemorySegment segment, long offset, int count) {
    if (!isThere(number) && operation == BitOperation.AND && !isFirst) {
      return;
    }
    byte[] target = window(number);
    int at = placeOf(number) + within;
    if (isFirst) {
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, target, at, count);
      if (operation == BitOperation.NOT) {
        invert(target, at, count);
      }
      return;
    }
    operation.combine(target, at, segment, offset, count);
  }

  private void combineZeros(int number, int within, int count) {
    if (operation == BitOperation.NOT && isFirst) {
      fill(number, within, count, (byte) -1);
    } else if (isThere(number) && (operation == BitOperation.AND || isFirst)) {
      fill(number, within, count, (byte) 0);
    }
  }

  private void fill(int number, int within, int count, byte value) {
    byte[] target = window(number);
    int at = placeOf(number) + within;
    Arrays.fill(target, at, at + count, value);
  }

  /** Whether a window is kept: nothing but zeros is in others. */
  private boolean isThere(int number) {
    return wholeAt != NONE || windows[number] != null;
  }

  /** Where a window begins in its array. */
  private int placeOf(int number) {
    return wholeAt == NONE ? 0 : wholeAt + number * WINDOW_BYTES;
  }

  /** The array that a window is in. */
  private byte[] window(int number) {
    if (wholeAt != NONE) {
      return keyspace.batchBytes();
    }
    if (windows[number] == null) {
      keyspace.holdsBeside(WINDOW_BYTES);
      windows[number] = new byte[Math.min(WINDOW_BYTES, length)];
      there++;
    }
    return windows[number];
  }

  private static void invert(byte[] bytes, int from, int count) {
    MemorySegment target = MemorySegment.ofArray(bytes);
    int i = from;
    for (; i <= from + count - Long.BYTES; i += Long.BYTES) {
      target.set(WORD, i, ~target.get(WORD, i));
    }
    for (; i < from + count; i++) {
      bytes[i] = (byte) ~bytes[i];
    }
  }
}
