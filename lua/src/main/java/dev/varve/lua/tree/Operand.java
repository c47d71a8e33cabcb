package dev.varve.lua.tree;

import dev.varve.lua.runtime.Frame;

/**
 * An operand whose number is wanted. What most operands are, a number that was written or a local
 * that loops calculate with, is had without a call that depends on the expression's class.
 */
final class Operand {
  private static final int NO_SLOT = -1;

  private final Expression expression;
  private final int slot;
  private final boolean constant;
  private final double value;

  Operand(Expression expression) {
    this.expression = expression;
    slot = expression instanceof Variables.Unboxed u ? u.slot() : NO_SLOT;
    constant = expression instanceof Primitives.Numeral;
    value = expression instanceof Primitives.Numeral n ? n.value() : 0;
  }

  Expression expression() {
    return expression;
  }

  /** See {@link Expression#number}. */
  double number(Frame f) {
    if (slot != NO_SLOT && f.isUnboxed(slot)) {
      return f.number(slot);
    }
    return constant ? value : expression.number(f);
  }

  /** See {@link Expression#evaluate}. */
  Object evaluate(Frame f) {
    return expression.evaluate(f);
  }
}
