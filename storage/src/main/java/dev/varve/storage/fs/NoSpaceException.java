package dev.varve.storage.fs;

import java.io.IOException;

/** The disk (or a quota) has no room for what was to be written. */
public final class NoSpaceException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Names the file that could not grow. */
  public NoSpaceException(String file, IOException cause) {
    super("no space left on device: " + file, cause);
  }
}
