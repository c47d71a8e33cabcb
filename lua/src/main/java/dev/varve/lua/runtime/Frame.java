package dev.varve.lua.runtime;

/** One call that is under way: of a Lua function, or of a native one that calls back. */
public final class Frame {
  public final Interpreter lua;

  /** What is called; null for a native function that calls back. */
  public final LuaFunction function;

  public final Frame parent;

  /** Stands in a slot whose number is in {@link #numbers}, without a box. */
  private static final Object UNBOXED = new Object();

  /** Locals and what expressions keep. */
  public final Object[] slots;

  /** The numbers of slots whose numbers have no box; null until there is one. */
  private double[] numbers;

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

  /** Puts a number into a slot without a box. */
  public void setNumber(int slot, double value) {
    if (numbers == null) {
      numbers = new double[slots.length];
    }
    numbers[slot] = value;
    if (!isUnboxed(slot)) {
      slots[slot] = UNBOXED;
    }
  }

  /** Whether a slot has a number without a box. */
  @SuppressWarnings("ReferenceEquality")
  public boolean isUnboxed(int slot) {
    return slots[slot] == UNBOXED;
  }

  /** The number of a slot that has one without a box. */
  public double number(int slot) {
    return numbers[slot];
  }

  /** What is in a slot; an unboxed number gets its box, and keeps it until it is set again. */
  public Object boxed(int slot) {
    if (isUnboxed(slot)) {
      slots[slot] = numbers[slot];
    }
    return slots[slot];
  }

  void trace(Heap heap) {
    heap.count(88 + held + 8L * (slots.length + varargs.length));
    heap.count(numbers == null ? 0 : 16 + 8L * numbers.length);
    heap.reachAll(slots);
    heap.reachAll(varargs);
    heap.reach(function);
    heap.reach(result);
    heap.reach(spilled);
  }
}
