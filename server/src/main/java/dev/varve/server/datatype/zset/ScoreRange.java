package dev.varve.server.datatype.zset;

/**
 * Members whose scores are within bounds.
 *
 * @param min the least score
 * @param minOpen whether the least score itself is left out
 * @param max the greatest score
 * @param maxOpen whether the greatest score itself is left out
 */
public record ScoreRange(double min, boolean minOpen, double max, boolean maxOpen)
    implements Range {
  @Override
  public boolean isEmpty() {
    return min > max || (min == max && (minOpen || maxOpen));
  }

  @Override
  public boolean isBefore(double score, byte[] bytes, int offset, int length) {
    return minOpen ? score <= min : score < min;
  }

  @Override
  public boolean isBehind(double score, byte[] bytes, int offset, int length) {
    return maxOpen ? score >= max : score > max;
  }
}
