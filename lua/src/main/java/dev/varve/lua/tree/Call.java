package dev.varve.lua.tree;

import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;

/** A call of a function or method. */
public abstract class Call extends Expression {
  /** What is written between the parentheses. */
  protected final Expression[] arguments;

  private Call(int line, Expression[] arguments) {
    super(line);
    this.arguments = arguments;
  }

  @Override
  public final boolean several() {
    return true;
  }

  @Override
  public final Object evaluate(Frame f) {
    Object r = evaluateAll(f);
    return r instanceof Object[] all ? all.length > 0 ? all[0] : null : r;
  }

  /** Leaves a call of a Lua function to whoever called this one, and makes any other. */
  abstract Object tail(Frame f);

  final Object leave(Frame f, LuaFunction fn, Object[] all) {
    if (!(fn instanceof Closure)) {
      f.site = this;
      return fn.call(f.lua, all);
    }
    f.lua.tailFunction = fn;
    f.lua.tailArguments = all;
    return Closure.TAIL_CALL;
  }

  private static Object[] withSelf(Object self, Object[] rest) {
    Object[] all = new Object[rest.length + 1];
    all[0] = self;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return all;
  }

  /** {@code f(…)}. */
  public static final class Plain extends Call {
    private final Expression function;
    private final int count;

    public Plain(int line, Expression function, Expression[] arguments) {
      super(line, arguments);
      this.function = function;
      boolean open = arguments.length > 0 && arguments[arguments.length - 1].several();
      count = open ? -1 : arguments.length;
    }

    @Override
    public String callee() {
      return function.callee();
    }

    @Override
    public Object evaluateAll(Frame f) {
      Object o = function.evaluate(f);
      if (!(o instanceof LuaFunction fn)) {
        return callValue(o, f);
      }
      return switch (count) {
        case 0 -> {
          f.site = this;
          yield fn.call(f.lua);
        }
        case 1 -> {
          Object a = arguments[0].evaluate(f);
          f.site = this;
          yield fn.call(f.lua, a);
        }
        case 2 -> {
          Object a = arguments[0].evaluate(f);
          Object b = arguments[1].evaluate(f);
          f.site = this;
          yield fn.call(f.lua, a, b);
        }
        case 3 -> {
          Object a = arguments[0].evaluate(f);
          Object b = arguments[1].evaluate(f);
          Object c = arguments[2].evaluate(f);
          f.site = this;
          yield fn.call(f.lua, a, b, c);
        }
        default -> {
          Object[] all = list(arguments, f);
          f.site = this;
          yield fn.call(f.lua, all);
        }
      };
    }

    private Object callValue(Object o, Frame f) {
      Object[] all = list(arguments, f);
      LuaFunction fn = f.lua.operations().callable(o, this, function);
      f.site = this;
      return fn.call(f.lua, withSelf(o, all));
    }

    @Override
    Object tail(Frame f) {
      Object o = function.evaluate(f);
      Object[] all = list(arguments, f);
      if (o instanceof LuaFunction fn) {
        return leave(f, fn, all);
      }
      return leave(f, f.lua.operations().callable(o, this, function), withSelf(o, all));
    }
  }

  /** {@code o:m(…)}. */
  public static final class Method extends Call {
    private final Expression object;
    private final LuaString key;
    private final boolean one;

    public Method(int line, Expression object, LuaString key, Expression[] arguments) {
      super(line, arguments);
      this.object = object;
      this.key = key;
      one = arguments.length == 1 && !arguments[0].several();
    }

    @Override
    public String callee() {
      return key.toString();
    }

    @Override
    public boolean method() {
      return true;
    }

    @Override
    public String name() {
      return null;
    }

    private Object find(Frame f, Object self) {
      if (self instanceof LuaTable t) {
        Object v = t.get(key);
        if (v != null) {
          return v;
        }
      }
      return f.lua.operations().index(self, key, this, object);
    }

    private String methodName() {
      return "method '" + key + "'";
    }

    @Override
    public Object evaluateAll(Frame f) {
      Object self = object.evaluate(f);
      Object m = find(f, self);
      if (m instanceof LuaFunction fn) {
        if (one) {
          Object a = arguments[0].evaluate(f);
          f.site = this;
          return fn.call(f.lua, self, a);
        }
        if (arguments.length == 0) {
          f.site = this;
          return fn.call(f.lua, self);
        }
      }
      Object[] all = withSelf(self, list(arguments, f));
      if (m instanceof LuaFunction fn) {
        f.site = this;
        return fn.call(f.lua, all);
      }
      LuaFunction fn = f.lua.operations().callable(m, this, this::methodName);
      f.site = this;
      return fn.call(f.lua, withSelf(m, all));
    }

    @Override
    Object tail(Frame f) {
      Object self = object.evaluate(f);
      Object m = find(f, self);
      Object[] all = withSelf(self, list(arguments, f));
      if (m instanceof LuaFunction fn) {
        return leave(f, fn, all);
      }
      return leave(f, f.lua.operations().callable(m, this, this::methodName), withSelf(m, all));
    }
  }
}
