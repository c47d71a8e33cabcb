package dev.varve.server.rdb;

/**
 * Takes a value as it is read: what it is, and then its elements. Those are valid until the method
 * returns. What is read before an exception is thrown may be half a value.
 */
public interface ValueVisitor {
  /** Says that a field doesn't expire. */
  long NO_DEADLINE = 0;

  /** A string; nothing follows. */
  void string(RdbString value);

  /** A list; its elements follow. */
  void beginList();

  /** The next element of a list. */
  void element(RdbString element);

  /** A set; its members follow. */
  void beginSet();

  /** A member of a set; returns false if there was one like it. */
  boolean member(RdbString member);

  /** A sorted set; its members follow. */
  void beginSortedSet();

  /** A member of a sorted set; returns false if there was one like it. */
  boolean member(RdbString member, double score);

  /** A hash; its fields follow. */
  void beginHash();

  /**
   * A field of a hash; returns false if there was one like it.
   *
   * @param deadline a date in milliseconds, or {@link #NO_DEADLINE}
   */
  boolean field(RdbString field, RdbString value, long deadline);

  /** A stream; what it has is handed to what is returned. */
  StreamVisitor stream();
}
