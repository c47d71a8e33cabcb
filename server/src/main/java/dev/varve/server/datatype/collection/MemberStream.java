package dev.varve.server.datatype.collection;

import dev.varve.server.datatype.ElementWalk;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A collection's members in the order of their hash, which is that of all collections, and of their
 * bytes. The first {@link #HASH_BYTES} of what stands in {@link #bytes} from {@link #from} on are
 * the hash.
 */
abstract class MemberStream implements Comparable<MemberStream>, AutoCloseable {
  static final int HASH_BYTES = Integer.BYTES;

  /** The score that members of sets have. */
  static final double SET_SCORE = 1;

  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  abstract boolean isValid();

  abstract void next();

  /** The hash, which orders unsigned. */
  abstract int hash();

  abstract byte[] bytes();

  abstract int from();

  abstract int to();

  /** The score of the member that it stands on. */
  abstract double score();

  /** Orders by what they stand on. */
  @Override
  public final int compareTo(MemberStream other) {
    int order = Integer.compareUnsigned(hash(), other.hash());
    return order != 0 ? order : compareMember(other);
  }

  /** Orders by the bytes of two members that have the same hash. */
  final int compareMember(MemberStream other) {
    int own = from() + HASH_BYTES;
    int its = other.from() + HASH_BYTES;
    return Arrays.compareUnsigned(bytes(), own, to(), other.bytes(), its, other.to());
  }

  @Override
  public abstract void close();

  /** Returns the members of a packed collection. */
  static MemberStream over(HashedMembers members) {
    return new MemberStream() {
      private int at;

      @Override
      boolean isValid() {
        return at < members.count();
      }

      @Override
      void next() {
        at++;
      }

      @Override
      int hash() {
        return members.hash(at);
      }

      @Override
      byte[] bytes() {
        return members.bytes();
      }

      @Override
      int from() {
        return members.from(at);
      }

      @Override
      int to() {
        return members.to(at);
      }

      @Override
      double score() {
        return members.score(at);
      }

      @Override
      public void close() {
        // Nothing is held.
      }
    };
  }

  /**
   * Returns the members of a spread collection, which a walk goes over.
   *
   * @param scored whether what members have is their score
   */
  static MemberStream over(ElementWalk walk, boolean scored) {
    return new MemberStream() {
      @Override
      boolean isValid() {
        return walk.isValid();
      }

      @Override
      void next() {
        walk.next();
      }

      @Override
      int hash() {
        return (int) Members.hash(walk);
      }

      @Override
      byte[] bytes() {
        return walk.key();
      }

      @Override
      int from() {
        return Members.OFFSET - HASH_BYTES;
      }

      @Override
      int to() {
        return walk.keyLength();
      }

      @Override
      double score() {
        return scored ? walk.valueSegment().get(DOUBLE, walk.valueOffset()) : SET_SCORE;
      }

      @Override
      public void close() {
        walk.close();
      }
    };
  }
}
