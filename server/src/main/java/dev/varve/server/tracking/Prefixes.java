package dev.varve.server.tracking;

import java.util.Arrays;

/** Beginnings of keys. */
public final class Prefixes {
  private Prefixes() {}

  /** Returns whether one of two is how the other begins. */
  public static boolean overlap(byte[] one, byte[] other) {
    return isPrefix(one, other) || isPrefix(other, one);
  }

  static boolean isPrefix(byte[] prefix, byte[] key) {
    return key.length >= prefix.length
        && Arrays.equals(prefix, 0, prefix.length, key, 0, prefix.length);
  }
}
