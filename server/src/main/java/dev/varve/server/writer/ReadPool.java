package dev.varve.server.writer;

import dev.varve.server.dispatch.RunningScript;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * The threads that may wait for the disk: reads that memory can't answer, and commands that walk
 * many keys. A connection has at most one task here at a time, so the queue is bounded by {@code
 * maxclients}.
 */
public final class ReadPool implements Executor, AutoCloseable {
  private static final int KEEP_ALIVE_SECONDS = 60;

  private final ExecutorService executor;
  private final IntSupplier queued;

  /**
   * Makes a pool; its threads begin with the first tasks and end when there are none for a while.
   */
  public ReadPool(int threads) {
    this("varve-read-", threads);
  }

  /**
   * As {@link #ReadPool(int)}, of threads that read for something of its own.
   *
   * @param prefix what their names begin with
   */
  public ReadPool(String prefix, int threads) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor own =
        new ThreadPoolExecutor(
            threads,
            threads,
            KEEP_ALIVE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              String name = prefix + number.incrementAndGet();
              Thread thread = new Thread(null, task, name, RunningScript.STACK_BYTES);
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    own.allowCoreThreadTimeOut(true);
    executor = own;
    queued = own.getQueue()::size;
  }

  /**
   * As {@link #ReadPool(int)}, of threads that somebody else has made.
   *
   * @param threads run the tasks, and drop them when they are closed
   * @param queued tells how many tasks wait for a thread
   */
  public ReadPool(ExecutorService threads, IntSupplier queued) {
    this.executor = threads;
    this.queued = queued;
  }

  /**
   * Runs a task; once the pool is closed, drops it: whoever asked is a connection that is being
   * closed as well, and its loop must not fail for that.
   */
  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /** Returns how many tasks wait for a thread. */
  public int queued() {
    return queued.getAsInt();
  }

  /** Takes no more tasks and waits for those it has, at most so long. */
  public void close(long timeoutMillis) {
    // Never interrupted: an interrupt closes the channel of a thread that does file I/O.
    executor.shutdown();
    try {
      executor.awaitTermination(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    close(10_000);
  }
}
