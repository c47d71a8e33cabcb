package dev.varve.server.network;

import dev.varve.server.config.IoBackend;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
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

  /** Linux's {@code IPV6_V6ONLY}, of {@code IPPROTO_IPV6}. */
  static final ChannelOption<Integer> IPV6_ONLY =
      new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

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

  /**
   * Returns whether all addresses of IPv4 and all of IPv6 can be listened on each by itself. Where
   * they can't, either is both.
   */
  boolean keepsFamiliesApart() {
    return tcp == EpollServerSocketChannel.class;
  }

  /**
   * Returns whether a socket is closed when its channel says so. With NIO the selector closes it
   * when it looks next, and with io_uring it lives on in a request that accepts connections.
   */
  boolean closesAtOnce() {
    return tcp == EpollServerSocketChannel.class;
  }

  /** Returns what makes a channel to listen on an address. */
  ChannelFactory<ServerChannel> tcpAt(InetSocketAddress address) {
    return keepsFamiliesApart()
            && address.getAddress().isAnyLocalAddress()
            && address.getAddress() instanceof Inet4Address
        ? () -> new EpollServerSocketChannel(SocketProtocolFamily.INET)
        : new ReflectiveChannelFactory<>(tcp);
  }

  /** Returns whether the socket of an address must be told that it is for {@link #IPV6_ONLY}. */
  boolean isOnlyIpv6(SocketAddress address) {
    return keepsFamiliesApart()
        && address instanceof InetSocketAddress inet
        && inet.getAddress().isAnyLocalAddress()
        && inet.getAddress() instanceof Inet6Address;
  }

  /** Returns the address of a unix socket. */
  SocketAddress unixAddress(String path) {
    return unix == NioServerDomainSocketChannel.class
        ? UnixDomainSocketAddress.of(path)
        : new DomainSocketAddress(path);
  }
}
