package dev.varve.benchmarks.amplification;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * How evenly puts go on. At a given rate each put is timed from the moment when it was due, so that
 * a pause counts for all that it held up. Used by one thread.
 */
final class PutTimes {
  private static final long SECOND = 1_000_000_000;
  private static final long LATE_ENOUGH_TO_SLEEP = 200_000;

  private final int rate;
  private final Histogram nanos = new Histogram(3);
  private final List<Long> perSecond = new ArrayList<>();
  private final long start = System.nanoTime();
  private long puts;
  private long putsBeforeThisSecond;
  private long due = start;

  /** At so many puts a second, or as fast as they go if that is 0. */
  PutTimes(int rate) {
    this.rate = rate;
  }

  /** Returns when the next put is due. */
  void awaitNext() {
    if (rate == 0) {
      due = System.nanoTime();
      return;
    }
    due = start + (long) ((double) puts * SECOND / rate);
    long early = due - System.nanoTime();
    while (early > LATE_ENOUGH_TO_SLEEP) {
      LockSupport.parkNanos(early - LATE_ENOUGH_TO_SLEEP / 2);
      early = due - System.nanoTime();
    }
  }

  /** The put has returned. */
  void done() {
    long now = System.nanoTime();
    nanos.recordValue(Math.max(0, now - due));
    while (now - start >= (perSecond.size() + 1) * SECOND) {
      perSecond.add(puts - putsBeforeThisSecond);
      putsBeforeThisSecond = puts;
    }
    puts++;
  }

  @Override
  public String toString() {
    double seconds = (double) (System.nanoTime() - start) / SECOND;
    List<Long> sorted = new ArrayList<>(perSecond);
    Collections.sort(sorted);
    double median = sorted.isEmpty() ? 0 : sorted.get(sorted.size() / 2);
    double least = sorted.isEmpty() ? 0 : sorted.getFirst();
    return String.format(
        Locale.ROOT,
        "%,.0f puts/s, slowest second %.0f%% of the median; put p50 %.1f us, p99.9 %.2f ms,"
            + " longest %.1f ms",
        puts / seconds,
        100 * least / Math.max(1, median),
        nanos.getValueAtPercentile(50) / 1e3,
        nanos.getValueAtPercentile(99.9) / 1e6,
        nanos.getMaxValue() / 1e6);
  }
}
