package dev.varve.lua.library;

import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.NativeFunction;
import dev.varve.lua.runtime.Site;
import dev.varve.lua.runtime.Values;

/** Arguments of native functions, by their place from 0, and the errors that wrong ones are. */
public final class Arguments {
  private Arguments() {}

  /** Adds a function to a table. */
  public static void define(Interpreter lua, LuaTable t, String name, NativeFunction.Body body) {
    t.set(name, lua.function(body));
  }

  public static Object get(Object[] a, int i) {
    return i < a.length ? a[i] : null;
  }

  /**
   * The error that an argument isn't what it has to be, with the name by which the function was
   * called.
   */
  public static LuaError error(Interpreter lua, int i, String message) {
    Frame f = lua.top();
    Site s = f == null || f.function == null ? null : f.site;
    String callee = s == null ? null : s.callee();
    int n = i + 1;
    if (s != null && s.method()) {
      n--;
      if (n == 0) {
        return lua.error("calling '" + callee + "' on bad self (" + message + ")");
      }
    }
    return lua.error(
        "bad argument #" + n + " to '" + (callee == null ? "?" : callee) + "' (" + message + ")");
  }

  public static LuaError typeError(Interpreter lua, Object[] a, int i, String expected) {
    String got = i < a.length ? Values.type(a[i]) : "no value";
    return error(lua, i, expected + " expected, got " + got);
  }

  public static Object any(Interpreter lua, Object[] a, int i) {
    if (i >= a.length) {
      throw error(lua, i, "value expected");
    }
    return a[i];
  }

  public static LuaTable table(Interpreter lua, Object[] a, int i) {
    if (get(a, i) instanceof LuaTable t) {
      return t;
    }
    throw typeError(lua, a, i, "table");
  }

  public static LuaString string(Interpreter lua, Object[] a, int i) {
    LuaString s = Values.string(get(a, i));
    if (s == null) {
      throw typeError(lua, a, i, "string");
    }
    return s;
  }

  public static double number(Interpreter lua, Object[] a, int i) {
    if (get(a, i) instanceof Double d) {
      return d;
    }
    Double d = Values.number(get(a, i));
    if (d == null) {
      throw typeError(lua, a, i, "number");
    }
    return d;
  }

  /** As C casts: what doesn't fit is the least integer. */
  public static long toLong(double d) {
    return d >= -0x1p63 && d < 0x1p63 ? (long) d : Long.MIN_VALUE;
  }

  public static long integer(Interpreter lua, Object[] a, int i) {
    return toLong(number(lua, a, i));
  }

  public static long integer(Interpreter lua, Object[] a, int i, long otherwise) {
    return get(a, i) == null ? otherwise : integer(lua, a, i);
  }

  public static int int32(Interpreter lua, Object[] a, int i) {
    return (int) integer(lua, a, i);
  }

  public static int int32(Interpreter lua, Object[] a, int i, int otherwise) {
    return get(a, i) == null ? otherwise : int32(lua, a, i);
  }
}
