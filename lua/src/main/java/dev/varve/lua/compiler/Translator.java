package dev.varve.lua.compiler;

import dev.varve.lua.compiler.Syntax.Expr;
import dev.varve.lua.compiler.Syntax.Stat;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.Operator;
import dev.varve.lua.runtime.Values;
import dev.varve.lua.tree.Arithmetic;
import dev.varve.lua.tree.Call;
import dev.varve.lua.tree.Comparison;
import dev.varve.lua.tree.Expression;
import dev.varve.lua.tree.Logic;
import dev.varve.lua.tree.Loops;
import dev.varve.lua.tree.Primitives;
import dev.varve.lua.tree.Prototype;
import dev.varve.lua.tree.Statement;
import dev.varve.lua.tree.Tables;
import dev.varve.lua.tree.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * One function, from what was read to the tree that runs. Values that wait while others are
 * evaluated are kept in slots after the locals, so that a walk over memory meets them.
 */
final class Translator {
  private final String chunk;
  private final String source;
  private final Scope scope;
  private int temporaries;
  private int mostTemporaries;
  private int depth;
  private int mostDepth;

  private Translator(String chunk, String source, Scope scope) {
    this.chunk = chunk;
    this.source = source;
    this.scope = scope;
  }

  static Prototype translate(String chunk, String source, Syntax.Body body, long programBytes) {
    Translator t = new Translator(chunk, source, body.scope());
    Scope s = body.scope();
    Statement statements = t.block(body.statements());
    int[] shared =
        s.active.stream()
            .limit(s.parameters.size() + (s.hasArg ? 1L : 0))
            .filter(v -> v.shared)
            .mapToInt(v -> v.slot)
            .toArray();
    return new Prototype(
        chunk,
        source,
        s.parameters.size(),
        s.variable,
        s.hasArg && !s.dotsUsed,
        s.slots() + t.mostTemporaries,
        s.captures.toArray(Prototype.Capture[]::new),
        shared,
        statements,
        t.mostDepth,
        programBytes);
  }

  private int temporary() {
    mostTemporaries = Math.max(mostTemporaries, ++temporaries);
    return scope.slots() + temporaries - 1;
  }

  // ---- statements

  private Statement block(List<Stat> list) {
    Statement[] all = new Statement[list.size()];
    for (int i = 0; i < all.length; i++) {
      int before = temporaries;
      mostDepth = Math.max(mostDepth, ++depth);
      all[i] = statement(list.get(i));
      depth--;
      temporaries = before;
    }
    return all.length == 1 ? all[0] : new Statement.Block(all);
  }

  private Statement block(Syntax.Block b) {
    return block(b.statements());
  }

  private Statement statement(Stat s) {
    return switch (s) {
      case Syntax.Block b -> block(b);
      case Syntax.If i ->
          new Statement.If(
              expressions(i.conditions()),
              i.blocks().stream().map(this::block).toArray(Statement[]::new),
              i.otherwise() == null ? null : block(i.otherwise()));
      case Syntax.While w -> new Loops.While(expression(w.condition()), block(w.body()));
      case Syntax.Repeat r -> new Loops.Repeat(block(r.body()), expression(r.condition()));
      case Syntax.NumericFor n -> numericFor(n);
      case Syntax.GenericFor g -> genericFor(g);
      case Syntax.LocalFunction l -> {
        Expression f = expression(l.function());
        yield l.variable().shared
            ? new Variables.DeclareFunction(l.variable().slot, f)
            : new Variables.SetLocal(l.variable().slot, f);
      }
      case Syntax.Declare d -> declare(d);
      case Syntax.Assign a -> assign(a);
      case Syntax.Evaluate e -> new Statement.Evaluate(expression(e.call()));
      case Syntax.Return r -> {
        Expression[] values = kept(r.values());
        yield values.length == 1 && values[0] instanceof Call c
            ? new Statement.ReturnCall(c)
            : new Statement.Return(values);
      }
      case Syntax.Break b -> new Statement.Break();
    };
  }

