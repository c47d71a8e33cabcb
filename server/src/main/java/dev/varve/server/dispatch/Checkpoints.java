package dev.varve.server.dispatch;

import java.nio.file.Path;

/**
 * Copies of all the data, made while the server goes on, one at a time. Safe for use by many
 * threads.
 */
public interface Checkpoints {
  /**
   * Makes one and waits for it: on the read pool only.
   *
   * @return false if one is being made already
   * @throws dev.varve.storage.StorageException if it failed
   */
  boolean make();

  /**
   * Has one made in the background.
   *
   * @return false if one is being made already
   */
  boolean begin();

  /** Returns what has become of them. */
  Status status();

  /**
   * What has become of checkpoints since the server was started.
   *
   * @param beganMillis when the one that is being made was begun; 0 if there is none
   * @param count how many were made
   * @param lastMillis when the last that was made was asked for; the server's start if none was
   * @param lastSequence what it holds at least; what the server began with if none was made
   * @param lastTook milliseconds that it took; -1 if none was made
   * @param last its folder; null if none was made
   * @param error why the last try failed; null if it didn't
   */
  record Status(
      long beganMillis,
      long count,
      long lastMillis,
      long lastSequence,
      long lastTook,
      Path last,
      String error) {}
}
