package dev.varve.storage.engine;

import dev.varve.storage.fs.FileSystem;
import java.security.SecureRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What an engine takes from the world. Everything that could differ from one run to the next comes
 * in through here.
 *
 * @param fileSystem where its files are
 * @param wallClockMillis the time of day, in milliseconds since 1970
 * @param scheduler runs its background work; the engine does not close it
 * @param random gives what nobody should be able to foresee; used by the writer's thread
 * @param nanoTime a clock that tells nanoseconds since any moment, for measuring: nothing is
 *     decided by it; called by many threads
 */
public record EngineEnvironment(
    FileSystem fileSystem,
    LongSupplier wallClockMillis,
    Scheduler scheduler,
    RandomGenerator random,
    LongSupplier nanoTime) {
  /** With the system's own clock for measuring. */
  public EngineEnvironment(
      FileSystem fileSystem,
      LongSupplier wallClockMillis,
      Scheduler scheduler,
      RandomGenerator random) {
    this(fileSystem, wallClockMillis, scheduler, random, System::nanoTime);
  }

  /** With the system's own source of randomness, too. */
  public EngineEnvironment(
      FileSystem fileSystem, LongSupplier wallClockMillis, Scheduler scheduler) {
    this(fileSystem, wallClockMillis, scheduler, new SecureRandom());
  }
}
