package dev.varve.server.datatype.zset;

/**
 * A walk over a sorted set's members in the order of their scores, or backwards. A new one stands
 * on the first, or the last. It is of no use once the set changes. Not thread-safe.
 */
public interface ScoreWalk extends AutoCloseable {
  /** Whether it stands on a member. */
  boolean isValid();

  /**
   * Moves on.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if the disk would have to be read, or it takes too
   *     long, and that may not be
   */
  void next();

  /** The array that has the member's bytes. */
  byte[] bytes();

  /** Where in {@link #bytes} the member begins. */
  int offset();

  /** The member's length. */
  int length();

  /** The member's score. */
  double score();

  @Override
  void close();
}
