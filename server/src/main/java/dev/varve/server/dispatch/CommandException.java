package dev.varve.server.dispatch;

/**
 * Thrown by a command that answers with an error and changes nothing. Part of ordinary work: it has
 * no stack.
 */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes the error as it is sent: a code in capitals, a blank and a message. */
  public CommandException(String codeAndMessage) {
    super(codeAndMessage, null, false, false);
  }
}
