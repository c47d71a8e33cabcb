package dev.varve.server.simulation;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * Time that goes on when it is told to, and a very little with each look at it; and a wall clock,
 * which may be set.
 */
final class SimulatedTime implements InstantSource {
  /** As the model's, see {@link dev.varve.server.testing.CommandHarness}. */
  static final long START_MILLIS = 1_700_000_000_000L;

  private static final long LOOK_NANOS = 200;

  private long nanos;
  private long wallAheadMillis;
  private BooleanSupplier elsewhere = () -> false;

  /** Says how it is told whether a thread of a pool runs, and no loop. */
  void elsewhere(BooleanSupplier its) {
    elsewhere = its;
  }

  boolean isElsewhere() {
    return elsewhere.getAsBoolean();
  }

  /** Returns nanoseconds since the beginning. */
  long nanos() {
    nanos += LOOK_NANOS;
    return nanos;
  }

  void pass(long its) {
    nanos += its;
  }

  /** Sets the wall clock forward, or back. */
  void setWallClock(long byMillis) {
    wallAheadMillis += byMillis;
  }

  /** Returns by how much the wall clock was set forward since the beginning; below 0: back. */
  long wallAheadMillis() {
    return wallAheadMillis;
  }

  /** Returns milliseconds since the beginning. */
  long elapsedMillis() {
    return nanos / 1_000_000;
  }

  @Override
  public long millis() {
    return START_MILLIS + elapsedMillis() + wallAheadMillis;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }
}
