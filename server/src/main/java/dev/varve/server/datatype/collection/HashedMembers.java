package dev.varve.server.datatype.collection;

import dev.varve.server.datatype.MemberHash;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The members of a packed collection, copied. When all have been added they are either put in the
 * order of spread ones, by their hashes, or looked for one by one. Not thread-safe.
 */
public final class HashedMembers {
  /** A member that isn't longer is copied by eight bytes at a time. */
  private static final int SHORT = 64;

  /** Odd, and about the golden ratio's part of all numbers: a product's first bits are mixed. */
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final MemberHash hash;

  /**
   * Room for each member's hash, and its bytes, in the order in which they were added. Eight bytes
   * may be read from the end of each on.
   */
  private byte[] bytes;

  /** Where each begins, and after the last one where that ends. */
  private int[] starts;

  /** Null: all have {@link MemberStream#SET_SCORE}. */
  private double[] scores;

  /**
   * Null until they are in order; then of each the number it was added by, and before that its
   * hash, such that it orders as it does unsigned.
   */
  private long[] order;

  private int count;

  /**
   * Places of members, one more than that, from where the first bits of their quick hash say on; 0:
   * there is none. Null until one is looked for.
   */
  private int[] table;

  /** How many bits of a quick hash are not first ones. */
  private int shift;

  /** Has room for so many members, with so many bytes; there may be more. */
  HashedMembers(MemberHash hash, int expected, int theirBytes) {
    this.hash = hash;
    bytes = new byte[expected * MemberStream.HASH_BYTES + theirBytes + Long.BYTES];
    starts = new int[expected + 1];
  }

  /** Adds a member of a set; none with a score may have been added. */
  public void add(byte[] source, int offset, int length) {
    if (count + 1 == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count + 8);
    }
    int from = starts[count] + MemberStream.HASH_BYTES;
    int end = from + length;
    if (end > bytes.length - Long.BYTES) {
      bytes = Arrays.copyOf(bytes, Math.max(end + Long.BYTES, 2 * bytes.length));
    }
    if (length <= SHORT && offset + length <= source.length - Long.BYTES) {
      // What is copied after its end is overwritten by the next one.
      for (int i = 0; i < length; i += Long.BYTES) {
        LONG.set(bytes, from + i, (long) LONG.get(source, offset + i));
      }
    } else {
      System.arraycopy(source, offset, bytes, from, length);
    }
    starts[++count] = end;
  }

  /** Adds a member with its score; so all have to be added. */
  public void add(byte[] source, int offset, int length, double score) {
    add(source, offset, length);
    if (scores == null) {
      scores = new double[starts.length];
    } else if (scores.length < count) {
      scores = Arrays.copyOf(scores, starts.length);
    }
    scores[count - 1] = score;
  }

  /** Puts them in order. */
  void sort() {
    order = new long[count];
    table = null;
    for (int i = 0; i < count; i++) {
      int from = starts[i] + MemberStream.HASH_BYTES;
      int its = hash.of(bytes, from, starts[i + 1] - from);
      Members.putHash(bytes, starts[i], its);
      order[i] = ((long) its ^ Integer.MIN_VALUE) << Integer.SIZE | i;
    }
    Arrays.sort(order);
    for (int i = 1; i < count; i++) {
      long moving = order[i];
      int at = i;
      while (at > 0 && isSameHash(order[at - 1], moving) && compare(order[at - 1], moving) > 0) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = moving;
    }
  }

  private static boolean isSameHash(long one, long other) {
    return (one ^ other) >>> Integer.SIZE == 0;
  }

  private int compare(long one, long other) {
    int left = (int) one;
    int right = (int) other;
    return Arrays.compareUnsigned(
        bytes, starts[left], starts[left + 1], bytes, starts[right], starts[right + 1]);
  }

  int count() {
    return count;
  }

  /**
   * Looks for a member of another collection; neither is put in order.
   *
   * @param itsPlace in the other
   * @param quickHash the other's {@link #quickHash} of it
   * @return its place here; -1: there is none
   */
  int find(HashedMembers other, int itsPlace, int quickHash) {
    if (table == null) {
      buildTable();
    }
    int mask = table.length - 1;
    for (int i = quickHash >>> shift; table[i] != 0; i = (i + 1) & mask) {
      int place = table[i] - 1;
      if (isSame(place, other, itsPlace)) {
        return place;
      }
    }
    return -1;
  }

  /**
   * A hash that takes less time than that by which members are ordered. Whoever wants to can find
   * members that have the same one; of a packed collection there are few.
   */
  int quickHash(int place) {
    int at = from(place) + MemberStream.HASH_BYTES;
    int end = to(place);
    long quick = (long) end - at;
    for (; at < end - Long.BYTES; at += Long.BYTES) {
      quick = (quick ^ (long) LONG.get(bytes, at)) * MULTIPLIER;
      quick ^= quick >>> Integer.SIZE;
    }
    int free = Long.BYTES - (end - at);
    long last = free == Long.BYTES ? 0 : (long) LONG.get(bytes, at) & (-1L >>> (free * Byte.SIZE));
    return (int) (((quick ^ last) * MULTIPLIER) >>> Integer.SIZE);
  }

  /** At most half of it is taken, so that a place that is free comes soon. */
  private void buildTable() {
    table = new int[Integer.highestOneBit(Math.max(count, 1)) * 4];
    shift = Integer.numberOfLeadingZeros(table.length) + 1;
    int mask = table.length - 1;
    for (int place = 0; place < count; place++) {
      int i = quickHash(place) >>> shift;
      while (table[i] != 0) {
        i = (i + 1) & mask;
      }
      table[i] = place + 1;
    }
  }

  private boolean isSame(int place, HashedMembers other, int itsPlace) {
    return Arrays.equals(
        bytes,
        from(place) + MemberStream.HASH_BYTES,
        to(place),
        other.bytes,
        other.from(itsPlace) + MemberStream.HASH_BYTES,
        other.to(itsPlace));
  }

  /** Shows the member of a place. */
  void show(int place, double score, ScoredVisitor visitor) {
    int from = from(place) + MemberStream.HASH_BYTES;
    visitor.visit(bytes, from, to(place) - from, score);
  }

  /** The hash of the member of a place in the order, which orders unsigned. */
  int hash(int place) {
    return (int) (order[place] >>> Integer.SIZE) ^ Integer.MIN_VALUE;
  }

  /** The array that has the members, each after its hash. */
  byte[] bytes() {
    return bytes;
  }

  /** Where in {@link #bytes} the hash of the member of a place in the order begins. */
  int from(int place) {
    return starts[number(place)];
  }

  /** Where the member of a place in the order ends. */
  int to(int place) {
    return starts[number(place) + 1];
  }

  double score(int place) {
    return scores == null ? MemberStream.SET_SCORE : scores[number(place)];
  }

  /** The number that the member of a place was added by. */
  private int number(int place) {
    return order == null ? place : (int) order[place];
  }
}
