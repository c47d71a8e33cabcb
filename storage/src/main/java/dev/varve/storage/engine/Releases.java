package dev.varve.storage.engine;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Lets go of versions in the file lane: the last pin may close and delete tables, which the thread
 * that gave it back (an event loop, the writer) must not wait for. Safe for use by many threads.
 */
final class Releases implements AutoCloseable {
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private final Scheduler scheduler;
  private volatile boolean closed;

  Releases(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Runs {@code release} soon, on another thread; here and now once closed. */
  void later(Runnable release) {
    waiting.add(release);
    if (closed) {
      drain();
    } else {
      scheduler.execute(Scheduler.Lane.FILES, this::drain);
    }
  }

  /** Runs what waits, on this thread: for one that wants its files gone before it makes more. */
  void drain() {
    Runnable release = waiting.poll();
    while (release != null) {
      release.run();
      release = waiting.poll();
    }
  }

  /** Runs what still waits. */
  @Override
  public void close() {
    closed = true;
    drain();
  }
}
