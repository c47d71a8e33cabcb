package dev.varve.lua.library;

import static dev.varve.lua.library.Arguments.define;
import static dev.varve.lua.library.Arguments.get;

import dev.varve.lua.runtime.Coroutine;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import java.util.Arrays;

/** The table {@code coroutine}. */
public final class Coroutines {
  private Coroutines() {}

  public static void install(Interpreter lua) {
    LuaTable t = lua.table();
    lua.globals().set("coroutine", t);
    define(lua, t, "create", (l, a) -> create(l, a));
    define(
        lua,
        t,
        "resume",
        (l, a) -> {
          Coroutine co = coroutine(l, a);
          try {
            return behindTrue(co.resume(l, Arrays.copyOfRange(a, 1, a.length)));
          } catch (LuaError e) {
            return new Object[] {false, e.value()};
          }
        });
    define(
        lua,
        t,
        "yield",
        (l, a) -> {
          if (l.current() == null || !l.canYield()) {
            throw new LuaError("attempt to yield across metamethod/C-call boundary");
          }
          return l.current().suspend(a);
        });
    define(
        lua,
        t,
        "wrap",
        (l, a) -> {
          Coroutine co = create(l, a);
          return l.function((l2, b) -> resumeOrFail(l2, co, b), co);
        });
    define(lua, t, "status", (l, a) -> LuaString.of(coroutine(l, a).status()));
    define(lua, t, "running", (l, a) -> l.current() == null ? Interpreter.NOTHING : l.current());
  }

  private static Coroutine create(Interpreter l, Object[] a) {
    if (get(a, 0) instanceof LuaFunction f && f.chunk() != null) {
      return new Coroutine(l, f);
    }
    throw Arguments.error(l, 0, "Lua function expected");
  }

  private static Coroutine coroutine(Interpreter l, Object[] a) {
    if (get(a, 0) instanceof Coroutine co) {
      return co;
    }
    throw Arguments.error(l, 0, "coroutine expected");
  }

  private static Object[] behindTrue(Object[] values) {
    Object[] all = new Object[values.length + 1];
    all[0] = true;
    System.arraycopy(values, 0, all, 1, values.length);
    return all;
  }

  private static Object resumeOrFail(Interpreter l, Coroutine co, Object[] a) {
    try {
      return co.resume(l, a);
    } catch (LuaError e) {
      if (e.value() instanceof LuaString s) {
        throw new LuaError(Buffer.joined(l, l.where(1), s));
      }
      throw e;
    }
  }
}
