package dev.varve.server.datatype;

/**
 * What time it is for a command, and how deadlines stand to it: the monotone time that most
 * deadlines pass by, and the time of dates, see {@link WallTime}. Both stand still while the
 * command runs. Used by one thread.
 */
public final class CommandTime {
  private final Transaction transaction;
  private final WallTime wallTime;

  CommandTime(Transaction transaction, WallTime wallTime) {
    this.transaction = transaction;
    this.wallTime = wallTime;
  }

  /** Returns the monotone time of the command in milliseconds. */
  public long now() {
    return transaction.now();
  }

  /** Returns the time of the command that deadlines given as dates pass by. */
  public long wallNow() {
    return transaction.wallNow();
  }

  /**
   * Returns the deadline that passes when the wall clock shows so many milliseconds. A date to come
   * that is past by the time that dates pass by, as the clock was set back, would be expired at
   * once: it passes when as much has elapsed.
   */
  public long deadlineAtDate(long millis) {
    if (millis <= wallNow()) {
      // Read last: it shows less than what was read before it only if it was set back.
      long clock = wallTime.clockMillis();
      if (millis > clock) {
        return Deadline.later(now(), millis - clock);
      }
    }
    return Deadline.ofWall(millis);
  }

  /** Returns how many milliseconds are left until a deadline; 0 or less if it has passed. */
  public long remaining(long someDeadline) {
    return Deadline.isWall(someDeadline)
        ? Deadline.millis(someDeadline) - wallNow()
        : someDeadline - now();
  }

  /**
   * Returns how many milliseconds are left until a deadline that has not passed: until a date by
   * the wall clock, also while the time that dates pass by is ahead of it.
   */
  public long timeToLive(long someDeadline) {
    long left = remaining(someDeadline);
    return Deadline.isWall(someDeadline)
        ? Math.max(left, Deadline.millis(someDeadline) - wallTime.clockMillis())
        : left;
  }

  /** Returns what the wall clock will show when a deadline passes, as it goes now. */
  public long dateOf(long someDeadline) {
    return Deadline.isWall(someDeadline)
        ? Deadline.millis(someDeadline)
        : Deadline.later(someDeadline, wallTime.offset());
  }
}
