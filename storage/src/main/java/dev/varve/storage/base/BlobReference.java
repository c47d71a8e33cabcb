package dev.varve.storage.base;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What stands in a table in place of a value that lies in a blob file. 28 bytes, numbers
 * little-endian, and the value's head: as many of its first bytes as {@link
 * dev.varve.storage.KeyGroups#headLength} says.
 *
 * <pre>
 * blob file's number:u64 | offset:u64 | ordinal:u32 | stored bytes:u32 | value length:u32 | head
 * </pre>
 *
 * <p>The highest bit of the value's length says that the value is marked (see {@link
 * dev.varve.storage.KeyGroups}), so that counting doesn't read it.
 *
 * <p><i>Ordinal</i> counts the values of the file from 0; <i>stored bytes</i> is what the value's
 * block takes there, from <i>offset</i> on.
 */
public final class BlobReference {
  /** Size of a reference in bytes, without a head. */
  public static final int BYTES = 28;

  /** The longest head. */
  public static final int MOST_HEAD_BYTES = 16;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int MARKED_BIT = 1 << 31;

  private BlobReference() {}

  /** Writes a reference at the beginning of {@code target}. */
  public static void put(
      MemorySegment target, long blob, long offset, int ordinal, int storedBytes, int valueLength) {
    target.set(LONG, 0, blob);
    target.set(LONG, 8, offset);
    target.set(INT, 16, ordinal);
    target.set(INT, 20, storedBytes);
    target.set(INT, 24, valueLength);
  }

  /** Number of the blob file. */
  public static long blob(MemorySegment segment, long at) {
    return segment.get(LONG, at);
  }

  /** Where in the file the value's block begins. */
  public static long offset(MemorySegment segment, long at) {
    return segment.get(LONG, at + 8);
  }

  /** Which of the file's values it is. */
  public static int ordinal(MemorySegment segment, long at) {
    return segment.get(INT, at + 16);
  }

  /** Size of the value's block in the file. */
  public static int storedBytes(MemorySegment segment, long at) {
    return segment.get(INT, at + 20);
  }

  /** The value's length in bytes. */
  public static int valueLength(MemorySegment segment, long at) {
    return segment.get(INT, at + 24) & ~MARKED_BIT;
  }

  /** Says that the value is marked. */
  public static void mark(MemorySegment target) {
    target.set(INT, 24, target.get(INT, 24) | MARKED_BIT);
  }

  /** Whether the value is marked. */
  public static boolean isMarked(MemorySegment segment, long at) {
    return (segment.get(INT, at + 24) & MARKED_BIT) != 0;
  }
}
