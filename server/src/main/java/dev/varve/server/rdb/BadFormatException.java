package dev.varve.server.rdb;

/** Bytes aren't a value as RDB writes it, or are one of a type that isn't read. */
public final class BadFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadFormatException(String message) {
    super(message, null, false, false);
  }
}
