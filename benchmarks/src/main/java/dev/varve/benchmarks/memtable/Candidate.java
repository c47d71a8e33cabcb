package dev.varve.benchmarks.memtable;

/** A memtable as the comparison drives it. Sequence numbers are the number of the put. */
interface Candidate extends AutoCloseable {
  void put(long sequence, byte[] bytes, int keyLength);

  /** The first bytes of the newest value, as a number; -1 if the key isn't there. */
  long get(byte[] key);

  /**
   * Walks {@code limit} keys in order from {@code from} (null: the first) on; how many there were.
   */
  long walk(byte[] from, int limit);

  /** Bytes of memory taken; 0 if it can't tell. */
  long bytes();

  @Override
  void close();
}
