package dev.varve.server.writer;

import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of all writing: once a write or a sync has failed, nothing is appended or published any
 * more until the server is restarted.
 *
 * <p>Changed by the storage thread only; read by any.
 */
final class WriterFailure {
  private static final Logger LOG = LoggerFactory.getLogger(WriterFailure.class);

  private final StorageEngine engine;

  /** The error line that answers writes since the failure; null: nothing has failed. */
  private volatile String refusal;

  /** What has failed, without an error's code; null: nothing has. */
  private volatile String failed;

  /** The error line that answers those who waited for a group when it failed. */
  private volatile String unknownOutcome;

  /** Whether it has been logged that the engine takes no more writes. */
  private boolean poisonLogged;

  WriterFailure(StorageEngine engine) {
    this.engine = engine;
  }

  /** Returns the error line that answers writes since the failure; null: nothing has failed. */
  String refusal() {
    return refusal;
  }

  /** Returns the error line that answers those who waited for a group; null: nothing has failed. */
  String unknownOutcome() {
    return unknownOutcome;
  }

  /** Returns what is thrown at those who waited for a group; null: nothing has failed. */
  StorageException neverPublished() {
    return refusal == null
        ? null
        : new StorageException.Poisoned(CommandFailures.UNKNOWN_OUTCOME + failed, null);
  }

  /** Returns why no more writes are taken, be it noticed here or by the engine; null: they are. */
  String error() {
    String own = refusal;
    return own != null ? own : engine.poisoned();
  }

  /** Returns what is thrown at whoever would write since then; null: writes are taken. */
  StorageException noWrites() {
    String own = failed;
    String reason = own != null ? own : engine.poisoned();
    return reason == null ? null : new StorageException.Poisoned(reason, null);
  }

  /**
   * Checks that nothing has been noticed here to have failed.
   *
   * @throws StorageException if something has
   */
  void check() {
    if (refusal != null) {
      throw noWrites();
    }
  }

  /**
   * Ends all writing.
   *
   * @return false if it has ended before
   */
  boolean begin(Throwable cause) {
    if (refusal != null) {
      return false;
    }
    LOG.error(
        "The log can't be written: no more writes are taken until the server is restarted", cause);
    failed = CommandFailures.message(cause);
    unknownOutcome = CommandFailures.unknownOutcome(cause);
    refusal = CommandFailures.refused(cause);
    return true;
  }

  /** Logs once if the engine has noticed in the background that it can't go on. */
  void logPoison() {
    String reason = engine.poisoned();
    if (reason != null && !poisonLogged) {
      poisonLogged = true;
      LOG.error("No more writes are taken until the server is restarted: {}", reason);
    }
  }
}
