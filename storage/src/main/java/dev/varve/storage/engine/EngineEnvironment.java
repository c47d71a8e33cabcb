package dev.varve.storage.engine;

import dev.varve.storage.fs.FileSystem;
import java.util.function.LongSupplier;

/**
 * What an engine takes from the world. Everything that could differ from one run to the next comes
 * in through here.
 *
 * @param fileSystem where its files are
 * @param wallClockMillis the time of day, in milliseconds since 1970
 * @param scheduler runs its background work; the engine does not close it
 */
public record EngineEnvironment(
    FileSystem fileSystem, LongSupplier wallClockMillis, Scheduler scheduler) {}
