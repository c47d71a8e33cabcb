package dev.varve.server.network;

import dev.varve.server.tls.TlsPort;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A TCP port that is listened on, at one or more addresses. Takes no connections in before it is
 * told to {@link #accept}: those that come wait. Used by one thread at a time.
 */
public final class TcpListener {
  /** A loop that is busy for longer closes its channel later. */
  private static final long CLOSE_MILLIS = 1000;

  private final NetworkServer network;
  private final List<String> addresses;
  private final int wanted;
  private final int port;
  private final int backlog;
  private final TlsPort tls;
  private final List<Channel> channels;

  TcpListener(
      NetworkServer network,
      List<String> addresses,
      int wanted,
      int port,
      int backlog,
      TlsPort tls,
      List<Channel> channels) {
    this.network = network;
    this.addresses = addresses;
    this.wanted = wanted;
    this.port = port;
    this.backlog = backlog;
    this.tls = tls;
    this.channels = channels;
  }

  /** Returns the port, which the system has chosen if 0 was asked for. */
  public int port() {
    return port;
  }

  /** Returns whether clients speak TLS there. */
  public boolean hasTls() {
    return tls != null;
  }

  /** Returns whether these are its addresses, as they were given. */
  public boolean isAt(List<String> others) {
    return addresses.equals(others);
  }

  /** Returns whether that port was asked for: 0 is one that the system chooses. */
  public boolean isFor(int otherPort) {
    return wanted == otherPort;
  }

  /** Takes connections in from now on. */
  public void accept() {
    for (Channel channel : channels) {
      channel.config().setAutoRead(true);
    }
  }

  /** Listens no longer; connections stay. */
  public void close() {
    for (Channel channel : channels) {
      var _ = channel.close();
    }
    for (Channel channel : channels) {
      if (!channel.eventLoop().inEventLoop()) {
        channel.closeFuture().awaitUninterruptibly(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
      }
      network.forget(channel);
    }
  }

  /**
   * Returns one like this one, which is closed: at its port.
   *
   * @param others where; its own addresses, or others
   * @throws IOException if that can't be listened on
   */
  public TcpListener reopenedAt(List<String> others) throws IOException {
    TcpListener again = network.listenAgain(others, port, backlog, tls);
    return new TcpListener(network, others, wanted, port, backlog, tls, again.channels);
  }

  /**
   * Returns the same one again, which is closed.
   *
   * @throws IOException if that can't be listened on any more
   */
  public TcpListener reopened() throws IOException {
    return reopenedAt(addresses);
  }
}
