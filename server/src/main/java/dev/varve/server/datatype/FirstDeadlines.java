package dev.varve.server.datatype;

import java.lang.foreign.MemorySegment;

/**
 * The earliest deadline of a hash's fields, by either clock: no field has an earlier one, but the
 * field that had it may have gone. It stands in front of the hash's own bytes, so that whoever
 * deletes or renames a key knows of it, whatever form the hash has. Not thread-safe.
 */
public final class FirstDeadlines {
  /** No field has a deadline by that clock. */
  public static final long NONE = Long.MAX_VALUE;

  /** Those of what has none; never changed. */
  static final FirstDeadlines EMPTY = new FirstDeadlines();

  private long elapsed = NONE;
  private long date = NONE;

  /** Has none from now on. */
  public void clear() {
    elapsed = NONE;
    date = NONE;
  }

  /** Has those of another from now on. */
  public void set(FirstDeadlines other) {
    elapsed = other.elapsed;
    date = other.date;
  }

  /** Returns the earliest in milliseconds, by a clock; {@link #NONE} if there is none. */
  public long of(boolean byDate) {
    return byDate ? date : elapsed;
  }

  /** Says which is the earliest by a clock. */
  public void put(boolean byDate, long millis) {
    if (byDate) {
      date = millis;
    } else {
      elapsed = millis;
    }
  }

  /** A field has a {@link Deadline}. */
  public void add(long deadline) {
    boolean byDate = Deadline.isWall(deadline);
    put(byDate, Math.min(of(byDate), Deadline.millis(deadline)));
  }

  /** Returns whether they are the same. */
  public boolean same(FirstDeadlines other) {
    return elapsed == other.elapsed && date == other.date;
  }

  void load(MemorySegment value, long offset) {
    elapsed = value.get(KeyLayout.LONG_LAYOUT, offset);
    date = value.get(KeyLayout.LONG_LAYOUT, offset + Long.BYTES);
  }

  void store(byte[] target, int offset) {
    KeyLayout.LONG.set(target, offset, elapsed);
    KeyLayout.LONG.set(target, offset + Long.BYTES, date);
  }
}
