package dev.varve.storage.memtable;

import java.util.Arrays;
import java.util.List;

/**
 * The keys of a memtable's space that lie between two bounds, by numbers in no order that means
 * anything: who takes a random number has each of them with the same likelihood, without a walk.
 * Keys that came since the space was sorted have numbers, too, wherever they lie.
 *
 * <p>Safe for use by any thread that has pinned the memtable.
 */
public final class KeySlots {
  private final Records records;
  private final KeyList keys;
  private final byte[] lower;
  private final byte[] upper;
  private final int[][] runs;

  /** Where in each run those between the bounds begin. */
  private final int[] from;

  /** How many there are in a run and those before it. */
  private final int[] counts;

  /** How many keys of the space are in runs. */
  private final int sorted;

  KeySlots(
      Records records, KeyList keys, List<int[]> runs, int sorted, byte[] lower, byte[] upper) {
    this.records = records;
    this.keys = keys;
    this.lower = lower;
    this.upper = upper;
    this.sorted = sorted;
    this.runs = runs.toArray(new int[0][]);
    from = new int[this.runs.length];
    counts = new int[this.runs.length];
    int count = 0;
    for (int i = 0; i < this.runs.length; i++) {
      from[i] = RunWalk.lowerBound(records, this.runs[i], lower, 0, lower.length);
      count += RunWalk.lowerBound(records, this.runs[i], upper, 0, upper.length) - from[i];
      counts[i] = count;
    }
  }

  boolean isBetween(byte[] otherLower, byte[] otherUpper) {
    return Arrays.equals(lower, otherLower) && Arrays.equals(upper, otherUpper);
  }

  /** How many numbers there are, from 0 on; more may come at any time. */
  public int count() {
    return inRuns() + keys.count() - sorted;
  }

  /** How many of them are those of keys that lie between the bounds for sure. */
  int inRuns() {
    return counts.length == 0 ? 0 : counts[counts.length - 1];
  }

  /** The key of a number, copied; null if it doesn't lie between the bounds. */
  public byte[] key(int number) {
    int key = record(number);
    if (number >= inRuns()
        && (records.compareKey(key, lower, 0, lower.length) < 0
            || records.compareKey(key, upper, 0, upper.length) >= 0)) {
      return null;
    }
    int length = records.keyLength(key);
    byte[] copy = new byte[length];
    Memory.copyOut(records.keyAddress(key), length, copy);
    return copy;
  }

  private int record(int number) {
    int before = 0;
    for (int i = 0; i < runs.length; i++) {
      if (number < counts[i]) {
        return runs[i][from[i] + number - before];
      }
      before = counts[i];
    }
    return keys.get(sorted + number - before);
  }
}
