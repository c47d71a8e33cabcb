package dev.varve.storage.base;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongPredicate;

/**
 * Range tombstones that don't change, in little memory. Immutable.
 *
 * <p>The tombstones' bounds cut the key space into intervals, each of which has the sequence
 * numbers of all tombstones over it. Where many nest in each other that is more than there are
 * tombstones; those of a table don't overlap.
 */
public final class RangeTombstoneIndex implements RangeTombstones {
  /** The index of no tombstones. */
  public static final RangeTombstoneIndex EMPTY = new Builder().build();

  private final int count;
  private final byte[] keys;

  /** Boundary i is keys[ends[i - 1] .. ends[i]). */
  private final int[] ends;

  /**
   * Interval i, from boundary i to the next one, has sequences[starts[i] .. starts[i + 1]), newest
   * first.
   */
  private final int[] starts;

  private final long[] sequences;
  private final PrefixFilter filter;
  private final long newest;

  private RangeTombstoneIndex(Builder builder) {
    count = builder.count;
    keys = Arrays.copyOf(builder.keys, builder.keyBytes);
    ends = Arrays.copyOf(builder.ends, builder.boundaries);
    starts = Arrays.copyOf(builder.starts, builder.boundaries);
    sequences = Arrays.copyOf(builder.sequences, builder.size);
    filter = builder.filter;
    filter.trim();
    newest = builder.newest;
  }

  /** Makes an index of tombstones that come in the order of {@link RangeTombstones#fragments}. */
  public static final class Builder {
    private byte[] keys = new byte[0];
    private int keyBytes;
    private int[] ends = new int[0];
    private int[] starts = new int[0];
    private int boundaries;
    private long[] sequences = new long[0];
    private int size;
    private int count;
    private long newest;
    private byte[] lastBegin;
    private byte[] lastEnd;
    private final PrefixFilter filter = new PrefixFilter();

    /**
     * Adds the next one.
     *
     * @return false, and nothing has changed, if it doesn't come in order
     */
    public boolean add(byte[] begin, byte[] end, long sequence) {
      boolean apart = lastEnd == null || Arrays.compareUnsigned(lastEnd, begin) <= 0;
      if (apart) {
        if (Arrays.compareUnsigned(begin, end) >= 0) {
          return false;
        }
        if (lastEnd == null || !Arrays.equals(lastEnd, begin)) {
          addBoundary(begin);
        } else {
          starts[boundaries - 1] = size;
        }
        addSequence(sequence);
        addBoundary(end);
        filter.add(begin, end);
        lastBegin = begin;
        lastEnd = end;
      } else if (Arrays.equals(lastBegin, begin)
          && Arrays.equals(lastEnd, end)
          && sequence <= sequences[size - 1]) {
        addSequence(sequence);
        starts[boundaries - 1] = size;
      } else {
        return false;
      }
      count++;
      return true;
    }

    private void addBoundary(byte[] key) {
      if (boundaries == ends.length) {
        ends = Arrays.copyOf(ends, Math.max(8, 2 * boundaries));
        starts = Arrays.copyOf(starts, ends.length);
      }
      if (keys.length - keyBytes < key.length) {
        keys = Arrays.copyOf(keys, Math.max(keyBytes + key.length, 2 * keys.length));
      }
      System.arraycopy(key, 0, keys, keyBytes, key.length);
      keyBytes += key.length;
      ends[boundaries] = keyBytes;
      starts[boundaries++] = size;
    }

    private void addSequence(long sequence) {
      if (size == sequences.length) {
        sequences = Arrays.copyOf(sequences, Math.max(8, 2 * size));
      }
      sequences[size++] = sequence;
      newest = Math.max(newest, sequence);
    }

    /** The index of what was added. */
    public RangeTombstoneIndex build() {
      return new RangeTombstoneIndex(this);
    }
  }

