package dev.varve.server.simulation;

import dev.varve.server.network.Transport;
import dev.varve.server.network.TurnLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import java.util.concurrent.Executor;

/** Loops that make a turn when they are told to. */
final class SteppedLoops extends TurnLoopGroup {
  SteppedLoops(int loops, String name, Transport transport) {
    super(loops, name, transport);
  }

  @Override
  protected IoEventLoop newChild(
      Executor executor, IoHandlerFactory ioHandlerFactory, Object... arguments) {
    return new SteppedLoop(this);
  }
}
