package dev.varve.server.transfer;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/** A connection to a server. For one thread that sends, and one that receives. */
public final class Link implements AutoCloseable {
  private final SocketChannel channel;
  private final RespInput in;
  private final RequestOutput out;

  private Link(SocketChannel channel) {
    this.channel = channel;
    this.in = new RespInput(Channels.newInputStream(channel));
    this.out = new RequestOutput(Channels.newOutputStream(channel));
  }

  /**
   * Connects, says who it is, and selects the address's database.
   *
   * @throws IOException if there is no server, or it refuses
   */
  public static Link to(Address address) throws IOException {
    SocketChannel channel = SocketChannel.open(address.socket());
    Link link = new Link(channel);
    try {
      if (address.password() != null) {
        if (address.user() == null) {
          link.call("AUTH", address.password());
        } else {
          link.call("AUTH", address.user(), address.password());
        }
      }
      if (address.database() >= 0) {
        link.call("SELECT", Integer.toString(address.database()));
      }
      return link;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Sends a request and waits for its reply, see {@link RespInput#reply}.
   *
   * @throws RefusedException if that is an error
   */
  public String call(String... arguments) throws IOException {
    out.request(arguments);
    out.flush();
    return in.reply();
  }

  RespInput in() {
    return in;
  }

  RequestOutput out() {
    return out;
  }

  /** Any thread. Whoever sends or receives learns of it. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
