package dev.varve.storage;

import java.io.IOException;

/**
 * What the engine throws. The message is one clear line for an operator; the cause has the rest.
 */
public sealed class StorageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private StorageException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A read, write or sync failed for a reason that has no class of its own below. */
  public static final class Io extends StorageException {
    private static final long serialVersionUID = 1L;

    /** Says what was being done, to which file. */
    public Io(String message, IOException cause) {
      super(message + ": " + cause.getMessage(), cause);
    }
  }

  /** The disk is full. Nothing was changed; the write may be tried again once there is room. */
  public static final class DiskFull extends StorageException {
    private static final long serialVersionUID = 1L;

    /** Says what found no room. */
    public DiskFull(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The directory or a file in it may not be read or written by this user. */
  public static final class PermissionDenied extends StorageException {
    private static final long serialVersionUID = 1L;

    /** Names the file or folder. */
    public PermissionDenied(String message, IOException cause) {
      super(message, cause);
    }
  }

  /** Another process, or another engine in this one, has the directory open. */
  public static final class Locked extends StorageException {
    private static final long serialVersionUID = 1L;

    /** Names the directory. */
    public Locked(String message) {
      super(message, null);
    }
  }

  /** Bytes on disk are not what was written. */
  public static final class Corruption extends StorageException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;
    private final String expected;

    /** Names file and offset, and says what was expected there. */
    public Corruption(String file, long offset, String expected) {
      super(file + " is corrupt at offset " + offset + ": " + expected, null);
      this.file = file;
      this.offset = offset;
      this.expected = expected;
    }

    /** Where it is, and what was expected there. */
    public Damage damage() {
      return new Damage(file, offset, expected);
    }
  }

  /** A file is of a format that this version doesn't know: it was written by a newer one. */
  public static final class FormatTooNew extends StorageException {
    private static final long serialVersionUID = 1L;

    /** Names the file, the version found and the newest one known. */
    public FormatTooNew(String file, int found, int newestKnown) {
      super(
          file
              + " has format version "
              + found
              + "; this version of Varve reads up to "
              + newestKnown,
          null);
    }
  }

  /** An earlier sync or log write failed: the engine takes no more writes until it is reopened. */
  public static final class Poisoned extends StorageException {
    private static final long serialVersionUID = 1L;

    /** Says what failed first. */
    public Poisoned(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
