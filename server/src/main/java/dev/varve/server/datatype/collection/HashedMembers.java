package dev.varve.server.datatype.collection;

import dev.varve.server.datatype.MemberHash;
import dev.varve.storage.base.KeyHash;
import java.util.Arrays;

/**
 * The members of a packed collection, copied. When all have been added they are either put in the
 * order of spread ones, by their hashes, or looked for one by one. Not thread-safe.
 */
public final class HashedMembers {
  private final MemberHash hash;

  /** Of each member room for its hash and its bytes, as they were added. */
  private byte[] bytes;

  /** Where each begins, and after the last one where that ends. */
  private int[] starts;

  private double[] scores;

  /**
   * Of each the number it was added by; once they are in order also the hash before it, such that
   * it orders as it does unsigned.
   */
  private long[] order;

  private int count;

  /**
   * Places of members, one more than that, from where their quick hash says on; 0: there is none.
   * Null until one is looked for.
   */
  private int[] table;

  /** Has room for so many members, with so many bytes; there may be more. */
  HashedMembers(MemberHash hash, int expected, int theirBytes) {
    this.hash = hash;
    bytes = new byte[expected * MemberStream.HASH_BYTES + theirBytes];
    starts = new int[expected + 1];
    scores = new double[expected];
    order = new long[expected];
  }

  /** Adds a member of a set. */
  public void add(byte[] source, int offset, int length) {
    add(source, offset, length, MemberStream.SET_SCORE);
  }

  /** Adds a member. */
  public void add(byte[] source, int offset, int length, double score) {
    if (count == order.length) {
      grow();
    }
    int start = starts[count];
    int end = start + MemberStream.HASH_BYTES + length;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
    }
    System.arraycopy(source, offset, bytes, start + MemberStream.HASH_BYTES, length);
    order[count] = count;
    scores[count] = score;
    starts[++count] = end;
  }

  private void grow() {
    int room = 2 * count + 8;
    starts = Arrays.copyOf(starts, room + 1);
    scores = Arrays.copyOf(scores, room);
    order = Arrays.copyOf(order, room);
  }

  /** Puts them in order. */
  void sort() {
    for (int i = 0; i < count; i++) {
      int from = starts[i] + MemberStream.HASH_BYTES;
      int its = hash.of(bytes, from, starts[i + 1] - from);
      Members.putHash(bytes, starts[i], its);
      order[i] = ((long) its ^ Integer.MIN_VALUE) << Integer.SIZE | i;
    }
    Arrays.sort(order, 0, count);
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
    for (int i = quickHash & mask; table[i] != 0; i = (i + 1) & mask) {
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
    int from = from(place) + MemberStream.HASH_BYTES;
    return (int) (KeyHash.hash(bytes, from, to(place) - from) >>> Integer.SIZE);
  }

  /** At most half of it is taken, so that a place that is free comes soon. */
  private void buildTable() {
    table = new int[Integer.highestOneBit(Math.max(count, 1)) * 4];
    int mask = table.length - 1;
    for (int place = 0; place < count; place++) {
      int i = quickHash(place) & mask;
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
    return starts[(int) order[place]];
  }

  /** Where the member of a place in the order ends. */
  int to(int place) {
    return starts[(int) order[place] + 1];
  }

  double score(int place) {
    return scores[(int) order[place]];
  }
}
