package dev.varve.server.bootstrap;

import dev.varve.storage.Damage;
import dev.varve.storage.StorageException;
import dev.varve.storage.VerificationListener;

/** Tells how far a tool of backups is, what it finds, and why it failed. Not thread-safe. */
final class BackupProgress implements VerificationListener {
  private final TransferProgress progress = new TransferProgress();

  @Override
  public void progressed(long bytes, long totalBytes) {
    progress.show(-1, bytes, totalBytes);
  }

  @Override
  public void damaged(Damage damage) {
    progress.clear();
    System.out.println("damaged: " + damage);
  }

  /** Makes room for a line of other text. */
  void clear() {
    progress.clear();
  }

  /** Returns how many seconds have passed. */
  double seconds() {
    return progress.seconds();
  }

  /** Says why a command failed; returns the process's exit code. */
  int failed(String command, StorageException reason) {
    return failed(command, reason, ExitCode.of(reason));
  }

  /** As {@link #failed(String, StorageException)}, of any other reason. */
  int failed(String command, Exception reason, ExitCode code) {
    progress.clear();
    System.err.println("varve " + command + ": " + reason.getMessage());
    return code.code();
  }
}
