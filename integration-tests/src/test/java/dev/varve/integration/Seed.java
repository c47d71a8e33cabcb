package dev.varve.integration;

import java.util.SplittableRandom;

/** The seed of random tests: printed, and given again by the system property {@code varve.seed}. */
public final class Seed {

  private Seed() {}

  /** A generator whose seed is printed beside the test's name. */
  public static SplittableRandom random(String test) {
    return new SplittableRandom(of(test));
  }

  /** The seed for a generator, printed beside the test's name. */
  public static long of(String test) {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println(test + ": replay with -Dvarve.seed=" + seed);
    return seed;
  }
}
