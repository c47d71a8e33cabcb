package dev.varve.storage.wal;

import dev.varve.storage.WriteBatch;

/** Takes what a replay of a log finds. */
@FunctionalInterface
public interface ReplayTarget {
  /**
   * Comes before the first batch.
   *
   * @param bytes size of the segments that will be read; in the last one there may be little
   */
  default void expect(long bytes) {}

  /** The next batch; it is reused: read, don't keep. */
  void accept(WriteBatch batch);
}
