package dev.varve.lua;

import dev.varve.lua.codec.Bits;
import dev.varve.lua.codec.Json;
import dev.varve.lua.codec.MessagePack;
import dev.varve.lua.codec.Struct;
import dev.varve.lua.compiler.Compiler;
import dev.varve.lua.library.Base;
import dev.varve.lua.library.Coroutines;
import dev.varve.lua.library.Load;
import dev.varve.lua.library.MathLibrary;
import dev.varve.lua.library.RandomNumbers;
import dev.varve.lua.library.StringLibrary;
import dev.varve.lua.library.TableLibrary;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaString;

/** Lua 5.1: makes interpreters and compiles programs for them. */
public final class Lua {
  private Lua() {}

  /**
   * Makes an interpreter with Lua's own libraries, those left out that reach beyond it ({@code io},
   * {@code os}, {@code package}, {@code debug}, {@code print}, {@code dofile}, {@code loadfile}).
   *
   * @param stackBytes how much of its thread's stack programs may take, by an estimate
   * @param random what {@code math.random} takes its numbers from
   */
  public static Interpreter interpreter(long stackBytes, RandomNumbers random) {
    Interpreter lua = new Interpreter(stackBytes);
    Base.install(lua);
    Load.install(lua);
    Coroutines.install(lua);
    TableLibrary.install(lua);
    StringLibrary.install(lua);
    MathLibrary.install(lua, random);
    return lua;
  }

  /** Adds libraries that encode: {@code cjson}, {@code cmsgpack}, {@code struct}, {@code bit}. */
  public static void installCodecs(Interpreter lua) {
    Json.install(lua);
    MessagePack.install(lua);
    Struct.install(lua);
    Bits.install(lua);
  }

  /**
   * Compiles a program.
   *
   * @param name as Lua has them: {@code =name} is shown as it is, other text as a piece of source
   * @throws LuaError if it isn't one
   */
  public static LuaFunction load(Interpreter lua, byte[] source, String name) {
    return Compiler.load(lua, source, name, lua.globals());
  }

  /** Compiles a program of characters that are bytes. */
  public static LuaFunction load(Interpreter lua, String source, String name) {
    return load(lua, LuaString.of(source).bytes(), name);
  }
}
