package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Whole engines on simulated disks that crash. {@code -Dvarve.seed=N} replays the simulation of one
 * seed; {@code -Dvarve.seeds=N} runs so many.
 */
class CrashSimulationTest {
  private static final int RECOVERIES = 10_000;

  @Test
  void afterACrashTheStateIsAPrefixNoShorterThanWhatWasAcknowledged() {
    Long only = Long.getLong("varve.seed");
    if (only != null) {
      simulate(only);
      return;
    }
    long first = new Random().nextLong();
    long wanted = Long.getLong("varve.recoveries", RECOVERIES);
    long recoveries = 0;
    long seeds = 0;
    while (recoveries < wanted) {
      recoveries += simulate(first + seeds++);
    }
    System.out.printf(
        "%d crash recoveries over %d seeds from %d on, no violation%n", recoveries, seeds, first);
    assertTrue(recoveries >= wanted);
  }

  private static int simulate(long seed) {
    try {
      Simulation simulation = new Simulation(seed, 2);
      simulation.run(3, 250);
      return simulation.recoveries();
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "replay with: mvn -pl storage test -Dtest=CrashSimulationTest -Dvarve.seed=" + seed, e);
    }
  }

  @Test
  void aFailingDiskMakesNoAnswerWrongAndLosesNothingAcknowledged() {
    SimulatedSeed.Tally[] all = {new SimulatedSeed.Tally(0, 0)};
    Seeds.forEach(40, random -> all[0] = all[0].plus(SimulatedSeed.run(random.nextLong())));
    System.out.println(all[0] + ", no violation");
  }

  @Test
  void aCrashAtEveryFileOperationOfAScenarioIsSurvived() {
    Simulation simulation = new Simulation(20261122, 1);
    simulation.run(2, 300);
    assertTrue(simulation.recoveries() > 300);
  }
}
