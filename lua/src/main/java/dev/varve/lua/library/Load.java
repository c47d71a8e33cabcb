package dev.varve.lua.library;

import static dev.varve.lua.library.Arguments.define;
import static dev.varve.lua.library.Arguments.get;
import static dev.varve.lua.library.Arguments.int32;
import static dev.varve.lua.library.Arguments.string;
import static dev.varve.lua.library.Arguments.table;

import dev.varve.lua.compiler.Compiler;
import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;

/** {@code load} and {@code loadstring}, of source only; {@code setfenv} and {@code getfenv}. */
public final class Load {
  private Load() {}

  public static void install(Interpreter lua) {
    LuaTable g = lua.globals();
    define(
        lua,
        g,
        "loadstring",
        (l, a) -> {
          LuaString s = string(l, a, 0);
          return load(l, s.bytes(), get(a, 1) == null ? s : string(l, a, 1));
        });
    define(
        lua,
        g,
        "load",
        (l, a) -> {
          LuaFunction reader = Base.function(l, a, 0);
          LuaString name = get(a, 1) == null ? LuaString.of("=(load)") : string(l, a, 1);
          Buffer b = new Buffer(l, 256);
          try {
            while (true) {
              Object piece = Values.first(l.callback(a, b.capacity(), reader));
              LuaString s = Values.string(piece);
              if (piece == null || (s != null && s.length() == 0)) {
                break;
              }
              if (s == null) {
                return failure(new LuaError("reader function must return a string"));
              }
              b.add(s);
            }
          } catch (LuaError e) {
            return failure(e);
          }
          return load(l, b.string().bytes(), name);
        });
    define(lua, g, "getfenv", Load::getEnvironment);
    define(lua, g, "setfenv", Load::setEnvironment);
  }

  private static Object[] failure(LuaError e) {
    return new Object[] {null, e.value()};
  }

  private static Object load(Interpreter l, byte[] source, LuaString name) {
    try {
      return Compiler.load(l, source, name.toString(), l.globals());
    } catch (LuaError e) {
      return failure(e);
    }
  }

  /** The function that an argument is, or that runs at the level which it says. */
  private static LuaFunction function(Interpreter l, Object[] a, int level) {
    if (get(a, 0) instanceof LuaFunction f) {
      return f;
    }
    if (level < 0) {
      throw Arguments.error(l, 0, "level must be non-negative");
    }
    Frame f = l.level(level);
    if (f == null) {
      throw l.hasLevel(level)
          ? l.error("no function environment for tail call at level " + level)
          : Arguments.error(l, 0, "invalid level");
    }
    return f.function;
  }

  private static Object getEnvironment(Interpreter l, Object[] a) {
    int level = get(a, 0) instanceof LuaFunction ? 1 : int32(l, a, 0, 1);
    LuaFunction f = level == 0 ? null : function(l, a, level);
    return f == null || f.chunk() == null ? l.globals() : f.environment();
  }

  private static Object setEnvironment(Interpreter l, Object[] a) {
    LuaTable t = table(l, a, 1);
    boolean given = get(a, 0) instanceof LuaFunction;
    int level = given ? 1 : int32(l, a, 0);
    if (level == 0) {
      l.globals(t);
      return Interpreter.NOTHING;
    }
    LuaFunction f = function(l, a, level);
    if (f == null || f.chunk() == null) {
      throw l.error("'setfenv' cannot change environment of given object");
    }
    f.environment(t);
    return f;
  }
}
