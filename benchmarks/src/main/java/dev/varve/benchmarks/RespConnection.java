package dev.varve.benchmarks;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A blocking connection that pipelines: requests gather in a buffer, which leaves when a reply is
 * waited for. Not thread-safe.
 */
final class RespConnection implements AutoCloseable {

  private static final byte[] CRLF = {'\r', '\n'};

  private final Socket socket;
  private final BufferedInputStream in;
  private final BufferedOutputStream out;
  private boolean unsent;

  RespConnection(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Adds a request. */
  void write(byte[]... arguments) throws IOException {
    writeHeader('*', arguments.length);
    for (byte[] argument : arguments) {
      writeHeader('$', argument.length);
      out.write(argument);
      out.write(CRLF);
    }
    unsent = true;
  }

  /** Reads a reply that must be OK. */
  void expectOk() throws IOException {
    String line = readLine();
    if (!line.equals("+OK")) {
      throw new IllegalStateException("instead of OK: " + line);
    }
  }

  /**
   * Reads a reply that must be the given bulk string, which belongs to the key of the given number.
   */
  void expectBulk(byte[] expected, int number) throws IOException {
    byte[] found = readBulk();
    if (!Arrays.equals(expected, found)) {
      throw new IllegalStateException(
          "key " + number + (found == null ? " is missing" : " has another value"));
    }
  }

  /** Sends a request and reads an integer. */
  long callInteger(byte[]... arguments) throws IOException {
    write(arguments);
    String line = readLine();
    if (line.charAt(0) != ':') {
      throw new IllegalStateException("instead of a number: " + line);
    }
    return Long.parseLong(line.substring(1));
  }

  /** Asks for one page of SCAN, hands out its keys, and returns the next cursor. */
  byte[] scan(byte[] cursor, Consumer<String> keys) throws IOException {
    write(ascii("SCAN"), cursor, ascii("COUNT"), ascii("1000"));
    readCount();
    byte[] next = readBulk();
    int count = readCount();
    for (int i = 0; i < count; i++) {
      keys.accept(new String(readBulk(), StandardCharsets.US_ASCII));
    }
    return next;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private void writeHeader(char type, int number) throws IOException {
    out.write(type);
    if (number >= 100) {
      out.write('0' + number / 100 % 10);
    }
    if (number >= 10) {
      out.write('0' + number / 10 % 10);
    }
    out.write('0' + number % 10);
    out.write(CRLF);
  }

  private int readCount() throws IOException {
    String line = readLine();
    if (line.charAt(0) != '*') {
      throw new IllegalStateException("instead of an array: " + line);
    }
    return Integer.parseInt(line.substring(1));
  }

  /** Reads a bulk string; null if there is none. */
  byte[] readBulk() throws IOException {
    String line = readLine();
    if (line.charAt(0) != '$') {
      throw new IllegalStateException("instead of a bulk string: " + line);
    }
    return readBulk(Integer.parseInt(line.substring(1)));
  }

  private byte[] readBulk(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    byte[] bytes = in.readNBytes(length);
    in.skipNBytes(CRLF.length);
    return bytes;
  }

  /** Sends what was added; nobody needs to who waits for a reply. */
  void flush() throws IOException {
    if (unsent) {
      out.flush();
      unsent = false;
    }
  }

  /**
   * Reads a reply of any kind: a {@code Long}, a {@code String}, bytes, a list of replies, or null.
   */
  Object read() throws IOException {
    String line = readLine();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case ':' -> Long.valueOf(rest);
      case '+' -> rest;
      case '$' -> readBulk(Integer.parseInt(rest));
      case '*' -> readList(Integer.parseInt(rest));
      default -> throw new IllegalStateException("instead of a reply: " + line);
    };
  }

  /** Who is given the bulk strings of an answer, one by one. */
  interface Bulks {
    void add(byte[] bulk);
  }

  /** Reads a reply that is a bulk string, or an array of such replies, of any size. */
  void read(Bulks bulks) throws IOException {
    String line = readLine();
    int number = Integer.parseInt(line, 1, line.length(), 10);
    switch (line.charAt(0)) {
      case '$' -> bulks.add(readBulk(number));
      case '*' -> {
        for (int i = 0; i < number; i++) {
          read(bulks);
        }
      }
      default -> throw new IllegalStateException("instead of an array: " + line);
    }
  }

  /** Reads a page of HSCAN and its like, hands out what is in it, and returns the next cursor. */
  byte[] readPage(Bulks bulks) throws IOException {
    readCount();
    byte[] next = readBulk();
    read(bulks);
    return next;
  }

  private List<Object> readList(int count) throws IOException {
    if (count < 0) {
      return null;
    }
    List<Object> elements = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      elements.add(read());
    }
    return elements;
  }

  private String readLine() throws IOException {
    flush();
    StringBuilder line = new StringBuilder(32);
    for (int b = in.read(); b != '\r'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("closed by the server");
      }
      line.append((char) b);
    }
    in.skipNBytes(1);
    return line.toString();
  }
}
