package dev.varve.server.network;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A wall clock, and how time elapses, as a test says. */
final class TestClocks {
  private final AtomicLong wall = new AtomicLong(1_700_000_000_000L);
  private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);

  InstantSource wallClock() {
    return () -> Instant.ofEpochMilli(wall.get());
  }

  long nanoTime() {
    return nanos.get();
  }

  long millis() {
    return wall.get();
  }

  /** Lets time elapse. */
  void pass(long millis) {
    wall.addAndGet(millis);
    nanos.addAndGet(millis * 1_000_000);
  }

  /** Sets the wall clock forward or back. */
  void step(long millis) {
    wall.addAndGet(millis);
  }
}
