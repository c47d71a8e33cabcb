package dev.varve.storage.iterator;

import dev.varve.storage.iterator.PassedEntries.Run;
import java.util.Arrays;

/**
 * Adds up the dead entries that a cursor passes on its way in one direction, as long as they are
 * many times as many as the live keys between them. Used again for the next ones.
 */
final class DeadRun {
  /** Where fewer are dead for each live key, nobody is kept waiting by them. */
  private static final int DENSE = 8;

  private static final int LEAST_KEY_BYTES = 64;

  /** Where the first of them was met. */
  private byte[] key = new byte[LEAST_KEY_BYTES];

  private int keyLength;
  private long count;
  private long live;
  private long inMemtables;
  private long newest;

  /** Forgets what was passed. */
  void clear() {
    count = 0;
    live = 0;
    inMemtables = 0;
    newest = 0;
  }

  long count() {
    return count;
  }

  /** A live key was met. */
  void meetLive() {
    live++;
    if (count < DENSE * live) {
      clear();
    }
  }

  /** A key of so many entries was passed; {@code sequence} is the newest's. */
  void add(byte[] passedKey, int length, int entries, long sequence, long flushedUpTo) {
    if (count == 0) {
      if (key.length < length) {
        key = new byte[2 * length];
      }
      System.arraycopy(passedKey, 0, key, 0, length);
      keyLength = length;
    }
    count += entries;
    inMemtables += sequence > flushedUpTo ? 1 : 0;
    newest = Math.max(newest, sequence);
  }

  /** What was passed up to a key, in either direction. */
  Run to(byte[] lastKey, int length, boolean forward) {
    byte[] met = Arrays.copyOf(key, keyLength);
    byte[] end = Arrays.copyOf(lastKey, length);
    return new Run(forward ? met : end, forward ? end : met, count, inMemtables, newest);
  }
}
