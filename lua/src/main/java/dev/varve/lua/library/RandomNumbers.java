package dev.varve.lua.library;

import java.util.function.IntSupplier;

/** POSIX's {@code lrand48}: 31 bits of a linear congruence of 48. Of one thread. */
public final class RandomNumbers {
  /** The greatest number that it gives. */
  static final int MAX = Integer.MAX_VALUE;

  private static final long FACTOR = 0x5DEECE66DL;
  private static final long ADDEND = 0xB;
  private static final long MASK = (1L << 48) - 1;
  private static final int LOW_BITS = 0x330E;

  private long state;

  /** Gives the seed when the first number is asked for; null: it has one. */
  private IntSupplier pending;

  public RandomNumbers(int seed) {
    seed(seed);
  }

  /** Takes the seed from there, as soon as a number is asked for and none was given before. */
  public void seedLater(IntSupplier seed) {
    pending = seed;
  }

  public void seed(int seed) {
    pending = null;
    state = ((long) seed << 16 | LOW_BITS) & MASK;
  }

  int next() {
    if (pending != null) {
      seed(pending.getAsInt());
    }
    state = (state * FACTOR + ADDEND) & MASK;
    return (int) (state >>> 17);
  }
}
