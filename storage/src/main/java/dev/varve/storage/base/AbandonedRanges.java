package dev.varve.storage.base;

import java.util.Arrays;
import java.util.function.Predicate;

/**
 * Ranges of keys that nothing can reach any more: what they hold and is older than they are is
 * nobody's, and merges leave it out. Reads never ask for them. Immutable; compressed, as there may
 * be a million.
 *
 * <p>Each has a <i>stamp</i>, which tells which tables were written in knowledge of it; see {@code
 * manifest.Version}. One that lies in another one which is newer is left out.
 */
public final class AbandonedRanges {
  /** The answer of lookups when there is no such range. */
  public static final long NONE = 0;

  /** None. */
  public static final AbandonedRanges EMPTY = new Builder().build();

  /** Ranges between places where reading may begin. */
  private static final int BLOCK = 64;

  /*
   * range := shared:varint | rest length:varint | rest | end
   *          | sequence - that of the range before:zigzag | stamp, likewise
  x
   *        | (shared with begin + 1):varint | rest length:varint | rest
   *
   * By begin. `shared` is with the range before. The first of a block shares nothing, and the
   * numbers before it are taken for 0.
   */
  private final byte[] bytes;
  private final int count;
  private final int[] blocks;

  /** The greatest end of all ranges up to the end of a block. */
  private final byte[][] reach;

  private AbandonedRanges(Builder builder) {
    bytes = Arrays.copyOf(builder.bytes, builder.size);
    count = builder.count;
    blocks = Arrays.copyOf(builder.blocks, builder.blockCount);
    reach = Arrays.copyOf(builder.reach, builder.blockCount);
  }

  /**
   * A range.
   *
   * @param begin first key abandoned
   * @param end first key after it that is not
   * @param sequence what is older is abandoned
   * @param stamp tables of a lesser one were written without knowing of it; 0 if it has none yet
   */
  public record Range(byte[] begin, byte[] end, long sequence, long stamp) {
    /** Whether all that the other one says this one says, too. */
    private boolean includes(Range other) {
      return sequence >= other.sequence
          && Arrays.compareUnsigned(begin, other.begin) <= 0
          && Arrays.compareUnsigned(end, other.end) >= 0;
    }
  }

  /** Takes ranges by their begins. */
  public static final class Builder {
    private byte[] bytes = new byte[0];
    private int size;
    private int count;
    private int[] blocks = new int[0];
    private byte[][] reach = new byte[0][];
    private int blockCount;
    private Range last;

    /**
     * Adds a range, which isn't empty, unless the one before includes it.
     *
     * @throws IllegalArgumentException if it doesn't come in order
     */
    public void add(Range range) {
      if (last != null && last.includes(range)) {
        return;
      }
      if (Arrays.compareUnsigned(range.begin, range.end) >= 0
          || (last != null && Arrays.compareUnsigned(last.begin, range.begin) > 0)) {
        throw new IllegalArgumentException("abandoned ranges in order, none of them empty");
      }
      boolean first = count++ % BLOCK == 0;
      if (first) {
        addBlock(range.end);
      } else if (Arrays.compareUnsigned(range.end, reach[blockCount - 1]) > 0) {
        reach[blockCount - 1] = range.end;
      }
      ensure(range.begin.length + range.end.length + 6 * Varint.MAX_LONG_BYTES);
      putRest(first ? 0 : common(last.begin, range.begin), 0, range.begin);
      if (isSuccessor(range.begin, range.end)) {
        bytes[size++] = 0;
      } else {
        putRest(common(range.begin, range.end), 1, range.end);
      }
      size = Varint.put(bytes, size, zigzag(range.sequence - (first ? 0 : last.sequence)));
      size = Varint.put(bytes, size, zigzag(range.stamp - (first ? 0 : last.stamp)));
      last = range;
    }

