package dev.varve.server.network;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that all connections together hold beyond what passes through in a turn: requests that are
 * not all there, replies that clients don't take. Safe for use by many threads.
 */
final class MemoryBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** Notes that a connection holds {@code delta} bytes more than before. */
  void add(long delta) {
    used.addAndGet(delta);
  }

  boolean isExceeded() {
    return used.get() > limit;
  }

  /** Whether so much is held that even those who hold nothing so far must wait. */
  boolean isExhausted() {
    return used.get() > 2 * limit;
  }

  long used() {
    return used.get();
  }
}
