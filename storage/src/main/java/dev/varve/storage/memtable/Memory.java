package dev.varve.storage.memtable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads and writes off-heap memory by address.
 *
 * <p>The memory is looked at through one segment over the whole address space, not through the
 * slabs' own: that spares every access the search for its slab's segment and the check that it is
 * still alive. Nothing guards an access, then, but the pins of {@link Memtable}.
 */
final class Memory {
  /** The address space: offsets are addresses. */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final VarHandle SHARED_INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle SHARED_LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle HEAP_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private Memory() {}

  static int getInt(long address) {
    return ALL.get(INT, address);
  }

  static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  /** {@code address} is a multiple of 4. */
  static int getIntAcquire(long address) {
    return (int) SHARED_INT.getAcquire(ALL, address);
  }

  /** {@code address} is a multiple of 4. */
  static void putIntRelease(long address, int value) {
    SHARED_INT.setRelease(ALL, address, value);
  }

  /** {@code address} is a multiple of 8. */
  static long getLongAcquire(long address) {
    return (long) SHARED_LONG.getAcquire(ALL, address);
  }

  /** {@code address} is a multiple of 8. */
  static void putLongRelease(long address, long value) {
    SHARED_LONG.setRelease(ALL, address, value);
  }

  static void copyIn(byte[] source, int offset, int length, long address) {
    MemorySegment.copy(source, offset, ALL, ValueLayout.JAVA_BYTE, address, length);
  }

  /**
   * Copies to the beginning of an array. Nearly all keys are copied by a few longs that may
   * overlap, with no loop: the compiler takes loops over such memory apart for many rounds, and
   * here there are two or three. The last bytes are written last: what tells a key from its
   * neighbours is read next, by eight bytes that one write has to have written to be at hand.
   */
  static void copyOut(long address, int length, byte[] target) {
    if (length < Long.BYTES || length > 8 * Long.BYTES) {
      MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, target, 0, length);
      return;
    }
    int last = length - Long.BYTES;
    copyLong(address, target, 0);
    if (length > 2 * Long.BYTES) {
      copyLong(address, target, Long.BYTES);
    }
    if (length > 4 * Long.BYTES) {
      copyLong(address, target, 2 * Long.BYTES);
      copyLong(address, target, 3 * Long.BYTES);
      copyLong(address, target, last - 3 * Long.BYTES);
      copyLong(address, target, last - 2 * Long.BYTES);
    }
    if (length > 2 * Long.BYTES) {
      copyLong(address, target, last - Long.BYTES);
    }
    copyLong(address, target, last);
  }

  private static void copyLong(long address, byte[] target, int at) {
    HEAP_LONG.set(target, at, getLong(address + at));
  }

  /** Whether {@code length} bytes are the same on both sides. */
  static boolean equal(long address, byte[] array, int offset, int length) {
    int last = length - Long.BYTES;
    if (last < 0) {
      for (int i = 0; i < length; i++) {
        if (ALL.get(ValueLayout.JAVA_BYTE, address + i) != array[offset + i]) {
          return false;
        }
      }
      return true;
    }
    for (int i = 0; i < last; i += Long.BYTES) {
      if (getLong(address + i) != (long) HEAP_LONG.get(array, offset + i)) {
        return false;
      }
    }
    return getLong(address + last) == (long) HEAP_LONG.get(array, offset + last);
  }

  /** Compares as unsigned bytes; the shorter is less where one begins with the other. */
  static int compare(long left, int leftLength, byte[] right, int offset, int rightLength) {
    int common = Math.min(leftLength, rightLength);
    int i = 0;
    for (; i <= common - Long.BYTES; i += Long.BYTES) {
      long l = getLong(left + i);
      long r = (long) HEAP_LONG.get(right, offset + i);
      if (l != r) {
        return Long.compareUnsigned(bigEndian(l), bigEndian(r));
      }
    }
    for (; i < common; i++) {
      int l = Byte.toUnsignedInt(ALL.get(ValueLayout.JAVA_BYTE, left + i));
      int r = Byte.toUnsignedInt(right[offset + i]);
      if (l != r) {
        return l - r;
      }
    }
    return leftLength - rightLength;
  }

  /** As {@link #compare(long, int, byte[], int, int)}, given that {@code i} first bytes agree. */
  static int compare(long left, int leftLength, long right, int rightLength, int agreed) {
    int common = Math.min(leftLength, rightLength);
    int i = agreed;
    for (; i <= common - Long.BYTES; i += Long.BYTES) {
      long l = getLong(left + i);
      long r = getLong(right + i);
      if (l != r) {
        return Long.compareUnsigned(bigEndian(l), bigEndian(r));
      }
    }
    for (; i < common; i++) {
      int l = Byte.toUnsignedInt(ALL.get(ValueLayout.JAVA_BYTE, left + i));
      int r = Byte.toUnsignedInt(ALL.get(ValueLayout.JAVA_BYTE, right + i));
      if (l != r) {
        return l - r;
      }
    }
    return leftLength - rightLength;
  }

  /** The number of first bytes, of {@code length} ones, that agree. */
  static int mismatch(long left, long right, int length) {
    long at = MemorySegment.mismatch(ALL, left, left + length, ALL, right, right + length);
    return at < 0 ? length : (int) at;
  }

  /** The eight bytes at {@code address} as a number that orders as they do. */
  static long bigEndianLong(long address) {
    return bigEndian(getLong(address));
  }

  private static long bigEndian(long value) {
    return LITTLE_ENDIAN ? Long.reverseBytes(value) : value;
  }
}
