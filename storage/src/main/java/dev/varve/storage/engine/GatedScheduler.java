package dev.varve.storage.engine;

import java.util.function.Consumer;

/**
 * An engine's way to a scheduler that outlives it: tasks pass a gate. Once that is closed none is
 * under way, and those that were handed in do nothing when their turn comes. They must not: by then
 * the directory may be another engine's.
 *
 * <p>A task deals with the errors that it expects. One that ends by anything else would be missed
 * by nobody until all waits for it; so the engine is told of its end.
 */
final class GatedScheduler implements Scheduler {
  private final Scheduler scheduler;
  private final Gate gate;
  private final Consumer<Throwable> died;

  /** Tells {@code died} what a task threw, on the thread that ran it, after all that it held. */
  GatedScheduler(Scheduler scheduler, Gate gate, Consumer<Throwable> died) {
    this.scheduler = scheduler;
    this.gate = gate;
    this.died = died;
  }

  @Override
  public void execute(Lane lane, Runnable task) {
    tellOf(() -> scheduler.execute(lane, () -> pass(task)));
  }

  @Override
  public void schedule(Lane lane, long delayMillis, Runnable task) {
    tellOf(() -> scheduler.schedule(lane, delayMillis, () -> pass(task)));
  }

  private void pass(Runnable task) {
    if (gate.enter()) {
      try {
        tellOf(task);
      } finally {
        gate.leave();
      }
    }
  }

  private void tellOf(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      died.accept(e);
      throw e;
    }
  }

  /** Closes the gate only. */
  @Override
  public void close() {
    gate.close();
  }
}
