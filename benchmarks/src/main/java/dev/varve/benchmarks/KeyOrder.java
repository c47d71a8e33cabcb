package dev.varve.benchmarks;

/**
 * All numbers below a bound, each once, in an order that looks random: a permutation by a Feistel
 * network over the next even power of two, whose results beyond the bound are sent round again.
 * Nothing is kept for it, however many there are.
 */
public final class KeyOrder {

  private static final int ROUNDS = 4;

  private final int bound;
  private final long seed;
  private final int halfBits;
  private final int halfMask;

  /**
   * An order of its own for each seed.
   *
   * @param bound how many numbers there are, from 0; at most 2^30
   */
  public KeyOrder(int bound, long seed) {
    this.bound = bound;
    this.seed = seed;
    halfBits = Math.max(1, (33 - Integer.numberOfLeadingZeros(bound - 1)) / 2);
    halfMask = (1 << halfBits) - 1;
  }

  /** The number at the given place of the order. */
  public int at(int place) {
    int number = place;
    do {
      number = permute(number);
    } while (Integer.compareUnsigned(number, bound) >= 0);
    return number;
  }

  private int permute(int number) {
    int left = number >>> halfBits;
    int right = number & halfMask;
    for (int round = 0; round < ROUNDS; round++) {
      int next = left ^ ((int) mix(right + seed * ROUNDS + round) & halfMask);
      left = right;
      right = next;
    }
    return (left << halfBits) | right;
  }

  /** Stafford's variant 13 of the 64-bit finalizer of MurmurHash3. */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
