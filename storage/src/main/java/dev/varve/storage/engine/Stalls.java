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

  /** Runs the callbacks of all that wait, whatever one of them throws. */
  void wake() {
    List<Runnable> ready;
    synchronized (this) {
      ready = waiting;
      waiting = new ArrayList<>();
    }
    Throwable first = null;
    for (Runnable callback : ready) {
      try {
        callback.run();
      } catch (RuntimeException | Error e) {
        first = first == null ? e : first;
      }
    }
    if (first instanceof Error error) {
      throw error;
    } else if (first != null) {
      throw (RuntimeException) first;
    }
  }

  /** How often somebody was {@link #stopped}. */
  long count() {
    return count.get();
  }
}
