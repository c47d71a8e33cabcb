package dev.varve.server.datatype;

import dev.varve.storage.ReadView;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time that deadlines given as dates pass by: the wall clock. Where that is set back, this time
 * stands still until all keys are removed whose deadline it has seen pass; then it is
 * <i>rebased</i>: an era of it ends, and the next begins with the wall clock. A view that doesn't
 * see those removals goes on by the era before, so what somebody has seen expire never comes back.
 *
 * <p>Over restarts, too: the time is stored with the removals, and when it is found to be ahead of
 * the wall clock; that of a server begins with what was stored, where that is later.
 *
 * <pre>
 * 0x00 | 'w' -> time ms:u64
 * </pre>
 *
 * <p>Safe for use by many threads, but for what says that it is the storage thread's.
 */
public final class WallTime {
  /** What the wall clock moves against elapsed time at once is a step, from this on. */
  public static final long STEP_MILLIS = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(WallTime.class);
  static final byte[] KEY = {KeyLayout.INTERNAL, 'w'};

  /** Eras kept for views that were opened before them. */
  private static final int KEPT_ERAS = 16;

  /** Two clocks that are read one after the other differ by so much for no reason. */
  private static final long JITTER_MILLIS = 20;

  private static final int MOST_SAMPLES = 100;

  private final InstantSource clock;
  private final LongSupplier elapsed;
  private volatile Era era;
  private volatile long offset;

  /**
   * The storage thread's: by how much the wall clock was ahead of elapsed time when last looked.
   */
  private long followed;

  /** The storage thread's: what is stored, in a batch that is appended. */
  private long stored;

  /** A stretch of this time, for views from an operation on. */
  private static final class Era {
    private final long from;
    private final AtomicLong latest;
    private volatile Era older;

    private Era(long from, long begin, Era older) {
      this.from = from;
      this.latest = new AtomicLong(begin);
      this.older = older;
    }

    private long advance(long wall) {
      long before = latest.get();
      while (wall > before) {
        if (latest.compareAndSet(before, wall)) {
          return wall;
        }
        before = latest.get();
      }
      return before;
    }
  }

  private WallTime(InstantSource clock, LongSupplier elapsed, long stored) {
    this.clock = clock;
    this.elapsed = elapsed;
    this.stored = stored;
    era = new Era(0, Math.max(stored, clock.millis()), null);
    followed = sample();
    offset = Math.abs(followed) < JITTER_MILLIS ? 0 : followed;
  }

  /**
   * Begins where a database has got to.
   *
   * @param clock the wall clock
   * @param elapsed milliseconds that go by as time elapses
   */
  public static WallTime load(ReadView view, InstantSource clock, LongSupplier elapsed) {
    byte[] value = view.get(KEY);
    return new WallTime(clock, elapsed, value == null ? 0 : (long) KeyLayout.LONG.get(value, 0));
  }

  /** Returns the time for a view that sees up to an operation. */
  long at(long sequence) {
    Era its = era;
    while (sequence < its.from) {
      Era before = its.older;
      if (before == null) {
        break;
      }
      its = before;
    }
    return its.advance(clock.millis());
  }

  /** Returns the time for the newest views. */
  public long latest() {
    return era.advance(clock.millis());
  }

  /** Returns what the wall clock shows. */
  public long clockMillis() {
    return clock.millis();
  }

  /**
   * Returns what to add to elapsed time for what the wall clock shows then. It changes when the
   * clock is set, not with each reading of two clocks that tick apart.
   */
  long offset() {
    long known = offset;
    long now = clock.millis() - elapsed.getAsLong();
    if (Math.abs(now - known) < JITTER_MILLIS) {
      return known;
    }
    now = sample();
    if (Math.abs(now - known) < JITTER_MILLIS) {
      return known;
    }
    offset = now;
    return now;
  }

  /** Reads both clocks; again if the thread was held up between them, which looks like a step. */
  private long sample() {
    long before = elapsed.getAsLong();
    long wall = clock.millis();
    long behind = elapsed.getAsLong();
    for (int i = 0; i < MOST_SAMPLES && behind - before > 1; i++) {
      before = elapsed.getAsLong();
      wall = clock.millis();
      behind = elapsed.getAsLong();
    }
    return wall - before;
  }

  // The storage thread's

  /** Tells the log of a step of the wall clock since it was called last. */
  public void follow() {
    long now = sample();
    long step = now - followed;
    followed = now;
    if (Math.abs(step) >= STEP_MILLIS) {
      LOG.warn(
          "The wall clock was set by {} ms. Keys with a time to live expire when that has elapsed;"
              + " those with a date, by the clock",
          step);
    }
  }

  /** Whether the wall clock was set back, and this time stands still because of it. */
  public boolean isHeld() {
    return latest() - clock.millis() >= STEP_MILLIS;
  }

  /** Whether it is stored where this time has got to. */
  public boolean isStored() {
    return stored >= latest();
  }

  /** A batch that stores this time is appended. */
  void stored(long millis) {
    stored = millis;
  }

  /**
   * Begins an era with what was stored last, in a batch that is appended up to the operation {@code
   * sequence}: all that was due by the era before is removed.
   */
  public void rebased(long sequence) {
    Era last = era;
    era = new Era(sequence, stored, last);
    int kept = 1;
    for (Era at = last; at != null; at = at.older) {
      if (++kept > KEPT_ERAS) {
        at.older = null;
      }
    }
  }
}
