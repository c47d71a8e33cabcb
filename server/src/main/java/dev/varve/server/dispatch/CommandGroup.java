package dev.varve.server.dispatch;

import java.util.Locale;

/** The chapter of the manual that a command belongs to. */
public enum CommandGroup {
  GENERIC,
  STRING,
  BITMAP,
  HYPERLOGLOG,
  HASH,
  SET,
  SORTED_SET,
  GEO,
  LIST,
  STREAM,
  CONNECTION,
  TRANSACTIONS,
  PUBSUB,
  SCRIPTING,
  SERVER,
  CLUSTER;

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Returns the name in COMMAND DOCS. */
  public String label() {
    return label;
  }
}
