package dev.varve.storage.base;

import java.util.Arrays;

/**
 * The sequence numbers at which the database may still be read, for merges to know which versions
 * they must keep. A view at the newest state is always meant besides, so that what has no newer
 * version is kept. Immutable.
 */
public final class Snapshots {
  /** No view but that at the newest state. */
  public static final Snapshots NEWEST_ONLY = new Snapshots();

  /** The answer of {@link #newestBelow} when there is none. */
  public static final long NONE = -1;

  /** The newest state's sequence number. */
  public static final long NEWEST = Long.MAX_VALUE;

  private final long[] ascending;

  /** Makes one of these sequence numbers, in any order. */
  public Snapshots(long... sequences) {
    ascending = sequences.clone();
    Arrays.sort(ascending);
  }

  /** The oldest view's; {@link #NEWEST} if there is no other. */
  public long oldest() {
    return ascending.length == 0 ? NEWEST : ascending[0];
  }

  /** The oldest view's that sees what was written at {@code sequence}; at most {@link #NEWEST}. */
  public long oldestFrom(long sequence) {
    int at = position(sequence);
    return at == ascending.length ? NEWEST : ascending[at];
  }

  /** The newest view's that does not see what was written at {@code sequence}, or {@link #NONE}. */
  public long newestBelow(long sequence) {
    int at = position(sequence);
    return at == 0 ? NONE : ascending[at - 1];
  }

  /** The index of the first that is not less than {@code sequence}. */
  private int position(long sequence) {
    int low = 0;
    int high = ascending.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] < sequence) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
