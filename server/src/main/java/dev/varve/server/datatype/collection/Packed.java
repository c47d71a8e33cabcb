package dev.varve.server.datatype.collection;

import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The elements of a packed collection, in memory that is used again and again: strings of bytes,
 * one after the other, in an order that is the type's.
 *
 * <pre>
 * elements := (length:varint | bytes)*
 * </pre>
 *
 * <p>An element is known by its <i>place</i>, where its length stands. Places begin with 0, each is
 * followed by {@link #next} of it, and {@link #end} is after the last; a change moves those after
 * it. What was damaged is noticed when it is come to. Not thread-safe.
 */
public final class Packed {
  /** Says that there is no such element. */
  public static final int NONE = -1;

  private static final int CAPACITY = 2048;
  private static final int RETAINED_BYTES = 64 * 1024;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Eight bytes may be read from each place on. */
  private byte[] bytes = new byte[CAPACITY];

  private MemorySegment segment = MemorySegment.ofArray(bytes);
  private int size;

  /** Has no elements from now on. */
  public void clear() {
    size = 0;
    if (bytes.length > RETAINED_BYTES) {
      bytes = new byte[CAPACITY];
      segment = MemorySegment.ofArray(bytes);
    }
  }

  /** Has the elements from now on that are stored somewhere. */
  public void load(MemorySegment source, long offset, int length) {
    clear();
    ensure(length);
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    size = length;
  }

  private void ensure(int needed) {
    if (bytes.length - Long.BYTES < needed) {
      bytes = Arrays.copyOf(bytes, Math.max(needed + Long.BYTES, 2 * bytes.length));
      segment = MemorySegment.ofArray(bytes);
    }
  }

  /** The array that has the elements; another one once it grows. */
  public byte[] bytes() {
    return bytes;
  }

  /** The same memory. */
  public MemorySegment segment() {
    return segment;
  }

  /** The place after the last element: how many bytes all take. */
  public int end() {
    return size;
  }

  /** Bytes that an element of a length takes. */
  public static int sizeOf(int length) {
    return Varint.length(length) + length;
  }

  /** The length of the element at a place. */
  public int length(int place) {
    if (place < size) {
      // Nearly all are so short.
      int first = bytes[place];
      if (first >= 0 && place + 1 + first <= size) {
        return first;
      }
      return longLength(place);
    }
    throw damaged(place);
  }

  private int longLength(int place) {
    long length;
    try {
      length = Varint.get(bytes, place);
    } catch (RuntimeException _) {
      throw damaged(place);
    }
    if (length < 0 || length > size || place + Varint.length(length) + length > size) {
      throw damaged(place);
    }
    return (int) length;
  }

  private IllegalStateException damaged(int place) {
    return new IllegalStateException(
        "packed elements of " + size + " bytes are damaged at " + place);
  }

  /** Where the bytes of the element at a place begin in {@link #bytes}. */
  public int start(int place) {
    return place + Varint.length(length(place));
  }

  /** The place after the element at a place. */
  public int next(int place) {
    return place + sizeOf(length(place));
  }

  /** Whether the element at a place is these bytes. */
  public boolean is(int place, byte[] other, int offset, int length) {
    int start = start(place);
    return length(place) == length
        && Arrays.equals(bytes, start, start + length, other, offset, offset + length);
  }

  /**
   * Returns the place of the first element that is these bytes, or {@link #NONE}.
   *
   * @param step looks at every so-many-th: 2 for the first of each pair
   */
  public int find(byte[] other, int offset, int length, int step) {
    // An element of the same length is told from the other by up to eight bytes at its end. Where
    // it ends follows from a comparison, not from what was read: so the processor, which guesses
    // how comparisons end, needn't wait for one length after the other.
    int same = sizeOf(length);
    int tail = Math.max(0, same - Long.BYTES);
    long mask = same < Long.BYTES ? (1L << (same * Byte.SIZE)) - 1 : -1L;
    long wanted = lastBytes(other, offset, length);
    int place = 0;
    while (place < size) {
      int behind;
      if (bytes[place] == length) {
        behind = place + same;
        if (behind > size) {
          throw damaged(place);
        }
        if ((((long) LONG.get(bytes, place + tail) ^ wanted) & mask) == 0
            && Arrays.equals(bytes, place + 1, behind, other, offset, offset + length)) {
          return place;
        }
      } else {
        if (length > Byte.MAX_VALUE && is(place, other, offset, length)) {
          return place;
        }
        behind = next(place);
      }
      for (int i = 1; i < step; i++) {
        behind = next(behind);
      }
      place = behind;
    }
    return NONE;
  }

  /**
   * The last eight bytes of an element of up to 127 bytes as it is stored; all, if these are fewer.
   */
  private static long lastBytes(byte[] element, int offset, int length) {
    long last = 0;
    for (int i = length - 1; i >= Math.max(0, length - Long.BYTES); i--) {
      last = last << Byte.SIZE | Byte.toUnsignedLong(element[offset + i]);
    }
    return length < Long.BYTES ? last << Byte.SIZE | length : last;
  }

  /**
   * Adds an element of a length at a place; those from there on move back.
   *
   * @return where its bytes are to be written in {@link #bytes}
   */
  public int insert(int place, int length) {
    return replace(place, place, length);
  }

  /**
   * Puts an element of a length in the place of another.
   *
   * @return where its bytes are to be written in {@link #bytes}
   */
  public int replace(int place, int length) {
    return replace(place, next(place), length);
  }

  private int replace(int from, int to, int length) {
    int behind = from + sizeOf(length);
    move(to, behind);
    return Varint.put(bytes, from, length);
  }

  /** Removes as many elements from a place on. */
  public void remove(int place, int count) {
    int to = place;
    for (int i = 0; i < count; i++) {
      to = next(to);
    }
    move(to, place);
  }

  /** Moves what is from a place on to another. */
  private void move(int from, int to) {
    int moved = size - from;
    ensure(to + moved);
    System.arraycopy(bytes, from, bytes, to, moved);
    size = to + moved;
  }
}
