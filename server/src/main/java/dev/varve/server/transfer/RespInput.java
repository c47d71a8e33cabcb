package dev.varve.server.transfer;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads replies of RESP2, and what is between them. Not thread-safe. */
final class RespInput {
  private static final int BUFFER_BYTES = 128 << 10;
  private static final int MOST_LINE_BYTES = 64 << 10;

  private final InputStream in;

  RespInput(InputStream in) {
    this.in = new BufferedInputStream(in, BUFFER_BYTES);
  }

  /** Returns the bytes from here on. */
  InputStream bytes() {
    return in;
  }

  /** Whether there are bytes that can be read without waiting. */
  boolean hasBytes() throws IOException {
    return in.available() > 0;
  }

  int read() throws IOException {
    int next = in.read();
    if (next < 0) {
      throw new EOFException("the server has closed the connection");
    }
    return next;
  }

  /** Reads up to the end of a line, which isn't returned. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = read(); next != '\n'; next = read()) {
      line.append((char) next);
      if (line.length() > MOST_LINE_BYTES) {
        throw new IOException("the server doesn't speak the Redis protocol");
      }
    }
    int end = line.length() - 1;
    return end >= 0 && line.charAt(end) == '\r' ? line.substring(0, end) : line.toString();
  }

  /**
   * Reads a reply; of an array its elements, too.
   *
   * @return its text; null of nothing; of an array its last element
   * @throws RefusedException if it is, or its first error, if it is an array that has one
   */
  String reply() throws IOException {
    String line = line();
    if (line.isEmpty()) {
      throw new IOException("an empty line where a reply should be");
    }
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+', ':' -> rest;
      case '-' -> throw new RefusedException(rest);
      case '$' -> bulk(length(rest));
      case '*' -> array(length(rest));
      default -> throw new IOException("\"" + line + "\" where a reply should be");
    };
  }

  /** Returns the length that a text says. */
  static long length(String text) throws IOException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException("\"" + text + "\" where a length should be", e);
    }
  }

  private String bulk(long length) throws IOException {
    return length < 0 ? null : new String(bytes(length), StandardCharsets.ISO_8859_1);
  }

  /** Reads so many bytes and the end of the line after them. */
  byte[] bytes(long length) throws IOException {
    byte[] bytes = in.readNBytes(Math.toIntExact(length));
    if (bytes.length < length) {
      throw new EOFException("the server has closed the connection");
    }
    line();
    return bytes;
  }

  private String array(long count) throws IOException {
    RefusedException refused = null;
    String last = null;
    for (long i = 0; i < count; i++) {
      try {
        last = reply();
      } catch (RefusedException e) {
        refused = refused == null ? e : refused;
      }
    }
    if (refused != null) {
      throw refused;
    }
    return last;
  }
}
