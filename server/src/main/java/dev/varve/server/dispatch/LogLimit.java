package dev.varve.server.dispatch;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps what clients can bring about as often as they like from filling the log, and the disk under
 * it. Each kind of line has a limit of its own: some are let through one after the other, then a
 * few each minute. Safe for use by many threads.
 */
public final class LogLimit {
  /** Lines that are let through one after the other. */
  static final int BURST = 10;

  /** So long after a line has been let through, it counts no more. */
  static final long EACH_MILLIS = TimeUnit.SECONDS.toMillis(10);

  /** How many lines count, at the time {@link #countedMillis}; each for its time, in turn. */
  private double counted;

  private long countedMillis;
  private long leftOut;

  /**
   * Logs a line, or leaves it out.
   *
   * @param nowMillis a time that doesn't go back
   * @param line logs; it is handed what to say at the line's end of those that were left out
   */
  public void log(long nowMillis, Consumer<String> line) {
    long before;
    synchronized (this) {
      double gone = (double) Math.max(0, nowMillis - countedMillis) / EACH_MILLIS;
      counted = Math.max(0, counted - gone);
      countedMillis = nowMillis;
      if (counted > BURST - 1) {
        leftOut++;
        return;
      }
      counted++;
      before = leftOut;
      leftOut = 0;
    }
    line.accept(before == 0 ? "" : " (" + before + " more such lines before this were left out)");
  }
}
