package dev.varve.storage.engine;

/**
 * An engine's way to a scheduler that outlives it: tasks pass a gate. Once that is closed none is
 * under way, and those that were handed in do nothing when their turn comes. They must not: by then
 * the directory may be another engine's.
 */
final class GatedScheduler implements Scheduler {
  private final Scheduler scheduler;
  private final Gate gate;

  GatedScheduler(Scheduler scheduler, Gate gate) {
    this.scheduler = scheduler;
    this.gate = gate;
  }

  @Override
  public void execute(Lane lane, Runnable task) {
    scheduler.execute(lane, () -> pass(task));
  }

  @Override
  public void schedule(Lane lane, long delayMillis, Runnable task) {
    scheduler.schedule(lane, delayMillis, () -> pass(task));
  }

  private void pass(Runnable task) {
    if (gate.enter()) {
      try {
        task.run();
      } finally {
        gate.leave();
      }
    }
  }

  /** Closes the gate only. */
  @Override
  public void close() {
    gate.close();
  }
}
