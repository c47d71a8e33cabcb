package dev.varve.lua.runtime;

/**
 * What can be called. A call gives its result itself if it is exactly one, and an {@code Object[]}
 * otherwise; nobody changes such an array once it is given.
 */
public abstract class LuaFunction extends Reference {
  private LuaTable environment;

  protected LuaFunction(Heap heap, LuaTable environment) {
    super(heap);
    this.environment = environment;
  }

  /** Where it looks for globals. */
  public final LuaTable environment() {
    return environment;
  }

  public final void environment(LuaTable environment) {
    this.environment = environment;
  }

  /** The name of the chunk that it is from, as errors show it; null if it isn't written in Lua. */
  public abstract String chunk();

  public abstract Object call(Interpreter lua, Object[] arguments);

  public Object call(Interpreter lua) {
    return call(lua, Interpreter.NOTHING);
  }

  public Object call(Interpreter lua, Object a) {
    return call(lua, new Object[] {a});
  }

  public Object call(Interpreter lua, Object a, Object b) {
    return call(lua, new Object[] {a, b});
  }

  public Object call(Interpreter lua, Object a, Object b, Object c) {
    return call(lua, new Object[] {a, b, c});
  }

  @Override
  public final String type() {
    return "function";
  }
}
