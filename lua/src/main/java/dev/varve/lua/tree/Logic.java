package dev.varve.lua.tree;

import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.Values;

/** {@code and}, {@code or}, {@code not}, parentheses. */
public final class Logic {
  private Logic() {}

  /** {@code a and b}. */
  public static final class And extends Expression {
    private final Expression left;
    private final Expression right;

    public And(Expression left, Expression right) {
      super(0);
      this.left = left;
      this.right = right;
    }

    @Override
    public Object evaluate(Frame f) {
      Object a = left.evaluate(f);
      return Values.truth(a) ? right.evaluate(f) : a;
    }

    @Override
    public boolean test(Frame f) {
      return left.test(f) && right.test(f);
    }
  }

  /** {@code a or b}. */
  public static final class Or extends Expression {
    private final Expression left;
    private final Expression right;

    public Or(Expression left, Expression right) {
      super(0);
      this.left = left;
      this.right = right;
    }

    @Override
    public Object evaluate(Frame f) {
      Object a = left.evaluate(f);
      return Values.truth(a) ? a : right.evaluate(f);
    }

    @Override
    public boolean test(Frame f) {
      return left.test(f) || right.test(f);
    }
  }

  /** {@code not e}. */
  public static final class Not extends Expression {
    private final Expression operand;

    public Not(Expression operand) {
      super(0);
      this.operand = operand;
    }

    @Override
    public Object evaluate(Frame f) {
      return !operand.test(f);
    }

    @Override
    public boolean test(Frame f) {
      return !operand.test(f);
    }
  }

  /** {@code (e)}: one value of those that e has. */
  public static final class First extends Expression {
    private final Expression of;

    public First(Expression of) {
      super(0);
      this.of = of;
    }

    @Override
    public Object evaluate(Frame f) {
      return of.evaluate(f);
    }
  }
}
