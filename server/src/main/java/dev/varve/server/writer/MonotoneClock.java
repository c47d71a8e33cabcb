package dev.varve.server.writer;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's time: milliseconds that go by as time elapses, whatever the wall clock does, and
 * never step back, whichever thread asks. It begins with the wall clock, or with the database's
 * last time where that is later: a key whose deadline one reader has seen pass is gone for all
 * later ones. Safe for use by many threads.
 */
public final class MonotoneClock implements LongSupplier {
  private static final Logger LOG = LoggerFactory.getLogger(MonotoneClock.class);
  private static final long NANOS_A_MILLI = 1_000_000;

  private final LongSupplier nanoTime;
  private final long startNanos;
  private final AtomicLong last;

  /** What it shows at {@link #startNanos}. */
  private long startMillis;

  /**
   * Makes a clock that begins with the wall clock.
   *
   * @param nanoTime tells how time elapses, in nanoseconds since any moment
   */
  public MonotoneClock(InstantSource wallClock, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    startNanos = nanoTime.getAsLong();
    startMillis = wallClock.millis();
    last = new AtomicLong(startMillis);
  }

  /** Goes on from a database's last time, if it is behind that; before others use it. */
  public void goOnFrom(long lastMillis) {
    long behind = lastMillis - getAsLong();
    if (behind > 0) {
      LOG.warn(
          "The wall clock is {} ms behind the database's last time, from which time goes on",
          behind);
      startMillis += behind;
    }
  }

  /** Returns the time. */
  @Override
  public long getAsLong() {
    long millis = startMillis + (nanoTime.getAsLong() - startNanos) / NANOS_A_MILLI;
    long before = last.get();
    while (millis > before) {
      if (last.compareAndSet(before, millis)) {
        return millis;
      }
      before = last.get();
    }
    return before;
  }
}
