package dev.varve.storage.engine;

import java.util.Random;

/**
 * All that is simulated of one seed: crashes of a sound disk, crashes of a failing one, and engines
 * with other options side by side.
 */
final class SimulatedSeed {
  /**
   * A crash at one in so many operations of a sound disk. Histories differ more from seed to seed
   * than crashes of one history do, so time is better spent on seeds: {@link CrashSimulationTest}
   * crashes at every operation.
   */
  private static final int CRASH_EVERY = 20;

  private SimulatedSeed() {}

  /**
   * What was survived.
   *
   * @param recoveries from crashes
   * @param errors that the disk gave
   */
  record Tally(long recoveries, long errors) {
    Tally plus(Tally other) {
      return new Tally(recoveries + other.recoveries, errors + other.errors);
    }
  }

  /** Runs a seed; a violation is an error that says how to see it again. */
  static Tally run(long seed) {
    Simulation crashing = new Simulation(seed, CRASH_EVERY);
    run(seed, crashing, 2, 100);
    Simulation failing = new Simulation(seed, 2 * CRASH_EVERY, 10 << new Random(seed).nextInt(6));
    run(seed, failing, 4, 150);
    metamorphic(seed);
    return new Tally(
        crashing.recoveries() + failing.recoveries(), crashing.errors() + failing.errors());
  }

  private static void metamorphic(long seed) {
    try {
      new MetamorphicRun(seed).run(400);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("violation; replay with: .ci/simulate --seed " + seed, e);
    }
  }

  private static void run(long seed, Simulation simulation, int generations, int steps) {
    try {
      simulation.run(generations, steps);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "violation; replay with: .ci/simulate --seed "
              + seed
              + "\nThe last operations were:\n"
              + simulation.trace(),
          e);
    }
  }
}
