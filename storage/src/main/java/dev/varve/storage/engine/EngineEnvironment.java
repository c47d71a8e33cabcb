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
 */
public record EngineEnvironment(
    FileSystem fileSystem,
    LongSupplier wallClockMillis,
    Scheduler scheduler,
    RandomGenerator random) {
  /** With the system's own source of randomness. */
  public EngineEnvironment(
      FileSystem fileSystem, LongSupplier wallClockMillis, Scheduler scheduler) {
    this(fileSystem, wallClockMillis, scheduler, new SecureRandom());
  }
}
