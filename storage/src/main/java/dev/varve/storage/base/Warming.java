package dev.varve.storage.base;

/**
 * The keys of a batch whose memory has not been found yet, while {@link
 * dev.varve.storage.ReadView#warm} goes from source to source. Reused by one thread.
 */
public final class Warming {
  private int[] pending = {};
  private int[] hashes = {};
  private long[] found = {};
  private int count;

  /** What was read on the way, kept so that the reads can't be optimized away. */
  @SuppressWarnings("UnusedVariable")
  private long sink;

  /** Begins with all of so many keys. */
  public void begin(int keys) {
    count = keys;
    if (count > pending.length) {
      pending = new int[2 * count];
      hashes = new int[2 * count];
      found = new long[2 * count];
    }
    for (int i = 0; i < count; i++) {
      pending[i] = i;
    }
  }

  /** How many keys are pending. */
  public int count() {
    return count;
  }

  /** Indexes in the batch of the pending keys, {@link #count} of them. */
  public int[] pending() {
    return pending;
  }

  /** Only the first so many of {@link #pending} are pending any more. */
  public void left(int stillPending) {
    count = stillPending;
  }

  /** A number for each key by its index, of the memtables. */
  public int[] hashes() {
    return hashes;
  }

  /** Room for as many numbers as keys are pending. */
  public long[] scratch() {
    return found;
  }

  /** Takes a number that depends on all that was read. */
  public void read(long anything) {
    sink += anything;
  }
}