  private Statement numericFor(Syntax.NumericFor n) {
    List<Expr> parts = new ArrayList<>(List.of(n.from(), n.to()));
    if (n.by() != null) {
      parts.add(n.by());
    }
    Expression[] e = kept(parts);
    return new Loops.Numeric(
        n.line(),
        n.variable().slot,
        n.variable().shared,
        e[0],
        e[1],
        e.length > 2 ? e[2] : null,
        block(n.body()));
  }

  private Statement genericFor(Syntax.GenericFor g) {
    int keep = temporary();
    temporary();
    return new Loops.Generic(
        g.line(),
        slots(g.variables()),
        shared(g.variables()),
        keep,
        kept(g.iterator()),
        block(g.body()));
  }

  private static int[] slots(List<Variable> variables) {
    return variables.stream().mapToInt(v -> v.slot).toArray();
  }

  private static boolean[] shared(List<Variable> variables) {
    boolean[] b = new boolean[variables.size()];
    for (int i = 0; i < b.length; i++) {
      b[i] = variables.get(i).shared;
    }
    return b;
  }

  private Statement declare(Syntax.Declare d) {
    List<Variable> v = d.variables();
    if (v.size() == 1 && d.values().size() <= 1) {
      Expression e =
          d.values().isEmpty() ? new Primitives.Constant(null) : expression(d.values().getFirst());
      int slot = v.getFirst().slot;
      return v.getFirst().shared ? new Variables.DeclareShared(slot, e) : setLocal(v.getFirst(), e);
    }
    return new Variables.DeclareSeveral(slots(v), shared(v), kept(d.values()));
  }

  private Statement assign(Syntax.Assign a) {
    if (a.targets().size() == 1 && a.values().size() == 1) {
      if (a.targets().getFirst() instanceof Syntax.Index i) {
        return setIndex(a.line(), i, a.values().getFirst());
      }
      return set(a.line(), a.targets().getFirst(), expression(a.values().getFirst()));
    }
    int n = a.targets().size();
    Expression[] tables = new Expression[n];
    Expression[] keys = new Expression[n];
    Statement[] setters = new Statement[n];
    int[] slots = new int[n];
    for (int i = 0; i < n; i++) {
      if (a.targets().get(i) instanceof Syntax.Index x) {
        tables[i] = keep(expression(x.table()));
        keys[i] = keep(expression(x.key()));
      } else {
        slots[i] = temporary();
        setters[i] = set(a.line(), a.targets().get(i), new Variables.Local(slots[i], null));
      }
    }
    return new Tables.AssignSeveral(a.line(), tables, keys, setters, slots, kept(a.values()));
  }

  private Statement set(int line, Expr target, Expression value) {
    return switch (target) {
      case Syntax.Local l when l.variable().shared ->
          new Variables.SetShared(l.variable().slot, value);
      case Syntax.Local l -> setLocal(l.variable(), value);
      case Syntax.Upvalue u -> new Variables.SetUpvalue(u.index(), value);
      case Syntax.Global g -> new Variables.SetGlobal(line, g.name(), value);
      default -> throw new IllegalArgumentException("not a variable: " + target);
    };
  }

  private static Statement setLocal(Variable variable, Expression value) {
    return variable.unboxed && value instanceof Arithmetic a
        ? new Variables.SetUnboxed(variable.slot, a)
        : new Variables.SetLocal(variable.slot, value);
  }

  private Statement setIndex(int line, Syntax.Index target, Expr value) {
    Expression[] e = kept(List.of(target.table(), target.key(), value));
    if (!late(e)) {
      return new Tables.SetIndex(line, e[0], e[1], e[2]);
    }
    List<Statement> all = new ArrayList<>();
    for (int i = 0; i < e.length; i++) {
      if (!e[i].simple()) {
        int slot = slotOf(e[i]);
        all.add(new Variables.SetLocal(slot, e[i]));
        e[i] = new Primitives.Temporary(slot, e[i]);
      }
    }
    all.add(new Tables.SetIndex(line, e[0], e[1], e[2]));
    return new Statement.Block(all.toArray(Statement[]::new));
  }

