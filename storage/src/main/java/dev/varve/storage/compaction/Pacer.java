package dev.varve.storage.compaction;

/** Slows background work down so that it leaves room for what clients wait for. */
@FunctionalInterface
public interface Pacer {
  /** Never slows down. */
  Pacer NONE = bytes -> {};

  /**
   * Called every now and then with the bytes that have been merged since the last call; may sleep.
   */
  void consumed(long bytes);
}
