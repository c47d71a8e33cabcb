package dev.varve.server.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A counter that one thread moves, at the price of a plain addition, and all may read. */
public final class Counter {
  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // by its handle
  private long value;

  /** Owner: adds {@code amount}. */
  public void add(long amount) {
    VALUE.setOpaque(this, (long) VALUE.get(this) + amount);
  }

  /** Any thread: the sum so far. */
  public long sum() {
    return (long) VALUE.getOpaque(this);
  }
}
