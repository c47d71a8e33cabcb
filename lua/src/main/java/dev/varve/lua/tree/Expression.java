package dev.varve.lua.tree;

import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.Operations;
import dev.varve.lua.runtime.Site;
import dev.varve.lua.runtime.Values;

/** A part of a program that gives values. */
public abstract class Expression extends Site implements Operations.Named {
  /**
   * Says that a number's evaluation came to something else, which is in {@link Frame#spilled}. No
   * library makes this NaN.
   */
  private static final long SPILLED_BITS = 0x7ff8_0000_dead_beefL;

  static final double SPILLED = Double.longBitsToDouble(SPILLED_BITS);

  /**
   * Values of one list. Without a bound, lists that grow by one with each call would take time by
   * their square.
   */
  private static final int MAX_VALUES = 16_000;

  protected Expression(int line) {
    super(line);
  }

  static boolean spilled(double d) {
    return Double.isNaN(d) && Double.doubleToRawLongBits(d) == SPILLED_BITS;
  }

  /** Its value, or the first of several. */
  public abstract Object evaluate(Frame f);

  /** All of its values, as a call gives them: one itself, else an array. */
  public Object evaluateAll(Frame f) {
    return evaluate(f);
  }

  /** Whether it may have several values, or none. */
  public boolean several() {
    return false;
  }

  public boolean test(Frame f) {
    return Values.truth(evaluate(f));
  }

  /** Its value without a box, if it is a number; else {@link #SPILLED}. */
  public double number(Frame f) {
    Object o = evaluate(f);
    if (o instanceof Double d) {
      return d;
    }
    f.spilled = o;
    return SPILLED;
  }

  /** What errors call its value; null if it has no name. */
  @Override
  public String name() {
    return null;
  }

  /** Whether evaluating it may run other code, or take much memory. */
  public boolean simple() {
    return false;
  }

  /** The values of a list, whose last may give several. */
  static Object[] list(Expression[] list, Frame f) {
    int n = list.length;
    if (n == 0) {
      return dev.varve.lua.runtime.Interpreter.NOTHING;
    }
    Object[] values = new Object[n];
    for (int i = 0; i < n - 1; i++) {
      values[i] = list[i].evaluate(f);
    }
    Expression last = list[n - 1];
    if (!last.several()) {
      values[n - 1] = last.evaluate(f);
      return values;
    }
    Object rest = last.evaluateAll(f);
    if (!(rest instanceof Object[] more)) {
      values[n - 1] = rest;
      return values;
    }
    if (n == 1) {
      return more;
    }
    if (n + more.length > MAX_VALUES) {
      throw f.lua.error(last, "stack overflow");
    }
    f.lua.heap().charge(8L * more.length);
    Object[] all = java.util.Arrays.copyOf(values, n - 1 + more.length);
    System.arraycopy(more, 0, all, n - 1, more.length);
    return all;
  }
}
