package dev.varve.storage;

import java.lang.foreign.MemorySegment;

/** Takes live keys with their values, one by one; see {@link Cursor#forEach}. */
@FunctionalInterface
public interface EntryVisitor {
  /**
   * Takes one. What it is given is valid until it returns.
   *
   * @param key the array whose first {@code keyLength} bytes are the key; read only
   * @param value the memory that has the value, {@code valueLength} bytes from {@code valueOffset}
   *     on
   * @return whether it wants the next one
   */
  boolean visit(byte[] key, int keyLength, MemorySegment value, long valueOffset, int valueLength);
}
