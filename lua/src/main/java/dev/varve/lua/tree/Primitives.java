package dev.varve.lua.tree;

import dev.varve.lua.runtime.Cell;
import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.Values;

/** Constants, functions, {@code ...}, strings put together, and values kept aside. */
public final class Primitives {
  private Primitives() {}

  /** nil, a boolean, a string. */
  public static final class Constant extends Expression {
    private final Object value;

    public Constant(Object value) {
      super(0);
      this.value = value;
    }

    @Override
    public Object evaluate(Frame f) {
      return value;
    }

    @Override
    public boolean simple() {
      return true;
    }
  }

  /** A number. */
  public static final class Numeral extends Expression {
    private final double value;
    private final Double boxed;

    public Numeral(double value) {
      super(0);
      this.value = value;
      boxed = value;
    }

    double value() {
      return value;
    }

    @Override
    public Object evaluate(Frame f) {
      return boxed;
    }

    @Override
    public double number(Frame f) {
      return value;
    }

    @Override
    public boolean simple() {
      return true;
    }
  }

  /** {@code ...}. */
  public static final class Varargs extends Expression {
    public Varargs() {
      super(0);
    }

    @Override
    public Object evaluate(Frame f) {
      return f.varargs.length > 0 ? f.varargs[0] : null;
    }

    @Override
    public Object evaluateAll(Frame f) {
      return f.varargs;
    }

    @Override
    public boolean several() {
      return true;
    }

    @Override
    public boolean simple() {
      return true;
    }
  }

  /** {@code function … end}. */
  public static final class Function extends Expression {
    private final Prototype prototype;

    public Function(Prototype prototype) {
      super(0);
      this.prototype = prototype;
    }

    @Override
    public Object evaluate(Frame f) {
      Prototype.Capture[] captures = prototype.captures;
      Cell[] upvalues = new Cell[captures.length];
      for (int i = 0; i < upvalues.length; i++) {
        int from = captures[i].index();
        upvalues[i] = captures[i].fromLocal() ? (Cell) f.slots[from] : f.upvalues[from];
      }
      return new Closure(f.lua, prototype, upvalues, f.function.environment());
    }
  }

  /** {@code a .. b .. c}: one array of bytes for all. */
  public static final class Concat extends Expression {
    private final Expression[] operands;

    public Concat(int line, Expression[] operands) {
      super(line);
      this.operands = operands;
    }

    @Override
    public Object evaluate(Frame f) {
      Object[] values = new Object[operands.length];
      long length = 0;
      boolean plain = true;
      for (int i = 0; i < values.length; i++) {
        values[i] = operands[i].evaluate(f);
        plain &= values[i] instanceof LuaString || values[i] instanceof Double;
      }
      if (plain) {
        for (int i = 0; i < values.length; i++) {
          LuaString s = Values.string(values[i]);
          values[i] = s;
          length += s.length();
        }
        if (length <= Integer.MAX_VALUE - 16) {
          return joined(f, values, (int) length);
        }
      }
      Object r = values[values.length - 1];
      for (int i = values.length - 2; i >= 0; i--) {
        r = f.lua.operations().concat(values[i], r, this, operands[i], operands[i + 1]);
      }
      return r;
    }

    private static LuaString joined(Frame f, Object[] values, int length) {
      f.lua.heap().charge(40 + length);
      byte[] all = new byte[length];
      int at = 0;
      for (Object o : values) {
        byte[] b = ((LuaString) o).bytes();
        System.arraycopy(b, 0, all, at, b.length);
        at += b.length;
      }
      return new LuaString(all);
    }
  }

  /**
   * A value that is kept in a slot while others are evaluated, so that a walk over memory meets it.
   */
  public static final class Kept extends Expression {
    private final int slot;
    private final Expression of;

    public Kept(int slot, Expression of) {
      super(of.line());
      this.slot = slot;
      this.of = of;
    }

    public int slot() {
      return slot;
    }

    @Override
    public Object evaluate(Frame f) {
      Object v = of.evaluate(f);
      f.slots[slot] = v;
      return v;
    }

    @Override
    public double number(Frame f) {
      double d = of.number(f);
      if (spilled(d)) {
        f.slots[slot] = f.spilled;
      }
      return d;
    }

    @Override
    public String name() {
      return of.name();
    }

    @Override
    public String callee() {
      return of.callee();
    }
  }

  /** What was put into a slot before, under the name of what it comes from. */
  public static final class Temporary extends Expression {
    private final int slot;
    private final Expression from;

    public Temporary(int slot, Expression from) {
      super(0);
      this.slot = slot;
      this.from = from;
    }

    @Override
    public Object evaluate(Frame f) {
      return f.slots[slot];
    }

    @Override
    public String name() {
      return from.name();
    }

    @Override
    public boolean simple() {
      return true;
    }
  }

  /** An operand that is evaluated, into a slot, before the expression that has it after another. */
  public static final class Ahead extends Expression {
    private final int slot;
    private final Expression operand;
    private final Expression then;

    public Ahead(int slot, Expression operand, Expression then) {
      super(0);
      this.slot = slot;
      this.operand = operand;
      this.then = then;
    }

    @Override
    public Object evaluate(Frame f) {
      f.slots[slot] = operand.evaluate(f);
      return then.evaluate(f);
    }

    @Override
    public String name() {
      return then.name();
    }

    @Override
    public String callee() {
      return then.callee();
    }
  }
}
