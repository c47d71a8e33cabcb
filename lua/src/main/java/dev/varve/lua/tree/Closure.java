package dev.varve.lua.tree;

import dev.varve.lua.runtime.Cell;
import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.Heap;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import java.util.Arrays;

/** A function written in Lua, with its upvalues. */
public final class Closure extends LuaFunction {
  /**
   * Given instead of a result: the call of {@link Interpreter#tailFunction} is still to be made.
   */
  static final Object TAIL_CALL = new Object();

  private static final LuaString N = LuaString.of("n");
  private static final int BYTES = 48;

  private final Prototype prototype;
  private final Cell[] upvalues;

  public Closure(Interpreter lua, Prototype prototype, Cell[] upvalues, LuaTable environment) {
    super(lua.heap(), environment);
    lua.heap().charge(BYTES + 24L * upvalues.length);
    this.prototype = prototype;
    this.upvalues = upvalues;
  }

  @Override
  public String chunk() {
    return prototype.chunk;
  }

  /** The name of the chunk that it is from, as it was given. */
  public String source() {
    return prototype.source;
  }

  private Frame frame(Interpreter lua) {
    return new Frame(lua, this, lua.top(), prototype.slots, upvalues);
  }

  @SuppressWarnings("ReferenceEquality")
  private Object run(Interpreter lua, Frame first) {
    Frame f = first;
    Object r = body(lua, f);
    while (r == TAIL_CALL) {
      Closure next = (Closure) lua.tailFunction;
      Object[] arguments = lua.tailArguments;
      lua.tailFunction = null;
      lua.tailArguments = null;
      int replaced = f.tailCalls + 1;
      f = next.frame(lua, arguments);
      f.tailCalls = replaced;
      r = next.body(lua, f);
    }
    return r;
  }

  private Object body(Interpreter lua, Frame f) {
    Prototype p = prototype;
    lua.enter(f, p.stackBytes);
    for (int i : p.sharedParameters) {
      f.slots[i] = new Cell(f.slots[i]);
    }
    int how = p.body.execute(f);
    lua.leave(f.parent, p.stackBytes);
    return how == Statement.RETURN ? f.result : Interpreter.NOTHING;
  }

  private Frame frame(Interpreter lua, Object[] arguments) {
    Prototype p = prototype;
    Frame f = frame(lua);
    System.arraycopy(arguments, 0, f.slots, 0, Math.min(arguments.length, p.parameters));
    if (p.variable) {
      int n = p.parameters;
      if (n == 0) {
        f.varargs = arguments;
      } else if (arguments.length > n) {
        lua.heap().charge(8L * (arguments.length - n));
        f.varargs = Arrays.copyOfRange(arguments, n, arguments.length);
      }
      if (p.argTable) {
        f.slots[n] = arg(lua, f.varargs);
      }
    }
    return f;
  }

  private static LuaTable arg(Interpreter lua, Object[] values) {
    LuaTable t = lua.table(values.length, 1);
    for (int i = 0; i < values.length; i++) {
      t.set(i + 1, values[i]);
    }
    t.set(N, (double) values.length);
    return t;
  }

  @Override
  public Object call(Interpreter lua, Object[] arguments) {
    return run(lua, frame(lua, arguments));
  }

  @Override
  public Object call(Interpreter lua) {
    return prototype.variable ? call(lua, Interpreter.NOTHING) : run(lua, frame(lua));
  }

  @Override
  public Object call(Interpreter lua, Object a) {
    if (prototype.variable) {
      return call(lua, new Object[] {a});
    }
    Frame f = frame(lua);
    if (prototype.parameters > 0) {
      f.slots[0] = a;
    }
    return run(lua, f);
  }

  @Override
  public Object call(Interpreter lua, Object a, Object b) {
    if (prototype.variable) {
      return call(lua, new Object[] {a, b});
    }
    Frame f = frame(lua);
    int n = prototype.parameters;
    if (n > 0) {
      f.slots[0] = a;
      if (n > 1) {
        f.slots[1] = b;
      }
    }
    return run(lua, f);
  }

  @Override
  public Object call(Interpreter lua, Object a, Object b, Object c) {
    if (prototype.variable) {
      return call(lua, new Object[] {a, b, c});
    }
    Frame f = frame(lua);
    int n = prototype.parameters;
    if (n > 0) {
      f.slots[0] = a;
      if (n > 1) {
        f.slots[1] = b;
        if (n > 2) {
          f.slots[2] = c;
        }
      }
    }
    return run(lua, f);
  }

  @Override
  protected void trace(Heap heap) {
    heap.count(BYTES + 8L * upvalues.length + prototype.programBytes);
    heap.reach(environment());
    heap.reachAll(upvalues);
  }
}