  /** An index of {@code tombstones} in any order; those with an empty range are left out. */
  public static RangeTombstoneIndex of(Collection<RangeTombstone> tombstones) {
    TreeSet<byte[]> bounds = new TreeSet<>(Arrays::compareUnsigned);
    List<RangeTombstone> byBegin = new ArrayList<>();
    for (RangeTombstone tombstone : tombstones) {
      if (Arrays.compareUnsigned(tombstone.begin(), tombstone.end()) < 0) {
        bounds.add(tombstone.begin());
        bounds.add(tombstone.end());
        byBegin.add(tombstone);
      }
    }
    byBegin.sort((a, b) -> Arrays.compareUnsigned(a.begin(), b.begin()));
    List<RangeTombstone> byEnd = new ArrayList<>(byBegin);
    byEnd.sort((a, b) -> Arrays.compareUnsigned(a.end(), b.end()));
    Iterator<RangeTombstone> beginning = byBegin.iterator();
    Iterator<RangeTombstone> ending = byEnd.iterator();
    RangeTombstone begins = nextOf(beginning);
    RangeTombstone ends = nextOf(ending);
    // How many open tombstones have a sequence number.
    NavigableMap<Long, Integer> open = new TreeMap<>();
    Builder builder = new Builder();
    byte[] from = null;
    for (byte[] bound : bounds) {
      for (long sequence : open.descendingKeySet()) {
        builder.add(from, bound, sequence);
      }
      from = bound;
      while (ends != null && Arrays.equals(ends.end(), bound)) {
        open.compute(ends.sequence(), (sequence, several) -> several == 1 ? null : several - 1);
        ends = nextOf(ending);
      }
      while (begins != null && Arrays.equals(begins.begin(), bound)) {
        open.merge(begins.sequence(), 1, Integer::sum);
        begins = nextOf(beginning);
      }
    }
    return builder.build();
  }

  private static RangeTombstone nextOf(Iterator<RangeTombstone> tombstones) {
    return tombstones.hasNext() ? tombstones.next() : null;
  }

  @Override
  public boolean isEmpty() {
    return count == 0;
  }

  @Override
  public long newest() {
    return newest;
  }

  /** How many tombstones were added; of one that overlaps others, how many parts. */
  public int count() {
    return count;
  }

  /** The least key covered; there is a tombstone. */
  public byte[] begin() {
    return boundary(0);
  }

  /** The least key greater than all that are covered; there is a tombstone. */
  public byte[] end() {
    return boundary(ends.length - 1);
  }

  /** Bytes of memory taken. */
  public long memoryBytes() {
    return isEmpty()
        ? 0
        : keys.length
            + Integer.BYTES * ((long) ends.length + starts.length)
            + (long) Long.BYTES * sequences.length
            + filter.memoryBytes();
  }

  private byte[] boundary(int at) {
    return Arrays.copyOfRange(keys, at == 0 ? 0 : ends[at - 1], ends[at]);
  }

  @Override
  public long newestOver(byte[] key, int offset, int length, long snapshotSequence) {
    if (count == 0 || !filter.mayCover(key, offset, length)) {
      return NONE;
    }
    int interval = intervalOf(key, offset, length);
    if (interval < 0 || interval == ends.length - 1) {
      return NONE;
    }
    int low = starts[interval];
    int end = starts[interval + 1];
    int high = end;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sequences[middle] <= snapshotSequence) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low == end ? NONE : sequences[low];
  }

  /** The last boundary that is not greater than a key; -1 if all are. */
  private int intervalOf(byte[] key, int offset, int length) {
    int to = offset + length;
    int low = 0;
    int high = ends.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int from = middle == 0 ? 0 : ends[middle - 1];
      if (Arrays.compareUnsigned(keys, from, ends[middle], key, offset, to) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /**
   * Whether all keys of [{@code begin}, {@code end}) are covered, and everywhere the newest
   * tombstone's sequence number is {@code wanted}.
   */
  public boolean covers(byte[] begin, byte[] end, LongPredicate wanted) {
    int interval = intervalOf(begin, 0, begin.length);
    if (interval < 0) {
      return false;
    }
    for (int at = interval; at < ends.length - 1; at++) {
      boolean covered = starts[at] < starts[at + 1] && wanted.test(sequences[starts[at]]);
      if (!covered) {
        return false;
      }
      if (Arrays.compareUnsigned(keys, ends[at], ends[at + 1], end, 0, end.length) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** All tombstones, where some overlap their parts: ascending by begin, then newest first. */
  public List<RangeTombstone> toList() {
    List<RangeTombstone> all = new ArrayList<>(count);
    Pieces pieces = pieces();
    while (pieces.next()) {
      byte[] begin = pieces.begin();
      byte[] end = pieces.end();
      for (int i = 0; i < pieces.depth(); i++) {
        all.add(new RangeTombstone(begin, end, pieces.sequence(i)));
      }
    }
    return all;
  }

  @Override
  public Pieces pieces() {
    return new Walk();
  }

  private final class Walk implements Pieces {
    private int at = -1;
    private byte[] begin;
    private byte[] end;

    @Override
    public boolean next() {
      at++;
      while (at < ends.length - 1 && starts[at] == starts[at + 1]) {
        at++;
      }
      if (at >= ends.length - 1) {
        return false;
      }
      begin = boundary(at);
      end = boundary(at + 1);
      return true;
    }

    @Override
    public byte[] begin() {
      return begin;
    }

    @Override
    public byte[] end() {
      return end;
    }

    @Override
    public int depth() {
      return starts[at + 1] - starts[at];
    }

    @Override
    public long sequence(int number) {
      return sequences[starts[at] + number];
    }
  }
}
