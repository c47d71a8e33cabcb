package dev.varve.server.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A connection to a server. For one thread that sends, and one that receives. */
public final class Link implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 1000;

  private final SocketChannel channel;
  private final RespInput in;
  private final RequestOutput out;

  private Link(SocketChannel channel, InputStream in, OutputStream out) {
    this.channel = channel;
    this.in = new RespInput(in);
    this.out = new RequestOutput(out);
  }

  /**
   * Connects, says who it is, and selects the address's database.
   *
   * @throws IOException if there is no server, or it refuses
   */
  public static Link to(Address address) throws IOException {
    SocketChannel channel = open(address);
    Socket tls = encrypted(channel, address);
    return tls == null
        ? greeted(
            new Link(channel, Channels.newInputStream(channel), Channels.newOutputStream(channel)),
            address)
        : greeted(new Link(channel, tls.getInputStream(), tls.getOutputStream()), address);
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
    Socket tls = encrypted(channel, address);
    Socket socket = tls == null ? channel.socket() : tls;
    channel.socket().setSoTimeout(PATIENCE_MILLIS);
    InputStream in = new PatientInput(socket.getInputStream(), meanwhile);
    OutputStream out = tls == null ? Channels.newOutputStream(channel) : socket.getOutputStream();
    return greeted(new Link(channel, in, out), address);
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

  /**
   * Has a connection encrypted, and who is there proven to be the address's host; null: it is in
   * the clear. The socket isn't closed itself: its channel is, so that nobody waits for whoever
   * writes.
   */
  private static SSLSocket encrypted(SocketChannel channel, Address address) throws IOException {
    if (address.tls() == null) {
      return null;
    }
    InetSocketAddress inet = (InetSocketAddress) address.socket();
    try {
      SSLSocket socket =
          (SSLSocket)
              address
                  .tls()
                  .createSocket(channel.socket(), inet.getHostString(), inet.getPort(), true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket;
    } catch (IOException e) {
      channel.close();
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
