package dev.varve.storage.engine;

/** Lets background tasks in until it is closed; closing waits for those inside. */
final class Gate {
  private int inside;
  private boolean closed;

  /** Whether the task may run; if so, it calls {@link #leave} at its end. */
  synchronized boolean enter() {
    if (closed) {
      return false;
    }
    inside++;
    return true;
  }

  /** Whether tasks should come to an end. */
  synchronized boolean isClosed() {
    return closed;
  }

  /** The task has ended. */
  synchronized void leave() {
    inside--;
    notifyAll();
  }

  /** Lets nobody in any more and waits until all have left. */
  synchronized void close() {
    closed = true;
    boolean interrupted = false;
    while (inside > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
