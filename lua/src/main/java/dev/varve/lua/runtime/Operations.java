package dev.varve.lua.runtime;

/**
 * Operators and what metatables make of them. Sites say where an operation stands; operands that
 * have a name tell it, so that errors are Lua 5.1's.
 */
public final class Operations {
  private static final int MAX_LOOP = 100;

  private final Interpreter lua;

  Operations(Interpreter lua) {
    this.lua = lua;
  }

  /** What an operand is called in errors, such as {@code local 'x'}; or null. */
  @FunctionalInterface
  public interface Named {
    String name();
  }

  public LuaTable metatable(Object o) {
    return switch (o) {
      case LuaTable t -> t.metatable();
      case LuaString s -> lua.stringMetatable();
      case Userdata u -> u.metatable();
      case null, default -> null;
    };
  }

  public Object metamethod(Object o, LuaString event) {
    LuaTable m = metatable(o);
    return m == null ? null : m.get(event);
  }

  private Object invoke(Site site, Object f, Object... arguments) {
    if (site != null && lua.top() != null) {
      lua.top().site = site;
    }
    return lua.invoke(f, arguments);
  }

  private LuaError typeError(Site site, String doing, Object value, Named operand) {
    String name = operand == null ? null : operand.name();
    String type = Values.type(value);
    return lua.error(
        site,
        "attempt to "
            + doing
            + " "
            + (name == null ? "a " + type + " value" : name + " (a " + type + " value)"));
  }

  // ---- tables

  public Object index(Object object, Object key, Site site, Named operand) {
    Object o = object;
    Named named = operand;
    for (int i = 0; i < MAX_LOOP; i++) {
      Object h;
      if (o instanceof LuaTable t) {
        Object v = t.get(key);
        if (v != null || t.metatable() == null) {
          return v;
        }
        h = t.metatable().get(Events.INDEX);
        if (h == null) {
          return null;
        }
      } else {
        h = metamethod(o, Events.INDEX);
        if (h == null) {
          throw typeError(site, "index", o, named);
        }
      }
      if (h instanceof LuaFunction) {
        return Values.first(invoke(site, h, o, key));
      }
      o = h;
      named = null;
    }
    throw lua.error(site, "loop in gettable");
  }

  public void setIndex(Object object, Object key, Object value, Site site, Named operand) {
    Object o = object;
    Named named = operand;
    for (int i = 0; i < MAX_LOOP; i++) {
      Object h;
      if (o instanceof LuaTable t) {
        // What can't be a key isn't, whatever a metatable makes of new ones.
        checkKey(t, key, site);
        boolean known = t.metatable() == null || t.get(key) != null;
        h = known ? null : t.metatable().get(Events.NEWINDEX);
        if (h == null) {
          t.set(key, value);
          return;
        }
      } else {
        h = metamethod(o, Events.NEWINDEX);
        if (h == null) {
          throw typeError(site, "index", o, named);
        }
      }
      if (h instanceof LuaFunction) {
        var _ = invoke(site, h, o, key, value);
        return;
      }
      o = h;
      named = null;
    }
    throw lua.error(site, "loop in settable");
  }

  /** Sets without metatables, as {@code rawset} does. */
  public void rawSet(LuaTable t, Object key, Object value, Site site) {
    checkKey(t, key, site);
    t.set(key, value);
  }

  private void checkKey(LuaTable t, Object key, Site site) {
    if (t.readonly()) {
      throw lua.error(site, "Attempt to modify a readonly table");
    }
    if (key == null) {
      throw lua.error(site, "table index is nil");
    }
    if (key instanceof Double d && d.isNaN()) {
      throw lua.error(site, "table index is NaN");
    }
  }

  public double length(Object o, Site site, Named operand) {
    if (o instanceof LuaTable t) {
      return t.length();
    }
    if (o instanceof LuaString s) {
      return s.length();
    }
    throw typeError(site, "get length of", o, operand);
  }

  /** The length of what is neither a table nor a string. */
  public Object otherLength(Object o, Site site, Named operand) {
    Object h = metamethod(o, Events.LENGTH);
    if (h == null) {
      throw typeError(site, "get length of", o, operand);
    }
    return Values.first(invoke(site, h, o, null));
  }

  // ---- calls

  /**
   * The function that a call of this value calls, with the value before its arguments if it isn't
   * one itself.
   */
  public LuaFunction callable(Object o, Site site, Named operand) {
    if (metamethod(o, Events.CALL) instanceof LuaFunction f) {
      return f;
    }
    throw typeError(site, "call", o, operand);
  }

  public Object[] withSelf(Object self, Object[] arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = self;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }

  // ---- arithmetic

