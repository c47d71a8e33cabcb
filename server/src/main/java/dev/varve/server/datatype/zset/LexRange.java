package dev.varve.server.datatype.zset;

import java.util.Arrays;

/**
 * Members that are within bounds as strings of bytes, meant for sets whose members all have the
 * same score.
 *
 * @param min where it begins
 * @param max where it ends
 */
public record LexRange(Bound min, Bound max) implements Range {
  /** In front of all strings. */
  public static final Bound LEAST = new Bound(Bound.Kind.LEAST, new byte[] {});

  /** After all strings. */
  public static final Bound GREATEST = new Bound(Bound.Kind.GREATEST, new byte[] {});

  /**
   * A bound.
   *
   * @param bytes the string that it is at
   */
  public record Bound(Kind kind, byte[] bytes) {
    /** Where a bound is. */
    public enum Kind {
      /** In front of all strings. */
      LEAST,
      /** At a string that is within. */
      CLOSED,
      /** At a string that is left out. */
      OPEN,
      /** After all strings. */
      GREATEST
    }

    /** How it compares with a string. */
    private int compare(byte[] other, int offset, int length) {
      return switch (kind) {
        case LEAST -> -1;
        case GREATEST -> 1;
        case CLOSED, OPEN ->
            Arrays.compareUnsigned(bytes, 0, bytes.length, other, offset, offset + length);
      };
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Bound bound
          && kind == bound.kind
          && Arrays.equals(bytes, bound.bytes);
    }

    @Override
    public int hashCode() {
      return 31 * kind.hashCode() + Arrays.hashCode(bytes);
    }
  }

  @Override
  public boolean isEmpty() {
    if (min.kind == Bound.Kind.GREATEST || max.kind == Bound.Kind.LEAST) {
      return true;
    }
    if (min.kind == Bound.Kind.LEAST || max.kind == Bound.Kind.GREATEST) {
      return false;
    }
    int order = Arrays.compareUnsigned(min.bytes, max.bytes);
    return order > 0
        || (order == 0 && (min.kind == Bound.Kind.OPEN || max.kind == Bound.Kind.OPEN));
  }

  @Override
  public boolean isBefore(double score, byte[] bytes, int offset, int length) {
    int order = min.compare(bytes, offset, length);
    return min.kind == Bound.Kind.OPEN ? order >= 0 : order > 0;
  }

  @Override
  public boolean isBehind(double score, byte[] bytes, int offset, int length) {
    int order = max.compare(bytes, offset, length);
    return max.kind == Bound.Kind.OPEN ? order <= 0 : order < 0;
  }
}
