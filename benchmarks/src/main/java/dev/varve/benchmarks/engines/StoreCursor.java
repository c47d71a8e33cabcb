package dev.varve.benchmarks.engines;

/** A walk over a store in the order of its keys. Moves return whether they ended on an entry. */
interface StoreCursor extends AutoCloseable {
  /** Moves to the first entry. */
  boolean first();

  /** Moves to the last entry. */
  boolean last();

  /** Moves to the first entry at or after {@code key}. */
  boolean seek(byte[] key);

  /** Moves to the next entry. */
  boolean next();

  /** Moves to the entry before. */
  boolean previous();

  /** Copies the key to {@code into}; its length. */
  int key(byte[] into);

  /** Copies the value to {@code into}; its length. */
  int value(byte[] into);

  @Override
  void close();
}
