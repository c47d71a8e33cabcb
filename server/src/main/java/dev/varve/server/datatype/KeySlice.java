package dev.varve.server.datatype;

import java.util.Arrays;

/**
 * A key of the engine's as a part of an array, to be put into maps, or sought in them without a
 * copy. One that is in a map stays as it is. Not thread-safe.
 */
final class KeySlice {
  private byte[] bytes = {};
  private int offset;
  private int length;

  /** Makes it another key, whose bytes are not copied. */
  KeySlice of(byte[] some, int from, int count) {
    bytes = some;
    offset = from;
    length = count;
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KeySlice key
        && Arrays.equals(
            bytes, offset, offset + length, key.bytes, key.offset, key.offset + key.length);
  }

  @Override
  public int hashCode() {
    int hash = 0;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + bytes[i];
    }
    return hash;
  }
}
