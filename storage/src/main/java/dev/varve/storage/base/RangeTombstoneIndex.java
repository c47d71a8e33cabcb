package dev.varve.storage.base;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A set of range tombstones, made for the question "what is the newest one over this key?".
 * Immutable, safe for use by many threads; lookups don't allocate.
 *
 * <p>The tombstones' bounds cut the key space into intervals, which are the leaves of a segment
 * tree. A tombstone over many intervals is noted in the few nodes that make up its range, so that n
 * of them take O(n log n) memory however they nest, and a lookup takes O(log² n) time: it walks
 * from the key's leaf to the root and searches each node's ascending sequence numbers.
 */
public final class RangeTombstoneIndex {
  /** The answer of lookups when there is no such tombstone. */
  public static final long NONE = 0;

  /** Of no tombstones. */
  public static final RangeTombstoneIndex EMPTY = new RangeTombstoneIndex(List.of());

  /** Ascending by sequence number. */
  private final List<RangeTombstone> tombstones;

  /** Interval i is [boundaries[i], boundaries[i + 1]). */
  private final byte[][] boundaries;

  /** Node n has sequences[starts[n] .. starts[n + 1]); leaf i is node leaves + i. */
  private final int[] starts;

  private final long[] sequences;
  private final int leaves;

  private RangeTombstoneIndex(List<RangeTombstone> tombstones) {
    this.tombstones = tombstones;
    boundaries = boundaries(tombstones);
    leaves = Math.max(0, boundaries.length - 1);
    starts = new int[2 * leaves + 2];
    for (RangeTombstone tombstone : tombstones) {
      forEachNode(tombstone, node -> starts[node + 1]++);
    }
    for (int node = 1; node < starts.length; node++) {
      starts[node] += starts[node - 1];
    }
    sequences = new long[starts[starts.length - 1]];
    int[] filled = starts.clone();
    for (RangeTombstone tombstone : tombstones) {
      forEachNode(tombstone, node -> sequences[filled[node]++] = tombstone.sequence());
    }
  }

  /** An index of {@code tombstones}; those with an empty range are left out. */
  public static RangeTombstoneIndex of(Collection<RangeTombstone> tombstones) {
    List<RangeTombstone> kept = new ArrayList<>(tombstones.size());
    for (RangeTombstone tombstone : tombstones) {
      if (Arrays.compareUnsigned(tombstone.begin(), tombstone.end()) < 0) {
        kept.add(tombstone);
      }
    }
    if (kept.isEmpty()) {
      return EMPTY;
    }
    kept.sort(Comparator.comparingLong(RangeTombstone::sequence));
    return new RangeTombstoneIndex(List.copyOf(kept));
  }

  private static byte[][] boundaries(List<RangeTombstone> tombstones) {
    TreeSet<byte[]> distinct = new TreeSet<>(Arrays::compareUnsigned);
    for (RangeTombstone tombstone : tombstones) {
      distinct.add(tombstone.begin());
      distinct.add(tombstone.end());
    }
    return distinct.toArray(byte[][]::new);
  }

  private interface NodeVisitor {
    void visit(int node);
  }

  private void forEachNode(RangeTombstone tombstone, NodeVisitor visitor) {
    int left = leaves + Arrays.binarySearch(boundaries, tombstone.begin(), Arrays::compareUnsigned);
    int right = leaves + Arrays.binarySearch(boundaries, tombstone.end(), Arrays::compareUnsigned);
    for (; left < right; left >>= 1, right >>= 1) {
      if ((left & 1) == 1) {
        visitor.visit(left++);
      }
      if ((right & 1) == 1) {
        visitor.visit(--right);
      }
    }
  }

  /** Whether there is no tombstone at all. */
  public boolean isEmpty() {
    return tombstones.isEmpty();
  }

  /** The tombstones, ascending by sequence number; as they were given. */
  public List<RangeTombstone> tombstones() {
    return tombstones;
  }

  /**
   * The sequence number of the newest tombstone over {@code key} that is not newer than {@code
   * snapshotSequence}, or {@link #NONE}.
   */
  public long newestOver(byte[] key, int offset, int length, long snapshotSequence) {
    int interval = intervalOf(key, offset, length);
    if (interval < 0) {
      return NONE;
    }
    long newest = NONE;
    for (int node = leaves + interval; node > 0; node >>= 1) {
      newest = Math.max(newest, newestAt(node, snapshotSequence));
    }
    return newest;
  }

  private int intervalOf(byte[] key, int offset, int length) {
    int to = offset + length;
    int low = 0;
    int high = boundaries.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      byte[] boundary = boundaries[middle];
      if (Arrays.compareUnsigned(boundary, 0, boundary.length, key, offset, to) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == boundaries.length ? -1 : low - 1;
  }

  private long newestAt(int node, long snapshotSequence) {
    int from = starts[node];
    int low = from;
    int high = starts[node + 1];
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sequences[middle] <= snapshotSequence) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == from ? NONE : sequences[low - 1];
  }

  /**
   * The same deletions as seen by the views at {@code snapshots} and by any newer one, in as few
   * tombstones as that takes: cut so that no two overlap but with equal bounds; ascending by begin,
   * then from the newest to the oldest.
   */
  public List<RangeTombstone> fragments(Snapshots snapshots) {
    List<List<RangeTombstone>> starting = new ArrayList<>(boundaries.length);
    for (int i = 0; i < boundaries.length; i++) {
      starting.add(new ArrayList<>(0));
    }
    List<List<RangeTombstone>> ending = new ArrayList<>(starting.size());
    for (int i = 0; i < boundaries.length; i++) {
      ending.add(new ArrayList<>(0));
    }
    for (RangeTombstone tombstone : tombstones) {
      starting
          .get(Arrays.binarySearch(boundaries, tombstone.begin(), Arrays::compareUnsigned))
          .add(tombstone);
      ending
          .get(Arrays.binarySearch(boundaries, tombstone.end(), Arrays::compareUnsigned))
          .add(tombstone);
    }
    List<RangeTombstone> fragments = new ArrayList<>();
    // How many open tombstones have a sequence number: the fragments of one share it.
    NavigableMap<Long, Integer> active = new TreeMap<>();
    List<Long> open = List.of();
    byte[] openBegin = null;
    for (int i = 0; i < boundaries.length; i++) {
      starting.get(i).forEach(tombstone -> active.merge(tombstone.sequence(), 1, Integer::sum));
      ending
          .get(i)
          .forEach(
              tombstone -> active.compute(tombstone.sequence(), (k, n) -> n == 1 ? null : n - 1));
      List<Long> needed = needed(active.navigableKeySet(), snapshots);
      if (!needed.equals(open)) {
        for (long sequence : open) {
          fragments.add(new RangeTombstone(openBegin, boundaries[i], sequence));
        }
        open = needed;
        openBegin = boundaries[i];
      }
    }
    return fragments;
  }

  /** The newest tombstone that each view sees, and the newest of all; newest first. */
  private static List<Long> needed(NavigableSet<Long> active, Snapshots snapshots) {
    List<Long> needed = new ArrayList<>(2);
    Long next = active.isEmpty() ? null : active.last();
    while (next != null) {
      needed.add(next);
      long older = snapshots.newestBelow(next);
      next = older == Snapshots.NONE ? null : active.floor(older);
    }
    return needed;
  }
}
