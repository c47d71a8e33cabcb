package dev.varve.server.tls;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;

/** Where a channel's client is, for the log. */
final class RemoteAddress {
  private RemoteAddress() {}

  static String of(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress remote
        ? remote.getAddress().getHostAddress() + ":" + remote.getPort()
        : "an unknown client";
  }
}
