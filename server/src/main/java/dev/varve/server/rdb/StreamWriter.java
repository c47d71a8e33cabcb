package dev.varve.server.rdb;

import java.lang.foreign.MemorySegment;

/**
 * Writes a stream as Redis 7.0 does, see {@link StreamReader}: nodes with their entries, what is
 * known of all, then groups, each with what is pending and, after that, its consumers. Not
 * thread-safe.
 */
public final class StreamWriter {
  /** Says that it isn't known yet how many nodes a stream has. */
  public static final long UNKNOWN = -1;

  private final RdbOutput out;
  private final ListpackOutput listpack;
  private final int nodesBegun;
  private final boolean toldNodes;
  private long nodes;

  // The node that is being written.
  private EntryId first;
  private int liveAt;
  private long live;
  private long elements;

  /**
   * Begins a stream, whose type was written.
   *
   * @param told how many nodes it will have; {@link #UNKNOWN}: all is kept until that is known
   */
  StreamWriter(RdbOutput out, ListpackOutput listpack, long told) {
    this.out = out;
    this.listpack = listpack;
    toldNodes = told != UNKNOWN;
    if (toldNodes) {
      out.length(told);
      nodesBegun = 0;
    } else {
      nodesBegun = out.beginLength();
    }
  }

  /** Returns how many nodes were begun. */
  public long nodes() {
    return nodes;
  }

  /**
   * Begins a node, which has an entry at least; so many {@linkplain #part names of fields} follow,
   * {@link #endFields}, and its entries.
   */
  public void beginNode(EntryId its, long fields) {
    out.endPiece();
    nodes++;
    first = its;
    live = 0;
    out.length(2 * Long.BYTES);
    its.writeBytes(out);
    listpack.begin();
    liveAt = listpack.addUnknown();
    listpack.add(0);
    listpack.add(fields);
  }

  /** Ends the names of fields that a node begins with. */
  public void endFields() {
    listpack.add(0);
  }

  /** Returns how many bytes the node has. */
  public int nodeBytes() {
    return listpack.bytes();
  }

  /** Returns how many entries the node has. */
  public long nodeEntries() {
    return live;
  }

  /** Begins an entry; {@linkplain #part fields, each with its value}, follow. */
  public void beginEntry(EntryId id, long fields) {
    begin(0, id, 2 * fields + 1);
    listpack.add(fields);
  }

  /** Begins an entry whose fields are those that the node begins with; their values follow. */
  public void beginSameEntry(EntryId id, long fields) {
    begin(StreamReader.SAME_FIELDS, id, fields);
  }

  private void begin(int flags, EntryId id, long its) {
    live++;
    elements = its + StreamReader.BESIDE_FIELDS;
    listpack.add(flags);
    listpack.add(id.millis() - first.millis());
    listpack.add(id.sequence() - first.sequence());
  }

  /** A field's name, or its value. */
  public void part(MemorySegment source, long offset, int length) {
    listpack.add(source, offset, length);
  }

  /** Ends an entry. */
  public void endEntry() {
    listpack.add(elements);
  }

  /** Ends a node. */
  public void endNode() {
    listpack.set(liveAt, live);
    listpack.end();
  }

  /**
   * Ends the entries, of which there are so many.
   *
   * @param last the last id that was given out
   * @param begin the first entry; 0-0 if there is none
   * @param deleted the greatest id of those that were deleted
   * @param added how many entries there ever were
   * @param groups how many groups follow
   */
  public void endEntries(
      long count, EntryId last, EntryId begin, EntryId deleted, long added, long groups) {
    if (!toldNodes) {
      out.endLength(nodesBegun, nodes);
    }
    out.length(count);
    last.writeLengths(out);
    begin.writeLengths(out);
    deleted.writeLengths(out);
    out.length(added);
    out.length(groups);
  }

  /**
   * Begins a group.
   *
   * @param last the last entry that was given to it
   * @param read how many entries it has read, or {@link StreamVisitor#UNKNOWN}
   * @param pending how many {@linkplain #pending pending ones} follow
   */
  public void beginGroup(byte[] name, EntryId last, long read, long pending) {
    out.string(MemorySegment.ofArray(name), 0, name.length);
    last.writeLengths(out);
    out.length(read);
    out.length(pending);
  }

  /** An entry that is pending. */
  public void pending(EntryId id, long millis, long deliveries) {
    out.endPiece();
    id.writeBytes(out);
    out.i64(millis);
    out.length(deliveries);
  }

  /** Ends what is pending in a group; so many {@linkplain #consumer consumers} follow. */
  public void endPending(long consumers) {
    out.length(consumers);
  }

  /** A consumer; so many entries that it {@linkplain #owns owns} follow. */
  public void consumer(byte[] name, long seenMillis, long pending) {
    out.string(MemorySegment.ofArray(name), 0, name.length);
    out.i64(seenMillis);
    out.length(pending);
  }

  /** An entry that is the consumer's. */
  public void owns(EntryId id) {
    out.endPiece();
    id.writeBytes(out);
  }
}
