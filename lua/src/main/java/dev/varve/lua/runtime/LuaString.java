package dev.varve.lua.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A string of bytes. Nobody changes the bytes once it is made. */
public final class LuaString implements Comparable<LuaString> {
  /** What a string costs beside its bytes. */
  static final int OVERHEAD = 40;

  public static final LuaString EMPTY = new LuaString(new byte[0]);

  private final byte[] bytes;
  private int hash;
  int mark;

  /** Takes the array as it is; {@link Interpreter#string(byte[])} also counts it. */
  public LuaString(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The string whose bytes are the characters' low eight bits. */
  public static LuaString of(String s) {
    return new LuaString(s.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The bytes themselves, not a copy: for reading. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return bytes.length;
  }

  /** The byte at a place, 0 to 255. */
  public int at(int i) {
    return bytes[i] & 255;
  }

  /**
   * Lua 5.1's own hash, on which the order of {@code pairs} depends: of long strings it takes some
   * bytes only.
   */
  @Override
  public int hashCode() {
    int h = hash;
    if (h == 0) {
      int length = bytes.length;
      int step = (length >> 5) + 1;
      h = length;
      for (int i = length; i >= step; i -= step) {
        h ^= (h << 5) + (h >>> 2) + (bytes[i - 1] & 255);
      }
      hash = h;
    }
    return h;
  }

  @Override
  public boolean equals(Object o) {
    return this == o
        || (o instanceof LuaString s
            && s.bytes.length == bytes.length
            && s.hashCode() == hashCode()
            && Arrays.equals(bytes, s.bytes));
  }

  @Override
  public int compareTo(LuaString o) {
    return Arrays.compareUnsigned(bytes, o.bytes);
  }

  /** One character for each byte. */
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
