package dev.varve.server.rdb;

/** Takes what is in a file of RDB, in its order. */
public interface SnapshotVisitor {
  /** A library of functions. */
  void library(RdbString code);

  /** The database of the keys that follow. */
  void database(int index);

  /**
   * A key. Its value must be taken before this returns; the key is valid until then.
   *
   * @param date its deadline in milliseconds, or {@link ValueVisitor#NO_DEADLINE}
   */
  void entry(RdbString key, long date, SnapshotValue value);
}
