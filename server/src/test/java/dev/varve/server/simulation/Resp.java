package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes bytes, each as a char, and gives values: strings, {@link Failure}s, numbers, lists, {@link
 * Push}es, and {@link #NIL}. A map is the list of its keys and values.
 */
final class Resp {
  static final Object NIL =
      new Object() {
        @Override
        public String toString() {
          return "nil";
        }
      };

  /** An error. */
  record Failure(String line) {}

  /** What answers nothing. */
  record Push(List<?> parts) {}

  private final StringBuilder bytes = new StringBuilder();
  private int at;

  void add(String more) {
    bytes.append(more);
  }

  boolean isEmpty() {
    return bytes.isEmpty();
  }

  /** Returns the next value; null: it isn't all there. */
  Object next() {
    at = 0;
    Object value = read();
    if (value != null) {
      bytes.delete(0, at);
    }
    return value;
  }

  /** Returns the one value that this is. */
  static Object of(String raw) {
    Resp its = new Resp();
    its.add(raw);
    return its.next();
  }

  private Object read() {
    int end = bytes.indexOf("\r\n", at);
    if (end < 0) {
      return null;
    }
    char type = bytes.charAt(at);
    String line = bytes.substring(at + 1, end);
    at = end + 2;
    return switch (type) {
      case '+' -> line;
      case '-' -> new Failure(line);
      case ':' -> Long.parseLong(line);
      case '$' -> bulk(Integer.parseInt(line));
      case '*' -> list(Integer.parseInt(line));
      case '%' -> list(2 * Integer.parseInt(line));
      case '>' -> list(Integer.parseInt(line)) instanceof List<?> parts ? new Push(parts) : null;
      case '_' -> NIL;
      default -> throw new AssertionError("no reply begins with " + type + line);
    };
  }

  private Object bulk(int length) {
    if (length < 0) {
      return NIL;
    }
    if (bytes.length() < at + length + 2) {
      return null;
    }
    String value = bytes.substring(at, at + length);
    at += length + 2;
    return value;
  }

  private Object list(int length) {
    if (length < 0) {
      return NIL;
    }
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      Object value = read();
      if (value == null) {
        return null;
      }
      values.add(value);
    }
    return values;
  }
}
