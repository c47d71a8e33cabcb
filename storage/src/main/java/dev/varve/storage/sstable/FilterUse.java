package dev.varve.storage.sstable;

import java.util.concurrent.atomic.LongAdder;

/**
 * How well a table's filter serves lookups. What it spares is counted for one key of {@link #SHARE}
 * only, as that is all that such a lookup does. Safe for use by many threads.
 */
final class FilterUse {
  private static final int SHARE = 16;

  private final LongAdder spared = new LongAdder();
  private final LongAdder misled = new LongAdder();

  /** The filter told that a key of this hash isn't there. */
  void spared(long hash) {
    if ((hash & (SHARE - 1)) == 0) {
      spared.increment();
    }
  }

  /** A block was searched for a key that isn't there. */
  void misled() {
    misled.increment();
  }

  /** About how many lookups the filter spared the search of a block. */
  long sparedLookups() {
    return SHARE * spared.sum();
  }

  /** How many lookups searched a block in vain. */
  long misledLookups() {
    return misled.sum();
  }
}
