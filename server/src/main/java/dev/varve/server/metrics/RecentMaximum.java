package dev.varve.server.metrics;

/** The largest of the figures of the last seconds. One thread moves it on, all may read it. */
public final class RecentMaximum {
  private static final int SECONDS = 8;

  private final long[] figures = new long[SECONDS];
  private int next;
  private volatile long value;

  /** Takes a second's figure, in place of the oldest. */
  public void add(long figure) {
    figures[next] = figure;
    next = (next + 1) % SECONDS;
    long most = 0;
    for (long each : figures) {
      most = Math.max(most, each);
    }
    value = most;
  }

  /** Returns the largest. */
  public long value() {
    return value;
  }
}
