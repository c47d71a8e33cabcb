package dev.varve.lua.library;

import static dev.varve.lua.library.Arguments.any;
import static dev.varve.lua.library.Arguments.define;
import static dev.varve.lua.library.Arguments.get;
import static dev.varve.lua.library.Arguments.int32;
import static dev.varve.lua.library.Arguments.string;
import static dev.varve.lua.library.Arguments.table;
import static dev.varve.lua.library.Arguments.typeError;

import dev.varve.lua.runtime.Events;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.Interpreter.Outcome;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Userdata;
import dev.varve.lua.runtime.Values;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** The functions that stand in no table, without those that touch files. */
public final class Base {
  private static final int MAX_RESULTS = 8_000;
  private static final List<String> COLLECTING =
      List.of("stop", "restart", "collect", "count", "step", "setpause", "setstepmul");
  private static final int DEFAULT_PAUSE = 200;

  private Base() {}

  public static void install(Interpreter lua) {
    LuaTable g = lua.globals();
    g.set("_G", g);
    g.set("_VERSION", LuaString.of("Lua 5.1"));
    errors(lua, g);
    values(lua, g);
    raw(lua, g);
    iteration(lua, g);
    define(lua, g, "select", Base::select);
    define(lua, g, "unpack", Base::unpack);
    define(lua, g, "collectgarbage", Base::collect);
    define(lua, g, "gcinfo", (l, a) -> (double) (l.heap().used() >> 10));
    define(lua, g, "newproxy", Base::newproxy);
  }

  /** {@code print}, which gives whole lines. */
  public static void installPrint(Interpreter lua, Consumer<byte[]> out) {
    define(
        lua,
        lua.globals(),
        "print",
        (l, a) -> {
          Buffer b = new Buffer(l, 64);
          for (int i = 0; i < a.length; i++) {
            if (i > 0) {
              b.add('\t');
            }
            if (!(l.operations().text(a[i]) instanceof LuaString s)) {
              throw l.error("'tostring' must return a string to 'print'");
            }
            b.add(s);
          }
          b.add('\n');
          out.accept(b.string().bytes());
          return Interpreter.NOTHING;
        });
  }

  private static void errors(Interpreter lua, LuaTable g) {
    define(
        lua,
        g,
        "assert",
        (l, a) -> {
          if (Values.truth(any(l, a, 0))) {
            return a;
          }
          throw l.error(get(a, 1) == null ? LuaString.of("assertion failed!") : string(l, a, 1));
        });
    define(
        lua,
        g,
        "error",
        (l, a) -> {
          int level = int32(l, a, 1, 1);
          Object v = get(a, 0);
          LuaString s = Values.string(v);
          if (s != null && level > 0) {
            v = Buffer.joined(l, l.where(level), s);
          }
          throw new LuaError(v);
        });
    define(
        lua,
        g,
        "pcall",
        (l, a) -> {
          any(l, a, 0);
          return outcome(l.protectedCall(a[0], null, Arrays.copyOfRange(a, 1, a.length)));
        });
    define(
        lua,
        g,
        "xpcall",
        (l, a) -> {
          any(l, a, 1);
          return outcome(l.protectedCall(a[0], a[1]));
        });
  }

  private static Object[] outcome(Outcome o) {
    if (!(o.result() instanceof Object[] all)) {
      return new Object[] {o.ok(), o.result()};
    }
    Object[] r = new Object[all.length + 1];
    r[0] = o.ok();
    System.arraycopy(all, 0, r, 1, all.length);
    return r;
  }

  private static void values(Interpreter lua, LuaTable g) {
    define(lua, g, "type", (l, a) -> LuaString.of(Values.type(any(l, a, 0))));
    define(lua, g, "tostring", (l, a) -> l.operations().text(any(l, a, 0)));
    define(lua, g, "tonumber", Base::tonumber);
    define(
        lua,
        g,
        "getmetatable",
        (l, a) -> {
          LuaTable m = l.operations().metatable(any(l, a, 0));
          if (m == null) {
            return null;
          }
          Object hidden = m.get(Events.METATABLE);
          return hidden != null ? hidden : m;
        });
    define(
        lua,
        g,
        "setmetatable",
        (l, a) -> {
          LuaTable t = table(l, a, 0);
          if (a.length < 2 || (a[1] != null && !(a[1] instanceof LuaTable))) {
            throw Arguments.error(l, 1, "nil or table expected");
          }
          if (t.metatable() != null && t.metatable().get(Events.METATABLE) != null) {
            throw l.error("cannot change a protected metatable");
          }
          checkWritable(t);
          t.metatable((LuaTable) a[1]);
          return t;
        });
  }

  /** As C's library raises it: without a place. */
  static void checkWritable(LuaTable t) {
    if (t.readonly()) {
      throw new LuaError("Attempt to modify a readonly table");
    }
  }

