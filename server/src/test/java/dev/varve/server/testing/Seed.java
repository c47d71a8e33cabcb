package dev.varve.server.testing;

/** The seed of a random test: printed, and settable by {@code -Dvarve.seed}. */
public final class Seed {
  private Seed() {}

  /** Returns the seed to use and prints it with the test's name. */
  public static long of(String test) {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println(test + ": -Dvarve.seed=" + seed);
    return seed;
  }
}
