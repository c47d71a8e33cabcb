package dev.varve.storage.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Runs background tasks when the test says so, in an order that a seed decides: one seed, one
 * history. Delays pass when there is nothing else to do. Used by one thread.
 */
public final class SteppedScheduler implements Scheduler {
  private final Map<Lane, Deque<Runnable>> ready = new EnumMap<>(Lane.class);
  private final Map<Lane, Deque<Runnable>> delayed = new EnumMap<>(Lane.class);
  private final Random random;

  /** Draws the order from a seed's numbers. */
  public SteppedScheduler(Random random) {
    this.random = random;
    for (Lane lane : Lane.values()) {
      ready.put(lane, new ArrayDeque<>());
      delayed.put(lane, new ArrayDeque<>());
    }
  }

  @Override
  public void execute(Lane lane, Runnable task) {
    ready.get(lane).add(task);
  }

  @Override
  public void schedule(Lane lane, long delayMillis, Runnable task) {
    (delayMillis == 0 ? ready : delayed).get(lane).add(task);
  }

  /** Runs one task of a lane that has any; false if there is none at all. */
  public boolean step() {
    return step(ready);
  }

  /** As {@link #step}, and lets time pass for delayed tasks if there is no other. */
  public boolean stepOrWait() {
    return step(ready) || step(delayed);
  }

  private boolean step(Map<Lane, Deque<Runnable>> queues) {
    List<Lane> lanes = new ArrayList<>();
    queues.forEach(
        (lane, tasks) -> {
          if (!tasks.isEmpty()) {
            lanes.add(lane);
          }
        });
    if (lanes.isEmpty()) {
      return false;
    }
    Lane lane = lanes.get(random.nextInt(lanes.size()));
    Deque<Runnable> tasks = queues.get(lane);
    if (lane == Lane.COMPACTION || lane == Lane.SETTLE) {
      // Side by side means in any order.
      for (int behind = random.nextInt(tasks.size()); behind > 0; behind--) {
        tasks.add(tasks.remove());
      }
    }
    tasks.remove().run();
    return true;
  }

  /** Runs tasks until there are none but delayed ones. */
  public void drain() {
    while (step()) {
      // Each step is one task.
    }
  }

  /** Runs the task of a lane that has waited longest; false if there is none. */
  boolean step(Lane lane) {
    boolean any = !ready.get(lane).isEmpty();
    if (any) {
      ready.get(lane).remove().run();
    }
    return any;
  }

  /** As {@link #step(Lane)}, of the tasks that wait for a time; it passes. */
  boolean stepDelayed(Lane lane) {
    boolean any = !delayed.get(lane).isEmpty();
    if (any) {
      delayed.get(lane).remove().run();
    }
    return any;
  }

  /** Runs the tasks of one lane, and those that they make for it. */
  void drain(Lane lane) {
    while (!ready.get(lane).isEmpty()) {
      ready.get(lane).remove().run();
    }
  }

  @Override
  public void close() {
    ready.values().forEach(Deque::clear);
    delayed.values().forEach(Deque::clear);
  }
}
