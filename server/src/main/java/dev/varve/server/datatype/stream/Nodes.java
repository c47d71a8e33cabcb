package dev.varve.server.datatype.stream;

import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.collection.CollectionLimits;

/**
 * Which entries Redis would keep together in a node: what is trimmed approximately goes by nodes.
 * The node that entries are added to is told by the {@link StreamHead}; of each one before it there
 * is an element, under the id of the first entry that was added to it:
 *
 * <pre>
 * node := live:varint | dead:varint | last id | bytes:varint
 * </pre>
 *
 * <p>It has <i>live</i> entries, <i>dead</i> ones were deleted, and the last that was added to it,
 * be it deleted, has the <i>last id</i>. One without live entries is no more: where it was the last
 * one, entries are added to the one before it. Not thread-safe.
 */
final class Nodes {
  /** Bytes of a new node beside its entries', and of an entry beside its fields'; about. */
  private static final int NODE_BYTES = 16;

  private static final int ENTRY_BYTES = 12;

  private final Keyspace keyspace;
  private final Elements elements;
  private final CollectionLimits limits;
  private final StreamHead head;
  private final Fields fields = new Fields();

  Nodes(Keyspace keyspace, CollectionLimits limits, StreamHead head) {
    this.keyspace = keyspace;
    this.elements = keyspace.elements();
    this.limits = limits;
    this.head = head;
  }

  private boolean isOpen() {
    return head.nodeLive + head.nodeDead > 0;
  }

  /** How many there are. */
  long count() {
    return head.nodes + (isOpen() ? 1 : 0);
  }

  /** Adds an entry, of so many bytes. */
  void added(StreamId id, int bytes) {
    if (!isOpen() && head.nodes > 0) {
      openLast();
    }
    if (isOpen() && isFull(bytes)) {
      putOpen();
    }
    if (!isOpen()) {
      head.nodeFirst = id;
      head.nodeBytes = NODE_BYTES;
    }
    head.nodeLast = id;
    head.nodeLive++;
    head.nodeBytes += (long) ENTRY_BYTES + bytes;
  }

  /** Adds a node that comes after all others. */
  void append(StreamId first, long live, long dead, StreamId last, long bytes) {
    if (isOpen()) {
      putOpen();
    }
    head.nodeFirst = first;
    head.nodeLive = live;
    head.nodeDead = dead;
    head.nodeLast = last;
    head.nodeBytes = bytes;
  }

  private void putOpen() {
    put(head.nodeFirst, head.nodeLive, head.nodeDead, head.nodeLast, head.nodeBytes);
    head.nodes++;
    closeOpen();
  }

  private void openLast() {
    try (ElementWalk walk = walkBackwards(StreamId.MAX)) {
      check(walk);
      head.nodeFirst = StreamKeys.id(walk.key(), walk.keyLength());
      load(walk);
      head.nodeLive = fields.number();
      head.nodeDead = fields.number();
      head.nodeLast = fields.id();
      head.nodeBytes = fields.number();
    }
    delete(head.nodeFirst);
  }

  private void delete(StreamId first) {
    StreamKeys.inRun(elements, StreamKeys.NODES, head.run, first);
    elements.delete();
    head.nodes--;
  }

  private boolean isFull(int bytes) {
    long mostBytes = limits.streamNodeBytes();
    long mostEntries = limits.streamNodeEntries();
    return (mostBytes > 0 && head.nodeBytes + bytes >= mostBytes)
        || (mostEntries > 0 && head.nodeLive + head.nodeDead >= mostEntries);
  }

  private void closeOpen() {
    head.nodeLive = 0;
    head.nodeDead = 0;
  }

  /** Nothing is in any node any more. */
  void clear() {
    head.nodes = 0;
    closeOpen();
  }

  private void put(StreamId first, long live, long dead, StreamId last, long bytes) {
    StreamKeys.inRun(elements, StreamKeys.NODES, head.run, first);
    fields.begin().put(live).put(dead).put(last).put(bytes).store(keyspace);
  }

  /** An entry has been deleted. */
  void deleted(StreamId id) {
    if (isOpen() && !id.isBefore(head.nodeFirst)) {
      head.nodeLive--;
      head.nodeDead++;
      if (head.nodeLive == 0) {
        closeOpen();
      }
      return;
    }
    StreamId key;
    try (ElementWalk walk = walkBackwards(id)) {
      check(walk);
      key = StreamKeys.id(walk.key(), walk.keyLength());
      load(walk);
    }
    lessLoaded(key, 1);
  }

