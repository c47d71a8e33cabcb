package dev.varve.server.command.string;

import java.util.BitSet;

/**
 * The longest common subsequence of two strings of bytes, and the ranges that both have of it, as
 * Redis finds them: of several, always the same.
 *
 * <p>Of each pair of prefixes one bit is kept, which says at whose end the way back goes on: so it
 * takes a thirty-second of the memory that Redis takes. Lengths are kept for two rows.
 */
final class CommonSubsequence {
  private final byte[] one;
  private final byte[] other;

  /** Whether the way back from prefixes of i and j bytes shortens the first: at i - 1 and j - 1. */
  private final BitSet shortensOne;

  private int length;

  /** Takes ranges, from the strings' end on. */
  @FunctionalInterface
  interface Ranges {
    /** Takes one: so many bytes from where it begins in each. */
    void range(int inOne, int inOther, int length);
  }

  /** Finds it, in time that grows with the product of the lengths. */
  CommonSubsequence(byte[] one, byte[] other) {
    this.one = one;
    this.other = other;
    shortensOne = new BitSet(one.length * other.length);
    find();
  }

  /**
   * Returns how many bytes of heap it takes to find that of strings of these lengths, without them.
   */
  static long bytesToFind(long oneLength, long otherLength) {
    return oneLength * otherLength / Byte.SIZE + 2 * (otherLength + 1) * Integer.BYTES;
  }

  private void find() {
    int[] above = new int[other.length + 1];
    int[] row = new int[other.length + 1];
    for (int i = 1; i <= one.length; i++) {
      byte its = one[i - 1];
      for (int j = 1; j <= other.length; j++) {
        if (its == other[j - 1]) {
          row[j] = above[j - 1] + 1;
        } else if (above[j] > row[j - 1]) {
          row[j] = above[j];
          shortensOne.set(place(i, j));
        } else {
          row[j] = row[j - 1];
        }
      }
      int[] free = above;
      above = row;
      row = free;
    }
    length = above[other.length];
  }

  private int place(int i, int j) {
    return (i - 1) * other.length + j - 1;
  }

  /** Returns how long it is. */
  int length() {
    return length;
  }

  /** Returns it. */
  byte[] bytes() {
    byte[] bytes = new byte[length];
    int[] end = {length};
    forEachRange(
        (inOne, _, count) -> {
          end[0] -= count;
          System.arraycopy(one, inOne, bytes, end[0], count);
        });
    return bytes;
  }

  /** Hands over the ranges that it consists of. */
  void forEachRange(Ranges ranges) {
    int i = one.length;
    int j = other.length;
    int matched = 0;
    while (i > 0 && j > 0) {
      if (one[i - 1] == other[j - 1]) {
        i--;
        j--;
        matched++;
        continue;
      }
      if (matched > 0) {
        ranges.range(i, j, matched);
        matched = 0;
      }
      if (shortensOne.get(place(i, j))) {
        i--;
      } else {
        j--;
      }
    }
    if (matched > 0) {
      ranges.range(i, j, matched);
    }
  }
}
