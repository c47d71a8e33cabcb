package dev.varve.server.dispatch;

import java.util.Locale;

/**
 * Groups of commands that ACL rules and COMMAND LIST speak of, in the order of COMMAND's replies.
 */
public enum AclCategory {
  KEYSPACE,
  READ,
  WRITE,
  SET,
  SORTEDSET,
  LIST,
  HASH,
  STRING,
  BITMAP,
  HYPERLOGLOG,
  GEO,
  STREAM,
  PUBSUB,
  ADMIN,
  FAST,
  SLOW,
  BLOCKING,
  DANGEROUS,
  CONNECTION,
  TRANSACTION,
  SCRIPTING;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Returns the name, without the {@code @}. */
  public String label() {
    return label;
  }
}
