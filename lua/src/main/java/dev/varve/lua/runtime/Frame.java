package dev.varve.lua.runtime;

/** One call that is under way: of a Lua function, or of a native one that calls back. */
public final class Frame {
  public final Interpreter lua;

  /** What is called; null for a native function that calls back. */
  public final LuaFunction function;

  public final Frame parent;

  /** Locals and what expressions keep. */
  public final Object[] slots;

  /** Upvalues of the function. */
  public final Cell[] upvalues;

  /** What {@code ...} is; for a native function, its arguments. */
  public Object[] varargs = Interpreter.NOTHING;

  /** Where it is: set before each call. */
  public Site site;

  /** An operand that isn't a number, handed from a number's evaluation to whoever asked for it. */
  public Object spilled;

  /** What it returns. */
  public Object result = Interpreter.NOTHING;

  /** How many calls this one took the place of. */
  public int tailCalls;

  /** Bytes that a native function holds beside its arguments. */
  public long held;

  public Frame(Interpreter lua, LuaFunction function, Frame parent, int slots, Cell[] upvalues) {
    this.lua = lua;
    this.function = function;
    this.parent = parent;
    this.slots = slots == 0 ? Interpreter.NOTHING : new Object[slots];
    this.upvalues = upvalues;
  }

  void trace(Heap heap) {
    heap.count(88 + held + 8L * (slots.length + varargs.length));
    heap.reachAll(slots);
    heap.reachAll(varargs);
    heap.reach(function);
    heap.reach(result);
    heap.reach(spilled);
  }
}
