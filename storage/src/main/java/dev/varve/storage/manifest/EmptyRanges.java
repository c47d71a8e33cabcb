package dev.varve.storage.manifest;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Some ranges of keys of which tables, which held everything up to a sequence number, were found to
 * have nothing that is as old as another one. That stays true, whatever comes into tables later: so
 * it is kept over all versions that follow. Of one that didn't hold as much yet it tells nothing,
 * as what lived there may have been deleted since.
 *
 * <p>Safe for use by many threads.
 */
final class EmptyRanges {
  private static final int KEPT = 64;

  private final AtomicReferenceArray<TableRange> ranges = new AtomicReferenceArray<>(KEPT);

  /**
   * Up to which sequence number nothing lives in a range; negative: that isn't known.
   *
   * @param flushedUpTo of the version that is asked about
   */
  long upTo(byte[] lower, byte[] upper, long flushedUpTo) {
    TableRange kept = ranges.get(place(lower));
    return kept != null && kept.flushedUpTo() <= flushedUpTo && kept.isBetween(lower, upper)
        ? kept.upTo()
        : -1;
  }

  void add(TableRange range) {
    ranges.set(place(range.lower()), range);
  }

  private static int place(byte[] lower) {
    return Arrays.hashCode(lower) & (KEPT - 1);
  }
}
