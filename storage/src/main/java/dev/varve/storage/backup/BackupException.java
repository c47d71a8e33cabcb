package dev.varve.storage.backup;

/** Something that was asked for can't be done, for a reason that its message gives in full. */
public final class BackupException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With one line that an operator understands. */
  public BackupException(String message) {
    super(message);
  }
}
