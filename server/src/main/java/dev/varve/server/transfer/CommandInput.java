package dev.varve.server.transfer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads requests as a master sends them to its replicas, and as append-only files have them. */
final class CommandInput {
  private static final int MOST_ARGUMENTS = 1 << 20;
  private static final long MOST_BYTES = 1L << 30;
  private static final int MOST_LINE_BYTES = 1024;

  private final InputStream in;
  private byte[][] arguments = {};
  private long read;
  private long position;

  /**
   * Makes one.
   *
   * @param in buffered
   */
  CommandInput(InputStream in) {
    this.in = in;
  }

  /**
   * Reads a request; lines that begin with # are passed.
   *
   * @return false if there is none: the input has ended
   * @throws EOFException if it ends in the middle
   * @throws IOException if it is none
   */
  boolean next() throws IOException {
    int first = in.read();
    while (first == '#' || first == '\r' || first == '\n') {
      read++;
      if (first == '#') {
        line();
      }
      position = read;
      first = in.read();
    }
    if (first < 0) {
      return false;
    }
    read++;
    if (first != '*') {
      throw new IOException("byte " + position + ": no command begins here");
    }
    byte[][] all = new byte[(int) length(MOST_ARGUMENTS)][];
    if (all.length == 0) {
      throw new IOException("byte " + position + ": a command without words");
    }
    for (int i = 0; i < all.length; i++) {
      if (one() != '$') {
        throw new IOException("byte " + position + ": a command that is none");
      }
      int length = (int) length(MOST_BYTES);
      all[i] = in.readNBytes(length);
      read += all[i].length;
      if (all[i].length < length) {
        throw new EOFException();
      }
      line();
    }
    arguments = all;
    position = read;
    return true;
  }

  private int one() throws IOException {
    int next = in.read();
    if (next < 0) {
      throw new EOFException();
    }
    read++;
    return next;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = one(); next != '\n'; next = one()) {
      line.append((char) next);
      if (line.length() > MOST_LINE_BYTES) {
        throw new IOException("byte " + position + ": a line that is too long");
      }
    }
    return line.toString().strip();
  }

  private long length(long most) throws IOException {
    long length = RespInput.length(line());
    if (length < 0 || length > most) {
      throw new IOException("byte " + position + ": a length that is none");
    }
    return length;
  }

  /** Returns the request's words, the first of which is its name. */
  byte[][] arguments() {
    return arguments;
  }

  /** Returns how many bytes the request's words have. */
  long bytes() {
    long bytes = 0;
    for (byte[] argument : arguments) {
      bytes += argument.length;
    }
    return bytes;
  }

  /** Returns a word as text, in upper case. */
  String word(int index) {
    return new String(arguments[index], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
  }

  /** Returns how many bytes the requests had that were read whole, with what was before them. */
  long position() {
    return position;
  }
}
