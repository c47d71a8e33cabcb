package dev.varve.lua.codec;

import static dev.varve.lua.library.Arguments.define;

import dev.varve.lua.library.Arguments;
import dev.varve.lua.library.Buffer;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;

/** The table {@code cmsgpack}: values as MessagePack. */
public final class MessagePack {
  private static final int MAX_NESTING = 16;

  private MessagePack() {}

  public static void install(Interpreter lua) {
    LuaTable t = lua.table();
    lua.globals().set("cmsgpack", t);
    define(lua, t, "pack", MessagePack::pack);
    define(lua, t, "unpack", (l, a) -> unpack(l, a, 0, 0));
    define(lua, t, "unpack_one", (l, a) -> unpack(l, a, 1, Arguments.integer(l, a, 1, 0)));
    define(
        lua,
        t,
        "unpack_limit",
        (l, a) -> {
          long limit = Arguments.integer(l, a, 1);
          return unpack(l, a, limit, Arguments.integer(l, a, 2, 0));
        });
    t.set("_NAME", LuaString.of("cmsgpack"));
    t.set("_VERSION", LuaString.of("lua-cmsgpack 0.4.0"));
    t.set("_COPYRIGHT", LuaString.of("Copyright (C) 2012, Salvatore Sanfilippo"));
    t.set("_DESCRIPTION", LuaString.of("MessagePack C implementation for Lua"));
  }

  private static Object pack(Interpreter l, Object[] a) {
    if (a.length == 0) {
      throw Arguments.error(l, -1, "MessagePack pack needs input.");
    }
    Buffer b = new Buffer(l, 64);
    for (Object o : a) {
      encode(l, b, o, 0);
    }
    return b.string();
  }

  private static void encode(Interpreter l, Buffer b, Object o, int level) {
    l.step();
    switch (o) {
      case LuaString s -> {
        length(b, s.length(), 0xa0, 32, 0xd9, 0xda);
        b.add(s);
      }
      case Boolean v -> b.add(v ? 0xc3 : 0xc2);
      case Double d -> number(b, d);
      case LuaTable t when level < MAX_NESTING -> {
        if (array(l, t)) {
          elements(l, b, t, level);
        } else {
          entries(l, b, t, level);
        }
      }
      case null, default -> b.add(0xc0);
    }
  }

  private static void elements(Interpreter l, Buffer b, LuaTable t, int level) {
    int n = t.length();
    length(b, n, 0x90, 16, -1, 0xdc);
    for (int i = 1; i <= n; i++) {
      encode(l, b, l.operations().index(t, (double) i, null, null), level + 1);
    }
  }

  private static void entries(Interpreter l, Buffer b, LuaTable t, int level) {
    int n = 0;
    for (int p = t.placeFrom(0); p >= 0; p = t.placeFrom(p + 1)) {
      n++;
    }
    length(b, n, 0x80, 16, -1, 0xde);
    for (int p = t.placeFrom(0); p >= 0; p = t.placeFrom(p + 1)) {
      encode(l, b, t.keyAt(p), level + 1);
      encode(l, b, t.valueAt(p), level + 1);
    }
  }

  /** Whether its keys are 1 to n. */
  private static boolean array(Interpreter l, LuaTable t) {
    int count = 0;
    double max = 0;
    for (int p = t.placeFrom(0); p >= 0; p = t.placeFrom(p + 1)) {
      l.step();
      if (!(t.keyAt(p) instanceof Double d) || d <= 0 || d != (int) (double) d) {
        return false;
      }
      max = Math.max(max, d);
      count++;
    }
    return max == count;
  }

  /**
   * A length: within the first byte if it is small; else with one byte (if there is such a form),
   * two or four.
   */
  private static void length(Buffer b, int n, int small, int smallEnd, int one, int two) {
    if (n < smallEnd) {
      b.add(small | n);
    } else if (n <= 0xff && one >= 0) {
      b.add(one);
      b.add(n);
    } else if (n <= 0xffff) {
      b.add(two);
      bytes(b, n, 2);
    } else {
      b.add(two + 1);
      bytes(b, n, 4);
    }
  }

  private static void bytes(Buffer b, long v, int n) {
    for (int i = n - 1; i >= 0; i--) {
      b.add((int) (v >>> (8 * i)));
    }
  }

  private static void number(Buffer b, double d) {
    long n = Arguments.toLong(d);
    if (!Double.isInfinite(d) && n == d) {
      integer(b, n);
    } else if (d == (float) d) {
      b.add(0xca);
      bytes(b, Float.floatToRawIntBits((float) d), 4);
    } else {
      b.add(0xcb);
      bytes(b, Double.doubleToRawLongBits(d), 8);
    }
  }

  private static void integer(Buffer b, long n) {
    if (n >= -32 && n <= 127) {
      b.add((int) n);
    } else if (n >= 0) {
      int size = n <= 0xff ? 0 : n <= 0xffff ? 1 : n <= 0xffff_ffffL ? 2 : 3;
      b.add(0xcc + size);
      bytes(b, n, 1 << size);
    } else {
      int size = n >= -128 ? 0 : n >= -32_768 ? 1 : n >= Integer.MIN_VALUE ? 2 : 3;
      b.add(0xd0 + size);
      bytes(b, n, 1 << size);
    }
  }

  private static Object unpack(Interpreter l, Object[] a, long limit, long offset) {
    LuaString s = Arguments.string(l, a, 0);
    if (offset < 0 || limit < 0) {
      throw l.error(
          "Invalid request to unpack with offset of "
              + (int) offset
              + " and limit of "
              + s.length()
              + ".");
    }
    if (offset > s.length()) {
      throw l.error(
          "Start offset " + (int) offset + " greater than input length " + s.length() + ".");
    }
    boolean all = limit == 0 && offset == 0;
    return new MessageUnpacker(l, s.bytes(), (int) offset)
        .unpack(all ? Integer.MAX_VALUE : limit, !all);
  }
}