  // ---- expressions

  private Expression[] expressions(List<Expr> list) {
    return list.stream().map(this::expression).toArray(Expression[]::new);
  }

  /** Operands that are evaluated one after another; those that have to wait for others are kept. */
  private Expression[] kept(List<Expr> list) {
    Expression[] all = new Expression[list.size()];
    int lastBusy = list.size() - 1;
    while (lastBusy >= 0 && simple(list.get(lastBusy))) {
      lastBusy--;
    }
    for (int i = 0; i < all.length; i++) {
      Expression e = expression(list.get(i));
      all[i] = i < lastBusy ? keep(e) : e;
    }
    return all;
  }

  /**
   * The slot for an operand that is evaluated ahead: its own, so that none of those after it uses
   * it meanwhile.
   */
  private int slotOf(Expression e) {
    return e instanceof Primitives.Kept k ? k.slot() : temporary();
  }

  private Expression keep(Expression e) {
    return e.simple() ? e : new Primitives.Kept(temporary(), e);
  }

  private static boolean simple(Expr e) {
    return switch (e) {
      case Syntax.Constant c -> true;
      case Syntax.Num n -> true;
      case Syntax.Dots d -> true;
      case Syntax.Local l -> true;
      case Syntax.Upvalue u -> true;
      default -> false;
    };
  }

  /**
   * Whether a local stands before an operand that could set it. Lua 5.1 reads locals where they are
   * used, after the evaluation of all operands.
   */
  private static boolean late(Expression[] operands) {
    boolean local = false;
    for (Expression e : operands) {
      if (local && !e.simple()) {
        return true;
      }
      local |= e instanceof Variables.Shared;
    }
    return false;
  }

  /** An operation on operands, with those evaluated ahead that could set a local among them. */
  private Expression operation(List<Expr> list, Function<Expression[], Expression> make) {
    Expression[] e = kept(list);
    if (!late(e)) {
      return make.apply(e);
    }
    int[] slots = new int[e.length];
    Expression[] ahead = e.clone();
    for (int i = 0; i < e.length; i++) {
      if (!e[i].simple()) {
        slots[i] = slotOf(e[i]);
        e[i] = new Primitives.Temporary(slots[i], ahead[i]);
      }
    }
    Expression r = make.apply(e);
    for (int i = e.length - 1; i >= 0; i--) {
      if (!ahead[i].simple()) {
        r = new Primitives.Ahead(slots[i], ahead[i], r);
      }
    }
    return r;
  }

  private Expression expression(Expr e) {
    int before = temporaries;
    mostDepth = Math.max(mostDepth, ++depth);
    Expression r = translate(e);
    depth--;
    temporaries = before;
    return r;
  }

  private Expression translate(Expr e) {
    return switch (e) {
      case Syntax.Constant c -> new Primitives.Constant(c.value());
      case Syntax.Num n -> new Primitives.Numeral(n.value());
      case Syntax.Dots d -> new Primitives.Varargs();
      case Syntax.Fn f -> new Primitives.Function(translate(chunk, source, f.body(), 0));
      case Syntax.Local l when l.variable().shared ->
          new Variables.Shared(l.variable().slot, l.variable().name);
      case Syntax.Local l when l.variable().unboxed ->
          new Variables.Unboxed(l.variable().slot, l.variable().name);
      case Syntax.Local l -> new Variables.Local(l.variable().slot, l.variable().name);
      case Syntax.Upvalue u -> new Variables.Upvalue(u.index(), u.name());
      case Syntax.Global g -> new Variables.Global(g.line(), g.name());
      case Syntax.Index i
          when i.key() instanceof Syntax.Constant c && c.value() instanceof LuaString s ->
          new Tables.Field(i.line(), expression(i.table()), s);
      case Syntax.Index i ->
          operation(List.of(i.table(), i.key()), o -> new Tables.Index(i.line(), o[0], o[1]));
      case Syntax.Call c -> call(c);
      case Syntax.Method m -> {
        Expression object = expression(m.object());
        Expression self = m.arguments().isEmpty() ? object : keep(object);
        yield new Call.Method(m.line(), self, m.name(), kept(m.arguments()));
      }
      case Syntax.Binary b -> binary(b);
      case Syntax.Unary u -> unary(u);
      case Syntax.Paren p -> one(p.of());
      case Syntax.Table t -> table(t);
    };
  }

