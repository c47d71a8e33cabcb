package dev.varve.server.writer;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.Misses;
import dev.varve.storage.ReadView;

/** What an {@link ExpiryTimer} does with what it finds due. */
public interface Removal {
  /**
   * The read pool: looks at what was found, so that the storage thread needn't.
   *
   * @param view what it was found in
   * @param nowMillis the monotone time
   */
  Prepared prepare(ReadView view, DueKeys due, long nowMillis);

  /** Whether it trusts that no deadline is given that lies far behind the time of its search. */
  default boolean goesByTime() {
    return false;
  }

  /** What is known of entries that are due. */
  interface Prepared {
    /** Returns what removing reads that memory may not have. */
    Misses misses();

    /** Returns how many entries it is known of; those behind them are to be searched for again. */
    int size();

    /**
     * The storage thread, in a step: takes the entries from one number up to another away, and what
     * is due by them. They are among those that it is known of.
     *
     * @return whether there was something
     * @throws dev.varve.server.datatype.ReadNeeded if tables have come since: search again
     */
    boolean remove(int from, int to);
  }
}
