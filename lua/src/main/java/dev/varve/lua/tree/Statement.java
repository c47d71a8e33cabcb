package dev.varve.lua.tree;

import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.Site;

/** A part of a program that does something. */
public abstract class Statement extends Site {
  /**
   * How a statement ends: as it should, by {@code break}, by {@code return} with the result in the
   * frame.
   */
  static final int NORMAL = 0;

  static final int BREAK = 1;
  static final int RETURN = 2;

  protected Statement(int line) {
    super(line);
  }

  public abstract int execute(Frame f);

  /** Statements one after another. */
  public static final class Block extends Statement {
    private final Statement[] statements;

    public Block(Statement[] statements) {
      super(0);
      this.statements = statements;
    }

    @Override
    public int execute(Frame f) {
      for (Statement s : statements) {
        int r = s.execute(f);
        if (r != NORMAL) {
          return r;
        }
      }
      return NORMAL;
    }
  }

  /** {@code if}, with its {@code elseif}s. */
  public static final class If extends Statement {
    private final Expression[] conditions;
    private final Statement[] blocks;
    private final Statement otherwise;

    /** The last may be null. */
    public If(Expression[] conditions, Statement[] blocks, Statement otherwise) {
      super(0);
      this.conditions = conditions;
      this.blocks = blocks;
      this.otherwise = otherwise;
    }

    @Override
    public int execute(Frame f) {
      for (int i = 0; i < conditions.length; i++) {
        if (conditions[i].test(f)) {
          return blocks[i].execute(f);
        }
      }
      return otherwise == null ? NORMAL : otherwise.execute(f);
    }
  }

  /** A call for what it does. */
  public static final class Evaluate extends Statement {
    private final Expression call;

    public Evaluate(Expression call) {
      super(0);
      this.call = call;
    }

    @Override
    public int execute(Frame f) {
      var _ = call.evaluateAll(f);
      return NORMAL;
    }
  }

  /** {@code break}. */
  public static final class Break extends Statement {
    public Break() {
      super(0);
    }

    @Override
    public int execute(Frame f) {
      return BREAK;
    }
  }

  /** {@code return} of values. */
  public static final class Return extends Statement {
    private final Expression[] values;

    public Return(Expression[] values) {
      super(0);
      this.values = values;
    }

    @Override
    public int execute(Frame f) {
      f.result = values.length == 1 ? values[0].evaluateAll(f) : Expression.list(values, f);
      return RETURN;
    }
  }

  /** {@code return} of a call, which takes this one's place. */
  public static final class ReturnCall extends Statement {
    private final Call call;

    public ReturnCall(Call call) {
      super(0);
      this.call = call;
    }

    @Override
    public int execute(Frame f) {
      f.result = call.tail(f);
      return RETURN;
    }
  }
}
