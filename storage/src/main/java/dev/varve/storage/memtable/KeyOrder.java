package dev.varve.storage.memtable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The keys of a memtable's space in order, as sorted runs. The order is made when it is asked for:
 * only the keys that came since the last time are sorted, into a run of their own, and small runs
 * are merged with it, so that there are few (the logarithmic method).
 *
 * <p>Any thread may ask, without locks: what one has sorted is published for all; two that ask at
 * the same moment do the same work.
 */
final class KeyOrder {
  /** Who is in a hurry merges no runs that together are larger. */
  private static final int QUICK_MERGE = 1 << 15;

  /** How many new keys can be sorted in well under a millisecond. */
  static final int QUICK_SORT = 1 << 12;

  /** Runs up to this size are merged with whatever comes after them. */
  private static final int SMALL_RUN = 256;

  /** A larger run is merged with what comes after it once that is more than one in so many. */
  private static final int GROWTH = 4;

  /** Whoever takes keys by numbers is content while no more than one in so many isn't sorted. */
  private static final int UNSORTED_SHARE = 8;

  /** How many places are kept of what was last asked for by numbers. */
  private static final int KEPT_SLOTS = 8;

  /**
   * {@code runs} hold the first {@code count} keys that came. Neither is ever written to. What
   * {@code slots} holds goes by them.
   */
  private record Sorted(List<int[]> runs, int count, AtomicReferenceArray<KeySlots> slots) {
    Sorted(List<int[]> runs, int count) {
      this(runs, count, new AtomicReferenceArray<>(KEPT_SLOTS));
    }
  }

  private final Records records;
  private final KeyList keys;

  /** Counts the keys that are in runs, of this order and others. */
  private final AtomicLong sortedKeys;

  private final AtomicReference<Sorted> sorted = new AtomicReference<>(new Sorted(List.of(), 0));

  KeyOrder(Records records, KeyList keys, AtomicLong sortedKeys) {
    this.records = records;
    this.keys = keys;
    this.sortedKeys = sortedKeys;
  }

  /** Sorted runs that together hold each key once that is there when called. */
  List<int[]> runs() {
    return sort(QUICK_MERGE).runs;
  }

  /** Sorts the keys that came since, and merges runs of any size. For a thread that has time. */
  void sort() {
    sort(Integer.MAX_VALUE);
  }

  /**
   * The keys between two bounds, by numbers; null if many are to be sorted for that, and {@code
   * mayWait} is false.
   */
  KeySlots slots(byte[] lower, byte[] upper, boolean mayWait) {
    KeySlots found = slots(sorted.get(), lower, upper);
    int unsorted = found.count() - found.inRuns();
    if (unsorted <= found.inRuns() / UNSORTED_SHARE) {
      return found;
    }
    return mayWait || unsorted <= QUICK_SORT ? slots(sort(QUICK_MERGE), lower, upper) : null;
  }

  private KeySlots slots(Sorted of, byte[] lower, byte[] upper) {
    int place = Arrays.hashCode(lower) & (KEPT_SLOTS - 1);
    KeySlots kept = of.slots.get(place);
    if (kept == null || !kept.isBetween(lower, upper)) {
      kept = new KeySlots(records, keys, of.runs, of.count, lower, upper);
      of.slots.set(place, kept);
    }
    return kept;
  }

  private Sorted sort(int largestMerge) {
    Sorted before = sorted.get();
    int count = keys.count();
    List<int[]> runs = new ArrayList<>(before.runs);
    if (before.count < count) {
      int[] run = keys.range(before.count, count);
      KeySort.sort(records, run);
      runs.add(run);
    }
    for (int i = runs.size() - 2; i >= 0; i--) {
      if (worthMerging(runs.get(i).length, runs.get(i + 1).length, largestMerge)) {
        runs.set(i, merge(runs.get(i), runs.remove(i + 1)));
      }
    }
    if (before.count >= count && runs.size() == before.runs.size()) {
      return before;
    }
    Sorted after = new Sorted(Collections.unmodifiableList(runs), Math.max(before.count, count));
    if (sorted.compareAndSet(before, after)) {
      sortedKeys.addAndGet((long) after.count - before.count);
    }
    return after;
  }

  /** How many keys came since the order was last asked for. */
  int unsorted() {
    return Math.max(0, keys.count() - sorted.get().count);
  }

  private static boolean worthMerging(int before, int size, int largestMerge) {
    return before <= largestMerge - size && (before <= SMALL_RUN || before / GROWTH < size);
  }

  private int[] merge(int[] left, int[] right) {
    int[] merged = new int[left.length + right.length];
    int l = 0;
    int r = 0;
    int to = 0;
    while (l < left.length && r < right.length) {
      merged[to++] = records.compareKeys(left[l], right[r], 0) < 0 ? left[l++] : right[r++];
    }
    System.arraycopy(left, l, merged, to, left.length - l);
    System.arraycopy(right, r, merged, to + left.length - l, right.length - r);
    return merged;
  }
}
