package dev.varve.server.writer;

import dev.varve.storage.StorageEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Steps that can't be executed just now, and run again when that has changed; and the wait for room
 * in the engine.
 *
 * <p>Used by the storage thread only, except where methods say otherwise.
 */
final class ParkedSteps {
  private final StorageEngine engine;
  private final Executor storageThread;
  private final LongSupplier nanoTime;
  private final Runnable whenRoom;
  private List<Runnable> parked = new ArrayList<>();
  private List<Runnable> resuming = new ArrayList<>();

  /** Whether the engine will tell when it has room. */
  private boolean awaitsRoom;

  /** Since when writes wait for room in the engine; 0: they don't. */
  private volatile long noRoomSinceNanos;

  /**
   * Makes that of a storage thread.
   *
   * @param whenRoom runs on the storage thread when the engine may have room again
   */
  ParkedSteps(
      StorageEngine engine, Executor storageThread, LongSupplier nanoTime, Runnable whenRoom) {
    this.engine = engine;
    this.storageThread = storageThread;
    this.nanoTime = nanoTime;
    this.whenRoom = whenRoom;
  }

  void add(Runnable step) {
    parked.add(step);
  }

  /**
   * Has the engine tell when it has room. It remembers only one who is to be told: so nobody else
   * may ask.
   */
  void awaitRoom() {
    if (!awaitsRoom) {
      awaitsRoom = true;
      noRoomSinceNanos = Math.max(1, nanoTime.getAsLong());
      engine.whenWritable(() -> storageThread.execute(this::hasRoom));
    }
  }

  private void hasRoom() {
    awaitsRoom = false;
    noRoomSinceNanos = 0;
    whenRoom.run();
  }

  /** Any thread: whether writes have waited for room in the engine for so long. */
  boolean hasNoRoomFor(long nanos) {
    long since = noRoomSinceNanos;
    return since != 0 && nanoTime.getAsLong() - since > nanos;
  }

  /**
   * Runs all that are parked. What is parked meanwhile isn't run before the next time.
   *
   * @param first runs before them
   */
  void resume(Runnable first) {
    List<Runnable> now = parked;
    parked = resuming;
    resuming = now;
    first.run();
    for (Runnable step : now) {
      step.run();
    }
    now.clear();
  }
}
