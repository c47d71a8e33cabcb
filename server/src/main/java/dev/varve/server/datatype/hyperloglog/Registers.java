package dev.varve.server.datatype.hyperloglog;

/**
 * The registers of a HyperLogLog: for each of 16,384 shares of all elements the longest run of
 * zeros among their hashes, and one. What was seen at least so often is estimated from how many
 * registers have which value: Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog
 * sketches", arXiv:1702.01284.
 */
final class Registers {
  /** How many bits of a hash choose the register. */
  private static final int CHOOSING_BITS = 14;

  /** How many registers there are. */
  static final int COUNT = 1 << CHOOSING_BITS;

  /** How many bits of a hash are looked at for zeros. */
  private static final int OTHER_BITS = Long.SIZE - CHOOSING_BITS;

  /** Values that six bits can have; hashes give none beyond 51. */
  private static final int VALUES = 64;

  /** 1 / (2 ln 2). */
  private static final double ALPHA = 0.7213475204444817;

  private Registers() {}

  /** Returns which register a hash belongs to. */
  static int indexOf(long hash) {
    return (int) hash & (COUNT - 1);
  }

  /** Returns what a hash makes of its register, if that has less. */
  static int valueOf(long hash) {
    return Long.numberOfTrailingZeros(hash >>> CHOOSING_BITS | 1L << OTHER_BITS) + 1;
  }

  /** Makes room for how many registers have each value. */
  static int[] histogram() {
    return new int[VALUES];
  }

  /** Estimates how many different elements there were, from how many registers have each value. */
  static long estimate(int[] histogram) {
    double all = COUNT;
    double sum = all * tau((all - histogram[OTHER_BITS + 1]) / all);
    for (int value = OTHER_BITS; value >= 1; value--) {
      sum += histogram[value];
      sum *= 0.5;
    }
    sum += all * sigma(histogram[0] / all);
    return Math.round(ALPHA * all * all / sum);
  }

  private static double sigma(double share) {
    if (share == 1) {
      return Double.POSITIVE_INFINITY;
    }
    double x = share;
    double y = 1;
    double z = x;
    double before;
    do {
      x *= x;
      before = z;
      z += x * y;
      y += y;
    } while (before != z);
    return z;
  }

  private static double tau(double share) {
    if (share == 0 || share == 1) {
      return 0;
    }
    double x = share;
    double y = 1;
    double z = 1 - x;
    double before;
    do {
      x = Math.sqrt(x);
      before = z;
      y *= 0.5;
      z -= (1 - x) * (1 - x) * y;
    } while (before != z);
    return z / 3;
  }
}
