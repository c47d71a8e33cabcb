package dev.varve.lua.library;

import static dev.varve.lua.library.Arguments.define;
import static dev.varve.lua.library.Arguments.get;
import static dev.varve.lua.library.Arguments.int32;
import static dev.varve.lua.library.Arguments.string;
import static dev.varve.lua.library.Arguments.table;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;

/** The table {@code table}. */
public final class TableLibrary {
  private TableLibrary() {}

  public static void install(Interpreter lua) {
    LuaTable t = lua.table();
    lua.globals().set("table", t);
    define(lua, t, "insert", TableLibrary::insert);
    define(lua, t, "remove", TableLibrary::remove);
    define(lua, t, "concat", TableLibrary::concat);
    define(lua, t, "getn", (l, a) -> (double) table(l, a, 0).length());
    define(lua, t, "maxn", TableLibrary::maxn);
    define(lua, t, "foreach", TableLibrary::foreach);
    define(lua, t, "foreachi", TableLibrary::foreachi);
    define(
        lua,
        t,
        "setn",
        (l, a) -> {
          table(l, a, 0);
          throw l.error("'setn' is obsolete");
        });
    define(
        lua,
        t,
        "sort",
        (l, a) -> {
          LuaTable x = table(l, a, 0);
          if (get(a, 1) != null) {
            Base.function(l, a, 1);
          }
          new Sort(l, a, x, get(a, 1)).sort(1, x.length());
          return Interpreter.NOTHING;
        });
  }

  private static Object insert(Interpreter l, Object[] a) {
    LuaTable t = table(l, a, 0);
    int end = t.length() + 1;
    int at = end;
    if (a.length == 3) {
      at = int32(l, a, 1);
      end = Math.max(end, at);
      Base.checkWritable(t);
      for (int i = end; i > at; i--) {
        l.step();
        t.set(i, t.get((double) (i - 1)));
      }
    } else if (a.length != 2) {
      throw l.error("wrong number of arguments to 'insert'");
    }
    Base.checkWritable(t);
    t.set(at, a[a.length - 1]);
    return Interpreter.NOTHING;
  }

  private static Object remove(Interpreter l, Object[] a) {
    LuaTable t = table(l, a, 0);
    int end = t.length();
    int at = int32(l, a, 1, end);
    if (at < 1 || at > end) {
      return Interpreter.NOTHING;
    }
    Base.checkWritable(t);
    Object v = t.get((double) at);
    for (int i = at; i < end; i++) {
      l.step();
      t.set(i, t.get((double) (i + 1)));
    }
    t.set(end, null);
    return v;
  }

  private static Object concat(Interpreter l, Object[] a) {
    LuaTable t = table(l, a, 0);
    LuaString separator = get(a, 1) == null ? LuaString.EMPTY : string(l, a, 1);
    int from = int32(l, a, 2, 1);
    int to = get(a, 3) == null ? t.length() : int32(l, a, 3);
    Buffer b = new Buffer(l, 64);
    for (long i = from; i <= to; i++) {
      l.step();
      Object v = t.get((double) i);
      LuaString s = Values.string(v);
      if (s == null) {
        throw l.error(
            "invalid value (" + Values.type(v) + ") at index " + i + " in table for 'concat'");
      }
      b.add(s);
      if (i < to) {
        b.add(separator);
      }
    }
    return b.string();
  }

  private static Object maxn(Interpreter l, Object[] a) {
    LuaTable t = table(l, a, 0);
    double max = 0;
    for (int p = t.placeFrom(0); p >= 0; p = t.placeFrom(p + 1)) {
      l.step();
      if (t.keyAt(p) instanceof Double d && d > max) {
        max = d;
      }
    }
    return max;
  }

  private static Object foreach(Interpreter l, Object[] a) {
    LuaTable t = table(l, a, 0);
    Base.function(l, a, 1);
    int p = t.placeFrom(0);
    while (p >= 0) {
      Object k = t.keyAt(p);
      Object r = Values.first(l.callback(a, 0, a[1], k, t.valueAt(p)));
      if (r != null) {
        return r;
      }
      p = t.placeAfter(k);
    }
    return Interpreter.NOTHING;
  }

  private static Object foreachi(Interpreter l, Object[] a) {
    LuaTable t = table(l, a, 0);
    Base.function(l, a, 1);
    int n = t.length();
    for (int i = 1; i <= n; i++) {
      Object r = Values.first(l.callback(a, 0, a[1], (double) i, t.get((double) i)));
      if (r != null) {
        return r;
      }
    }
    return Interpreter.NOTHING;
  }
}
