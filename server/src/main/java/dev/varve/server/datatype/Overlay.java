package dev.varve.server.datatype;

import dev.varve.storage.base.Varint;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a batch under way has done so far, points and ranges in their order: the engine doesn't know
 * of a batch before it is appended. A range hides the points before it; later ones show.
 *
 * <p>Points are places in the batch's bytes. The hash table over them is made when a lookup finds
 * more than are quickly looked through, so that a command that writes one key pays for nothing.
 * Owned by one thread.
 */
final class Overlay {
  /** A key's answer: the batch has not touched it. */
  static final int NONE = -1;

  /** A key's answer: a range that the batch deletes has taken it away. */
  static final int GONE = -2;

  private static final int LINEAR = 8;
  private static final int RETAINED_POINTS = 4096;
  private static final int DELETED = -1;

  private int[] keyOffsets = new int[LINEAR];
  private int[] keyLengths = new int[LINEAR];

  /** The length of each point's value; {@link #DELETED} if the point is a delete. */
  private int[] valueLengths = new int[LINEAR];

  private int size;

  /** Numbers of points plus one, by hash; covers the first {@link #hashed} points. */
  private int[] slots = {};

  /**
   * For each hashed point, the number of the one before it with the same key, plus one; 0: none.
   */
  private int[] previous = {};

  private int hashed;

  /** Ranges in their order; each with the number of points before it. */
  private record Range(byte[] begin, byte[] end, int pointsBefore) {}

  private Range[] ranges = {};
  private int rangeCount;

  /**
   * From each key on, up to the next: how many points are hidden there, if any, by the last of the
   * ranges that cover it; 0: none does.
   */
  private final TreeMap<byte[], Integer> hidden = new TreeMap<>(Arrays::compareUnsigned);

  boolean isEmpty() {
    return size == 0 && rangeCount == 0;
  }

  void clear() {
    size = 0;
    if (hashed > 0) {
      hashed = 0;
      Arrays.fill(slots, 0);
    }
    if (keyOffsets.length > RETAINED_POINTS) {
      resize(LINEAR);
      slots = new int[] {};
      previous = new int[] {};
    }
    if (rangeCount > 0) {
      forgetRanges();
    }
  }

  private void forgetRanges() {
    rangeCount = 0;
    ranges = new Range[] {};
    hidden.clear();
  }

  /** Notes a put whose value begins at {@code valueOffset} of the batch. */
  void put(int keyLength, int valueOffset, int valueLength) {
    add(valueOffset - Varint.length(valueLength) - keyLength, keyLength, valueLength);
  }

  /** Notes a delete that ends where the batch does now. */
  void delete(int keyLength, int batchSize) {
    add(batchSize - keyLength, keyLength, DELETED);
  }

  private void add(int keyOffset, int keyLength, int valueLength) {
    if (size == keyOffsets.length) {
      resize(2 * size);
    }
    keyOffsets[size] = keyOffset;
    keyLengths[size] = keyLength;
    valueLengths[size] = valueLength;
    size++;
  }

  private void resize(int capacity) {
    keyOffsets = Arrays.copyOf(keyOffsets, capacity);
    keyLengths = Arrays.copyOf(keyLengths, capacity);
    valueLengths = Arrays.copyOf(valueLengths, capacity);
  }

  /** Notes that all keys in [{@code begin}, {@code end}) are deleted. */
  void deleteRange(byte[] begin, byte[] end) {
    if (rangeCount == ranges.length) {
      ranges = Arrays.copyOf(ranges, Math.max(4, 2 * rangeCount));
    }
    Range range = new Range(begin, end, size);
    ranges[rangeCount++] = range;
    hide(range);
  }

  /** The newest range hides the most: what was known between its ends is of no interest. */
  private void hide(Range range) {
    Map.Entry<byte[], Integer> behind = hidden.floorEntry(range.end());
    int hiddenBehind = behind == null ? 0 : behind.getValue();
    hidden.subMap(range.begin(), true, range.end(), false).clear();
    // One more than there are points, so that a range before all points is told from none.
    hidden.put(range.begin(), range.pointsBefore() + 1);
    hidden.putIfAbsent(range.end(), hiddenBehind);
  }

  /** How many points there are, for {@link #rollBack}. */
  int points() {
    return size;
  }