  /** So many entries of the node that was loaded are there no more. */
  private void lessLoaded(StreamId key, long entries) {
    long live = fields.number() - entries;
    long dead = fields.number() + entries;
    StreamId last = fields.id();
    if (live == 0) {
      delete(key);
    } else {
      put(key, live, dead, last, fields.number());
    }
  }

  private void load(ElementWalk walk) {
    fields.load(walk.valueSegment(), walk.valueOffset(), walk.valueLength());
  }

  private static void check(ElementWalk walk) {
    if (!walk.isValid()) {
      throw new IllegalStateException("a node of a stream is missing");
    }
  }

  /** Begins with the node that an entry is in. */
  private ElementWalk walkBackwards(StreamId id) {
    StreamKeys.inRun(elements, StreamKeys.NODES, head.run, StreamId.ZERO);
    byte[] behind = StreamKeys.behindInRun(StreamKeys.NODES, head.run, id);
    return elements.walk(StreamKeys.withoutPart(behind), true);
  }

  /**
   * What of a stream is trimmed by whole nodes.
   *
   * @param entries how many go
   * @param next where the first node begins that stays; null: none does
   * @param isPartly whether some of that node are to go, too
   */
  record Whole(long entries, StreamId next, boolean isPartly) {}

  /** Takes away the nodes that go as a whole of a stream that has entries. */
  Whole trim(Trim trim, long count) {
    long gone = 0;
    long walked = 0;
    if (head.nodes > 0) {
      StreamId first = isOpen() && !head.first.isBefore(head.nodeFirst) ? null : firstNode();
      try (ElementWalk walk = first == null ? null : walkFrom(first)) {
        for (; walk != null && walk.isValid(); walk.next()) {
          StreamId key = StreamKeys.id(walk.key(), walk.keyLength());
          load(walk);
          long live = fields.number();
          fields.number();
          Whole stopped = stopped(trim, count, gone, live, key);
          if (stopped == null && !trim.takes(count - gone, live, fields.id())) {
            stopped = new Whole(gone, key, !trim.approximate());
          }
          if (stopped != null) {
            head.nodes -= walked;
            head.firstNode = key;
            return stopped;
          }
          gone += live;
          keyspace.needTime(++walked);
        }
      }
    }
    head.nodes = 0;
    return trimOpen(trim, count, gone);
  }

  private Whole trimOpen(Trim trim, long count, long gone) {
    head.firstNode = head.nodeFirst;
    if (!isOpen()) {
      return new Whole(gone, null, false);
    }
    Whole stopped = stopped(trim, count, gone, head.nodeLive, head.nodeFirst);
    if (stopped != null) {
      return stopped;
    }
    if (!trim.takes(count - gone, head.nodeLive, head.nodeLast)) {
      return new Whole(gone, head.nodeFirst, !trim.approximate());
    }
    long all = gone + head.nodeLive;
    closeOpen();
    return new Whole(all, null, false);
  }

  /** What is trimmed if it is enough without a node; null: it isn't. */
  private static Whole stopped(Trim trim, long count, long gone, long live, StreamId key) {
    boolean isOver = trim.limit() > 0 && gone + live > trim.limit();
    return isOver || trim.isEnough(count - gone) ? new Whole(gone, key, false) : null;
  }

  private StreamId firstNode() {
    try (ElementWalk walk = walkBackwards(head.first)) {
      check(walk);
      return StreamKeys.id(walk.key(), walk.keyLength());
    }
  }

  private ElementWalk walkFrom(StreamId first) {
    StreamKeys.inRun(elements, StreamKeys.NODES, head.run, first);
    byte[] behind = StreamKeys.behindInRun(StreamKeys.NODES, head.run, StreamId.MAX);
    return elements.walk(StreamKeys.withoutPart(behind), false);
  }

  /** Entries of the node that begins with an id are gone, others stay or were deleted before. */
  void trimmedPartly(StreamId key, long entries) {
    if (isOpen() && key.equals(head.nodeFirst)) {
      head.nodeLive -= entries;
      head.nodeDead += entries;
      return;
    }
    StreamKeys.inRun(elements, StreamKeys.NODES, head.run, key);
    if (!elements.find()) {
      throw new IllegalStateException("a node of a stream is missing: " + key);
    }
    fields.load(elements);
    lessLoaded(key, entries);
  }

  /** Abandons the nodes that have gone. */
  void abandon() {
    elements.abandon(
        StreamKeys.firstOf(StreamKeys.NODES),
        StreamKeys.boundInRun(StreamKeys.NODES, head.run, head.firstNode));
  }
}
