package dev.varve.storage.engine;

/**
 * Runs an engine's background work. The engine hands every task in through here, so that a test can
 * step them one by one from a seed. Safe for use by many threads.
 */
public interface Scheduler extends AutoCloseable {
  /**
   * Tasks of one lane run one after another, but for those of {@link #COMPACTION} and {@link
   * #SETTLE}: of them, and of those of different lanes, several may run side by side.
   */
  enum Lane {
    /** Makes, zeroes, recycles and deletes files. */
    FILES,
    /** Writes memtables to tables. */
    FLUSH,
    /** Merges tables. */
    COMPACTION,
    /** Finds out what counts are owed, when there is little else to do. */
    SETTLE,
    /** Wakes those who wait for a time: nothing in it takes long. */
    TIMER
  }

  /** Runs {@code task} on a thread of the lane, after those handed in before. */
  void execute(Lane lane, Runnable task);

  /** As {@link #execute}, not before {@code delayMillis} have passed. */
  void schedule(Lane lane, long delayMillis, Runnable task);

  /** Lets tasks under way end, drops those that have not begun, and ends the threads. */
  @Override
  void close();
}
