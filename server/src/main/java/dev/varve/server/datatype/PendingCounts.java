package dev.varve.server.datatype;

import java.util.Arrays;

/** What a batch under way will do to {@link LiveCounts}. Owned by one thread. */
final class PendingCounts {
  private int[] ids = new int[4];
  private long[] deltas = new long[4];
  private boolean[] unknown = new boolean[4];
  private int size;

  void clear() {
    size = 0;
  }

  void add(int databaseId, long delta) {
    int entry = entryOf(databaseId);
    deltas[entry] += delta;
  }

  /** The count will not be known any more. */
  void unknown(int databaseId) {
    int entry = entryOf(databaseId);
    unknown[entry] = true;
  }

  void applyTo(LiveCounts counts) {
    for (int i = 0; i < size; i++) {
      if (unknown[i]) {
        counts.forget(ids[i]);
      } else {
        counts.add(ids[i], deltas[i]);
      }
    }
  }

  /** A batch touches one or two databases, or each of them once. */
  private int entryOf(int databaseId) {
    if (size > 0 && ids[size - 1] == databaseId) {
      return size - 1;
    }
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
      deltas = Arrays.copyOf(deltas, 2 * size);
      unknown = Arrays.copyOf(unknown, 2 * size);
    }
    ids[size] = databaseId;
    deltas[size] = 0;
    unknown[size] = false;
    return size++;
  }
}
