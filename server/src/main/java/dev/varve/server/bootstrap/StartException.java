package dev.varve.server.bootstrap;

/** The server can't start. The message is one line for the operator. */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  StartException(ExitCode exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** Returns what the process ends with. */
  public ExitCode exitCode() {
    return exitCode;
  }
}
