package dev.varve.server.testing;

/**
 * The seed of a random test, printed: a new one each run, or that of {@code -Dvarve.seed}. With
 * {@code VARVE_SEEDS} in the environment it is taken from that and from the test's name, so that a
 * whole run can be had again: the gate's is the same each time that it tries a commit.
 */
public final class Seed {
  private Seed() {}

  /** Returns the seed to use and prints it with the test's name. */
  public static long of(String test) {
    long seed = Long.getLong("varve.seed", drawn(test));
    System.out.println(test + ": -Dvarve.seed=" + seed);
    return seed;
  }

  private static long drawn(String test) {
    String all = System.getenv("VARVE_SEEDS");
    return all == null ? System.nanoTime() : 31L * all.hashCode() + test.hashCode();
  }
}
