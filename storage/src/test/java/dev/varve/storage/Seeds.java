package dev.varve.storage;

import java.util.Random;

/**
 * Seeds of random tests: a new one each run, printed; {@code -Dvarve.seed=N} runs one again. Rounds
 * of a test take consecutive seeds; {@code -Dvarve.soak=K} takes K times as many.
 */
public final class Seeds {
  private Seeds() {}

  /** A round of a test with a random source of its own. */
  @FunctionalInterface
  public interface Round {
    /** Runs the round. */
    void run(Random random) throws Exception;
  }

  /** Runs {@code rounds} rounds, or only that of the seed that was asked for. */
  public static void forEach(int rounds, Round round) {
    String asked = System.getProperty("varve.seed");
    long first = asked != null ? Long.parseLong(asked) : System.nanoTime();
    long count = asked != null ? 1 : (long) rounds * Integer.getInteger("varve.soak", 1);
    for (long i = 0; i < count; i++) {
      long seed = first + i;
      try {
        round.run(new Random(seed));
      } catch (Throwable e) {
        throw new AssertionError("failed with -Dvarve.seed=" + seed, e);
      }
    }
  }
}
