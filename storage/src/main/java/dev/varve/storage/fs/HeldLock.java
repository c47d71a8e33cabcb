package dev.varve.storage.fs;

import java.io.Closeable;

/** The exclusive lock on a file. Safe for use by many threads. */
public interface HeldLock extends Closeable {
  /**
   * Whether the name still leads to the file that is locked: not if somebody has deleted, renamed
   * or replaced it, or a folder above. Then another one may hold the lock on what has the name now.
   */
  boolean isInForce();

  /** Gives the lock back. Does nothing if it was given back before. */
  @Override
  void close();
}
