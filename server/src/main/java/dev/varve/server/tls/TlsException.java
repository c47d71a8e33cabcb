package dev.varve.server.tls;

/** TLS can't be had as the settings want it; the message says which file or setting is at fault. */
public final class TlsException extends Exception {
  private static final long serialVersionUID = 1;

  TlsException(String message) {
    super(message);
  }

  TlsException(String message, Throwable cause) {
    super(message, cause);
  }
}
