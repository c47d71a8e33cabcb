package dev.varve.server.network;

import dev.varve.server.metrics.StreamStatistics;
import dev.varve.server.writer.ReadPool;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Threads that compute large replies and send them as their clients take them: each waits for its
 * client most of the time, which a thread of the read pool must not. Beyond {@value #MOST} at once,
 * clients wait in line; none keeps its thread for longer than {@code client-stream-timeout} says.
 */
public final class ReplyStreams implements AutoCloseable {
  /** At a time. */
  static final int MOST = 16;

  private final ReadPool threads;
  private final Supplier<CommandRunner> runners;

  /** Runners that no thread uses now. */
  private final Queue<CommandRunner> idle = new ConcurrentLinkedQueue<>();

  private final StreamStatistics statistics = new StreamStatistics();

  /**
   * @param threads makes its own
   * @param runners makes what a thread executes commands with
   */
  ReplyStreams(ServerThreads threads, Supplier<CommandRunner> runners) {
    this.threads = threads.pool("varve-reply-", MOST);
    this.runners = runners;
  }

  /** Any thread: has a task run by a thread of these. */
  void execute(Consumer<CommandRunner> task) {
    threads.execute(() -> run(task));
  }

  private void run(Consumer<CommandRunner> task) {
    CommandRunner given = idle.poll();
    CommandRunner runner = given == null ? runners.get() : given;
    statistics.begins();
    try {
      task.accept(runner);
    } finally {
      statistics.ends();
      idle.add(runner);
    }
  }

  /** Any thread: how many replies are being sent, and were. */
  public StreamStatistics statistics() {
    return statistics;
  }

  /** Waits for those that are being sent, whose connections have been closed. */
  @Override
  public void close() {
    threads.close();
  }
}
