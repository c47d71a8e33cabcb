package dev.varve.server.network;

import dev.varve.server.writer.TurnLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/** A group of {@link TurnLoop}s. */
public class TurnLoopGroup extends MultiThreadIoEventLoopGroup {
  /**
   * Makes a group; its threads begin with the first work.
   *
   * @param name of the threads, to which numbers are added
   */
  public TurnLoopGroup(int loops, String name, Transport transport) {
    this(loops, name, transport, 0);
  }

  /**
   * As {@link #TurnLoopGroup(int, String, Transport)}.
   *
   * @param stackBytes what each thread's stack may take; 0: as the JVM has it
   */
  public TurnLoopGroup(int loops, String name, Transport transport, long stackBytes) {
    super(loops, threads(name, stackBytes), transport.ioHandlers());
  }

  private static ThreadFactory threads(String name, long stackBytes) {
    return new DefaultThreadFactory(name) {
      @Override
      protected Thread newThread(Runnable task, String itsName) {
        return new FastThreadLocalThread(threadGroup, task, itsName, stackBytes);
      }
    };
  }

  @Override
  protected IoEventLoop newChild(
      Executor executor, IoHandlerFactory ioHandlerFactory, Object... arguments) {
    return new TurnLoop(this, executor, ioHandlerFactory);
  }

  /** Returns the loops. */
  public List<TurnLoop> loops() {
    List<TurnLoop> loops = new ArrayList<>();
    for (EventExecutor executor : this) {
      loops.add((TurnLoop) executor);
    }
    return loops;
  }
}
