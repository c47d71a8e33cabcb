package dev.varve.server.rdb;

/**
 * Takes what a stream has as it is read: entries, node by node, in the order of their ids; what is
 * known of all; then its groups, each with what is pending and, after that, its consumers.
 */
public interface StreamVisitor {
  /** Says that how much a group has read can't be told. */
  long UNKNOWN = -1;

  /** Says that how much a group has read was not written. */
  long NOT_TOLD = -2;

  /** An entry; its fields follow, each with its value, and {@link #endEntry}. */
  void beginEntry(EntryId id, long fields);

  /** The next field, or its value. */
  void part(RdbString part);

  /** All of the entry was handed over. */
  void endEntry();

  /**
   * All entries of a node were handed over.
   *
   * @param first the first that was added to it
   * @param live how many were handed over, at least one
   * @param dead how many were deleted
   * @param last the last that was added to it
   * @param bytes how many it has
   */
  void endNode(EntryId first, long live, long dead, EntryId last, int bytes);

  /**
   * All entries were handed over.
   *
   * @param last the last id that was given out
   * @param deleted the greatest one of those that were deleted
   * @param added how many entries there ever were
   */
  void endEntries(EntryId last, EntryId deleted, long added);

  /**
   * A group; returns false if there was one of this name.
   *
   * @param last the last entry that was given to it
   * @param read how many entries it has read, {@link #UNKNOWN} or {@link #NOT_TOLD}
   */
  boolean beginGroup(RdbString name, EntryId last, long read);

  /** An entry that is pending in the group; returns false if there was one like it. */
  boolean pending(EntryId id, long millis, long deliveries);

  /**
   * A consumer of the group; returns false if there was one of this name.
   *
   * @param seenMillis when it was heard of last
   */
  boolean consumer(RdbString name, long seenMillis);

  /** Says that an entry is the consumer's; returns false if it isn't pending, or another's. */
  boolean owns(EntryId id);

  /** All of the group was handed over; returns false if an entry is pending and nobody's. */
  boolean endGroup();
}
