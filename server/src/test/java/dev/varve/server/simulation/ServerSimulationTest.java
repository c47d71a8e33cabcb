package dev.varve.server.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A whole server under losses of power, with clients that know what they must be told. {@code
 * -Dvarve.seed=N} plays one seed again, {@code -Dvarve.seconds=N} tries new ones for so long,
 * {@code -Dvarve.seeds=N} so many.
 */
final class ServerSimulationTest {
  private static final int LIVES = 3;
  private static final int STEPS = 800;

  @Test
  void nothingThatAnybodyWasToldIsTakenBack() {
    Long only = Long.getLong("varve.seed");
    if (only != null) {
      simulate(only);
      return;
    }
    long end = System.nanoTime() + Long.getLong("varve.seconds", 0) * 1_000_000_000L;
    long most = Long.getLong("varve.seeds", 10);
    long first = new Random().nextLong();
    System.out.println("server simulation: -Dvarve.seed=" + first + " and on");
    int seeds = 0;
    long recoveries = 0;
    long rehearsals = 0;
    long built = 0;
    long lent = 0;
    long parked = 0;
    while (seeds < most || System.nanoTime() - end < 0) {
      ServerSimulation done = simulate(first + seeds++);
      recoveries += done.recoveries();
      rehearsals += done.rehearsals();
      built += done.built();
      lent += done.lent();
      parked += done.parked();
    }
    System.out.printf(
        "%d recoveries, %d rehearsals, %d built aside, %d roles lent, %d parked over %d seeds%n",
        recoveries, rehearsals, built, lent, parked, seeds);
    assertTrue(recoveries > 0);
    assertTrue(rehearsals > 0);
    assertTrue(built > 0);
  }

  @Test
  void aSeedHasOneHistory() {
    long seed = new Random().nextLong();
    assertEquals(simulate(seed).looksAtTime(), simulate(seed).looksAtTime(), "seed " + seed);
  }

  static ServerSimulation simulate(long seed) {
    ServerSimulation simulation = new ServerSimulation(seed);
    try {
      simulation.run(LIVES, STEPS);
      return simulation;
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("replay with: .ci/simulate --server " + seed, e);
    }
  }
}