  /** How many ranges there are, for {@link #rollBack}. */
  int ranges() {
    return rangeCount;
  }

  /**
   * Forgets what came after the first so many points and ranges.
   *
   * @param batch still has the bytes of all points
   */
  void rollBack(int points, int keptRanges, byte[] batch) {
    // In the reverse order of their coming, each leaves the table as it found it.
    while (hashed > points) {
      int point = --hashed;
      slots[slotOf(batch, batch, keyOffsets[point], keyLengths[point])] = previous[point];
    }
    size = points;
    if (keptRanges < rangeCount) {
      Range[] kept = Arrays.copyOf(ranges, keptRanges);
      forgetRanges();
      for (Range range : kept) {
        hide(range);
      }
      ranges = kept;
      rangeCount = keptRanges;
    }
  }

  /** Returns the number of the newest point of a key, or {@link #NONE}, or {@link #GONE}. */
  int find(byte[] batch, byte[] key, int length) {
    int point = size > LINEAR ? findHashed(batch, key, length) : findLinear(batch, key, length);
    return rangeCount > 0 && point < hiddenFor(key, length) - 1 ? GONE : point;
  }

  /** Returns the newest point of each key that isn't hidden by a range, by key. */
  NavigableMap<byte[], Integer> sorted(byte[] batch) {
    NavigableMap<byte[], Integer> sorted = new TreeMap<>(Arrays::compareUnsigned);
    for (int point = 0; point < size; point++) {
      int from = keyOffsets[point];
      byte[] key = Arrays.copyOfRange(batch, from, from + keyLengths[point]);
      if (point >= hiddenFor(key, key.length) - 1) {
        sorted.put(key, point);
      }
    }
    return sorted;
  }

  /**
   * Whether the batch has done something to a key that it didn't begin with.
   *
   * @param points what {@link #sorted} gave
   */
  boolean touches(byte[] key, int length, NavigableMap<byte[], Integer> points) {
    byte[] copy = Arrays.copyOf(key, length);
    return points.containsKey(copy) || (rangeCount > 0 && hiddenFor(copy, length) > 0);
  }

  private int hiddenFor(byte[] key, int length) {
    Map.Entry<byte[], Integer> covering = hidden.floorEntry(Arrays.copyOf(key, length));
    return covering == null ? 0 : covering.getValue();
  }

  private int findLinear(byte[] batch, byte[] key, int length) {
    for (int point = size - 1; point >= 0; point--) {
      if (isOf(point, batch, key, length)) {
        return point;
      }
    }
    return NONE;
  }

  boolean isDelete(int point) {
    return valueLengths[point] == DELETED;
  }

  int valueOffset(int point) {
    return keyOffsets[point] + keyLengths[point] + Varint.length(valueLengths[point]);
  }

  int valueLength(int point) {
    return valueLengths[point];
  }

  private boolean isOf(int point, byte[] batch, byte[] key, int length) {
    int from = keyOffsets[point];
    return keyLengths[point] == length && Arrays.equals(batch, from, from + length, key, 0, length);
  }

  private int findHashed(byte[] batch, byte[] key, int length) {
    if (2 * size > slots.length) {
      slots = new int[Integer.highestOneBit(size) * 8];
      previous = new int[slots.length / 2];
      hashed = 0;
    }
    while (hashed < size) {
      int point = hashed++;
      int slot = slotOf(batch, batch, keyOffsets[point], keyLengths[point]);
      previous[point] = slots[slot];
      slots[slot] = point + 1;
    }
    return slots[slotOf(batch, key, 0, length)] - 1;
  }

  /** The slot that has the key's newest point, or the free one where it belongs. */
  private int slotOf(byte[] batch, byte[] key, int offset, int length) {
    int hash = 0;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + key[i];
    }
    int mask = slots.length - 1;
    int at = (hash * 0x9E3779B9) >>> 8 & mask;
    while (slots[at] != 0 && !sameKey(slots[at] - 1, batch, key, offset, length)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private boolean sameKey(int point, byte[] batch, byte[] key, int offset, int length) {
    int from = keyOffsets[point];
    return keyLengths[point] == length
        && Arrays.equals(batch, from, from + length, key, offset, offset + length);
  }
}
