package dev.varve.protocol;

import java.util.Random;

/** The seed of a random test, printed so that a failure can be replayed: {@code -Dvarve.seed=N}. */
final class Seed {
  private Seed() {}

  static Random random(String test) {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println(test + ": -Dvarve.seed=" + seed);
    return new Random(seed);
  }
}
