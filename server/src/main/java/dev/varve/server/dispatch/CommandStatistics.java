package dev.varve.server.dispatch;

import java.util.concurrent.atomic.LongAdder;

/** How often a command ran and how long it took. Safe for use by many threads. */
public final class CommandStatistics {
  private final LongAdder calls = new LongAdder();
  private final LongAdder nanoseconds = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder failed = new LongAdder();

  /** Notes calls that took so long together. */
  public void called(long count, long durationNanos) {
    calls.add(count);
    nanoseconds.add(durationNanos);
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
  }
}
