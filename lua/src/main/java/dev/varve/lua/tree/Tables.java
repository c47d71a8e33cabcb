package dev.varve.lua.tree;

import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;

/** Tables: their making, their fields. */
public final class Tables {
  private Tables() {}

  /** {@code t.k}. */
  public static final class Field extends Expression {
    private final Expression table;
    private final LuaString key;

    public Field(int line, Expression table, LuaString key) {
      super(line);
      this.table = table;
      this.key = key;
    }

    @Override
    public Object evaluate(Frame f) {
      Object o = table.evaluate(f);
      if (o instanceof LuaTable t) {
        Object v = t.get(key);
        if (v != null || t.metatable() == null) {
          return v;
        }
      }
      return f.lua.operations().index(o, key, this, table);
    }

    @Override
    public String name() {
      return "field '" + key + "'";
    }

    @Override
    public String callee() {
      return key.toString();
    }
  }

  /** {@code t[k]}. */
  public static final class Index extends Expression {
    private final Expression table;
    private final Expression key;

    public Index(int line, Expression table, Expression key) {
      super(line);
      this.table = table;
      this.key = key;
    }

    @Override
    public Object evaluate(Frame f) {
      Object o = table.evaluate(f);
      Object k = key.evaluate(f);
      if (o instanceof LuaTable t) {
        Object v = t.get(k);
        if (v != null || t.metatable() == null) {
          return v;
        }
      }
      return f.lua.operations().index(o, k, this, table);
    }

    @Override
    public String name() {
      return "field '?'";
    }

    @Override
    public String callee() {
      return "?";
    }
  }

  /** {@code t[k] = e}. */
  public static final class SetIndex extends Statement {
    private final Expression table;
    private final Expression key;
    private final Expression value;

    public SetIndex(int line, Expression table, Expression key, Expression value) {
      super(line);
      this.table = table;
      this.key = key;
      this.value = value;
    }

    @Override
    public int execute(Frame f) {
      Object o = table.evaluate(f);
      Object k = key.evaluate(f);
      Object v = value.evaluate(f);
      if (o instanceof LuaTable t
          && t.metatable() == null
          && !t.readonly()
          && (k instanceof LuaString || number(k))) {
        t.set(k, v);
      } else {
        f.lua.operations().setIndex(o, k, v, this, table);
      }
      return NORMAL;
    }

    private static boolean number(Object k) {
      return k instanceof Double d && !d.isNaN();
    }
  }

  /**
   * {@code a, b[i] = …}: all is evaluated before anything is set, and set from the last to the
   * first.
   */
  public static final class AssignSeveral extends Statement {
    private final Expression[] tables;
    private final Expression[] keys;
    private final Statement[] setters;
    private final int[] temporaries;
    private final Expression[] values;

    /**
     * Makes one. For each target there is either a table and a key, or the statement that sets a
     * variable to what is in its temporary slot.
     */
    public AssignSeveral(
        int line,
        Expression[] tables,
        Expression[] keys,
        Statement[] setters,
        int[] temporaries,
        Expression[] values) {
      super(line);
      this.tables = tables;
      this.keys = keys;
      this.setters = setters;
      this.temporaries = temporaries;
      this.values = values;
    }

    @Override
    public int execute(Frame f) {
      int n = setters.length;
      Object[] t = new Object[n];
      Object[] k = new Object[n];
      for (int i = 0; i < n; i++) {
        if (setters[i] == null) {
          t[i] = tables[i].evaluate(f);
          k[i] = keys[i].evaluate(f);
        }
      }
      Object[] v = Expression.list(values, f);
      for (int i = n - 1; i >= 0; i--) {
        Object o = i < v.length ? v[i] : null;
        if (setters[i] == null) {
          f.lua.operations().setIndex(t[i], k[i], o, this, tables[i]);
        } else {
          f.slots[temporaries[i]] = o;
          var _ = setters[i].execute(f);
        }
      }
      return NORMAL;
    }
  }

  /**
   * {@code {…}}: elements without a key are set fifty at a time, which shows if others have the
   * same keys.
   */
  public static final class Constructor extends Expression {
    private static final int FLUSH = 50;

    private final Expression[] keys;
    private final Expression[] values;
    private final int slot;
    private final int elements;
    private final int entries;

    /**
     * A constructor.
     *
     * @param keys in their order; null for elements without one
     * @param slot where the table is kept while it is filled; the next one is for elements that
     *     wait
     */
    public Constructor(int line, Expression[] keys, Expression[] values, int slot) {
      super(line);
      this.keys = keys;
      this.values = values;
      this.slot = slot;
      int n = 0;
      for (Expression k : keys) {
        n += k == null ? 1 : 0;
      }
      boolean open = n > 0 && keys[keys.length - 1] == null && values[keys.length - 1].several();
      elements = rounded(open ? n - 1 : n);
      entries = rounded(keys.length - n);
    }

    /**
     * As much as the eight bits that 5.1 has for a size can say: rounded up, with four bits that
     * count.
     */
    private static int rounded(int n) {
      int x = n;
      int e = 0;
      while (x >= 16) {
        x = (x + 1) >> 1;
        e++;
      }
      return x << e;
    }

    @Override
    public Object evaluate(Frame f) {
      LuaTable t = f.lua.table(elements, entries);
      f.slots[slot] = t;
      int n = keys.length;
      Object[] waiting = new Object[Math.min(FLUSH, n)];
      f.slots[slot + 1] = waiting;
      int count = 0;
      int done = 0;
      for (int i = 0; i < n; i++) {
        if (count == FLUSH) {
          done = add(t, waiting, count, done);
          count = 0;
        }
        if (keys[i] != null) {
          Object k = keys[i].evaluate(f);
          f.lua.operations().rawSet(t, k, values[i].evaluate(f), this);
        } else if (i == n - 1 && values[i].several()) {
          done = addAll(t, waiting, count, done, values[i].evaluateAll(f));
          count = 0;
        } else {
          waiting[count++] = values[i].evaluate(f);
        }
      }
      add(t, waiting, count, done);
      return t;
    }

    private static int addAll(LuaTable t, Object[] waiting, int count, int done, Object result) {
      Object[] more = dev.varve.lua.runtime.Values.all(result);
      t.reserveArray(done + count + more.length);
      for (int i = more.length; i > 0; i--) {
        t.set(done + count + i, more[i - 1]);
      }
      for (int i = count; i > 0; i--) {
        t.set(done + i, waiting[i - 1]);
      }
      return done + count + more.length;
    }

    private static int add(LuaTable t, Object[] waiting, int count, int done) {
      t.reserveArray(done + count);
      for (int i = count; i > 0; i--) {
        t.set(done + i, waiting[i - 1]);
      }
      return done + count;
    }
  }
}
