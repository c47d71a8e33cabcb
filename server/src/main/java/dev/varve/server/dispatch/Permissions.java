package dev.varve.server.dispatch;

import dev.varve.protocol.Request;

/** What a user may do. Immutable. */
public interface Permissions {
  /**
   * Returns why a command may not be run; null: it may.
   *
   * @param request holds its arguments
   * @param offset where in the request its name is
   */
  Denial denial(CommandSpec command, Request request, int offset);

  /** Returns whether a command may be run, and read any key beside those that it names. */
  boolean allowsReadingAll(CommandSpec command, Request request);
}
