package dev.varve.storage;

/** When logged bytes are made durable. The names are those of Redis's {@code appendfsync}. */
public enum SyncPolicy {
  /** Before every acknowledgement: what is acknowledged survives a loss of power. */
  ALWAYS,
  /** Once a second: a loss of power takes back about the last second. */
  EVERYSEC,
  /** When the operating system sees fit. */
  NO
}
