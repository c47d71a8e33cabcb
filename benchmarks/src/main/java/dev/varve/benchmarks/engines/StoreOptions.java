package dev.varve.benchmarks.engines;

import java.nio.file.Path;

/**
 * What all engines are opened with.
 *
 * @param directory where the files are
 * @param sync whether every write is durable when it returns; if not, it has at least been handed
 *     to the operating system, so that it outlives the process
 * @param writeBufferBytes memory for each of at most {@link #WRITE_BUFFERS} buffers of writes
 * @param cacheBytes memory for cached blocks or pages
 */
record StoreOptions(Path directory, boolean sync, long writeBufferBytes, long cacheBytes) {
  /** Buffers of writes: one written to, one being flushed. */
  static final int WRITE_BUFFERS = 2;

  /**
   * Divides a budget: a quarter for buffers, but no more than 64 MiB each, the rest for the cache.
   */
  static StoreOptions of(Path directory, boolean sync, long budgetBytes) {
    long buffer = Math.min(64L << 20, budgetBytes / 4 / WRITE_BUFFERS);
    return new StoreOptions(directory, sync, buffer, budgetBytes - WRITE_BUFFERS * buffer);
  }
}
