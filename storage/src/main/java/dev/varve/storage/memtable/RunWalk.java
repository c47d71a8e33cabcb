package dev.varve.storage.memtable;

import java.util.List;

/**
 * Walks the keys of several sorted runs as if they were one. No key is in two runs. Moves forward
 * come to no key from a bound on; moves backward go by none. Used by one thread.
 */
final class RunWalk {
  private static final int AHEAD = 32;

  /** How many keys of a run are at most told from the bound by looking at the last of them. */
  private static final int MOST_TOLD = 64;

  private static final int STEP_GROWTH = 4;

  /** As many versions of a key are warmed; few keys have more. */
  private static final int WARMED_VERSIONS = 4;

  /*
   * lower[i] is the number of keys in run i that are less than the current key; so runs[i][lower[i]]
   * is the next one of run i for every run but the current, whose key stands there. The same
   * numbers serve both directions.
   *
   * heap[0 .. heapSize) holds the runs that have a key before the bound at lower[i], the least key
   * at the root. It is kept up by forward moves and made anew by the first one after a move backward.
   *
   * The keys of run i up to told[i] are before the bound, those from ends[i] on aren't; what lies
   * between is looked at when a walk comes there, `step` keys at a time.
   */
  private final Records records;
  private final int[][] runs;
  private final int[] lower;
  private final int[] told;
  private final int[] ends;
  private final byte[] upper;
  private int step = 1;
  private final int[] heap;
  private int heapSize;
  private boolean heaped;
  private int key;

  /** Where in the run of a walk over a single one the records have been warmed to. */
  private int warmedTo;

  private int[] ahead = {};

  /** What warming read, kept so that the reads can't be optimized away. */
  @SuppressWarnings("UnusedVariable")
  private long sink;

  /** {@code upper} is the bound of moves forward; null: there is none. */
  RunWalk(Records records, List<int[]> sortedRuns, byte[] upper) {
    this.records = records;
    this.upper = upper;
    runs = sortedRuns.toArray(new int[0][]);
    lower = new int[runs.length];
    ends = new int[runs.length];
    for (int run = 0; run < runs.length; run++) {
      ends[run] = runs[run].length;
    }
    told = upper == null ? ends : new int[runs.length];
    heap = new int[runs.length];
  }

  /** The current key's record; 0 when the walk stands before the first or after the last. */
  int key() {
    return key;
  }

  void seekToFirst() {
    for (int run = 0; run < runs.length; run++) {
      lower[run] = 0;
    }
    settleForward();
  }

  void seekToLast() {
    for (int run = 0; run < runs.length; run++) {
      lower[run] = runs[run].length;
    }
    previous();
  }

  /** Moves to the first key at or after the given one. */
  void seek(byte[] target, int offset, int length) {
    lowerBounds(target, offset, length);
    settleForward();
  }

  /** Moves to the last key before the given one. */
  void seekBefore(byte[] target, int offset, int length) {
    lowerBounds(target, offset, length);
    previous();
  }

  private void lowerBounds(byte[] target, int offset, int length) {
    for (int run = 0; run < runs.length; run++) {
      lower[run] = lowerBound(records, runs[run], target, offset, length);
    }
    step = 1;
  }

  /** How many keys of a sorted run are less than the given one. */
  static int lowerBound(Records records, int[] run, byte[] target, int offset, int length) {
    return lowerBound(records, run, 0, run.length, target, offset, length);
  }

  /** As the other, where at least {@code from} keys are less, and at most {@code to}. */
  private static int lowerBound(
      Records records, int[] run, int from, int to, byte[] target, int offset, int length) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (records.compareKey(run[middle], target, offset, length) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Before moves forward: reads the heads of the next keys' versions, if need be, many side by
   * side. Keys that follow each other in order lie anywhere in memory, so that a long walk would
   * wait for each. Only where all keys are in one run, as those of a frozen memtable are.
   */
  void warmAhead() {
    if (runs.length != 1 || heapSize == 0 || lower[0] < warmedTo) {
      return;
    }
    if (ahead.length == 0) {
      ahead = new int[AHEAD];
    }
    int from = lower[0];
    int count = Math.min(AHEAD, runs[0].length - from);
    for (int i = 0; i < count; i++) {
      ahead[i] = records.newest(runs[0][from + i]);
    }
    long read = 0;
    for (int depth = 0; depth < WARMED_VERSIONS; depth++) {
      for (int i = 0; i < count; i++) {
        if (ahead[i] != 0) {
          read += depth == 0 ? records.touch(ahead[i]) : 0;
          ahead[i] = records.older(ahead[i]);
        }
      }
    }
    sink += read;
    warmedTo = from + count;
  }

  void next() {
    if (!heaped) {
      makeHeap();
    }
    int run = heap[0];
    int next = ++lower[run];
    boolean more = next < told[run] || isBeforeUpper(run);
    if (heapSize == 1 && more) {
      key = runs[run][next];
      return;
    }
    if (!more) {
      heap[0] = heap[--heapSize];
    }
    siftDown(0);
    key = heapSize == 0 ? 0 : head(heap[0]);
  }

  /** Moves to the greatest key that is less than the current one. */
  void previous() {
    heaped = false;
    int best = -1;
    for (int run = 0; run < runs.length; run++) {
      if (lower[run] > 0
          && (best < 0
              || records.compareKeys(runs[run][lower[run] - 1], runs[best][lower[best] - 1], 0)
                  > 0)) {
        best = run;
      }
    }
    key = best < 0 ? 0 : runs[best][--lower[best]];
  }

  private void settleForward() {
    makeHeap();
    key = heapSize == 0 ? 0 : head(heap[0]);
  }

  /** Whether a run has a key where the walk stands, and that is before the bound. */
  private boolean isBeforeUpper(int run) {
    int at = lower[run];
    if (at < told[run] || at >= ends[run]) {
      return at < told[run];
    }
    int behind = Math.min(at + step, ends[run]);
    if (records.compareKey(runs[run][behind - 1], upper, 0, upper.length) < 0) {
      told[run] = behind;
      step = Math.min(STEP_GROWTH * step, MOST_TOLD);
      return true;
    }
    ends[run] = lowerBound(records, runs[run], at, behind - 1, upper, 0, upper.length);
    told[run] = ends[run];
    return at < told[run];
  }

  private int head(int run) {
    return runs[run][lower[run]];
  }

  private void makeHeap() {
    heapSize = 0;
    for (int run = 0; run < runs.length; run++) {
      if (isBeforeUpper(run)) {
        heap[heapSize++] = run;
      }
    }
    for (int i = heapSize / 2 - 1; i >= 0; i--) {
      siftDown(i);
    }
    heaped = true;
  }

  private void siftDown(int from) {
    if (from >= heapSize) {
      return;
    }
    int run = heap[from];
    int at = from;
    while (true) {
      int child = 2 * at + 1;
      if (child >= heapSize) {
        break;
      }
      if (child + 1 < heapSize
          && records.compareKeys(head(heap[child + 1]), head(heap[child]), 0) < 0) {
        child++;
      }
      if (records.compareKeys(head(run), head(heap[child]), 0) < 0) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = run;
  }
}
