package dev.varve.server.datatype.zset;

/** Which members are meant, by their scores or by their bytes. */
public sealed interface Range permits ScoreRange, LexRange {
  /** Whether nothing can be in it. */
  boolean isEmpty();

  /** Whether a member lies in front of its beginning. */
  boolean isBefore(double score, byte[] bytes, int offset, int length);

  /** Whether a member lies after its end. */
  boolean isBehind(double score, byte[] bytes, int offset, int length);
}
