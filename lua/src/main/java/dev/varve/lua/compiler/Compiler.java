package dev.varve.lua.compiler;

import dev.varve.lua.runtime.Cell;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.tree.Closure;
import dev.varve.lua.tree.Prototype;

/** Source to functions. */
public final class Compiler {
  private static final long BYTES_A_BYTE = 40;

  private Compiler() {}

  /**
   * Compiles a chunk into a function without upvalues.
   *
   * @throws LuaError if it isn't a program: bytecode is none
   */
  public static Closure load(Interpreter lua, byte[] source, String name, LuaTable environment) {
    long bytes = BYTES_A_BYTE * source.length;
    lua.heap().charge(bytes);
    ChunkName chunk = new ChunkName(name);
    Prototype p =
        Translator.translate(
            chunk.inErrors(), chunk.given(), new Parser(source, chunk).parse(), bytes);
    return new Closure(lua, p, new Cell[0], environment);
  }
}
