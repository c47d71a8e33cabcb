package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The order of a spread sorted set's members, beside what each has as its score.
 *
 * <pre>
 * 0x20 | database id:u32 | collection id:u48 | 2 | sortable score:u64 | member -> () or 1: it is -0
 * </pre>
 *
 * <p>What stands after the part's number is an element's <i>position</i>. Not thread-safe.
 */
final class ScoreOrder {
  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private static final byte PART = 2;

  /** Where in an element's key its position begins. */
  static final int POSITION = Elements.PREFIX_BYTES + 1;

  /** Where in a position the member begins. */
  static final int SCORE_BYTES = Long.BYTES;

  private static final int MEMBER = POSITION + SCORE_BYTES;
  private static final byte NEGATIVE = 1;

  private final Keyspace keyspace;

  ScoreOrder(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /** Builds an element's key; returns the array that has it. */
  private byte[] key(double score, byte[] member, int offset, int length) {
    byte[] key = keyspace.elements().key(1 + SCORE_BYTES + length);
    key[Elements.PREFIX_BYTES] = PART;
    LONG.set(key, POSITION, SortableScore.of(score));
    System.arraycopy(member, offset, key, MEMBER, length);
    return key;
  }

  /** Puts a member at its score. */
  void put(double score, byte[] member, int offset, int length) {
    key(score, member, offset, length);
    boolean negative = score == 0 && 1 / score < 0;
    int at = keyspace.elements().put(negative ? 1 : 0);
    if (negative) {
      keyspace.batchBytes()[at] = NEGATIVE;
    }
  }

  /** Removes a member from its score. */
  void delete(double score, byte[] member, int offset, int length) {
    key(score, member, offset, length);
    keyspace.elements().delete();
  }

  /** The position in front of, or after, all members of a score. */
  static byte[] position(double score, boolean behind) {
    byte[] position = new byte[SCORE_BYTES];
    LONG.set(position, 0, SortableScore.of(score) + (behind ? 1 : 0));
    return position;
  }

  /**
   * The position in front of, or after, where a member is or would be.
   *
   * @param behind whether it is the one directly after it
   */
  static byte[] position(double score, byte[] member, int offset, int length, boolean behind) {
    byte[] position = new byte[SCORE_BYTES + length + (behind ? 1 : 0)];
    LONG.set(position, 0, SortableScore.of(score));
    System.arraycopy(member, offset, position, SCORE_BYTES, length);
    return position;
  }

  /** Writes the position of a member to an array; returns it, or a larger one that has it. */
  static byte[] position(byte[] target, double score, byte[] member, int length) {
    byte[] room =
        target.length < SCORE_BYTES + length ? new byte[2 * (SCORE_BYTES + length)] : target;
    LONG.set(room, 0, SortableScore.of(score));
    System.arraycopy(member, 0, room, SCORE_BYTES, length);
    return room;
  }

  /** The position that a walk of {@link #walkSome} has come to. */
  static byte[] positionOf(ElementWalk walk) {
    return Arrays.copyOfRange(walk.key(), POSITION, walk.keyLength());
  }

  /**
   * Walks over members from a position on; see {@link Elements#walkSome}. What stands from {@link
   * #POSITION} on in its keys is the member's position.
   */
  ElementWalk walkSome(byte[] from) {
    begin(from, from.length);
    return keyspace.elements().walkSome();
  }

  private void begin(byte[] from, int length) {
    byte[] key = keyspace.elements().key(1 + length);
    key[Elements.PREFIX_BYTES] = PART;
    if (length > 0) {
      System.arraycopy(from, 0, key, POSITION, length);
    }
  }

  /**
   * Walks over members.
   *
   * @param from the first position; null: all
   * @param before the first position after; null: all
   */
  ScoreWalk walk(byte[] from, byte[] before, boolean backwards) {
    begin(from, from == null ? 0 : from.length);
    return new Walk(keyspace, keyspace.elements().walk(before, backwards));
  }

  private static final class Walk implements ScoreWalk {
    private final Keyspace keyspace;
    private final ElementWalk walk;
    private long passed;

    Walk(Keyspace keyspace, ElementWalk walk) {
      this.keyspace = keyspace;
      this.walk = walk;
    }

    @Override
    public boolean isValid() {
      return walk.isValid();
    }

    @Override
    public void next() {
      keyspace.needTime(++passed);
      walk.next();
    }

    @Override
    public byte[] bytes() {
      return walk.key();
    }

    @Override
    public int offset() {
      return MEMBER;
    }

    @Override
    public int length() {
      return walk.keyLength() - MEMBER;
    }

    @Override
    public double score() {
      double score = SortableScore.toScore((long) LONG.get(walk.key(), POSITION));
      return score == 0 && walk.valueLength() > 0 ? -0.0 : score;
    }

    @Override
    public void close() {
      walk.close();
    }
  }
}
