package dev.varve.lua.codec;

import static dev.varve.lua.library.Arguments.define;

import dev.varve.lua.library.Arguments;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;
import java.util.function.IntBinaryOperator;

/** The table {@code bit}: operations on 32 bits, as of LuaJIT's library. */
public final class Bits {
  /** Added to a number, it leaves the number's low 32 bits, rounded, in those of the sum. */
  private static final double SHIFT = 0x1.8p52;

  private Bits() {}

  public static void install(Interpreter lua) {
    LuaTable t = lua.table();
    lua.globals().set("bit", t);
    define(lua, t, "tobit", (l, a) -> (double) bits(l, a, 0));
    define(lua, t, "bnot", (l, a) -> (double) ~bits(l, a, 0));
    define(lua, t, "bswap", (l, a) -> (double) Integer.reverseBytes(bits(l, a, 0)));
    define(lua, t, "tohex", Bits::toHex);
    all(lua, t, "band", (x, y) -> x & y);
    all(lua, t, "bor", (x, y) -> x | y);
    all(lua, t, "bxor", (x, y) -> x ^ y);
    shift(lua, t, "lshift", (x, n) -> x << n);
    shift(lua, t, "rshift", (x, n) -> x >>> n);
    shift(lua, t, "arshift", (x, n) -> x >> n);
    shift(lua, t, "rol", Integer::rotateLeft);
    shift(lua, t, "ror", Integer::rotateRight);
  }

  private static int bits(Interpreter l, Object[] a, int i) {
    Double d = Values.number(Arguments.get(a, i));
    if (d == null) {
      throw Arguments.typeError(l, a, i, "number");
    }
    return (int) Double.doubleToRawLongBits(d + SHIFT);
  }

  private static void all(Interpreter lua, LuaTable t, String name, IntBinaryOperator f) {
    define(
        lua,
        t,
        name,
        (l, a) -> {
          int r = bits(l, a, 0);
          for (int i = a.length - 1; i > 0; i--) {
            r = f.applyAsInt(r, bits(l, a, i));
          }
          return (double) r;
        });
  }

  private static void shift(Interpreter lua, LuaTable t, String name, IntBinaryOperator f) {
    define(
        lua,
        t,
        name,
        (l, a) -> {
          int x = bits(l, a, 0);
          return (double) f.applyAsInt(x, bits(l, a, 1) & 31);
        });
  }

  private static Object toHex(Interpreter l, Object[] a) {
    int b = bits(l, a, 0);
    int n = a.length < 2 ? 8 : bits(l, a, 1);
    String s = n < 0 ? String.format("%08X", b) : String.format("%08x", b);
    int digits = n == Integer.MIN_VALUE ? 8 : Math.min(8, Math.abs(n));
    return LuaString.of(s.substring(8 - digits));
  }
}
