package dev.varve.server.config;

/** A setting that can't be used. The message is one line: where, what, and what is accepted. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says where, what, and what is accepted. */
  public ConfigurationException(String message) {
    super(message);
  }

  /** Says where, what, and what is accepted. */
  public ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
