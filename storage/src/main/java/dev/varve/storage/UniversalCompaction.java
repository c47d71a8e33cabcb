package dev.varve.storage;

/**
 * When {@link CompactionStyle#UNIVERSAL} merges which sorted runs; the names are RocksDB's. A
 * sorted run is a table of level 0 or a whole level below it. Nothing is merged before there are
 * {@link StorageOptions#level0Tables} of them.
 *
 * @param sizeRatioPercent a merge takes in the next older run unless that is larger than all of the
 *     merge so far by more than so many percent; 0 to 1000
 * @param minMergeWidth runs that a merge by their sizes takes at least; 2 to 1000
 * @param maxMergeWidth runs that a merge takes at most, unless it takes all; at least {@code
 *     minMergeWidth}
 * @param maxSizeAmplificationPercent all runs are merged when those above the oldest come to so
 *     many percent of its size; 1 to 10,000
 */
public record UniversalCompaction(
    int sortedRuns,
    int sizeRatioPercent,
    int minMergeWidth,
    int maxMergeWidth,
    int maxSizeAmplificationPercent) {
  /** The defaults, those of RocksDB. */
  public static final UniversalCompaction DEFAULT =
      new UniversalCompaction(4, 1, 2, Integer.MAX_VALUE, 200);

  /** Checks the bounds. */
  public UniversalCompaction {
    StorageOptions.check("sortedRuns", sortedRuns, 2, 1000);
    StorageOptions.check("sizeRatioPercent", sizeRatioPercent, 0, 1000);
    StorageOptions.check("minMergeWidth", minMergeWidth, 2, 1000);
    StorageOptions.check("maxMergeWidth", maxMergeWidth, minMergeWidth, Integer.MAX_VALUE);
    StorageOptions.check("maxSizeAmplificationPercent", maxSizeAmplificationPercent, 1, 10_000);
  }
}
