package dev.varve.lua.tree;

import dev.varve.lua.runtime.Cell;
import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;

/** Reading and setting variables: locals, those that closures share, upvalues, globals. */
public final class Variables {
  private Variables() {}

  /** A local that no closure shares. */
  public static final class Local extends Expression {
    private final int slot;
    private final String name;

    public Local(int slot, String name) {
      super(0);
      this.slot = slot;
      this.name = name;
    }

    @Override
    public Object evaluate(Frame f) {
      return f.slots[slot];
    }

    @Override
    public double number(Frame f) {
      Object o = f.slots[slot];
      if (o instanceof Double d) {
        return d;
      }
      f.spilled = o;
      return SPILLED;
    }

    @Override
    public String name() {
      return name == null ? null : "local '" + name + "'";
    }

    @Override
    public String callee() {
      return name;
    }

    @Override
    public boolean simple() {
      return true;
    }
  }

  /** A local that no closure shares, and whose numbers may stand without a box. */
  public static final class Unboxed extends Expression {
    private final int slot;
    private final String name;

    public Unboxed(int slot, String name) {
      super(0);
      this.slot = slot;
      this.name = name;
    }

    int slot() {
      return slot;
    }

    @Override
    public Object evaluate(Frame f) {
      return f.boxed(slot);
    }

    @Override
    public double number(Frame f) {
      if (f.isUnboxed(slot)) {
        return f.number(slot);
      }
      Object o = f.slots[slot];
      if (o instanceof Double d) {
        return d;
      }
      f.spilled = o;
      return SPILLED;
    }

    @Override
    public String name() {
      return "local '" + name + "'";
    }

    @Override
    public String callee() {
      return name;
    }

    @Override
    public boolean simple() {
      return true;
    }
  }

  /** A local that closures share. */
  public static final class Shared extends Expression {
    private final int slot;
    private final String name;

    public Shared(int slot, String name) {
      super(0);
      this.slot = slot;
      this.name = name;
    }

    @Override
    public Object evaluate(Frame f) {
      return ((Cell) f.slots[slot]).value;
    }

    @Override
    public String name() {
      return "local '" + name + "'";
    }

    @Override
    public String callee() {
      return name;
    }

    @Override
    public boolean simple() {
      return true;
    }
  }

  /** A variable of a function around this one. */
  public static final class Upvalue extends Expression {
    private final int index;
    private final String name;

    public Upvalue(int index, String name) {
      super(0);
      this.index = index;
      this.name = name;
    }

    @Override
    public Object evaluate(Frame f) {
      return f.upvalues[index].value;
    }

    @Override
    public String name() {
      return "upvalue '" + name + "'";
    }

    @Override
    public String callee() {
      return name;
    }

    @Override
    public boolean simple() {
      return true;
    }
  }

  /** A field of the function's environment. */
  public static final class Global extends Expression {
    private final LuaString key;

    public Global(int line, LuaString key) {
      super(line);
      this.key = key;
    }

    @Override
    public Object evaluate(Frame f) {
      LuaTable environment = f.function.environment();
      Object v = environment.get(key);
      if (v != null || environment.metatable() == null) {
        return v;
      }
      return f.lua.operations().index(environment, key, this, null);
    }

    @Override
    public String name() {
      return "global '" + key + "'";
    }

    @Override
    public String callee() {
      return key.toString();
    }
  }

  /** {@code local x = e}, and {@code x = e} of a local that no closure shares. */
  public static final class SetLocal extends Statement {
    private final int slot;
    private final Expression value;

    public SetLocal(int slot, Expression value) {
      super(0);
      this.slot = slot;
      this.value = value;
    }

    @Override
    public int execute(Frame f) {
      f.slots[slot] = value.evaluate(f);
      return NORMAL;
    }
  }

  /** {@code x = e} of a local whose numbers may stand without a box. */
  public static final class SetUnboxed extends Statement {
    private final int slot;
    private final Arithmetic value;

    public SetUnboxed(int slot, Arithmetic value) {
      super(0);
      this.slot = slot;
      this.value = value;
    }

    @Override
    public int execute(Frame f) {
      double d = value.number(f);
      if (Expression.spilled(d)) {
        f.slots[slot] = f.spilled;
      } else {
        f.setNumber(slot, d);
      }
      return NORMAL;
    }
  }

  /** {@code local x = e} of one that closures share: each time another. */
  public static final class DeclareShared extends Statement {
    private final int slot;
    private final Expression value;

    public DeclareShared(int slot, Expression value) {
      super(0);
      this.slot = slot;
      this.value = value;
    }

    @Override
    public int execute(Frame f) {
      f.slots[slot] = new Cell(value.evaluate(f));
      return NORMAL;
    }
  }

  /** {@code local function x}, which may speak of itself. */
  public static final class DeclareFunction extends Statement {
    private final int slot;
    private final Expression function;

    public DeclareFunction(int slot, Expression function) {
      super(0);
      this.slot = slot;
      this.function = function;
    }

    @Override
    public int execute(Frame f) {
      Cell c = new Cell(null);
      f.slots[slot] = c;
      c.value = function.evaluate(f);
      return NORMAL;
    }
  }

  /** {@code local a, b = …}. */
  public static final class DeclareSeveral extends Statement {
    private final int[] slots;
    private final boolean[] shared;
    private final Expression[] values;

    public DeclareSeveral(int[] slots, boolean[] shared, Expression[] values) {
      super(0);
      this.slots = slots;
      this.shared = shared;
      this.values = values;
    }

    @Override
    public int execute(Frame f) {
      Object[] v = Expression.list(values, f);
      for (int i = 0; i < slots.length; i++) {
        Object o = i < v.length ? v[i] : null;
        f.slots[slots[i]] = shared[i] ? new Cell(o) : o;
      }
      return NORMAL;
    }
  }

  /** {@code x = e} of a local that closures share. */
  public static final class SetShared extends Statement {
    private final int slot;
    private final Expression value;

    public SetShared(int slot, Expression value) {
      super(0);
      this.slot = slot;
      this.value = value;
    }

    @Override
    public int execute(Frame f) {
      Object v = value.evaluate(f);
      ((Cell) f.slots[slot]).value = v;
      return NORMAL;
    }
  }

  /** {@code x = e} of a variable of a function around this one. */
  public static final class SetUpvalue extends Statement {
    private final int index;
    private final Expression value;

    public SetUpvalue(int index, Expression value) {
      super(0);
      this.index = index;
      this.value = value;
    }

    @Override
    public int execute(Frame f) {
      f.upvalues[index].value = value.evaluate(f);
      return NORMAL;
    }
  }

  /** {@code x = e} of a global. */
  public static final class SetGlobal extends Statement {
    private final LuaString key;
    private final Expression value;

    public SetGlobal(int line, LuaString key, Expression value) {
      super(line);
      this.key = key;
      this.value = value;
    }

    @Override
    public int execute(Frame f) {
      Object v = value.evaluate(f);
      LuaTable environment = f.function.environment();
      if (environment.metatable() == null && !environment.readonly()) {
        environment.set(key, v);
      } else {
        f.lua.operations().setIndex(environment, key, v, this, null);
      }
      return NORMAL;
    }
  }
}
