package dev.varve.server.command.support;

import dev.varve.server.datatype.Keyspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Copies the string of a key that was found into what is reserved for its next one. */
public final class StringCopy {
  private StringCopy() {}

  /**
   * Copies the string that was found, of so many bytes; zeros fill what is longer.
   *
   * @param oldLength its length; 0 if there is none
   * @param at where the next one lies, as {@link Keyspace#reserve} has told
   * @param length the length of the next one, no less
   */
  public static void copyAndPad(Keyspace keyspace, int oldLength, int at, int length) {
    byte[] target = keyspace.batchBytes();
    if (oldLength > 0) {
      MemorySegment.copy(
          keyspace.valueSegment(),
          ValueLayout.JAVA_BYTE,
          keyspace.valueOffset(),
          target,
          at,
          oldLength);
    }
    Arrays.fill(target, at + oldLength, at + length, (byte) 0);
  }

  /** Returns a copy of the string that was found. */
  public static byte[] of(Keyspace keyspace) {
    byte[] copy = new byte[keyspace.valueLength()];
    MemorySegment.copy(
        keyspace.valueSegment(),
        ValueLayout.JAVA_BYTE,
        keyspace.valueOffset(),
        copy,
        0,
        copy.length);
    return copy;
  }
}
