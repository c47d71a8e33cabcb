package dev.varve.server.writer;

/**
 * How long a step removes expired keys, and how long the next one waits. A step is short, as
 * commands wait for its end, whatever it is that it removes. And as long as there is no hurry,
 * steps rest: what is removed is searched for, logged, flushed and merged as well, and at full
 * speed all of that takes more than two cores; commands then wait, however short a step is, until
 * it is the storage thread's turn again. Times are {@link System#nanoTime}'s. Used by one thread.
 */
final class RemovalPace {
  /** How long a step takes, and the last key of it. */
  static final long STEP_NANOS = 250_000;

  /** How many keys or fields are removed in a second as long as there is no hurry. */
  static final long UNHURRIED_A_SECOND = 150_000;

  /** There is, once keys have been due for so long without a moment when none was. */
  static final long HURRY_AFTER_NANOS = 7_000_000_000L;

  private static final long NANOS_A_SECOND = 1_000_000_000;

  private long dueSince;
  private long stepBegin;
  private long nextStep;

  /** Keys are due, after none was. */
  void keysAreDue(long now) {
    dueSince = now;
    nextStep = now;
  }

  /** A step begins. */
  void begin(long now) {
    stepBegin = now;
  }

  /** Whether the step that began last should end. */
  boolean isEnough(long now) {
    return now - stepBegin >= STEP_NANOS;
  }

  /** The step that began last has removed so many keys. */
  void removed(int keys) {
    nextStep = stepBegin + keys * NANOS_A_SECOND / UNHURRIED_A_SECOND;
  }

  /** Returns how many nanoseconds the next step waits. */
  long rest(long now) {
    return now - dueSince > HURRY_AFTER_NANOS ? 0 : Math.max(0, nextStep - now);
  }
}
