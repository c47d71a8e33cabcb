package dev.varve.lua.library;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import java.util.Arrays;

/** Bytes that a library function puts together; its growth is charged. */
public final class Buffer {
  private final Interpreter lua;
  private byte[] bytes;
  private int length;

  public Buffer(Interpreter lua, int capacity) {
    this.lua = lua;
    bytes = new byte[capacity];
  }

  /** Text and a string after it. */
  public static LuaString joined(Interpreter lua, String text, LuaString s) {
    Buffer b = new Buffer(lua, text.length() + s.length());
    b.add(text);
    b.add(s);
    return b.string();
  }

  public int length() {
    return length;
  }

  public int capacity() {
    return bytes.length;
  }

  private void reserve(int n) {
    long needed = (long) length + n;
    if (needed > bytes.length) {
      if (needed > Integer.MAX_VALUE - 16) {
        throw new LuaError("not enough memory");
      }
      int capacity = (int) Math.min(Integer.MAX_VALUE - 16, Math.max(needed, 2L * bytes.length));
      lua.heap().charge(capacity - bytes.length);
      bytes = Arrays.copyOf(bytes, capacity);
    }
  }

  public void add(int b) {
    reserve(1);
    bytes[length++] = (byte) b;
  }

  public void add(byte[] from, int start, int end) {
    int n = end - start;
    reserve(n);
    System.arraycopy(from, start, bytes, length, n);
    length += n;
  }

  public void add(LuaString s) {
    add(s.bytes(), 0, s.length());
  }

  /** Characters' low eight bits. */
  public void add(String s) {
    int n = s.length();
    reserve(n);
    for (int i = 0; i < n; i++) {
      bytes[length++] = (byte) s.charAt(i);
    }
  }

  public LuaString string() {
    return lua.string(Arrays.copyOf(bytes, length));
  }
}
