package dev.varve.server.datatype.zset;

/**
 * Scores as numbers that, taken as unsigned, are in the same order; both zeros are the same one.
 */
final class SortableScore {
  private SortableScore() {}

  /** Returns what a score, which is a number, sorts as. */
  static long of(double score) {
    long bits = Double.doubleToRawLongBits(score == 0 ? 0.0 : score);
    return bits ^ (bits >> 63 | Long.MIN_VALUE);
  }

  /** Returns the score that sorts as a number. */
  static double toScore(long sortable) {
    return Double.longBitsToDouble(sortable < 0 ? sortable ^ Long.MIN_VALUE : ~sortable);
  }
}
