package dev.varve.server.writer;

/** Hears, on the storage thread, what became of writes. Must not throw. */
public interface CommitListener {
  /** All up to {@code sequence} is as durable as the policy asks, and visible. */
  void published(long sequence);

  /**
   * What is not published never will be: whether it survives a restart is unknown.
   *
   * @param reason the error line that answers those who wait
   */
  void failed(String reason);
}
