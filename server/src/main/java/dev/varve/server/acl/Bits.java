package dev.varve.server.acl;

import java.util.Arrays;

/** A set of commands by their numbers. Not thread-safe while it is changed. */
final class Bits {
  private final long[] words;

  private Bits(long[] words) {
    this.words = words;
  }

  static Bits of(int size) {
    return new Bits(new long[(size + Long.SIZE - 1) / Long.SIZE]);
  }

  Bits copy() {
    return new Bits(words.clone());
  }

  boolean has(int number) {
    return (words[number >>> 6] & (1L << number)) != 0;
  }

  void set(int number, boolean in) {
    if (in) {
      words[number >>> 6] |= 1L << number;
    } else {
      words[number >>> 6] &= ~(1L << number);
    }
  }

  void fill(int size, boolean in) {
    Arrays.fill(words, 0);
    for (int i = 0; in && i < size; i++) {
      set(i, true);
    }
  }

  int count() {
    int count = 0;
    for (long word : words) {
      count += Long.bitCount(word);
    }
    return count;
  }
}
