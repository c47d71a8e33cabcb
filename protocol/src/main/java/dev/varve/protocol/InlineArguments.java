package dev.varve.protocol;

import java.nio.ByteBuffer;

/**
 * Splits an inline request at blanks, as a shell would.
 *
 * <p>Within double quotes {@code \n \r \t \b \a \xHH} stand for a byte, and a backslash before any
 * other one for that one; within single quotes only {@code \'} is special. A quote may open within
 * a word, but only a blank or the line's end may follow one that closes.
 */
final class InlineArguments {
  private ByteBuffer bytes;
  private int base;
  private int end;

  /** Next byte to read. */
  private int read;

  /** Where the next byte of the unquoted argument goes; never beyond {@link #read}. */
  private int write;

  /**
   * Adds a line's arguments to {@code request}, unquoted in place: that never takes more bytes than
   * the quoted form has.
   *
   * @param base where the line begins in {@code bytes}
   * @param length the line's length without what ends it
   * @return false if the quotes don't match
   */
  boolean split(ByteBuffer bytes, int base, int length, Request request) {
    this.bytes = bytes;
    this.base = base;
    this.end = length;
    this.read = 0;
    boolean balanced = true;
    while (balanced) {
      while (read < end && isBlank(at(read))) {
        read++;
      }
      if (read == end) {
        break;
      }
      int start = read;
      write = read;
      balanced = readArgument();
      request.add(start, write - start);
    }
    this.bytes = null;
    return balanced;
  }

  private boolean readArgument() {
    while (read < end) {
      byte next = at(read);
      if (next == '"' || next == '\'') {
        read++;
        return readQuoted(next);
      }
      if (next == ' ' || next == '\t' || next == '\r' || next == '\n') {
        return true;
      }
      put(next, 1);
    }
    return true;
  }

  private boolean readQuoted(byte quote) {
    while (read < end) {
      byte next = at(read);
      if (next == quote) {
        read++;
        return read == end || isBlank(at(read));
      }
      if (next != '\\' || read + 1 == end) {
        put(next, 1);
      } else if (quote == '\'') {
        readSingleQuotedEscape();
      } else {
        readEscape();
      }
    }
    return false;
  }

  private void readSingleQuotedEscape() {
    if (at(read + 1) == '\'') {
      put((byte) '\'', 2);
    } else {
      put((byte) '\\', 1);
    }
  }

  private void readEscape() {
    byte escaped = at(read + 1);
    if (escaped == 'x' && read + 3 < end) {
      int high = Character.digit(at(read + 2), 16);
      int low = Character.digit(at(read + 3), 16);
      if (high >= 0 && low >= 0) {
        put((byte) (high * 16 + low), 4);
        return;
      }
    }
    byte meant =
        switch (escaped) {
          case 'n' -> '\n';
          case 'r' -> '\r';
          case 't' -> '\t';
          case 'b' -> '\b';
          case 'a' -> 7;
          default -> escaped;
        };
    put(meant, 2);
  }

  /** Writes a byte that stands for {@code taken} bytes of the line. */
  private void put(byte value, int taken) {
    bytes.put(base + write, value);
    write++;
    read += taken;
  }

  private byte at(int index) {
    return bytes.get(base + index);
  }

  private static boolean isBlank(byte value) {
    return value == ' ' || (value >= '\t' && value <= '\r');
  }
}
