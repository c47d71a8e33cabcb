package dev.varve.storage.backup;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Bounds how many bytes a second are read or written. What was not used while something else took
 * its time may be made up for within a quarter of a second. Used by one thread.
 */
public final class Pace {
  private static final long NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LEEWAY_NANOS = NANOS / 4;

  private final long bytesPerSecond;
  private final LongSupplier nanoTime;
  private final LongConsumer sleeper;

  /** When all that was read and written until now may have been, by the bound. */
  private long due;

  /**
   * Makes one.
   *
   * @param bytesPerSecond 0: as many as there are
   * @param nanoTime time that elapses, in nanoseconds
   * @param sleeper waits so many nanoseconds
   */
  public Pace(long bytesPerSecond, LongSupplier nanoTime, LongConsumer sleeper) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanoTime = nanoTime;
    this.sleeper = sleeper;
    due = nanoTime.getAsLong();
  }

  /** So many bytes were read or written: waits if that was too fast. */
  public void spend(long bytes) {
    if (bytesPerSecond == 0 || bytes == 0) {
      return;
    }
    long now = nanoTime.getAsLong();
    due = Math.max(due, now - LEEWAY_NANOS) + nanos(bytes);
    if (due > now) {
      sleeper.accept(due - now);
    }
  }

  private long nanos(long bytes) {
    long seconds = bytes / bytesPerSecond;
    double rest = (double) (bytes % bytesPerSecond) / bytesPerSecond;
    return seconds * NANOS + (long) (rest * NANOS);
  }
}
