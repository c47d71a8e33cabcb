package dev.varve.server.dispatch;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * How often a command ran and how long it took. Calls are noted a run at a time, as commands that
 * come together are not timed one by one: percentiles are of the runs' means. Safe for use by many
 * threads.
 */
public final class CommandStatistics {
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);

  private static final int SMALL_HEAP = 64 << 20;
  private static final int DIGITS = digits(Runtime.getRuntime().maxMemory());

  private static final int FIRST_STEP_NANOS = 1024;

  private final int digits;
  private final LongAdder calls = new LongAdder();
  private final LongAdder nanoseconds = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder failed = new LongAdder();

  /** Made by the first call: most commands are never used. */
  private final AtomicReference<AtomicHistogram> durations = new AtomicReference<>();

  /** Makes the statistics of a command that hasn't run. */
  public CommandStatistics() {
    this(DIGITS);
  }

  CommandStatistics(int digits) {
    this.digits = digits;
  }

  /**
   * Returns how many digits of the times count: with two a distribution takes 34 KiB, and a client
   * that used each command once would fill a small heap with them; with one it takes 4.
   */
  static int digits(long heapBytes) {
    return heapBytes < SMALL_HEAP ? 1 : 2;
  }

  /**
   * Notes calls that took so long together.
   *
   * @param distributed whether their times go into the distribution
   */
  public void called(long count, long durationNanos, boolean distributed) {
    calls.add(count);
    nanoseconds.add(durationNanos);
    if (distributed) {
      long each = Math.clamp(durationNanos / count, 1, LONGEST_NANOS);
      histogram().recordValueWithCount(each, count);
    }
  }

  private AtomicHistogram histogram() {
    AtomicHistogram made = durations.get();
    if (made == null) {
      durations.compareAndSet(null, new AtomicHistogram(LONGEST_NANOS, digits));
      made = durations.get();
    }
    return made;
  }

  /**
   * Returns the nanoseconds that so many per cent of the calls took at most; 0 if there was none.
   */
  public double percentileNanos(double percentile) {
    AtomicHistogram made = durations.get();
    return made == null ? 0 : made.getValueAtPercentile(percentile);
  }

  /**
   * Returns how the calls' times are distributed: for each step of time by which some had ended, in
   * microseconds, how many had. Steps double. Empty if there was no call.
   */
  public Map<Long, Long> distribution() {
    Map<Long, Long> steps = new LinkedHashMap<>();
    AtomicHistogram made = durations.get();
    if (made == null || made.getTotalCount() == 0) {
      return steps;
    }
    for (HistogramIterationValue step : made.copy().logarithmicBucketValues(FIRST_STEP_NANOS, 2)) {
      if (step.getCountAddedInThisIterationStep() > 0) {
        long upTo = made.highestEquivalentValue(step.getValueIteratedTo());
        steps.put(TimeUnit.NANOSECONDS.toMicros(upTo), step.getTotalCountToThisValue());
      }
    }
    return steps;
  }

  /** Notes a call that was refused before it ran. */
  public void rejected() {
    rejected.increment();
  }

  /** Notes a call that answered with an error. */
  public void failed() {
    failed.increment();
  }

  /** Returns how often it ran. */
  public long calls() {
    return calls.sum();
  }

  /** Returns how long all calls took. */
  public long nanoseconds() {
    return nanoseconds.sum();
  }

  /** Returns how often it was refused before it ran. */
  public long rejectedCalls() {
    return rejected.sum();
  }

  /** Returns how often it answered with an error. */
  public long failedCalls() {
    return failed.sum();
  }

  /** Sets all to zero. */
  public void reset() {
    calls.reset();
    nanoseconds.reset();
    rejected.reset();
    failed.reset();
    AtomicHistogram made = durations.get();
    if (made != null) {
      made.reset();
    }
  }
}
