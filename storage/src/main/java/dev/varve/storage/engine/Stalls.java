package dev.varve.storage.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Those who wait until writes can go on. Safe for use by many threads. */
final class Stalls {
  private final AtomicLong count = new AtomicLong();
  private List<Runnable> waiting = new ArrayList<>();

  /** {@code callback} runs once, at the next {@link #wake}. */
  void await(Runnable callback) {
    count.incrementAndGet();
    synchronized (this) {
      waiting.add(callback);
    }
  }

  /** Runs the callbacks of all that wait. */
  void wake() {
    List<Runnable> ready;
    synchronized (this) {
      ready = waiting;
      waiting = new ArrayList<>();
    }
    ready.forEach(Runnable::run);
  }

  /** How often somebody had to wait. */
  long count() {
    return count.get();
  }
}
