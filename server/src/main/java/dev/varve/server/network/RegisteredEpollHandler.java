package dev.varve.server.network;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/**
 * Netty's epoll handler, whose sockets stay registered while there is nothing to wait for.
 *
 * <p>By itself it takes a socket that waits for no event out of epoll and believes afterwards that
 * it is still there (Netty 4.2.18, since its pull request 16689): the next event that it is to wait
 * for fails with {@code ENOENT}, and the channel with it. So it is with a client that has said that
 * it sends nothing more, as soon as its replies don't fit into the socket. Here such a socket waits
 * for no event but is registered, edge-triggered, so that an error on it is told of once and not
 * for ever.
 *
 * <p>Owned by its event loop's thread.
 */
final class RegisteredEpollHandler implements IoHandler {
  private final IoHandler epoll;

  private RegisteredEpollHandler(IoHandler epoll) {
    this.epoll = epoll;
  }

  static IoHandlerFactory newFactory() {
    IoHandlerFactory factory = EpollIoHandler.newFactory();
    return executor -> new RegisteredEpollHandler(factory.newHandler(executor));
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return new Registration(epoll.register(handle));
  }

  private record Registration(IoRegistration registration) implements IoRegistration {
    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // as Netty has it
    public <T> T attachment() {
      return registration.attachment();
    }

    @Override
    public long submit(IoOps ops) {
      boolean waits = ((EpollIoOps) ops).value() != 0;
      return registration.submit(waits ? ops : EpollIoOps.EPOLLET);
    }

    @Override
    public boolean isValid() {
      return registration.isValid();
    }

    @Override
    public boolean cancel() {
      return registration.cancel();
    }
  }

  @Override
  public void initialize() {
    epoll.initialize();
  }

  @Override
  public int run(IoHandlerContext context) {
    return epoll.run(context);
  }

  @Override
  public void wakeup() {
    epoll.wakeup();
  }

  @Override
  public void prepareToDestroy() {
    epoll.prepareToDestroy();
  }

  @Override
  public void destroy() {
    epoll.destroy();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return epoll.isCompatible(handleType);
  }
}
