package dev.varve.lua.tree;

import dev.varve.lua.runtime.Cell;
import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;

/** Loops. Each turn is a step. */
public final class Loops {
  private Loops() {}

  /** {@code while}. */
  public static final class While extends Statement {
    private final Expression condition;
    private final Statement body;

    public While(Expression condition, Statement body) {
      super(0);
      this.condition = condition;
      this.body = body;
    }

    @Override
    public int execute(Frame f) {
      while (condition.test(f)) {
        int r = body.execute(f);
        if (r != NORMAL) {
          return r == BREAK ? NORMAL : r;
        }
        f.lua.step();
      }
      return NORMAL;
    }
  }

  /** {@code repeat}. */
  public static final class Repeat extends Statement {
    private final Statement body;
    private final Expression condition;

    public Repeat(Statement body, Expression condition) {
      super(0);
      this.body = body;
      this.condition = condition;
    }

    @Override
    public int execute(Frame f) {
      do {
        int r = body.execute(f);
        if (r != NORMAL) {
          return r == BREAK ? NORMAL : r;
        }
        f.lua.step();
      } while (!condition.test(f));
      return NORMAL;
    }
  }

  /** {@code for i = a, b, c}. */
  public static final class Numeric extends Statement {
    private final int slot;
    private final boolean shared;
    private final Expression from;
    private final Expression to;
    private final Expression by;
    private final Statement body;

    /** The step may be null, which is 1. */
    public Numeric(
        int line,
        int slot,
        boolean shared,
        Expression from,
        Expression to,
        Expression by,
        Statement body) {
      super(line);
      this.slot = slot;
      this.shared = shared;
      this.from = from;
      this.to = to;
      this.by = by;
      this.body = body;
    }

    private double number(Frame f, Object o, String what) {
      if (o instanceof Double d) {
        return d;
      }
      Double d = Values.number(o);
      if (d == null) {
        throw f.lua.error(this, "'for' " + what + " must be a number");
      }
      return d;
    }

    @Override
    public int execute(Frame f) {
      Object a = from.evaluate(f);
      Object b = to.evaluate(f);
      Object c = by == null ? (Object) 1.0 : by.evaluate(f);
      double start = number(f, a, "initial value");
      double limit = number(f, b, "limit");
      double step = number(f, c, "step");
      Interpreter lua = f.lua;
      double i = start - step;
      while (true) {
        i += step;
        if (!(step > 0 ? i <= limit : limit <= i)) {
          return NORMAL;
        }
        if (shared) {
          f.slots[slot] = new Cell(i);
        } else {
          f.setNumber(slot, i);
        }
        int r = body.execute(f);
        if (r != NORMAL) {
          return r == BREAK ? NORMAL : r;
        }
        lua.step();
      }
    }
  }

  /** {@code for k, v in …}. */
  public static final class Generic extends Statement {
    private final int[] slots;
    private final boolean[] shared;
    private final int keep;
    private final Expression[] iterator;
    private final Statement body;

    /** The iterator's state is kept in two slots from the given one on. */
    public Generic(
        int line, int[] slots, boolean[] shared, int keep, Expression[] iterator, Statement body) {
      super(line);
      this.slots = slots;
      this.shared = shared;
      this.keep = keep;
      this.iterator = iterator;
      this.body = body;
    }

    private void set(Frame f, int i, Object v) {
      f.slots[slots[i]] = shared[i] ? new Cell(v) : v;
    }

    @Override
    public int execute(Frame f) {
      Object[] v = Expression.list(iterator, f);
      Object fn = v.length > 0 ? v[0] : null;
      Object state = v.length > 1 ? v[1] : null;
      Object control = v.length > 2 ? v[2] : null;
      f.slots[keep] = fn;
      f.slots[keep + 1] = state;
      if (fn != null && fn.equals(f.lua.next()) && state instanceof LuaTable t && control == null) {
        return entries(f, t);
      }
      Interpreter lua = f.lua;
      while (true) {
        f.site = this;
        control = turn(f, lua, fn, state, control);
        if (control == null) {
          return NORMAL;
        }
        int r = body.execute(f);
        if (r != NORMAL) {
          return r == BREAK ? NORMAL : r;
        }
        lua.step();
      }
    }

    private Object turn(Frame f, Interpreter lua, Object fn, Object state, Object control) {
      lua.enterNative();
      Object r =
          fn instanceof LuaFunction c
              ? c.call(lua, state, control)
              : lua.operations().callable(fn, this, null).call(lua, fn, state, control);
      lua.leaveNative();
      if (r instanceof Object[] all) {
        for (int i = 0; i < slots.length; i++) {
          set(f, i, i < all.length ? all[i] : null);
        }
        return all.length > 0 ? all[0] : null;
      }
      set(f, 0, r);
      for (int i = 1; i < slots.length; i++) {
        set(f, i, null);
      }
      return r;
    }

    /** What {@code pairs} leads to, without a call for each entry. */
    private int entries(Frame f, LuaTable t) {
      Interpreter lua = f.lua;
      int place = t.placeFrom(0);
      while (place >= 0) {
        Object k = t.keyAt(place);
        set(f, 0, k);
        if (slots.length > 1) {
          set(f, 1, t.valueAt(place));
        }
        for (int i = 2; i < slots.length; i++) {
          set(f, i, null);
        }
        int r = body.execute(f);
        if (r != NORMAL) {
          return r == BREAK ? NORMAL : r;
        }
        lua.step();
        place = after(f, t, k, place);
      }
      return NORMAL;
    }

    private int after(Frame f, LuaTable t, Object key, int place) throws LuaError {
      f.site = this;
      return t.placeFrom(t.placeOf(key, place) + 1);
    }
  }
}
