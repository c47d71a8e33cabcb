package dev.varve.storage.manifest;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Some ranges of keys of which tables, which held everything up to a sequence number, were found to
 * have nothing so old. That stays true, whatever comes into tables later: so it is kept over all
 * versions that follow. Of one that didn't hold as much yet it tells nothing.
 *
 * <p>Safe for use by many threads.
 */
final class EmptyRanges {
  private static final int KEPT = 64;

  private final AtomicReferenceArray<TableRange> ranges = new AtomicReferenceArray<>(KEPT);

  /** Up to which sequence number there is nothing in a range; negative: that isn't known. */
  long upTo(byte[] lower, byte[] upper) {
    TableRange kept = ranges.get(place(lower));
    return kept != null && kept.isBetween(lower, upper) ? kept.upTo() : -1;
  }

  void add(TableRange range) {
    ranges.set(place(range.lower()), range);
  }

  private static int place(byte[] lower) {
    return Arrays.hashCode(lower) & (KEPT - 1);
  }
}
