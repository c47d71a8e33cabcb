package dev.varve.storage.engine;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A scheduler with one thread a lane, or more for merges and for settling, named {@code
 * varve-files}, {@code varve-flush}, {@code varve-compaction}, {@code varve-settle} and {@code
 * varve-timer}. Threads begin with their lane's first tasks, so that an engine that has nothing to
 * do in the background has none.
 */
public final class ThreadScheduler implements Scheduler {
  private static final int MOST_TO_SETTLE = 4;

  private final Map<Lane, ScheduledThreadPoolExecutor> lanes = new EnumMap<>(Lane.class);

  /** With one thread for merges. Starts none yet. */
  public ThreadScheduler() {
    this(1);
  }

  /** With so many threads for merges. Starts none yet. */
  public ThreadScheduler(int mergeThreads) {
    for (Lane lane : Lane.values()) {
      String name = "varve-" + lane.name().toLowerCase(java.util.Locale.ROOT);
      ScheduledThreadPoolExecutor executor =
          new ScheduledThreadPoolExecutor(
              threads(lane, mergeThreads),
              task -> {
                Thread thread = new Thread(task, name);
                thread.setDaemon(true);
                return thread;
              });
      executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
      executor.setRemoveOnCancelPolicy(true);
      lanes.put(lane, executor);
    }
  }

  private static int threads(Lane lane, int mergeThreads) {
    return switch (lane) {
      case COMPACTION -> mergeThreads;
      case SETTLE -> Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_TO_SETTLE);
      case FILES, FLUSH, TIMER -> 1;
    };
  }

  @Override
  public void execute(Lane lane, Runnable task) {
    schedule(lane, 0, task);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // tasks report their own errors to the engine
  public void schedule(Lane lane, long delayMillis, Runnable task) {
    ScheduledThreadPoolExecutor executor = lanes.get(lane);
    try {
      executor.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      if (!executor.isShutdown()) {
        throw e;
      }
      // Closed: what has not begun is dropped, as close() says.
    }
  }

  @Override
  public void close() {
    // Never interrupted: an interrupt closes the channel of a thread that does file I/O.
    lanes.values().forEach(ExecutorService::shutdown);
    lanes.values().forEach(ThreadScheduler::awaitEnd);
  }

  private static void awaitEnd(ExecutorService executor) {
    boolean interrupted = false;
    while (true) {
      try {
        if (executor.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
