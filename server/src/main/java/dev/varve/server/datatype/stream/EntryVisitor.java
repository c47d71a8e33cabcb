package dev.varve.server.datatype.stream;

import java.lang.foreign.MemorySegment;

/** Takes an entry of a stream. */
@FunctionalInterface
public interface EntryVisitor {
  /**
   * Takes one.
   *
   * @param segment has the entry's fields, see {@link StreamValue}, from {@code offset} on; valid
   *     until it returns
   * @return whether it wants more
   */
  boolean visit(StreamId id, MemorySegment segment, long offset);
}