  private static Object tonumber(Interpreter l, Object[] a) {
    int base = int32(l, a, 1, 10);
    if (base == 10) {
      return Values.number(any(l, a, 0));
    }
    LuaString s = string(l, a, 0);
    if (base < 2 || base > 36) {
      throw Arguments.error(l, 1, "base out of range");
    }
    String all = s.toString();
    int zero = all.indexOf('\0');
    String digits = (zero < 0 ? all : all.substring(0, zero)).strip();
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    if (base == 16 && digits.length() > 2 && digits.regionMatches(true, 0, "0x", 0, 2)) {
      digits = digits.substring(2);
    }
    long v = 0;
    boolean overflow = false;
    for (int i = 0; i < digits.length(); i++) {
      int d = digits.charAt(i) < 128 ? Character.digit(digits.charAt(i), base) : -1;
      if (d < 0) {
        return null;
      }
      overflow |= Long.compareUnsigned(v, Long.divideUnsigned(-1L - d, base)) > 0;
      v = v * base + d;
    }
    if (digits.isEmpty()) {
      return null;
    }
    return unsigned(overflow ? -1L : negative ? -v : v);
  }

  private static double unsigned(long v) {
    return v >= 0 ? v : ((v >>> 1) | (v & 1)) * 2.0;
  }

  private static void raw(Interpreter lua, LuaTable g) {
    define(lua, g, "rawget", (l, a) -> table(l, a, 0).get(any(l, a, 1)));
    define(
        lua,
        g,
        "rawset",
        (l, a) -> {
          LuaTable t = table(l, a, 0);
          Object k = any(l, a, 1);
          any(l, a, 2);
          checkWritable(t);
          if (k == null || (k instanceof Double d && d.isNaN())) {
            throw new LuaError(k == null ? "table index is nil" : "table index is NaN");
          }
          t.set(k, a[2]);
          return t;
        });
    define(lua, g, "rawequal", (l, a) -> Values.rawEquals(any(l, a, 0), any(l, a, 1)));
  }

  private static void iteration(Interpreter lua, LuaTable g) {
    define(
        lua,
        g,
        "next",
        (l, a) -> {
          LuaTable t = table(l, a, 0);
          int place = t.placeAfter(get(a, 1));
          return place < 0 ? null : new Object[] {t.keyAt(place), t.valueAt(place)};
        });
    LuaFunction next = (LuaFunction) g.get("next");
    lua.next(next);
    LuaFunction nextElement =
        lua.function(
            (l, a) -> {
              int i = int32(l, a, 1) + 1;
              Object v = table(l, a, 0).get((double) i);
              return v == null ? Interpreter.NOTHING : new Object[] {(double) i, v};
            });
    define(lua, g, "ipairs", (l, a) -> new Object[] {nextElement, table(l, a, 0), 0.0});
    define(lua, g, "pairs", (l, a) -> new Object[] {next, table(l, a, 0), null});
  }

  private static Object select(Interpreter l, Object[] a) {
    if (get(a, 0) instanceof LuaString s && s.length() > 0 && s.at(0) == '#') {
      return (double) (a.length - 1);
    }
    int n = int32(l, a, 0);
    int from = n < 0 ? a.length + n : Math.min(n, a.length);
    if (from < 1) {
      throw Arguments.error(l, 0, "index out of range");
    }
    l.heap().charge(8L * (a.length - from));
    return Arrays.copyOfRange(a, from, a.length);
  }

  private static Object unpack(Interpreter l, Object[] a) {
    LuaTable t = table(l, a, 0);
    int from = int32(l, a, 1, 1);
    int to = get(a, 2) == null ? t.length() : int32(l, a, 2);
    if (from > to) {
      return Interpreter.NOTHING;
    }
    long n = (long) to - from + 1;
    if (n + a.length > MAX_RESULTS) {
      throw l.error("too many results to unpack");
    }
    l.heap().charge(8 * n);
    Object[] all = new Object[(int) n];
    for (int i = 0; i < n; i++) {
      all[i] = t.get((double) from + i);
    }
    return all;
  }

  private static Object collect(Interpreter l, Object[] a) {
    String what = get(a, 0) == null ? "collect" : string(l, a, 0).toString();
    if (!COLLECTING.contains(what)) {
      throw Arguments.error(l, 0, "invalid option '" + what + "'");
    }
    int32(l, a, 1, 0);
    return switch (what) {
      case "count" -> l.heap().used() / 1024.0;
      case "step" -> true;
      case "setpause", "setstepmul" -> (double) DEFAULT_PAUSE;
      default -> 0.0;
    };
  }

  private static Object newproxy(Interpreter l, Object[] a) {
    Object o = get(a, 0);
    LuaTable m = null;
    if (o instanceof Userdata u && u.metatable() != null) {
      m = u.metatable();
    } else if (o instanceof Boolean b) {
      m = b ? l.table() : null;
    } else if (o != null) {
      throw Arguments.error(l, 0, "boolean or proxy expected");
    }
    l.heap().charge(32);
    return new Userdata(l.heap(), m, false);
  }

  static LuaFunction function(Interpreter l, Object[] a, int i) {
    if (get(a, i) instanceof LuaFunction f) {
      return f;
    }
    throw typeError(l, a, i, "function");
  }
}
