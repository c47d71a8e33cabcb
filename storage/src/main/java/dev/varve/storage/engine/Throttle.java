package dev.varve.storage.engine;

import dev.varve.storage.StorageOptions;
import dev.varve.storage.compaction.CompactionPicker;
import dev.varve.storage.manifest.Levels;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Slows the writer down by what background work owes, so that writes get slower before they stop.
 * Each tick it lets a quota of bytes in, which shrinks from {@link #MOST} to {@link #LEAST} by
 * equal factors as the debt grows: wherever what the disk and the processors can carry away lies
 * between the two, there is a debt at which just that comes in. The writer's thread never sleeps;
 * it is told to come back with the next tick.
 *
 * <p>{@link #assess} is for one thread at a time, {@link #admits} and {@link #appended} for the
 * writer, the rest for any.
 */
final class Throttle {
  private static final long TICK_MILLIS = 2;

  /** Quotas in bytes a tick: 256 MiB a second, and 1 MiB. */
  private static final double MOST = (256L << 20) * TICK_MILLIS / 1000.0;

  private static final double LEAST = (1L << 20) * TICK_MILLIS / 1000.0;

  /** However large a batch was, it is paid off after so many ticks. */
  private static final int LONGEST_TICKS = 50;

  /** The pressure from which on writes are slowed, and that at which they are slowest. */
  private static final double SLOW = 1.5;

  private static final double SLOWEST = 3;

  private final Scheduler scheduler;
  private final Stalls stalls;
  private final CompactionPicker picker;
  private final AtomicLong pauses = new AtomicLong();
  private volatile double pressure;
  private volatile boolean pausing;

  /** The writer's: bytes let in that no tick has paid for yet. */
  private double owed;

  Throttle(StorageOptions options, Scheduler scheduler, Stalls stalls) {
    this.scheduler = scheduler;
    this.stalls = stalls;
    picker = CompactionPicker.of(options);
  }

  /** The tables have changed. */
  void assess(Levels levels) {
    pressure = picker.pressure(levels);
  }

  /**
   * Writer: whether more may be appended now. If not, {@link Stalls#wake} is called when it is
   * worth asking again.
   *
   * @param flushDebt how near writes are to being stopped by flushes that lag behind, from 0 to 1
   */
  boolean admits(double flushDebt) {
    double debt = Math.max(debt(), flushDebt);
    if (debt == 0) {
      owed = 0;
      return true;
    }
    if (pausing) {
      return false;
    }
    double quota = MOST * Math.pow(LEAST / MOST, debt);
    if (owed < quota) {
      return true;
    }
    owed = Math.min(owed - quota, LONGEST_TICKS * quota);
    pausing = true;
    pauses.incrementAndGet();
    scheduler.schedule(Scheduler.Lane.TIMER, TICK_MILLIS, this::tick);
    return false;
  }

  private void tick() {
    pausing = false;
    stalls.wake();
  }

  /** Writer: so many bytes were appended. */
  void appended(int bytes) {
    owed += bytes;
  }

  /** Whether the writer waits for the next tick. */
  boolean isPausing() {
    return pausing;
  }

  /** What tables owe, from 0 (nothing that need bother the writer) to 1 (as much as there may). */
  private double debt() {
    return Math.clamp((pressure - SLOW) / (SLOWEST - SLOW), 0, 1);
  }

  /**
   * The share of its full speed at which a merge need run, so that merging goes on as evenly as the
   * writes that cause it: a quarter when it has just come due, all from where writes are slowed.
   */
  double mergeShare() {
    return Math.clamp(0.25 + 0.75 * (pressure - 1) / (SLOW - 1), 0.25, 1);
  }

  /** How often the writer was told to wait for a tick. */
  long pauses() {
    return pauses.get();
  }
}
