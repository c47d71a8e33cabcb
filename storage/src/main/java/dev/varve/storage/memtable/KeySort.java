package dev.varve.storage.memtable;

import java.util.Arrays;

/**
 * Sorts keys that are all different. Six bytes of a key and its position fit into one long, and the
 * JDK sorts longs with vector instructions; keys that agree in these bytes are sorted by the next
 * six.
 */
final class KeySort {
  /** The most keys that can be sorted at once. */
  static final int MAX_KEYS = 1 << 16;

  private static final int STEP = 6;
  private static final long POSITION_MASK = MAX_KEYS - 1;
  private static final int SMALL = 16;

  private final Records records;
  private final int[] keys;
  private final int[] moved;
  private final long[] packed;

  private KeySort(Records records, int[] keys) {
    this.records = records;
    this.keys = keys;
    moved = new int[keys.length];
    packed = new long[keys.length];
  }

  /** Puts {@code keys}, at most {@link #MAX_KEYS}, in order. */
  static void sort(Records records, int[] keys) {
    new KeySort(records, keys).sort(0, keys.length, 0);
  }

  /** Sorts a range whose keys agree in their first {@code depth} bytes, and are no shorter. */
  private void sort(int from, int to, int depth) {
    if (to - from <= SMALL) {
      insertionSort(from, to, depth);
      return;
    }
    for (int i = from; i < to; i++) {
      packed[i] = nextBytes(keys[i], depth) | (i - from);
    }
    Arrays.sort(packed, from, to);
    System.arraycopy(keys, from, moved, from, to - from);
    for (int i = from; i < to; i++) {
      keys[i] = moved[from + (int) (packed[i] & POSITION_MASK)];
    }
    if (sameBytes(from, to - 1)) {
      sortEqual(from, to, Math.max(depth, agreed(from, to, depth) - STEP));
      return;
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
    return packed[i] >>> 16 == packed[j] >>> 16;
  }

  /**
   * Sorts a range whose keys agree in the {@link #STEP} bytes from {@code depth} on, where a key
   * that ends counts as going on with zeros. Those that end are less, the shorter the less.
   */
  private void sortEqual(int from, int to, int depth) {
    int longer = from;
    for (int i = from; i < to; i++) {
      int key = keys[i];
      if (records.keyLength(key) <= depth + STEP) {
        keys[i] = keys[longer];
        keys[longer++] = key;
      }
    }
    insertionSort(from, longer, depth);
    sort(longer, to, depth + STEP);
  }

  /** The number of first bytes, {@code depth} or more, that all keys of a range have in common. */
  private int agreed(int from, int to, int depth) {
    long first = records.keyAddress(keys[from]);
    int agreed = records.keyLength(keys[from]);
    for (int i = from + 1; i < to; i++) {
      long other = records.keyAddress(keys[i]);
      int length = Math.min(agreed, records.keyLength(keys[i]));
      agreed = depth + Memory.mismatch(first + depth, other + depth, length - depth);
    }
    return agreed;
  }

  /** Six bytes of a key from {@code depth} on, in the upper bits and biased to signed order. */
  private long nextBytes(int key, int depth) {
    long address = records.keyAddress(key) + depth;
    int left = records.keyLength(key) - depth;
    // Reads over the key's end: see Records.BYTES_BEHIND_KEY.
    long bytes = Memory.bigEndianLong(address);
    if (left < STEP) {
      bytes = left == 0 ? 0 : bytes & -1L << (Long.SIZE - Byte.SIZE * left);
    }
    return (bytes & ~POSITION_MASK) ^ Long.MIN_VALUE;
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
