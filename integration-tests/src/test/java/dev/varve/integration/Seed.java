package dev.varve.integration;

import java.util.SplittableRandom;

/**
 * The seed of random tests: printed, and given again by the system property {@code varve.seed}.
 * With {@code VARVE_SEEDS} in the environment it is taken from that and from the test's name, so
 * that a whole run can be had again: the gate's is the same each time that it tries a commit.
 */
public final class Seed {

  private Seed() {}

  /** A generator whose seed is printed beside the test's name. */
  public static SplittableRandom random(String test) {
    return new SplittableRandom(of(test));
  }

  /** The seed for a generator, printed beside the test's name. */
  public static long of(String test) {
    long seed = Long.getLong("varve.seed", drawn(test));
    System.out.println(test + ": replay with -Dvarve.seed=" + seed);
    return seed;
  }

  private static long drawn(String test) {
    String all = System.getenv("VARVE_SEEDS");
    return all == null ? System.nanoTime() : 31L * all.hashCode() + test.hashCode();
  }
}
