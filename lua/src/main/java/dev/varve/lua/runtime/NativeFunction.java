package dev.varve.lua.runtime;

/** A function written in Java. */
public final class NativeFunction extends LuaFunction {
  /** What it does. */
  @FunctionalInterface
  public interface Body {
    Object call(Interpreter lua, Object[] arguments);
  }

  private final Body body;
  private final Object[] held;

  NativeFunction(Heap heap, LuaTable environment, Body body, Object[] held) {
    super(heap, environment);
    this.body = body;
    this.held = held;
  }

  @Override
  public Object call(Interpreter lua, Object[] arguments) {
    return body.call(lua, arguments);
  }

  @Override
  public String chunk() {
    return null;
  }

  @Override
  protected void trace(Heap heap) {
    heap.count(48 + 8L * held.length);
    heap.reachAll(held);
    heap.reach(environment());
  }
}
