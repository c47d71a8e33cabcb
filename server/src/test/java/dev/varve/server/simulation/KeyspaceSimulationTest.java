package dev.varve.server.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Losses of power and failing disks under collections of all types. {@code -Dvarve.seed=N} plays
 * one seed again, {@code -Dvarve.seconds=N} tries new ones for so long.
 */
final class KeyspaceSimulationTest {
  private static final int SEEDS = 10;

  @Test
  void whatALossOfPowerLeavesIsWholeAndWhatItWasAtSomeTime() {
    Long only = Long.getLong("varve.seed");
    if (only != null) {
      simulate(only);
      return;
    }
    long end = System.nanoTime() + Long.getLong("varve.seconds", 0) * 1_000_000_000L;
    long first = new Random().nextLong();
    System.out.println("keyspace simulation: -Dvarve.seed=" + first + " and on");
    int seeds = 0;
    long recoveries = 0;
    long errors = 0;
    long built = 0;
    while (seeds < SEEDS || System.nanoTime() - end < 0) {
      KeyspaceSimulation done = simulate(first + seeds++);
      recoveries += done.recoveries();
      errors += done.errors();
      built += done.built();
    }
    System.out.printf(
        "%d recoveries, %d errors, %d built aside over %d seeds%n",
        recoveries, errors, built, seeds);
    assertTrue(recoveries > 0);
    assertTrue(built > 0);
  }

  private static KeyspaceSimulation simulate(long seed) {
    boolean fails = seed % 2 != 0;
    KeyspaceSimulation simulation = new KeyspaceSimulation(seed, 12, fails ? 200 : 0);
    try {
      simulation.run(3, 200);
      return simulation;
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "replay with: .ci/simulate --keyspace "
              + seed
              + "\nThe last steps were:\n"
              + simulation.trace(),
          e);
    }
  }
}
