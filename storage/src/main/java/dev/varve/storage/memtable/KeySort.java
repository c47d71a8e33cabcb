package dev.varve.storage.memtable;

import java.util.Arrays;

/**
 * Sorts keys that are all different. The next few bytes of a key and its position fit into one
 * long, and the JDK sorts longs with vector instructions; keys that agree in these bytes are sorted
 * by the bytes after them.
 */
final class KeySort {
  private static final int SMALL = 16;

  private final Records records;
  private final int[] keys;
  private final int[] moved;
  private final long[] packed;

  /** How many bytes of a key go into a long beside a position. */
  private final int step;

  private final long positionMask;

  private KeySort(Records records, int[] keys) {
    this.records = records;
    this.keys = keys;
    moved = new int[keys.length];
    packed = new long[keys.length];
    int positionBits = Integer.SIZE - Integer.numberOfLeadingZeros(keys.length);
    step = (Long.SIZE - positionBits) / Byte.SIZE;
    positionMask = -1L >>> (step * Byte.SIZE);
  }

  /** Puts {@code keys} in order. */
  static void sort(Records records, int[] keys) {
    new KeySort(records, keys).sort(0, keys.length, 0);
  }

  /** Sorts a range whose keys agree in their first {@code known} bytes, and are no shorter. */
  private void sort(int from, int to, int known) {
    if (to - from <= SMALL) {
      insertionSort(from, to, known);
      return;
    }
    int depth = agreed(from, to, known);
    for (int i = from; i < to; i++) {
      packed[i] = nextBytes(keys[i], depth) | (i - from);
    }
    Arrays.sort(packed, from, to);
    System.arraycopy(keys, from, moved, from, to - from);
    for (int i = from; i < to; i++) {
      keys[i] = moved[from + (int) (packed[i] & positionMask)];
    }
    for (int begin = from; begin < to; ) {
      int end = begin + 1;
      while (end < to && sameBytes(begin, end)) {
        end++;
      }
      if (end - begin > 1) {
        sortEqual(begin, end, depth);
      }
      begin = end;
    }
  }

  private boolean sameBytes(int i, int j) {
    return (packed[i] & ~positionMask) == (packed[j] & ~positionMask);
  }

  /**
   * Sorts a range whose keys agree in the {@link #step} bytes from {@code depth} on, where a key
   * that ends counts as going on with zeros. Those that end are less, the shorter the less.
   */
  private void sortEqual(int from, int to, int depth) {
    int longer = from;
    for (int i = from; i < to; i++) {
      int key = keys[i];
      if (records.keyLength(key) <= depth + step) {
        keys[i] = keys[longer];
        keys[longer++] = key;
      }
    }
    insertionSort(from, longer, depth);
    sort(longer, to, depth + step);
  }

  /** The number of first bytes, {@code known} or more, that all keys of a range have in common. */
  private int agreed(int from, int to, int known) {
    long first = records.keyAddress(keys[from]);
    int agreed = records.keyLength(keys[from]);
    for (int i = from + 1; i < to && agreed > known; i++) {
      long other = records.keyAddress(keys[i]);
      int length = Math.min(agreed, records.keyLength(keys[i]));
      agreed = known + Memory.mismatch(first + known, other + known, length - known);
    }
    return agreed;
  }

  /** The bytes of a key from {@code depth} on, in the upper bits and biased to signed order. */
  private long nextBytes(int key, int depth) {
    long address = records.keyAddress(key) + depth;
    int left = records.keyLength(key) - depth;
    // Reads over the key's end: see Records.BYTES_BEHIND_KEY.
    long bytes = Memory.bigEndianLong(address);
    if (left < step) {
      bytes = left == 0 ? 0 : bytes & -1L << (Long.SIZE - Byte.SIZE * left);
    }
    return (bytes & ~positionMask) ^ Long.MIN_VALUE;
  }

  private void insertionSort(int from, int to, int depth) {
    for (int i = from + 1; i < to; i++) {
      int key = keys[i];
      int j = i;
      while (j > from && records.compareKeys(keys[j - 1], key, depth) > 0) {
        keys[j] = keys[j - 1];
        j--;
      }
      keys[j] = key;
    }
  }
}
