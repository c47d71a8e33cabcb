package dev.varve.storage;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Threads of a stress test that run side by side over shared memory, which is poisoned when it is
 * given back. Who reads poison may never come back: it is waited for with patience, not for ever.
 */
public final class Race implements AutoCloseable {
  private static final int MINUTES_OF_PATIENCE = 2;

  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
  private final List<Future<?>> running = new ArrayList<>();
  private volatile boolean over;

  /** What a thread does. */
  @FunctionalInterface
  public interface Runner {
    /** Runs until it is done or the race is over. */
    void run() throws Exception;
  }

  /** A race without threads. */
  public Race() {
    assertTrue(Boolean.getBoolean("varve.poison"), "to be run with -Dvarve.poison=true");
  }

  /** Starts a thread. */
  public void start(Runner runner) {
    running.add(
        threads.submit(
            () -> {
              runner.run();
              return null;
            }));
  }

  /** Whether those that would run for ever are to stop. */
  public boolean isOver() {
    return over;
  }

  /** Whether all threads still run: one that has failed doesn't. */
  public boolean isRunning() {
    return running.stream().noneMatch(Future::isDone);
  }

  /** Tells all to stop and waits for them; throws what one of them threw. */
  public void finish() throws Exception {
    over = true;
    for (Future<?> each : running) {
      try {
        each.get(MINUTES_OF_PATIENCE, TimeUnit.MINUTES);
      } catch (ExecutionException e) {
        throw new AssertionError("a thread of the race failed", e.getCause());
      }
    }
  }

  @Override
  public void close() {
    over = true;
    threads.shutdown();
  }
}
