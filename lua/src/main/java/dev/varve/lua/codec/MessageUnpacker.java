package dev.varve.lua.codec;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** MessagePack to values, over one message. */
final class MessageUnpacker {
  /** What C's stack has room for: a result each, and for each level two. */
  private static final int MAX_SLOTS = 8_000;

  private static final int LEVEL_BYTES = 400;

  private final Interpreter lua;
  private final byte[] in;
  private int at;
  private int slots;
  private int level;

  MessageUnpacker(Interpreter lua, byte[] in, int at) {
    this.lua = lua;
    this.in = in;
    this.at = at;
  }

  /**
   * As many values as there are, or as many as asked for; before them the place of the next, if
   * that is wanted.
   */
  Object unpack(long limit, boolean place) {
    List<Object> results = new ArrayList<>();
    if (place) {
      results.add(null);
    }
    for (long n = 0; at < in.length && n < limit; n++) {
      results.add(value());
      slots++;
    }
    if (place) {
      results.set(0, at == in.length ? -1.0 : (double) at);
    }
    return results.size() == 1 ? results.getFirst() : results.toArray();
  }

  private void need(long n) {
    if (in.length - at < n) {
      throw lua.error("Missing bytes in input.");
    }
  }

  private long unsigned(int size) {
    long v = 0;
    for (int i = 0; i < size; i++) {
      v = v << 8 | (in[at++] & 255);
    }
    return v;
  }

  private long signed(int size) {
    int shift = 64 - 8 * size;
    return unsigned(size) << shift >> shift;
  }

  private Object value() {
    lua.step();
    need(1);
    if (slots + 1 > MAX_SLOTS) {
      throw lua.error(
          "stack overflow (too many return values at once; use unpack_one or unpack_limit"
              + " instead.)");
    }
    int c = in[at] & 255;
    if (c < 0x80 || c >= 0xe0) {
      at++;
      return (double) (byte) c;
    }
    if (c < 0xc0) {
      return c >= 0xa0 ? string(1, c & 0x1f) : table(1, c & 0x0f, c < 0x90);
    }
    int size = 1 << (c & 3);
    return switch (c) {
      case 0xc0 -> skip(null);
      case 0xc2 -> skip(false);
      case 0xc3 -> skip(true);
      case 0xca -> head(4, Struct.plain(Float.intBitsToFloat((int) peek(4))));
      case 0xcb -> head(8, Struct.plain(Double.longBitsToDouble(peek(8))));
      case 0xcc, 0xcd, 0xce, 0xcf -> head(size, (double) peek(size));
      case 0xd0, 0xd1, 0xd2, 0xd3 -> {
        need(1L + size);
        at++;
        yield (double) signed(size);
      }
      case 0xd9 -> string(2, peek(1));
      case 0xda -> string(3, peek(2));
      case 0xdb -> string(5, peek(4));
      case 0xdc, 0xdd -> table(c == 0xdc ? 3 : 5, peek(c == 0xdc ? 2 : 4), false);
      case 0xde, 0xdf -> table(c == 0xde ? 3 : 5, peek(c == 0xde ? 2 : 4), true);
      default -> throw lua.error("Bad data format in input.");
    };
  }

  private Object skip(Object v) {
    at++;
    return v;
  }

  /** What stands after the first byte. */
  private long peek(int size) {
    need(1L + size);
    at++;
    long v = unsigned(size);
    at -= size + 1;
    return v;
  }

  private Object head(int size, Object v) {
    at += 1 + size;
    return v;
  }

  private LuaString string(int head, long length) {
    need(head + length);
    at += head;
    LuaString s = lua.string(Arrays.copyOfRange(in, at, at + (int) length));
    at += (int) length;
    return s;
  }

  private LuaTable table(int head, long length, boolean map) {
    at += head;
    lua.needStack((long) LEVEL_BYTES * ++level);
    slots += 2;
    if (!map && slots + 1 > MAX_SLOTS) {
      throw lua.error("stack overflow (in function mp_decode_to_lua_array)");
    }
    LuaTable t = lua.table();
    for (long i = 1; i <= length; i++) {
      Object k = map ? value() : (Object) (double) i;
      Object v = value();
      if (k == null || (k instanceof Double d && d.isNaN())) {
        throw new LuaError(k == null ? "table index is nil" : "table index is NaN");
      }
      t.set(k, v);
    }
    slots -= 2;
    level--;
    return t;
  }
}
