package dev.varve.storage.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Those who wait until writes can go on. Safe for use by many threads. */
final class Stalls {
  private final AtomicLong count = new AtomicLong();
  private List<Runnable> waiting = new ArrayList<>();

  /** {@code callback} runs once, at the next {@link #wake}. */
  synchronized void await(Runnable callback) {
    waiting.add(callback);
  }

  /** Somebody has to wait until background work has caught up. */
  void stopped() {
    count.incrementAndGet();
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

  /** How often somebody was {@link #stopped}. */
  long count() {
    return count.get();
  }
}
