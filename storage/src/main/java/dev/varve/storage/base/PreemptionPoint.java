package dev.varve.storage.base;

/**
 * Where work in the background lets others have the processor. A kernel that preempts lazily takes
 * it from a thread that computes only at a tick of the clock, 4 ms behind whoever was woken, unless
 * the thread enters the kernel by itself: so it does every 100 µs or so. Costs 0.3 µs.
 */
public final class PreemptionPoint {
  private PreemptionPoint() {}

  /** Passes one. */
  @SuppressWarnings("ThreadPriorityCheck") // nothing's correctness depends on it
  public static void pass() {
    Thread.yield();
  }
}
