package dev.varve.lua.library;

import static dev.varve.lua.library.Arguments.define;
import static dev.varve.lua.library.Arguments.int32;
import static dev.varve.lua.library.Arguments.number;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Operator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** The table {@code math}. */
public final class MathLibrary {
  private static final double RADIANS = Math.PI / 180.0;

  private MathLibrary() {}

  public static void install(Interpreter lua, RandomNumbers random) {
    LuaTable t = lua.table();
    lua.globals().set("math", t);
    t.set("pi", Math.PI);
    t.set("huge", Double.POSITIVE_INFINITY);
    unary(lua, t, "abs", Math::abs);
    unary(lua, t, "acos", Math::acos);
    unary(lua, t, "asin", Math::asin);
    unary(lua, t, "atan", Math::atan);
    unary(lua, t, "ceil", Math::ceil);
    unary(lua, t, "cos", Math::cos);
    unary(lua, t, "cosh", Math::cosh);
    unary(lua, t, "deg", d -> d / RADIANS);
    unary(lua, t, "exp", Math::exp);
    unary(lua, t, "floor", Math::floor);
    unary(lua, t, "log", Math::log);
    unary(lua, t, "log10", Math::log10);
    unary(lua, t, "rad", d -> d * RADIANS);
    unary(lua, t, "sin", Math::sin);
    unary(lua, t, "sinh", Math::sinh);
    unary(lua, t, "sqrt", Math::sqrt);
    unary(lua, t, "tan", Math::tan);
    unary(lua, t, "tanh", Math::tanh);
    define(lua, t, "atan2", (l, a) -> binary(l, a, Math::atan2));
    define(lua, t, "fmod", (l, a) -> binary(l, a, (x, y) -> x % y));
    t.set("mod", t.get("fmod"));
    define(lua, t, "pow", (l, a) -> binary(l, a, Operator.POWER::apply));
    define(lua, t, "ldexp", (l, a) -> binary(l, a, (x, y) -> scale(x, (int) Arguments.toLong(y))));
    define(lua, t, "frexp", (l, a) -> parts(number(l, a, 0)));
    define(lua, t, "modf", (l, a) -> split(number(l, a, 0)));
    define(lua, t, "max", (l, a) -> extreme(l, a, true));
    define(lua, t, "min", (l, a) -> extreme(l, a, false));
    define(lua, t, "random", (l, a) -> random(l, a, random));
    define(
        lua,
        t,
        "randomseed",
        (l, a) -> {
          random.seed(int32(l, a, 0));
          return Interpreter.NOTHING;
        });
  }

  private static void unary(Interpreter lua, LuaTable t, String name, DoubleUnaryOperator f) {
    define(lua, t, name, (l, a) -> f.applyAsDouble(number(l, a, 0)));
  }

  /** The second argument is looked at first, as compilers of C have it. */
  private static Object binary(Interpreter l, Object[] a, DoubleBinaryOperator f) {
    double y = number(l, a, 1);
    return f.applyAsDouble(number(l, a, 0), y);
  }

  /** Math.scalb twice, as its exponent is bounded. */
  private static double scale(double d, int exponent) {
    int e = Math.clamp(exponent, -4_400, 4_400);
    double r = d;
    while (e != 0) {
      int step = Math.clamp(e, -1_000, 1_000);
      r = Math.scalb(r, step);
      e -= step;
    }
    return r;
  }

  private static Object[] parts(double d) {
    if (d == 0 || Double.isNaN(d) || Double.isInfinite(d)) {
      return new Object[] {d, 0.0};
    }
    boolean small = Math.abs(d) < Double.MIN_NORMAL;
    double x = small ? d * 0x1p54 : d;
    int e = Math.getExponent(x) + 1;
    return new Object[] {Math.scalb(x, -e), (double) (small ? e - 54 : e)};
  }

  private static Object[] split(double d) {
    double whole = d < 0 ? Math.ceil(d) : Math.floor(d);
    double rest = Double.isInfinite(d) ? Math.copySign(0, d) : Math.copySign(d - whole, d);
    return new Object[] {whole, rest};
  }

  private static Object extreme(Interpreter l, Object[] a, boolean max) {
    double r = number(l, a, 0);
    for (int i = 1; i < a.length; i++) {
      double d = number(l, a, i);
      if (max ? d > r : d < r) {
        r = d;
      }
    }
    return r;
  }

  private static Object random(Interpreter l, Object[] a, RandomNumbers random) {
    double r = random.next() % RandomNumbers.MAX / (double) RandomNumbers.MAX;
    return switch (a.length) {
      case 0 -> r;
      case 1 -> {
        int up = int32(l, a, 0);
        if (up < 1) {
          throw Arguments.error(l, 0, "interval is empty");
        }
        yield Math.floor(r * up) + 1;
      }
      case 2 -> {
        int low = int32(l, a, 0);
        int up = int32(l, a, 1);
        if (low > up) {
          throw Arguments.error(l, 1, "interval is empty");
        }
        yield Math.floor(r * ((double) up - low + 1)) + low;
      }
      default -> throw l.error("wrong number of arguments");
    };
  }
}
