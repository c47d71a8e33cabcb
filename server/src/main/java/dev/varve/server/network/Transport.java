package dev.varve.server.network;

import dev.varve.server.config.IoBackend;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/**
 * One of the ways to drive sockets.
 *
 * @param name as the setting {@code io-backend} has it
 * @param ioHandlers makes what an event loop runs on
 * @param tcp class of channels that accept TCP connections
 * @param unix class of channels that accept connections to a unix socket
 */
public record Transport(
    String name,
    IoHandlerFactory ioHandlers,
    Class<? extends ServerChannel> tcp,
    Class<? extends ServerChannel> unix) {

  /**
   * Returns the transport of a setting.
   *
   * @throws UnsupportedOperationException if this machine doesn't have it; the message says why
   */
  public static Transport of(IoBackend backend) {
    return switch (backend) {
      case AUTO -> Epoll.isAvailable() ? epoll() : nio();
      case EPOLL -> epoll();
      case IO_URING -> ioUring();
      case NIO -> nio();
    };
  }

  private static Transport epoll() {
    require(Epoll.unavailabilityCause(), "epoll");
    return new Transport(
        "epoll",
        RegisteredEpollHandler.newFactory(),
        EpollServerSocketChannel.class,
        EpollServerDomainSocketChannel.class);
  }

  private static Transport ioUring() {
    require(IoUring.unavailabilityCause(), "io_uring");
    return new Transport(
        "io_uring",
        IoUringIoHandler.newFactory(),
        IoUringServerSocketChannel.class,
        IoUringServerDomainSocketChannel.class);
  }

  private static Transport nio() {
    return new Transport(
        "nio",
        NioIoHandler.newFactory(),
        NioServerSocketChannel.class,
        NioServerDomainSocketChannel.class);
  }

  private static void require(Throwable unavailable, String name) {
    if (unavailable != null) {
      throw new UnsupportedOperationException(
          name + " is not available on this machine: " + unavailable.getMessage(), unavailable);
    }
  }

  /** Returns the address of a unix socket. */
  SocketAddress unixAddress(String path) {
    return unix == NioServerDomainSocketChannel.class
        ? UnixDomainSocketAddress.of(path)
        : new DomainSocketAddress(path);
  }
}
