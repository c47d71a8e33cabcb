package dev.varve.storage.engine;

/**
 * Tells how long the writer has had little to do, by looks a second apart, and when that is long
 * enough for deletes to be flushed: a memtable gives no space back, and one that isn't written to
 * any more would stay as it is for good. The writer's.
 */
final class Quiet {
  /** The writer has little to do if it appends no more than so much in a second. */
  private static final long FEW_OPERATIONS = 10;

  /** Other merges have most likely come to an end by then. */
  static final int SECONDS = 10;

  /** How many deletes are worth a small table; once nothing has happened for long, fewer are. */
  static final int MANY_DELETES = 1024;

  static final int SECONDS_FOR_FEW = 300;

  private long seen;
  private int seconds;

  /** A second has passed, and all up to an operation is appended. */
  void look(long appended) {
    seconds = appended - seen <= FEW_OPERATIONS ? seconds + 1 : 0;
    seen = appended;
  }

  /** Whether there is time for what is not urgent. */
  boolean hasCome() {
    return seconds >= SECONDS;
  }

  /** Whether a memtable with so many tombstones should be flushed. */
  boolean isTimeToFlush(int tombstones) {
    return tombstones > 0 && seconds >= (tombstones >= MANY_DELETES ? SECONDS : SECONDS_FOR_FEW);
  }
}
