package dev.varve.storage.compaction;

import java.util.function.LongPredicate;

/** Tells which ranges of keys are deleted at once. */
@FunctionalInterface
public interface DeletedRanges {
  /**
   * Whether range tombstones cover all keys of [{@code begin}, {@code end}), and everywhere the
   * newest one's sequence number is {@code wanted}. No may be wrong.
   */
  boolean cover(byte[] begin, byte[] end, LongPredicate wanted);
}
