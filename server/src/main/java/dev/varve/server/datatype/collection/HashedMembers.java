package dev.varve.server.datatype.collection;

import dev.varve.server.datatype.MemberHash;
import java.util.Arrays;

/**
 * The members of a packed collection, copied, in the order of their hashes, which is that of spread
 * ones. All are added before they are put in order. Not thread-safe.
 */
public final class HashedMembers {
  private final MemberHash hash;

  /** Of each member its hash and its bytes, as they were added. */
  private byte[] bytes;

  /** Where each begins, and after the last one where that ends. */
  private int[] starts;

  private double[] scores;

  /** Of each the hash, such that it orders as it does unsigned, and the number it was added by. */
  private long[] order;

  private int count;

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
    int its = hash.of(source, offset, length);
    Members.putHash(bytes, start, its);
    System.arraycopy(source, offset, bytes, start + MemberStream.HASH_BYTES, length);
    order[count] = ((long) its ^ Integer.MIN_VALUE) << Integer.SIZE | count;
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
