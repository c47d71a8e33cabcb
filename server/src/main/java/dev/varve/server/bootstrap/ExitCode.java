package dev.varve.server.bootstrap;

import dev.varve.storage.StorageException;

/** What the process's exit code says. */
public enum ExitCode {
  /** Stopped as it was told to. */
  OK(0),
  /** Something that has no code of its own. */
  FAILURE(1),
  /** A directive is unknown or has an ill value. */
  CONFIGURATION(2),
  /** An address or port can't be listened on. */
  ADDRESS(3),
  /** Another process has the directory. */
  LOCKED(4),
  /** The directory can't be made, read or written. */
  NOT_WRITABLE(5),
  /** The data was written by a newer version. */
  FORMAT_TOO_NEW(6),
  /** The data is damaged. */
  CORRUPTION(7),
  /** The disk is full. */
  DISK_FULL(8),
  /** The log file can't be opened. */
  LOG_FILE(9);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** Returns the number. */
  public int code() {
    return code;
  }

  /** Returns the code of a failure to open the engine. */
  static ExitCode of(StorageException e) {
    return switch (e) {
      case StorageException.Locked locked -> LOCKED;
      case StorageException.PermissionDenied denied -> NOT_WRITABLE;
      case StorageException.Io failed -> NOT_WRITABLE;
      case StorageException.FormatTooNew newer -> FORMAT_TOO_NEW;
      case StorageException.Corruption corruption -> CORRUPTION;
      case StorageException.DiskFull full -> DISK_FULL;
      default -> FAILURE;
    };
  }
}
