package dev.varve.server.network;

import dev.varve.server.datatype.Effects;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.writer.ReadPool;
import dev.varve.storage.WriteBatch;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/** Threads that build large results aside, so many at a time; others wait in line. */
public final class BuildThreads implements AutoCloseable {
  private static final int MOST = 2;

  /** What a thread works with. */
  record Tools(CommandContext context, WriteBatch batch, Effects effects) {}

  private final ReadPool threads;
  private final Supplier<CommandContext> contexts;
  private final long batchBytes;

  /** Tools that nobody works with now. */
  private final Queue<Tools> idle = new ConcurrentLinkedQueue<>();

  /**
   * @param threads makes its own
   * @param batchBytes heap that a batch may take: of an element, whatever its size, and of a piece
   */
  BuildThreads(ServerThreads threads, Supplier<CommandContext> contexts, long batchBytes) {
    this.threads = threads.pool("varve-build-", MOST);
    this.contexts = contexts;
    this.batchBytes = batchBytes;
  }

  /** Any thread: has a task run by a thread of these. */
  void execute(Runnable task) {
    threads.execute(task);
  }

  /** Takes what to work with. */
  Tools take() {
    Tools taken = idle.poll();
    return taken == null
        ? new Tools(contexts.get(), new WriteBatch(batchBytes), new Effects())
        : taken;
  }

  /** Gives back what nobody works with any more. */
  void give(Tools tools) {
    tools.batch().clear();
    idle.add(tools);
  }

  /** Waits for what is being built, whose connections have been closed. */
  @Override
  public void close() {
    threads.close();
  }
}
