package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.collection.StoredCollection;
import dev.varve.storage.base.AbandonedRanges;
import java.util.Arrays;

/**
 * Between which positions a spread sorted set's members are: what is taken from an end leaves
 * deleted elements there, which walks from that end would have to pass. It is only a hint where to
 * begin; no member is outside.
 *
 * <pre>
 * a head's own := (length:u8 | least position, up to 24 bytes of it) | (length:u8 | position after all)
 * </pre>
 *
 * <p>Without length there is no bound; without own bytes there are none. What stands after them is
 * a {@link RankTree}'s. Not thread-safe.
 */
final class OrderEnds {
  private static final int MOST_BYTES = 24;

  private final StoredCollection stored;

  OrderEnds(StoredCollection stored) {
    this.stored = stored;
  }

  private int lowLength() {
    return stored.ownLength() == 0 ? 0 : stored.own()[0];
  }

  private int highLength() {
    return stored.ownLength() == 0 ? 0 : stored.own()[1 + lowLength()];
  }

  /** The position that no member is in front of; null: not known. */
  byte[] low() {
    int length = lowLength();
    return length == 0 ? null : Arrays.copyOfRange(stored.own(), 1, 1 + length);
  }

  /** The position that all members are in front of; null: not known. */
  byte[] high() {
    int length = highLength();
    int from = 2 + lowLength();
    return length == 0 ? null : Arrays.copyOfRange(stored.own(), from, from + length);
  }

  /** A member has come to a position. */
  void added(double score, byte[] member, int length) {
    if (stored.ownLength() == 0) {
      return;
    }
    byte[] own = stored.own();
    int low = lowLength();
    if (low > 0 && compare(score, member, length, own, 1, low) < 0) {
      set(upTo(score, member, length), high());
    }
    int high = highLength();
    if (high > 0 && compare(score, member, length, stored.own(), 2 + lowLength(), high) >= 0) {
      set(low(), behind(score, member, length));
    }
  }

  /** The members up to a position were removed. */
  void removedUpTo(Scored last) {
    set(upTo(last.score(), last.member(), last.member().length), high());
  }

  /** The members from a position on were removed. */
  void removedFrom(Scored first) {
    set(low(), behind(first.score(), first.member(), first.member().length));
  }

  private static int compare(
      double score, byte[] member, int length, byte[] other, int offset, int otherLength) {
    long sortable = SortableScore.of(score);
    if (otherLength < ScoreOrder.SCORE_BYTES) {
      throw new IllegalStateException("the end of a sorted set is damaged");
    }
    int order = Long.compareUnsigned(sortable, (long) ScoreOrder.LONG.get(other, offset));
    return order != 0
        ? order
        : Arrays.compareUnsigned(
            member, 0, length, other, offset + ScoreOrder.SCORE_BYTES, offset + otherLength);
  }

  /** A position that isn't after that of a member. */
  private static byte[] upTo(double score, byte[] member, int length) {
    int kept = Math.min(length, MOST_BYTES - ScoreOrder.SCORE_BYTES);
    return ScoreOrder.position(score, member, 0, kept, false);
  }

  /** A position after that of a member; null: there is none of the length. */
  private static byte[] behind(double score, byte[] member, int length) {
    return length < MOST_BYTES - ScoreOrder.SCORE_BYTES
        ? ScoreOrder.position(score, member, 0, length, true)
        : successor(upTo(score, member, length));
  }

  /** The first position after all that begin with some bytes, in as many. */
  private static byte[] successor(byte[] prefix) {
    byte[] next = AbandonedRanges.successor(prefix);
    return Arrays.copyOf(next, Math.max(next.length, ScoreOrder.SCORE_BYTES));
  }

  /** How many of a head's own bytes are its. */
  int length() {
    return stored.ownLength() == 0 ? 0 : 2 + lowLength() + highLength();
  }

  /** Sees to it that something may stand after it. */
  void begin() {
    if (stored.ownLength() == 0) {
      set(null, null);
    }
  }

  private void set(byte[] low, byte[] high) {
    int lowLength = low == null ? 0 : low.length;
    int highLength = high == null ? 0 : high.length;
    int length = 2 + lowLength + highLength;
    int behind = stored.ownLength() - length();
    int from = length();
    stored.changeOwn(Math.max(from, length) + behind);
    System.arraycopy(stored.own(), from, stored.own(), length, behind);
    stored.changeOwn(length + behind);
    byte[] own = stored.own();
    own[0] = (byte) lowLength;
    if (low != null) {
      System.arraycopy(low, 0, own, 1, lowLength);
    }
    own[1 + lowLength] = (byte) highLength;
    if (high != null) {
      System.arraycopy(high, 0, own, 2 + lowLength, highLength);
    }
  }
}
