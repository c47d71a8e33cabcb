package dev.varve.server.writer;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.Misses;
import dev.varve.storage.ReadView;
import java.util.function.BooleanSupplier;

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

  /** What is known of entries that are due, in pieces that each take a moment. */
  interface Prepared {
    /** Returns what removing reads that memory may not have. */
    Misses misses();

    /** Returns how many pieces there are. */
    int size();

    /** Whether these are all that was found; if not, the rest is to be searched for again. */
    boolean isAll();

    /**
     * The storage thread, in a step: takes pieces away, and what is due by them, from one number on
     * until it is enough.
     *
     * @param enough asked between one piece and the next
     * @throws dev.varve.server.datatype.ReadNeeded if tables have come since: search again
     */
    Removed remove(int from, BooleanSupplier enough);
  }

  /**
   * What has been removed.
   *
   * @param to the number of the first piece that was not
   * @param things keys or fields
   */
  record Removed(int to, int things) {}
}
