package dev.varve.server.transfer;

import java.io.IOException;

/** The connection to the server that is copied has ended. */
public final class SourceLostException extends IOException {
  private static final long serialVersionUID = 1L;

  SourceLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
