package dev.varve.lua.library;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaTable;
import java.util.function.DoubleSupplier;

/** The table {@code os}, of which there is only {@code clock}. */
public final class Os {
  private Os() {}

  /** Installs it with what it says: seconds. */
  public static void install(Interpreter lua, DoubleSupplier clock) {
    LuaTable t = lua.table();
    lua.globals().set("os", t);
    Arguments.define(lua, t, "clock", (l, a) -> clock.getAsDouble());
  }
}
