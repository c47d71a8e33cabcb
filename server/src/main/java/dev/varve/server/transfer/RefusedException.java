package dev.varve.server.transfer;

import java.io.IOException;

/** A server has answered with an error. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  RefusedException(String error) {
    super(error);
  }
}
