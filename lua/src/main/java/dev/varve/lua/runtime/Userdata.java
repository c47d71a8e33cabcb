package dev.varve.lua.runtime;

/**
 * A value without parts that Lua can see: a mark such as JSON's null, or what {@code newproxy}
 * gives.
 */
public final class Userdata extends Reference {
  private final LuaTable metatable;
  private final boolean light;

  /** A light one has no metatable and an address that is 0. */
  public Userdata(Heap heap, LuaTable metatable, boolean light) {
    super(heap);
    this.metatable = metatable;
    this.light = light;
  }

  public LuaTable metatable() {
    return metatable;
  }

  public boolean light() {
    return light;
  }

  @Override
  public String type() {
    return "userdata";
  }

  @Override
  protected void trace(Heap heap) {
    heap.count(32);
    heap.reach(metatable);
  }
}
