package dev.varve.lua.tree;

import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Userdata;
import java.util.Objects;

/** Comparisons. */
public abstract class Comparison extends Expression {
  final Operand left;
  final Operand right;

  private Comparison(int line, Expression left, Expression right) {
    super(line);
    this.left = new Operand(left);
    this.right = new Operand(right);
  }

  @Override
  public final Object evaluate(Frame f) {
    return test(f);
  }

  /** {@code a == b}, or {@code a ~= b}. */
  public static final class Equal extends Comparison {
    private final boolean wanted;

    public Equal(int line, Expression left, Expression right, boolean wanted) {
      super(line, left, right);
      this.wanted = wanted;
    }

    @Override
    public boolean test(Frame f) {
      Object a = left.evaluate(f);
      Object b = right.evaluate(f);
      if (a instanceof Double x) {
        return (b instanceof Double y && (double) x == (double) y) == wanted;
      }
      if (a instanceof LuaTable || a instanceof Userdata) {
        return f.lua.operations().equal(a, b, this) == wanted;
      }
      return Objects.equals(a, b) == wanted;
    }
  }

  /** {@code a < b}, or {@code a > b}, which is {@code b < a} with a evaluated first. */
  public static final class Less extends Comparison {
    private final boolean swapped;

    public Less(int line, Expression left, Expression right, boolean swapped) {
      super(line, left, right);
      this.swapped = swapped;
    }

    @Override
    public boolean test(Frame f) {
      double a = left.number(f);
      if (spilled(a)) {
        Object x = f.spilled;
        return other(f, x, right.evaluate(f));
      }
      double b = right.number(f);
      if (spilled(b)) {
        return other(f, a, f.spilled);
      }
      return swapped ? a > b : a < b;
    }

    private boolean other(Frame f, Object a, Object b) {
      return swapped ? f.lua.operations().less(b, a, this) : f.lua.operations().less(a, b, this);
    }
  }

  /** {@code a <= b}, or {@code a >= b}. */
  public static final class LessOrEqual extends Comparison {
    private final boolean swapped;

    public LessOrEqual(int line, Expression left, Expression right, boolean swapped) {
      super(line, left, right);
      this.swapped = swapped;
    }

    @Override
    public boolean test(Frame f) {
      double a = left.number(f);
      if (spilled(a)) {
        Object x = f.spilled;
        return other(f, x, right.evaluate(f));
      }
      double b = right.number(f);
      if (spilled(b)) {
        return other(f, a, f.spilled);
      }
      return swapped ? a >= b : a <= b;
    }

    private boolean other(Frame f, Object a, Object b) {
      return swapped
          ? f.lua.operations().lessOrEqual(b, a, this)
          : f.lua.operations().lessOrEqual(a, b, this);
    }
  }
}
