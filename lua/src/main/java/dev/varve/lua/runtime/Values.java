package dev.varve.lua.runtime;

import java.util.Objects;

/**
 * What Lua values are in Java: nil is null, booleans and numbers are {@code Boolean} and {@code
 * Double}, strings {@link LuaString}, the rest {@link Reference}.
 */
public final class Values {
  private Values() {}

  public static boolean truth(Object o) {
    return o != null && !(o instanceof Boolean b && !b);
  }

  public static String type(Object o) {
    return switch (o) {
      case null -> "nil";
      case Boolean b -> "boolean";
      case Double d -> "number";
      case LuaString s -> "string";
      case Reference r -> r.type();
      default -> throw new IllegalArgumentException("not a value of Lua: " + o.getClass());
    };
  }

  /** The value as a number, if it is one or a string that reads as one; else null. */
  public static Double number(Object o) {
    return o instanceof Double d ? d : o instanceof LuaString s ? Numbers.parse(s.bytes()) : null;
  }

  /** The value as a string, if it is one or a number; else null. */
  public static LuaString string(Object o) {
    return o instanceof LuaString s ? s : o instanceof Double d ? Numbers.string(d) : null;
  }

  public static boolean rawEquals(Object a, Object b) {
    if (a instanceof Double x) {
      return b instanceof Double y && (double) x == (double) y;
    }
    return Objects.equals(a, b);
  }

  /** The first of what a call gave. */
  public static Object first(Object result) {
    if (result instanceof Object[] all) {
      return all.length > 0 ? all[0] : null;
    }
    return result;
  }

  /** All of what a call gave. */
  public static Object[] all(Object result) {
    return result instanceof Object[] all ? all : new Object[] {result};
  }
}
