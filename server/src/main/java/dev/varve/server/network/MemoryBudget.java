package dev.varve.server.network;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that all connections together hold beyond what passes through in a turn: requests that are
 * not all there, replies that clients don't take. Safe for use by many threads.
 */
final class MemoryBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /** When somebody was refused last, in nanoseconds; 0: never. */
  private volatile long refusedNanos;

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
    return used.get() > limit + limit / 4;
  }

  /** Notes that somebody was refused for what others hold. */
  void refused() {
    long now = System.nanoTime();
    refusedNanos = now == 0 ? 1 : now;
  }

  /** Whether somebody was refused in so many nanoseconds before {@code nowNanos}. */
  boolean hasRefusedWithin(long nanos, long nowNanos) {
    long refused = refusedNanos;
    return refused != 0 && nowNanos - refused < nanos;
  }

  long used() {
    return used.get();
  }
}
