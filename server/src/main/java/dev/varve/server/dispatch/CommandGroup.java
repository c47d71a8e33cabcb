package dev.varve.server.dispatch;

import java.util.Locale;

/** The chapter of the manual that a command belongs to. */
public enum CommandGroup {
  GENERIC,
  STRING,
  CONNECTION,
  TRANSACTIONS,
  SERVER;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Returns the name in COMMAND DOCS. */
  public String label() {
    return label;
  }
}
