package dev.varve.server.writer;

import dev.varve.server.datatype.ExpirySweep;

/**
 * How many expired keys a step removes, and how long the next one waits. A step is short, as
 * commands wait for its end. And as long as there is no hurry, steps rest: what is removed is
 * searched for, logged, flushed and merged as well, and at full speed all of that takes more than
 * two cores; commands then wait, however short a step is, until it is the storage thread's turn
 * again. Times are {@link System#nanoTime}'s. Used by one thread.
 */
final class RemovalPace {
  /** How long a step should take; how many keys that are depends on the machine, and varies. */
  static final long STEP_NANOS = 250_000;

  static final int FEWEST_A_STEP = 32;

  /** So many keys are removed in a second as long as there is no hurry. */
  static final long UNHURRIED_A_SECOND = 150_000;

  /** There is, once keys have been due for so long without a moment when none was. */
  static final long HURRY_AFTER_NANOS = 7_000_000_000L;

  private static final long NANOS_A_SECOND = 1_000_000_000;

  private int keysAStep = FEWEST_A_STEP;
  private long dueSince;
  private long nextStep;

  /** Keys are due, after none was. */
  void keysAreDue(long now) {
    dueSince = now;
    nextStep = now;
  }

  /** Returns how many keys the next step removes at most. */
  int keysAStep() {
    return keysAStep;
  }

  /** A step has removed so many keys. */
  void removed(int keys, long begin, long end) {
    nextStep = begin + keys * NANOS_A_SECOND / UNHURRIED_A_SECOND;
    long took = end - begin;
    if (took > STEP_NANOS) {
      keysAStep = Math.max(FEWEST_A_STEP, keysAStep / 2);
    } else if (keys == keysAStep && took < STEP_NANOS / 2) {
      keysAStep = Math.min(ExpirySweep.MOST_FOUND, 2 * keysAStep);
    }
  }

  /** Returns how many nanoseconds the next step waits. */
  long rest(long now) {
    return now - dueSince > HURRY_AFTER_NANOS ? 0 : Math.max(0, nextStep - now);
  }
}
