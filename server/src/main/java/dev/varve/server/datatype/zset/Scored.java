package dev.varve.server.datatype.zset;

import java.util.Arrays;

/** A member with its score, in the order that sorted sets have. */
public record Scored(double score, byte[] member) implements Comparable<Scored> {
  /** Heap that one takes beside the member's bytes. */
  public static final int BYTES = 64;

  @Override
  public int compareTo(Scored other) {
    // Zeros are equal, whatever their sign.
    int order = score < other.score ? -1 : score > other.score ? 1 : 0;
    return order != 0 ? order : Arrays.compareUnsigned(member, other.member);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Scored scored && compareTo(scored) == 0;
  }

  @Override
  public int hashCode() {
    return 31 * Double.hashCode(score == 0 ? 0 : score) + Arrays.hashCode(member);
  }
}
