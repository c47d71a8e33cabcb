package dev.varve.server.writer;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SingleThreadIoEventLoop;
import java.util.concurrent.Executor;

/**
 * An event loop that says when a turn ends: when all that was ready has been read, all tasks have
 * run, and it is about to look, and perhaps to wait, for more. What a turn has gathered (a group of
 * writes, replies) is dealt with there at once.
 */
public class TurnLoop extends SingleThreadIoEventLoop {
  /** Only this loop's thread uses it. */
  private Runnable endOfTurn = () -> {};

  /** Makes a loop whose thread comes from {@code executor}. */
  public TurnLoop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory ioHandlerFactory) {
    super(parent, executor, ioHandlerFactory);
  }

  /** Loop: sets what runs at the end of each turn; it must not throw. */
  public void endOfTurn(Runnable action) {
    endOfTurn = action;
  }

  @Override
  protected final int runIo() {
    endOfTurn.run();
    return super.runIo();
  }
}
