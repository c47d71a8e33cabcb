package dev.varve.storage.fs;

import java.io.IOException;

/** The process, or the system, has as many files open as it may. */
public final class TooManyFilesException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Names the file that could not be opened. */
  public TooManyFilesException(String file, IOException cause) {
    super("too many open files: " + file, cause);
  }
}
