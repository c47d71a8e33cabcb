package dev.varve.storage;

import java.lang.foreign.MemorySegment;

/** Takes a part of a value, piece by piece; see {@link ReadView#readPart}. */
@FunctionalInterface
public interface PartVisitor {
  /**
   * Takes the next piece, which is valid until this returns.
   *
   * @param segment the memory that has it, {@code length} bytes from {@code offset} on
   */
  void piece(MemorySegment segment, long offset, int length);
}
