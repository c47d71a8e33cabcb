package dev.varve.server.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/** A connection to a server. For one thread that sends, and one that receives. */
public final class Link implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 1000;

  private final SocketChannel channel;
  private final RespInput in;
  private final RequestOutput out;

  private Link(SocketChannel channel, InputStream in) {
    this.channel = channel;
    this.in = new RespInput(in);
    this.out = new RequestOutput(Channels.newOutputStream(channel));
  }

  /**
   * Connects, says who it is, and selects the address's database.
   *
   * @throws IOException if there is no server, or it refuses
   */
  public static Link to(Address address) throws IOException {
    SocketChannel channel = open(address);
    return greeted(new Link(channel, Channels.newInputStream(channel)), address);
  }

  /**
   * As {@link #to}, by a network address.
   *
   * @param meanwhile is run by who receives, each second in which nothing comes; it may throw
   */
  static Link patient(Address address, Runnable meanwhile) throws IOException {
    if (!(address.socket() instanceof InetSocketAddress)) {
      throw new IOException(address + " is no address of a network");
    }
    SocketChannel channel = open(address);
    channel.socket().setSoTimeout(PATIENCE_MILLIS);
    InputStream in = new PatientInput(channel.socket().getInputStream(), meanwhile);
    return greeted(new Link(channel, in), address);
  }

  private static SocketChannel open(Address address) throws IOException {
    if (address.socket() instanceof InetSocketAddress inet && inet.isUnresolved()) {
      throw new UnknownHostException(inet.getHostString() + " is no known host");
    }
    try {
      return SocketChannel.open(address.socket());
    } catch (IOException e) {
      throw new IOException(address + ": " + e.getMessage(), e);
    }
  }

  private static Link greeted(Link link, Address address) throws IOException {
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
      link.close();
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
