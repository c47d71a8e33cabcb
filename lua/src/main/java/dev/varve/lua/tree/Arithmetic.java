package dev.varve.lua.tree;

import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Operator;

/**
 * Arithmetic. Each operator has its class, so that each place of a program is compiled for its own.
 */
public abstract class Arithmetic extends Expression {
  private final Operator operator;
  final Operand left;
  final Operand right;

  private Arithmetic(int line, Operator operator, Expression left, Expression right) {
    super(line);
    this.operator = operator;
    this.left = new Operand(left);
    this.right = new Operand(right);
  }

  /** The expression for an operator. */
  public static Expression of(int line, Operator operator, Expression left, Expression right) {
    return switch (operator) {
      case ADD -> new Add(line, left, right);
      case SUBTRACT -> new Subtract(line, left, right);
      case MULTIPLY -> new Multiply(line, left, right);
      case DIVIDE -> new Divide(line, left, right);
      case MODULO, POWER -> new Other(line, operator, left, right);
    };
  }

  @Override
  public final Object evaluate(Frame f) {
    double d = number(f);
    return spilled(d) ? f.spilled : (Object) d;
  }

  final double slow(Frame f, Object a, Object b) {
    Object o =
        f.lua.operations().arithmetic(operator, a, b, this, left.expression(), right.expression());
    if (o instanceof Double d) {
      return d;
    }
    f.spilled = o;
    return SPILLED;
  }

  final double slowLeft(Frame f) {
    Object a = f.spilled;
    return slow(f, a, right.evaluate(f));
  }

  private static final class Add extends Arithmetic {
    Add(int line, Expression left, Expression right) {
      super(line, Operator.ADD, left, right);
    }

    @Override
    public double number(Frame f) {
      double a = left.number(f);
      if (spilled(a)) {
        return slowLeft(f);
      }
      double b = right.number(f);
      return spilled(b) ? slow(f, a, f.spilled) : a + b;
    }
  }

  private static final class Subtract extends Arithmetic {
    Subtract(int line, Expression left, Expression right) {
      super(line, Operator.SUBTRACT, left, right);
    }

    @Override
    public double number(Frame f) {
      double a = left.number(f);
      if (spilled(a)) {
        return slowLeft(f);
      }
      double b = right.number(f);
      return spilled(b) ? slow(f, a, f.spilled) : a - b;
    }
  }

  private static final class Multiply extends Arithmetic {
    Multiply(int line, Expression left, Expression right) {
      super(line, Operator.MULTIPLY, left, right);
    }

    @Override
    public double number(Frame f) {
      double a = left.number(f);
      if (spilled(a)) {
        return slowLeft(f);
      }
      double b = right.number(f);
      return spilled(b) ? slow(f, a, f.spilled) : a * b;
    }
  }

  private static final class Divide extends Arithmetic {
    Divide(int line, Expression left, Expression right) {
      super(line, Operator.DIVIDE, left, right);
    }

    @Override
    public double number(Frame f) {
      double a = left.number(f);
      if (spilled(a)) {
        return slowLeft(f);
      }
      double b = right.number(f);
      return spilled(b) ? slow(f, a, f.spilled) : a / b;
    }
  }

  private static final class Other extends Arithmetic {
    private final Operator operator;

    Other(int line, Operator operator, Expression left, Expression right) {
      super(line, operator, left, right);
      this.operator = operator;
    }

    @Override
    public double number(Frame f) {
      double a = left.number(f);
      if (spilled(a)) {
        return slowLeft(f);
      }
      double b = right.number(f);
      return spilled(b) ? slow(f, a, f.spilled) : operator.apply(a, b);
    }
  }

  /** {@code -e}. */
  public static final class Negate extends Expression {
    private final Expression operand;

    public Negate(int line, Expression operand) {
      super(line);
      this.operand = operand;
    }

    @Override
    public Object evaluate(Frame f) {
      double d = number(f);
      return spilled(d) ? f.spilled : (Object) d;
    }

    @Override
    public double number(Frame f) {
      double d = operand.number(f);
      if (!spilled(d)) {
        return -d;
      }
      Object o = f.lua.operations().negate(f.spilled, this, operand);
      if (o instanceof Double n) {
        return n;
      }
      f.spilled = o;
      return SPILLED;
    }
  }

  /** {@code #e}. */
  public static final class Length extends Expression {
    private final Expression operand;

    public Length(int line, Expression operand) {
      super(line);
      this.operand = operand;
    }

    @Override
    public Object evaluate(Frame f) {
      Object o = operand.evaluate(f);
      if (o instanceof LuaTable || o instanceof LuaString) {
        return f.lua.operations().length(o, this, operand);
      }
      return f.lua.operations().otherLength(o, this, operand);
    }

    @Override
    public double number(Frame f) {
      Object o = operand.evaluate(f);
      if (o instanceof LuaTable t) {
        return t.length();
      }
      if (o instanceof LuaString s) {
        return s.length();
      }
      Object n = f.lua.operations().otherLength(o, this, operand);
      if (n instanceof Double d) {
        return d;
      }
      f.spilled = n;
      return SPILLED;
    }
  }
}
