package dev.varve.integration;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A connection that sends any bytes at all and reads RESP2 replies, so that tests see exactly what
 * the wire carries.
 */
public final class RawClient implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 60_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
  }

  /** An error reply, without its leading minus. */
  public record ErrorReply(String text) {}

  public static RawClient connect(int port) {
    try {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      return new RawClient(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes of a command as clients send it. */
  public static byte[] frame(byte[]... arguments) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(ascii("*" + arguments.length + "\r\n"));
    for (byte[] argument : arguments) {
      bytes.writeBytes(ascii("$" + argument.length + "\r\n"));
      bytes.writeBytes(argument);
      bytes.writeBytes(ascii("\r\n"));
    }
    return bytes.toByteArray();
  }

  public static byte[] frame(String... arguments) {
    byte[][] bytes = new byte[arguments.length][];
    for (int i = 0; i < arguments.length; i++) {
      bytes[i] = ascii(arguments[i]);
    }
    return frame(bytes);
  }

  public static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Sends bytes, all of them before it returns. */
  public RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** Puts bytes into the buffer, which leaves when it is full or at {@link #flush}. */
  public RawClient write(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  public void flush() throws IOException {
    out.flush();
  }

  /** Sends one command and reads its reply. */
  public Object call(String... arguments) throws IOException {
    send(frame(arguments));
    return read();
  }

  /** Says that nothing more will be sent. */
  public void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  /**
   * The next reply: {@code String} (status), {@link ErrorReply}, {@code Long}, {@code byte[]},
   * {@code List} or null.
   */
  public Object read() throws IOException {
    String line = readLine();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> rest;
      case '-' -> new ErrorReply(rest);
      case ':' -> Long.valueOf(rest);
      case '$' -> readBulk(Integer.parseInt(rest));
      case '*' -> readArray(Integer.parseInt(rest));
      default -> throw new AssertionError("not a RESP2 reply: " + line);
    };
  }

  /** Takes the next reply, however large it is, and keeps nothing of it; returns it if an error. */
  public ErrorReply skip() throws IOException {
    String line = readLine();
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '-' -> {
        return new ErrorReply(rest);
      }
      case '$' -> in.skipNBytes(rest.equals("-1") ? 0 : Integer.parseInt(rest) + 2L);
      case '*' -> {
        for (int i = Integer.parseInt(rest); i > 0; i--) {
          skip();
        }
      }
      case '+', ':' -> {}
      default -> throw new AssertionError("not a RESP2 reply: " + line);
    }
    return null;
  }

  /** True if a byte of a reply has arrived. */
  public boolean hasReply() throws IOException {
    return in.available() > 0;
  }

  /**
   * Reads until the server closes the connection; what came before that. A reset counts as closed.
   */
  public String readToEnd() {
    StringBuilder text = new StringBuilder();
    try {
      for (int b = in.read(); b >= 0; b = in.read()) {
        text.append((char) b);
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the server keeps the connection open", e);
    } catch (IOException reset) {
      return text.toString();
    }
    return text.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\r'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("closed by the server after '" + line + "'");
      }
      line.append((char) b);
    }
    if (in.read() != '\n') {
      throw new AssertionError("a line that ends without a line feed: " + line);
    }
    return line.toString();
  }

  private byte[] readBulk(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length || in.read() != '\r' || in.read() != '\n') {
      throw new EOFException("a bulk string cut short");
    }
    return bytes;
  }

  private List<Object> readArray(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    List<Object> elements = new ArrayList<>(Math.min(length, 1000));
    for (int i = 0; i < length; i++) {
      elements.add(read());
    }
    return elements;
  }
}
