package dev.varve.storage.memtable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The keys of a memtable in order, as sorted runs. The order is made when it is asked for: only the
 * keys that came since the last time are sorted, into a run of their own, and small runs are merged
 * with it, so that there are few (the logarithmic method).
 *
 * <p>Any thread may ask, without locks: what one has sorted is published for all; two that ask at
 * the same moment do the same work.
 */
final class KeyOrder {
  /** Runs do not grow beyond, so that no caller has to merge for long. */
  private static final int MAX_RUN = KeySort.MAX_KEYS;

  /** Runs up to this size are merged with whatever comes behind them. */
  private static final int SMALL_RUN = 256;

  /** A larger run is merged with what comes behind it once that is more than one in so many. */
  private static final int GROWTH = 4;

  /** {@code runs} hold the first {@code count} keys that came. Neither is ever written to. */
  private record Sorted(List<int[]> runs, int count) {}

  private final Records records;
  private final KeyList keys;
  private final AtomicReference<Sorted> sorted = new AtomicReference<>(new Sorted(List.of(), 0));

  KeyOrder(Records records, KeyList keys) {
    this.records = records;
    this.keys = keys;
  }

  /** Sorted runs that together hold each key once that is there when called. */
  List<int[]> runs() {
    Sorted before = sorted.get();
    int count = keys.count();
    if (before.count >= count) {
      return before.runs;
    }
    Sorted after = extend(before, count);
    sorted.compareAndSet(before, after);
    return after.runs;
  }

  /** How many keys came since the order was last asked for. */
  int unsorted() {
    return Math.max(0, keys.count() - sorted.get().count);
  }

  private Sorted extend(Sorted before, int count) {
    List<int[]> runs = new ArrayList<>(before.runs);
    for (int from = before.count; from < count; from += KeySort.MAX_KEYS) {
      int[] run = keys.range(from, Math.min(count, from + KeySort.MAX_KEYS));
      KeySort.sort(records, run);
      while (!runs.isEmpty() && worthMerging(runs.getLast().length, run.length)) {
        run = merge(runs.removeLast(), run);
      }
      runs.add(run);
    }
    return new Sorted(Collections.unmodifiableList(runs), count);
  }

  private static boolean worthMerging(int before, int size) {
    return before + size <= MAX_RUN && (before <= SMALL_RUN || before < GROWTH * size);
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

  /** Bytes that the order takes on the heap. */
  long heapBytes() {
    return (long) Integer.BYTES * sorted.get().count;
  }
}
