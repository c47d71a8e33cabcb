package dev.varve.server.datatype;

/**
 * When a key expires, in a {@code long}: milliseconds, and by which of two clocks they are. One
 * given as a time to live passes when that much time has elapsed; such a deadline is the number
 * itself. One given as a date passes when the wall clock shows it; of such a one the number is the
 * complement, which is below {@link KeyLayout#NO_DEADLINE}.
 */
public final class Deadline {
  private Deadline() {}

  /** Makes one that passes when the wall clock shows so many milliseconds; at least 1. */
  public static long ofWall(long millis) {
    return ~Math.max(1, millis);
  }

  /** Whether it passes by the wall clock. */
  public static boolean isWall(long deadline) {
    return deadline < KeyLayout.NO_DEADLINE;
  }

  /** Returns its milliseconds, by its clock. */
  public static long millis(long deadline) {
    return isWall(deadline) ? ~deadline : deadline;
  }

  /** Returns the sum, or the greatest of numbers where that is too small; {@code time} >= 0. */
  static long later(long time, long by) {
    long sum = time + by;
    return sum < time && by > 0 ? Long.MAX_VALUE : sum;
  }
}
