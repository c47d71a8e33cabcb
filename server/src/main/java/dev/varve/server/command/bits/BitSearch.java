package dev.varve.server.command.bits;

import dev.varve.server.datatype.string.StringValue;
import java.lang.foreign.MemorySegment;

/** Goes through a range of a string's bits, piece by piece. */
abstract class BitSearch implements StringValue.Pieces {
  private final long last;

  /** The next bit that is looked at, counted from the string's first one. */
  private long next;

  private BitSearch(BitRange range) {
    next = range.first();
    last = range.last();
  }

  /** Counts the bits that are 1; the range isn't empty. */
  static long count(StringValue string, BitRange range) {
    Count count = new Count(range);
    count.run(string);
    return count.found;
  }

  /**
   * Returns the first bit of a range, which isn't empty, that is 1, or 0; {@link BitRow#NONE} if
   * none is.
   */
  static long first(StringValue string, BitRange range, int wanted) {
    First first = new First(range, wanted);
    first.run(string);
    return first.found;
  }

  final void run(StringValue string) {
    int from = (int) (next >>> 3);
    string.forEach(from, (int) (last >>> 3) - from + 1, this);
  }

  /** Where the bits of the range end among those of the next bytes, so many; it is included. */
  private long lastOf(int length) {
    return Math.min(last, (((next >>> 3) + length) << 3) - 1);
  }

  @Override
  public boolean bytes(MemorySegment segment, long offset, int length) {
    long begin = next & ~7L;
    long end = lastOf(length);
    boolean more = look(segment, offset, next - begin, end - begin, begin);
    next = end + 1;
    return more;
  }

  @Override
  public boolean zeros(int length) {
    boolean more = skip(next);
    next = lastOf(length) + 1;
    return more;
  }

  /**
   * Looks at bits of a piece, from one to another, both included.
   *
   * @param begin the place of the piece's first bit among the string's
   */
  abstract boolean look(MemorySegment segment, long offset, long from, long to, long begin);

  /** Passes bits that are 0, from the one at a place among the string's on. */
  abstract boolean skip(long from);

  private static final class Count extends BitSearch {
    private final BitRange range;
    private long found;

    private Count(BitRange range) {
      super(range);
      this.range = range;
    }

    @Override
    public boolean takesChanges() {
      return true;
    }

    @Override
    public void change(int index, int before, int after) {
      found += BitRow.count(after, index, range.first(), range.last());
      found -= BitRow.count(before, index, range.first(), range.last());
    }

    @Override
    boolean look(MemorySegment segment, long offset, long from, long to, long begin) {
      found += BitRow.count(segment, offset, from, to);
      return true;
    }

    @Override
    boolean skip(long from) {
      return true;
    }
  }

  private static final class First extends BitSearch {
    private final int wanted;
    private long found = BitRow.NONE;

    private First(BitRange range, int wanted) {
      super(range);
      this.wanted = wanted;
    }

    @Override
    boolean look(MemorySegment segment, long offset, long from, long to, long begin) {
      long its = BitRow.first(segment, offset, from, to, wanted);
      if (its == BitRow.NONE) {
        return true;
      }
      found = begin + its;
      return false;
    }

    @Override
    boolean skip(long from) {
      if (wanted == 1) {
        return true;
      }
      found = from;
      return false;
    }
  }
}
