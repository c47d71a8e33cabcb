package dev.varve.storage.fs;

import dev.varve.storage.StorageException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Turns what the file system throws into what the engine throws. The one place that does. */
public final class FileErrors {
  private FileErrors() {}

  /**
   * The exception that tells an operator of {@code error}.
   *
   * @param doing what was being done to which file, as in "writing the log segment
   *     /data/000002.log"
   */
  public static StorageException wrap(String doing, IOException error) {
    return switch (error) {
      case NoSpaceException full -> new StorageException.DiskFull(doing + ": disk full", full);
      case AccessDeniedException denied ->
          new StorageException.PermissionDenied(
              doing + ": permission denied: " + denied.getFile(), denied);
      case NoSuchFileException missing ->
          new StorageException.Io(doing + ": no such file", missing);
      case FileAlreadyExistsException present ->
          new StorageException.Io(doing + ": it exists already", present);
      default -> new StorageException.Io(doing, error);
    };
  }

  /**
   * {@code error}, or what it is beneath: Java tells of a full disk, and of too many files, by the
   * system's words alone.
   */
  static IOException refine(String file, IOException error) {
    String reason =
        error instanceof FileSystemException system ? system.getReason() : error.getMessage();
    boolean full =
        reason != null
            && (reason.contains("No space left")
                || reason.contains("quota exceeded")
                || reason.contains("not enough space"));
    if (full) {
      return new NoSpaceException(file, error);
    }
    return reason != null && reason.contains("Too many open files")
        ? new TooManyFilesException(file, error)
        : error;
  }
}
