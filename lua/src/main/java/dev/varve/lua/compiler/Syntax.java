package dev.varve.lua.compiler;

import dev.varve.lua.runtime.LuaString;
import java.util.List;

/** A program as it was read. */
final class Syntax {
  private Syntax() {}

  sealed interface Expr {}

  /** nil, a boolean, a string. */
  record Constant(Object value) implements Expr {}

  record Num(double value) implements Expr {}

  record Dots() implements Expr {}

  record Fn(Body body) implements Expr {}

  record Local(Variable variable) implements Expr {}

  record Upvalue(int index, String name) implements Expr {}

  record Global(int line, LuaString name) implements Expr {}

  record Index(int line, Expr table, Expr key) implements Expr {}

  record Call(int line, Expr function, List<Expr> arguments) implements Expr {}

  record Method(int line, Expr object, LuaString name, List<Expr> arguments) implements Expr {}

  record Binary(int line, Token operator, Expr left, Expr right) implements Expr {}

  record Unary(int line, Token operator, Expr operand) implements Expr {}

  record Paren(Expr of) implements Expr {}

  /** Keys are null for elements without one. */
  record Table(int line, List<Expr> keys, List<Expr> values) implements Expr {}

  /** A function, read to its end. */
  record Body(Scope scope, List<Stat> statements) {}

  sealed interface Stat {}

  record Block(List<Stat> statements) implements Stat {}

  /** The last block may be null. */
  record If(List<Expr> conditions, List<Block> blocks, Block otherwise) implements Stat {}

  record While(Expr condition, Block body) implements Stat {}

  record Repeat(Block body, Expr condition) implements Stat {}

  /** The step may be null. */
  record NumericFor(int line, Variable variable, Expr from, Expr to, Expr by, Block body)
      implements Stat {}

  record GenericFor(int line, List<Variable> variables, List<Expr> iterator, Block body)
      implements Stat {}

  record LocalFunction(Variable variable, Fn function) implements Stat {}

  record Declare(List<Variable> variables, List<Expr> values) implements Stat {}

  record Assign(int line, List<Expr> targets, List<Expr> values) implements Stat {}

  record Evaluate(Expr call) implements Stat {}

  record Return(List<Expr> values) implements Stat {}

  record Break() implements Stat {}
}
