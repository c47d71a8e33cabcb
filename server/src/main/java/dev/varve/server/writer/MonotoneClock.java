package dev.varve.server.writer;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Time in milliseconds since 1970 that never steps back, whichever thread asks: a key whose
 * deadline one reader has seen pass is gone for all later ones. Safe for use by many threads.
 */
public final class MonotoneClock implements LongSupplier {
  private final InstantSource wallClock;
  private final AtomicLong last = new AtomicLong();

  /** Makes a clock over the wall clock. */
  public MonotoneClock(InstantSource wallClock) {
    this.wallClock = wallClock;
  }

  /** Returns the larger of the wall clock and what was returned before. */
  @Override
  public long getAsLong() {
    long wall = wallClock.millis();
    long before = last.get();
    while (wall > before) {
      if (last.compareAndSet(before, wall)) {
        return wall;
      }
      before = last.get();
    }
    return before;
  }
}
