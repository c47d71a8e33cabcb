package dev.varve.storage.iterator;

import dev.varve.storage.iterator.PassedEntries.Run;
import java.util.Arrays;

/** Adds up the dead entries that one move of a cursor passes. Used again for the next one. */
final class DeadRun {
  private static final int LEAST_KEY_BYTES = 64;

  /** Where the move met the first of them. */
  private byte[] key = new byte[LEAST_KEY_BYTES];

  private int keyLength;
  private long count;
  private long inMemtables;
  private long newest;

  /** None yet; they begin with a key whose bytes are copied. */
  void begin(byte[] firstKey, int length) {
    if (key.length < length) {
      key = new byte[2 * length];
    }
    System.arraycopy(firstKey, 0, key, 0, length);
    keyLength = length;
    count = 0;
    inMemtables = 0;
    newest = 0;
  }

  /** A key of so many entries was passed; {@code sequence} is the newest's. */
  void add(int entries, long sequence, long flushedUpTo) {
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
