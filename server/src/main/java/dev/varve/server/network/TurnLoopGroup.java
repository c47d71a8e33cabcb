package dev.varve.server.network;

import dev.varve.server.writer.TurnLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** A group of {@link TurnLoop}s. */
public final class TurnLoopGroup extends MultiThreadIoEventLoopGroup {
  /**
   * Makes a group; its threads begin with the first work.
   *
   * @param name of the threads, to which numbers are added
   */
  public TurnLoopGroup(int loops, String name, Transport transport) {
    super(loops, new DefaultThreadFactory(name), transport.ioHandlers());
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
