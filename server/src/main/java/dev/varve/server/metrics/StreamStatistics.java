package dev.varve.server.metrics;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How many large replies are sent while they are computed. Safe for use by many threads. */
public final class StreamStatistics {
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicLong begun = new AtomicLong();

  /** One begins. */
  public void begins() {
    begun.incrementAndGet();
    underWay.incrementAndGet();
  }

  /** One has ended, be it in vain. */
  public void ends() {
    underWay.decrementAndGet();
  }

  /** Returns how many are under way. */
  public int underWay() {
    return underWay.get();
  }

  /** Returns how many have begun. */
  public long begun() {
    return begun.get();
  }
}