    private void addBlock(byte[] end) {
      if (blockCount == blocks.length) {
        blocks = Arrays.copyOf(blocks, Math.max(4, 2 * blockCount));
        reach = Arrays.copyOf(reach, blocks.length);
      }
      boolean further = blockCount == 0 || Arrays.compareUnsigned(end, reach[blockCount - 1]) > 0;
      reach[blockCount] = further ? end : reach[blockCount - 1];
      blocks[blockCount++] = size;
    }

    private void ensure(int more) {
      if (bytes.length - size < more) {
        bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), 2 * bytes.length));
      }
    }

    private void putRest(int shared, int added, byte[] key) {
      size = Varint.put(bytes, size, shared + added);
      size = Varint.put(bytes, size, key.length - shared);
      System.arraycopy(key, shared, bytes, size, key.length - shared);
      size += key.length - shared;
    }

    private static long zigzag(long value) {
      return Varint.zigzag(value);
    }

    /** The ranges that were added. */
    public AbandonedRanges build() {
      return new AbandonedRanges(this);
    }
  }

  private static int common(byte[] a, byte[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  /**
   * The least key greater than all that begin with a prefix.
   *
   * @throws IllegalArgumentException if there is none, as all its bytes are 0xFF
   */
  public static byte[] successor(byte[] prefix) {
    int length = incrementable(prefix);
    if (length == 0) {
      throw new IllegalArgumentException("a prefix that nothing comes behind");
    }
    byte[] successor = Arrays.copyOf(prefix, length);
    successor[length - 1]++;
    return successor;
  }

  /** The length without what is 0xFF at the end. */
  private static int incrementable(byte[] prefix) {
    int length = prefix.length;
    while (length > 0 && prefix[length - 1] == -1) {
      length--;
    }
    return length;
  }

  private static boolean isSuccessor(byte[] begin, byte[] end) {
    int last = incrementable(begin) - 1;
    return last >= 0
        && end.length == last + 1
        && end[last] == (byte) (begin[last] + 1)
        && Arrays.equals(begin, 0, last, end, 0, last);
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return count == 0;
  }

  /** Bytes of memory taken. */
  public long memoryBytes() {
    long ends = 0;
    for (byte[] end : reach) {
      ends += end.length + 2L * Long.BYTES;
    }
    return bytes.length + ends + (Integer.BYTES + Long.BYTES) * (long) blocks.length;
  }

  /** All of them as bytes, for {@link #decode}; not to be changed. */
  public byte[] encode() {
    return bytes;
  }

  /**
   * Undoes {@link #encode}.
   *
   * @throws IndexOutOfBoundsException if a length leads out of the array
   * @throws IllegalArgumentException if it isn't well-formed
   */
  public static AbandonedRanges decode(byte[] bytes) {
    Builder builder = new Builder();
    Reader reader = new Reader(bytes, 0, bytes.length);
    while (reader.next()) {
      builder.add(reader.range());
    }
    return builder.build();
  }

  /** These and those. */
  public AbandonedRanges with(AbandonedRanges others) {
    if (isEmpty() || others.isEmpty()) {
      return isEmpty() ? others : this;
    }
    Builder builder = new Builder();
    Reader mine = reader();
    Reader theirs = others.reader();
    boolean more = mine.next();
    boolean moreOfThem = theirs.next();
    while (more || moreOfThem) {
      if (more && (!moreOfThem || comesFirst(mine.range(), theirs.range()))) {
        builder.add(mine.range());
        more = mine.next();
      } else {
        builder.add(theirs.range());
        moreOfThem = theirs.next();
      }
    }
    return builder.build();
  }

  /** By begin; of two that begin together the newer one, which may include the other. */
  private static boolean comesFirst(Range one, Range other) {
    int order = Arrays.compareUnsigned(one.begin, other.begin);
    return order < 0 || (order == 0 && one.sequence >= other.sequence);
  }

  /** Those for which {@code kept} says yes. It is asked in order. */
  public AbandonedRanges only(Predicate<Range> kept) {
    Builder builder = new Builder();
    Reader reader = reader();
    while (reader.next()) {
      if (kept.test(reader.range())) {
        builder.add(reader.range());
      }
    }
    return builder.count == count ? this : builder.build();
  }

  /** The same, all with a stamp. */
  public AbandonedRanges stamped(long stamp) {
    Builder builder = new Builder();
    Reader reader = reader();
    while (reader.next()) {
      Range range = reader.range();
      builder.add(new Range(range.begin, range.end, range.sequence, stamp));
    }
    return builder.build();
  }

  private Reader reader() {
    return new Reader(bytes, 0, bytes.length);
  }

  /** Reads ranges in order. */
  private static final class Reader {
    private final byte[] bytes;
    private final int end;
    private int at;
    private int read;
    private Range range;

    /** From the beginning of a block on. */
    Reader(byte[] bytes, int from, int end) {
      this.bytes = bytes;
      this.end = end;
      at = from;
    }

    boolean next() {
      if (at >= end) {
        return false;
      }
      boolean first = read++ % BLOCK == 0;
      byte[] before = first ? new byte[0] : range.begin;
      byte[] begin = key(before, (int) number());
      long form = number();
      byte[] behind = form == 0 ? successor(begin) : key(begin, (int) form - 1);
      long sequence = Varint.unzigzag(number()) + (first ? 0 : range.sequence);
      long stamp = Varint.unzigzag(number()) + (first ? 0 : range.stamp);
      range = new Range(begin, behind, sequence, stamp);
      return true;
    }

    private long number() {
      long number = Varint.get(bytes, at);
      at += Varint.length(number);
      return number;
    }

    private byte[] key(byte[] base, int shared) {
      long rest = number();
      if (shared < 0 || shared > base.length || rest < 0 || rest > bytes.length - at) {
        throw new IndexOutOfBoundsException("a key that shares " + shared + " bytes");
      }
      byte[] key = Arrays.copyOf(base, shared + (int) rest);
      System.arraycopy(bytes, at, key, shared, (int) rest);
      at += (int) rest;
      return key;
    }

    Range range() {
      return range;
    }
  }

  /**
   * Tells of keys that ascend which ranges cover them. Used by one thread.
   *
   * @param from no key is less; null: any may be
   */
  public Cover cover(byte[] from) {
    int block = 0;
    if (from != null) {
      int high = blocks.length;
      while (block < high) {
        int middle = (block + high) >>> 1;
        if (Arrays.compareUnsigned(reach[middle], from) > 0) {
          high = middle;
        } else {
          block = middle + 1;
        }
      }
    }
    int at = block == blocks.length ? bytes.length : blocks[block];
    return new Cover(new Reader(bytes, at, bytes.length));
  }

  /** See {@link AbandonedRanges#cover}. */
  public static final class Cover {
    private final Reader ranges;
    private boolean more;

    /** Those that begin up to the last key and may cover the next one. */
    private Range[] open = new Range[4];

    private int size;

    private Cover(Reader ranges) {
      this.ranges = ranges;
      more = ranges.next();
    }

    /** The sequence number of the newest range over a key, or {@link #NONE}. */
    public long newestOver(byte[] key, int length) {
      while (more && compare(ranges.range().begin, key, length) <= 0) {
        if (compare(ranges.range().end, key, length) > 0) {
          if (size == open.length) {
            open = Arrays.copyOf(open, 2 * size);
          }
          open[size++] = ranges.range();
        }
        more = ranges.next();
      }
      long newest = NONE;
      int left = 0;
      for (int i = 0; i < size; i++) {
        if (compare(open[i].end, key, length) > 0) {
          newest = Math.max(newest, open[i].sequence);
          open[left++] = open[i];
        }
      }
      size = left;
      return newest;
    }

    private static int compare(byte[] bound, byte[] key, int length) {
      return Arrays.compareUnsigned(bound, 0, bound.length, key, 0, length);
    }
  }
}
