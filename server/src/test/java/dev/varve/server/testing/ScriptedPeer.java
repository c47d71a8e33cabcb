package dev.varve.server.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that answers what was thought of before, to each connection the same, as soon as
 * something has come, and then closes the connection, or leaves it as it is.
 */
public final class ScriptedPeer implements AutoCloseable {
  private final ServerSocket listening;
  private final byte[] answer;
  private final boolean closes;
  private final AtomicInteger connections = new AtomicInteger();

  /** Begins to listen. */
  public ScriptedPeer(String answer, boolean closes) throws IOException {
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.answer = answer.getBytes(StandardCharsets.ISO_8859_1);
    this.closes = closes;
    Thread.ofVirtual().start(this::accept);
  }

  /** Returns the port. */
  public String port() {
    return "" + listening.getLocalPort();
  }

  /** Returns how many connections there have been. */
  public int connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException closed) {
      // By the test.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      byte[] bytes = new byte[4096];
      int read = in.read(bytes);
      socket.getOutputStream().write(answer);
      if (closes) {
        // What was sent is taken, so that the end isn't a reset.
        socket.shutdownOutput();
      }
      while (read >= 0) {
        read = in.read(bytes);
      }
    } catch (IOException closed) {
      // By the other side.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
