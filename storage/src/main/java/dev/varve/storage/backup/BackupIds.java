package dev.varve.storage.backup;

/** How backups are called by the time at which they are made. */
public interface BackupIds {
  /** The name of one of that time, in milliseconds: digits, as in 20261130T083335.123Z. */
  String of(long millis);

  /** The time that a name tells. */
  long millis(String id);
}
