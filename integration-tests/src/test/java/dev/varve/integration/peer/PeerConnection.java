package dev.varve.integration.peer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** A connection to either server, that sends and receives bytes. Text stands for bytes: Latin-1. */
final class PeerConnection implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] chunk = new byte[64 << 10];

  PeerConnection(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  /** What was received, and whether it ended because the server closed the connection. */
  record Received(String bytes, boolean closed) {}

  /**
   * Sends bytes in as many pieces as {@code cuts} tells; that the server closes the connection
   * meanwhile shows when its answer is read.
   */
  void send(String bytes, SplittableRandom cuts) throws IOException {
    byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
    try {
      for (int at = 0; at < all.length; ) {
        int length = cuts.nextInt(4) > 0 ? all.length : 1 + cuts.nextInt(all.length);
        length = Math.min(length, all.length - at);
        out.write(all, at, length);
        at += length;
      }
    } catch (SocketException closedByServer) {
      return;
    }
  }

  /** Says that nothing more will be sent. */
  void endOutput() throws IOException {
    try {
      socket.shutdownOutput();
    } catch (SocketException closedByServer) {
      return;
    }
  }

  /** Receives until the bytes end with {@code last}, or the server closes the connection. */
  Received receiveUntil(String last) throws IOException {
    byte[] end = last.getBytes(StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    boolean closed = false;
    while (!closed && !endsWith(received.toByteArray(), end)) {
      int length = read();
      closed = length < 0;
      if (!closed) {
        received.write(chunk, 0, length);
      }
    }
    return new Received(received.toString(StandardCharsets.ISO_8859_1), closed);
  }

  /** Receives until the server closes the connection. */
  Received receiveAll() throws IOException {
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    for (int length = read(); length >= 0; length = read()) {
      received.write(chunk, 0, length);
    }
    return new Received(received.toString(StandardCharsets.ISO_8859_1), true);
  }

  /** Reads a chunk; a connection that is reset is one that was closed. */
  private int read() throws IOException {
    try {
      return in.read(chunk);
    } catch (SocketException reset) {
      return -1;
    }
  }

  private static boolean endsWith(byte[] bytes, byte[] end) {
    if (bytes.length < end.length) {
      return false;
    }
    for (int i = 0; i < end.length; i++) {
      if (bytes[bytes.length - end.length + i] != end[i]) {
        return false;
      }
    }
    return end.length > 0;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
