package dev.varve.lua.runtime;

/** An operator of arithmetic. Nobody changes the bytes of its name. */
@SuppressWarnings("ImmutableEnumChecker")
public enum Operator {
  ADD("__add") {
    @Override
    public double apply(double a, double b) {
      return a + b;
    }
  },
  SUBTRACT("__sub") {
    @Override
    public double apply(double a, double b) {
      return a - b;
    }
  },
  MULTIPLY("__mul") {
    @Override
    public double apply(double a, double b) {
      return a * b;
    }
  },
  DIVIDE("__div") {
    @Override
    public double apply(double a, double b) {
      return a / b;
    }
  },
  MODULO("__mod") {
    @Override
    public double apply(double a, double b) {
      return a - Math.floor(a / b) * b;
    }
  },
  POWER("__pow") {
    @Override
    public double apply(double a, double b) {
      return power(a, b);
    }
  };

  private final LuaString event;

  Operator(String event) {
    this.event = LuaString.of(event);
  }

  public LuaString event() {
    return event;
  }

  public abstract double apply(double a, double b);

  /** C's pow: 1 to any power is 1, and so is -1 to an infinite one. */
  private static double power(double a, double b) {
    return a == 1 || (a == -1 && Double.isInfinite(b)) ? 1 : Math.pow(a, b);
  }
}
