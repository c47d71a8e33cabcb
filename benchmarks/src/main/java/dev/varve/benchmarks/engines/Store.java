package dev.varve.benchmarks.engines;

/**
 * An ordered map from keys to values on disk: what every engine that is compared can do, in the
 * fastest way that its Java interface has for it. One thread writes, and one thread, which may be
 * another, reads.
 */
interface Store extends AutoCloseable {
  /** Sets a key, as durably as the store was opened for. */
  void put(byte[] key, byte[] value);

  /** Sets the first {@code count} keys at once. */
  void putAll(byte[][] keys, byte[][] values, int count);

  /** Removes a key, as durably as the store was opened for. */
  void delete(byte[] key);

  /** Copies the newest value of a key to {@code into}; its length, or -1 if there is none. */
  int get(byte[] key, byte[] into);

  /** As {@link #get}, of keys that may be looked up together; {@code into} has room for each. */
  void getAll(byte[][] keys, byte[][] into, int[] lengths);

  /** A walk over the store as it is now. */
  StoreCursor cursor();

  /** Returns when what was put has reached its place on disk and nothing runs in the background. */
  void settle();

  @Override
  void close();
}