  /** What an operator does where an operand isn't a number. */
  public Object arithmetic(Operator op, Object a, Object b, Site site, Named left, Named right) {
    Double x = Values.number(a);
    Double y = Values.number(b);
    if (x != null && y != null) {
      return op.apply(x, y);
    }
    Object h = metamethod(a, op.event());
    if (h == null) {
      h = metamethod(b, op.event());
    }
    if (h == null) {
      throw x == null
          ? typeError(site, "perform arithmetic on", a, left)
          : typeError(site, "perform arithmetic on", b, right);
    }
    return Values.first(invoke(site, h, a, b));
  }

  public Object negate(Object o, Site site, Named operand) {
    Double d = Values.number(o);
    if (d != null) {
      return -d;
    }
    Object h = metamethod(o, Events.UNARY_MINUS);
    if (h == null) {
      throw typeError(site, "perform arithmetic on", o, operand);
    }
    return Values.first(invoke(site, h, o, o));
  }

  public Object concat(Object a, Object b, Site site, Named left, Named right) {
    LuaString x = Values.string(a);
    LuaString y = Values.string(b);
    if (x != null && y != null) {
      long length = (long) x.length() + y.length();
      if (length > Integer.MAX_VALUE - 16) {
        throw lua.error(site, "string length overflow");
      }
      heapCharge(length);
      byte[] c = new byte[(int) length];
      System.arraycopy(x.bytes(), 0, c, 0, x.length());
      System.arraycopy(y.bytes(), 0, c, x.length(), y.length());
      return new LuaString(c);
    }
    Object h = metamethod(a, Events.CONCAT);
    if (h == null) {
      h = metamethod(b, Events.CONCAT);
    }
    if (h == null) {
      throw x == null
          ? typeError(site, "concatenate", a, left)
          : typeError(site, "concatenate", b, right);
    }
    return Values.first(invoke(site, h, a, b));
  }

  private void heapCharge(long bytes) {
    lua.heap().charge(bytes + LuaString.OVERHEAD);
  }

  // ---- comparison

  public boolean equal(Object a, Object b, Site site) {
    if (Values.rawEquals(a, b)) {
      return true;
    }
    if (!(a instanceof LuaTable && b instanceof LuaTable)
        && !(a instanceof Userdata && b instanceof Userdata)) {
      return false;
    }
    Object h = shared(a, b, Events.EQUAL);
    return h != null && Values.truth(Values.first(invoke(site, h, a, b)));
  }

  /** The metamethod, if both have the same. */
  private Object shared(Object a, Object b, LuaString event) {
    Object h = metamethod(a, event);
    return h != null && Values.rawEquals(h, metamethod(b, event)) ? h : null;
  }

  public boolean less(Object a, Object b, Site site) {
    if (a instanceof Double x && b instanceof Double y) {
      return x < y;
    }
    if (a instanceof LuaString x && b instanceof LuaString y) {
      return x.compareTo(y) < 0;
    }
    Object h = Values.type(a).equals(Values.type(b)) ? shared(a, b, Events.LESS) : null;
    if (h == null) {
      throw comparison(a, b, site);
    }
    return Values.truth(Values.first(invoke(site, h, a, b)));
  }

  public boolean lessOrEqual(Object a, Object b, Site site) {
    if (a instanceof Double x && b instanceof Double y) {
      return x <= y;
    }
    if (a instanceof LuaString x && b instanceof LuaString y) {
      return x.compareTo(y) <= 0;
    }
    if (Values.type(a).equals(Values.type(b))) {
      Object h = shared(a, b, Events.LESS_OR_EQUAL);
      if (h != null) {
        return Values.truth(Values.first(invoke(site, h, a, b)));
      }
      h = shared(a, b, Events.LESS);
      if (h != null) {
        return !Values.truth(Values.first(invoke(site, h, b, a)));
      }
    }
    throw comparison(a, b, site);
  }

  private LuaError comparison(Object a, Object b, Site site) {
    String x = Values.type(a);
    String y = Values.type(b);
    return lua.error(
        site,
        x.charAt(2) == y.charAt(2)
            ? "attempt to compare two " + x + " values"
            : "attempt to compare " + x + " with " + y);
  }

  // ---- text

  /** As {@code tostring} gives it: what a metamethod returns need not be a string. */
  public Object text(Object o) {
    Object h = metamethod(o, Events.TOSTRING);
    if (h != null) {
      return Values.first(lua.invoke(h, o));
    }
    return switch (o) {
      case null -> LuaString.of("nil");
      case Boolean b -> LuaString.of(b.toString());
      case Userdata u when u.light() -> LuaString.of("userdata: (nil)");
      case Reference r -> LuaString.of(r.type() + ": " + r.address());
      default -> Values.string(o);
    };
  }
}
