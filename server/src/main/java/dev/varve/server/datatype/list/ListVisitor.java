package dev.varve.server.datatype.list;

import java.lang.foreign.MemorySegment;

/** Takes the elements of a list one by one. */
@FunctionalInterface
public interface ListVisitor {
  /**
   * Takes one; its bytes are valid until it returns.
   *
   * @return whether it wants the next one
   */
  boolean visit(MemorySegment segment, long offset, int length);
}