  private Expression call(Syntax.Call c) {
    return new Call.Plain(c.line(), expression(c.function()), kept(c.arguments()));
  }

  private Expression unary(Syntax.Unary u) {
    Expression operand = expression(u.operand());
    return switch (u.operator()) {
      case NOT -> new Logic.Not(operand);
      case MINUS -> new Arithmetic.Negate(u.line(), operand);
      default -> new Arithmetic.Length(u.line(), operand);
    };
  }

  private Expression table(Syntax.Table t) {
    int slot = temporary();
    temporary();
    int n = t.values().size();
    Expression[] keys = new Expression[n];
    Expression[] values = new Expression[n];
    for (int i = 0; i < n; i++) {
      keys[i] = t.keys().get(i) == null ? null : expression(t.keys().get(i));
      values[i] = expression(t.values().get(i));
    }
    return new Tables.Constructor(t.line(), keys, values, slot);
  }

  /**
   * What a constant is as a condition; null if it is no constant. Lua 5.1 leaves out a choice that
   * it decides.
   */
  private static Boolean truth(Expr e) {
    return switch (e) {
      case Syntax.Constant c -> Values.truth(c.value());
      case Syntax.Num n -> true;
      case Syntax.Paren p -> truth(p.of());
      default -> null;
    };
  }

  private Expression one(Expr e) {
    Expression r = expression(e);
    return r.several() ? new Logic.First(r) : r;
  }

  private Expression binary(Syntax.Binary b) {
    int line = b.line();
    return switch (b.operator()) {
      case AND ->
          Boolean.TRUE.equals(truth(b.left()))
              ? one(b.right())
              : new Logic.And(expression(b.left()), expression(b.right()));
      case OR ->
          Boolean.FALSE.equals(truth(b.left()))
              ? one(b.right())
              : new Logic.Or(expression(b.left()), expression(b.right()));
      case CONCAT -> {
        List<Expr> operands = new ArrayList<>();
        Expr e = b;
        while (e instanceof Syntax.Binary x && x.operator() == Token.CONCAT) {
          operands.add(x.left());
          e = x.right();
        }
        operands.add(e);
        yield new Primitives.Concat(line, kept(operands));
      }
      default ->
          operation(List.of(b.left(), b.right()), o -> binary(line, b.operator(), o[0], o[1]));
    };
  }

  private static Expression binary(int line, Token operator, Expression l, Expression r) {
    return switch (operator) {
      case EQUAL -> new Comparison.Equal(line, l, r, true);
      case NOT_EQUAL -> new Comparison.Equal(line, l, r, false);
      case LESS -> new Comparison.Less(line, l, r, false);
      case GREATER -> new Comparison.Less(line, l, r, true);
      case LESS_EQUAL -> new Comparison.LessOrEqual(line, l, r, false);
      case GREATER_EQUAL -> new Comparison.LessOrEqual(line, l, r, true);
      case PLUS -> Arithmetic.of(line, Operator.ADD, l, r);
      case MINUS -> Arithmetic.of(line, Operator.SUBTRACT, l, r);
      case STAR -> Arithmetic.of(line, Operator.MULTIPLY, l, r);
      case SLASH -> Arithmetic.of(line, Operator.DIVIDE, l, r);
      case PERCENT -> Arithmetic.of(line, Operator.MODULO, l, r);
      default -> Arithmetic.of(line, Operator.POWER, l, r);
    };
  }
}
