package dev.varve.lua.codec;

import static dev.varve.lua.library.Arguments.define;

import dev.varve.lua.library.Arguments;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Userdata;
import java.util.List;

/** The table {@code cjson}, with its settings: each table that {@code new} makes has its own. */
public final class Json {
  private static final int MAX_DEPTH = 1_000;
  private static final int MAX_PRECISION = 14;
  private static final List<String> SWITCH = List.of("off", "on");
  private static final List<String> SWITCH_OR_NULL = List.of("off", "on", "null");

  int sparseConvert;
  int sparseRatio = 2;
  int sparseSafe = 10;
  int encodeDepth = MAX_DEPTH;
  int decodeDepth = MAX_DEPTH;
  int precision = MAX_PRECISION;
  int keepBuffer = 1;

  /** Indexes of {@link #SWITCH_OR_NULL}. */
  int encodeInvalid;

  int decodeInvalid = 1;

  private Json() {}

  public static void install(Interpreter lua) {
    lua.heap().charge(32);
    lua.globals().set("cjson", new Json().table(lua, new Userdata(lua.heap(), null, true)));
  }

  private LuaTable table(Interpreter lua, Userdata nothing) {
    LuaTable t = lua.table();
    define(lua, t, "encode", (l, a) -> new JsonEncoder(l, this).encode(one(l, a)));
    define(
        lua,
        t,
        "decode",
        (l, a) -> {
          one(l, a);
          return new JsonDecoder(l, this, nothing, Arguments.string(l, a, 0)).decode();
        });
    define(
        lua,
        t,
        "encode_sparse_array",
        (l, a) -> {
          atMost(l, a, 3);
          sparseConvert = choice(l, a, 0, sparseConvert, SWITCH);
          sparseRatio = integer(l, a, 1, sparseRatio, 0, Integer.MAX_VALUE);
          sparseSafe = integer(l, a, 2, sparseSafe, 0, Integer.MAX_VALUE);
          return new Object[] {
            shown(sparseConvert, SWITCH), (double) sparseRatio, (double) sparseSafe
          };
        });
    define(
        lua,
        t,
        "encode_max_depth",
        (l, a) -> {
          encodeDepth = limit(l, a, encodeDepth);
          return (double) encodeDepth;
        });
    define(
        lua,
        t,
        "decode_max_depth",
        (l, a) -> {
          decodeDepth = limit(l, a, decodeDepth);
          return (double) decodeDepth;
        });
    define(
        lua,
        t,
        "encode_number_precision",
        (l, a) -> {
          atMost(l, a, 1);
          precision = integer(l, a, 0, precision, 1, MAX_PRECISION);
          return (double) precision;
        });
    switches(lua, t);
    define(lua, t, "new", (l, a) -> new Json().table(l, nothing));
    t.set("null", nothing);
    t.set("_NAME", LuaString.of("cjson"));
    t.set("_VERSION", LuaString.of("2.1.0"));
    return t;
  }

  private void switches(Interpreter lua, LuaTable t) {
    define(
        lua,
        t,
        "encode_keep_buffer",
        (l, a) -> {
          atMost(l, a, 1);
          keepBuffer = choice(l, a, 0, keepBuffer, SWITCH);
          return shown(keepBuffer, SWITCH);
        });
    define(
        lua,
        t,
        "encode_invalid_numbers",
        (l, a) -> {
          atMost(l, a, 1);
          encodeInvalid = choice(l, a, 0, encodeInvalid, SWITCH_OR_NULL);
          return shown(encodeInvalid, SWITCH_OR_NULL);
        });
    define(
        lua,
        t,
        "decode_invalid_numbers",
        (l, a) -> {
          atMost(l, a, 1);
          decodeInvalid = choice(l, a, 0, decodeInvalid, SWITCH);
          return shown(decodeInvalid, SWITCH);
        });
  }

  private static Object one(Interpreter l, Object[] a) {
    if (a.length != 1) {
      throw Arguments.error(l, 0, "expected 1 argument");
    }
    return a[0];
  }

  private static void atMost(Interpreter l, Object[] a, int n) {
    if (a.length > n) {
      throw Arguments.error(l, n, "found too many arguments");
    }
  }

  private static int limit(Interpreter l, Object[] a, int now) {
    atMost(l, a, 1);
    return integer(l, a, 0, now, 1, Integer.MAX_VALUE);
  }

  private static int integer(Interpreter l, Object[] a, int i, int now, int min, int max) {
    if (Arguments.get(a, i) == null) {
      return now;
    }
    int v = Arguments.int32(l, a, i);
    if (v < min || v > max) {
      throw Arguments.error(l, 0, "expected integer between " + min + " and " + max);
    }
    return v;
  }

  private static int choice(Interpreter l, Object[] a, int i, int now, List<String> of) {
    Object o = Arguments.get(a, i);
    if (o == null) {
      return now;
    }
    if (o instanceof Boolean b) {
      return b ? 1 : 0;
    }
    String s = Arguments.string(l, a, i).toString();
    int n = of.indexOf(s);
    if (n < 0) {
      throw Arguments.error(l, i, "invalid option '" + s + "'");
    }
    return n;
  }

  private static Object shown(int v, List<String> of) {
    return v < 2 ? (Object) (v == 1) : LuaString.of(of.get(v));
  }
}
