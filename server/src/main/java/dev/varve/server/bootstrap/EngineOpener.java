package dev.varve.server.bootstrap;

import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/** Opens the engine of a server; tests open others than the real one. */
@FunctionalInterface
public interface EngineOpener {
  /**
   * Opens the engine in a directory.
   *
   * @throws dev.varve.storage.StorageException if it can't be opened
   */
  StorageEngine open(Path directory, StorageOptions options, LongSupplier clock);
}
