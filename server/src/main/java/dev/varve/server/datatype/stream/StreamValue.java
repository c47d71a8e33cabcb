package dev.varve.server.datatype.stream;

import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.datatype.collection.StoredCollection;
import java.lang.foreign.MemorySegment;

/**
 * The stream that the selected key of a {@link Keyspace} holds. It is always spread, and may be
 * without entries. An entry is an element of its own under its id:
 *
 * <pre>
 * entry := fields:varint | (length:varint | bytes)*      each field's name, and its value
 * </pre>
 *
 * <p>What is trimmed is left where it is: nobody looks in front of the first entry. When it is
 * enough it is abandoned. What is deleted within is deleted.
 *
 * <p>It is {@linkplain #find found} or {@linkplain #create created}, read and changed; and if
 * something has changed it is {@linkplain #store stored}, once. Not thread-safe.
 */
public final class StreamValue {
  /**
   * As many entries as there are may be left behind, within these bounds; then they are abandoned.
   */
  private static final int LEAST_BEHIND = 64;

  private static final int MOST_BEHIND = 1024;

  /** Once so many bytes have been added, what is left behind is abandoned, however little it is. */
  private static final int MOST_OWED = 256 * 1024;

  private final Keyspace keyspace;
  private final StoredCollection stored;
  private final Elements elements;
  private final StreamHead head = new StreamHead();
  private final Nodes nodes;
  private final StreamGroups groups;

  // Which of the ends have been deleted since they were known.
  private boolean firstGone;
  private boolean lastGone;

  /** Makes one for the keys of a keyspace. */
  public StreamValue(Keyspace keyspace, CollectionLimits limits) {
    this.keyspace = keyspace;
    this.stored = new StoredCollection(keyspace, ValueType.STREAM);
    this.elements = keyspace.elements();
    this.nodes = new Nodes(keyspace, limits, head);
    this.groups = new StreamGroups(keyspace, this, head);
  }

  /**
   * Looks the selected key up.
   *
   * @return whether it is there
   * @throws dev.varve.server.datatype.WrongTypeException if it holds something else
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean find() {
    return load(stored.find());
  }

  /** As {@link #find}, and counts the lookup as a hit or a miss. */
  public boolean findCounted() {
    return load(stored.findCounted());
  }

  private boolean load(boolean found) {
    firstGone = false;
    lastGone = false;
    if (found) {
      head.load(stored);
    } else {
      head.clear();
    }
    return found;
  }

  /** Begins a stream without entries where the selected key, which was looked up, holds nothing. */
  public void create() {
    stored.begin();
    stored.spread();
    head.clear();
  }

  /** The groups of its consumers. */
  public StreamGroups groups() {
    return groups;
  }

  // What is known of it

  /** How many entries it has. */
  public long count() {
    return stored.count();
  }

  /** How many entries were ever added. */
  public long added() {
    return head.added;
  }

  /** Into how many nodes Redis would divide it. */
  public long nodeCount() {
    return nodes.count();
  }

  /** The last id that was given out. */
  public StreamId generatedId() {
    return head.generated;
  }

  /** The greatest id of those that were deleted. */
  public StreamId deletedId() {
    return head.deleted;
  }

  /** The id of the first entry; {@link StreamId#ZERO} if there is none. */
  public StreamId firstId() {
    return head.first;
  }

  /** The id of the last entry; {@link StreamId#ZERO} if there is none. */
  public StreamId lastId() {
    return head.last;
  }

  /**
   * Whether, as far as is known, an entry was deleted, and not trimmed, from an id on, where there
   * are entries before.
   */
  public boolean hasGapsFrom(StreamId from) {
    return count() > 0
        && !head.deleted.isZero()
        && !head.deleted.isBefore(head.first)
        && !head.deleted.isBefore(from);
  }

  /**
   * How many entries were ever added up to an id; {@link ConsumerGroup#UNKNOWN} if that can't be
   * told.
   */
  public long addedUpTo(StreamId id) {
    if (head.added == 0) {
      return 0;
    }
    int order = id.compareTo(head.generated);
    if (order == 0 || (order < 0 && count() == 0)) {
      return head.added;
    }
    if (order < 0 && (head.deleted.isZero() || head.deleted.isBefore(head.first))) {
      int toFirst = id.compareTo(head.first);
      if (toFirst <= 0) {
        return head.added - count() + (toFirst == 0 ? 1 : 0);
      }
    }
    return ConsumerGroup.UNKNOWN;
  }

  // Reading

  /**
   * Whether there is an entry of an id; its fields are {@link Elements}' then.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean contains(StreamId id) {
    if (count() == 0 || id.isBefore(head.first) || head.last.isBefore(id)) {
      return false;
    }
    StreamKeys.inRun(elements, StreamKeys.ENTRIES, head.run, id);
    return elements.find();
  }

  /**
   * Hands the entry of an id to {@code visitor}.
   *
   * @return whether there is one
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean visit(StreamId id, EntryVisitor visitor) {
    boolean there = contains(id);
    if (there) {
      visitor.visit(id, elements.valueSegment(), elements.valueOffset());
    }
    return there;
  }

  /**
   * Hands entries to {@code visitor}, those of two ids among them, until it wants no more. Nothing
   * may be changed meanwhile.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if the disk would have to be read, or there are
   *     too many
   */
  public void forEach(StreamId from, StreamId to, boolean backwards, EntryVisitor visitor) {
    StreamId first = from.greatest(head.first);
    StreamId last = to.least(head.last);
    if (count() == 0 || last.isBefore(first)) {
      return;
    }
    long visited = 0;
    try (ElementWalk walk = walk(first, last, backwards)) {
      while (walk.isValid()) {
        StreamId id = StreamKeys.id(walk.key(), walk.keyLength());
        if (!visitor.visit(id, walk.valueSegment(), walk.valueOffset())) {
          return;
        }
        keyspace.needTime(++visited);
        walk.next();
      }
    }
  }

  private ElementWalk walk(StreamId first, StreamId last, boolean backwards) {
    StreamKeys.inRun(elements, StreamKeys.ENTRIES, head.run, first);
    byte[] behind = StreamKeys.behindInRun(StreamKeys.ENTRIES, head.run, last);
    return elements.walk(StreamKeys.withoutPart(behind), backwards);
  }

  // Changing

  /**
   * Adds an entry of {@code length} bytes, which the caller writes to {@link Keyspace#batchBytes}
   * from the returned offset on before anything else is done.
   *
   * @param id comes after {@link #generatedId}
   */
  public int add(StreamId id, int length) {
    nodes.added(id, length);
    return append(id, length);
  }

  /** As {@link #add}, of a node that {@link #endNode} will tell of. */
  public int append(StreamId id, int length) {
    if (count() == 0) {
      head.first = id;
    } else {
      head.beforeLast = head.last;
    }
    head.last = id;
    head.generated = id;
    head.added++;
    head.owed += length;
    stored.add(1);
    StreamKeys.inRun(elements, StreamKeys.ENTRIES, head.run, id);
    return elements.put(length);
  }

  /**
   * Says which node the entries were of that were {@linkplain #append appended} since the last one.
   *
   * @param first the first id that was added to it
   * @param live how many were appended, at least one
   * @param dead how many others were deleted
   * @param last the last id that was added to it
   * @param bytes how many it has, about
   */
  public void endNode(StreamId first, long live, long dead, StreamId last, long bytes) {
    nodes.append(first, live, dead, last, bytes);
  }

  /**
   * Deletes an entry.
   *
   * @return whether there was one
   */
  public boolean delete(StreamId id) {
    if (!contains(id)) {
      return false;
    }
    elements.delete();
    nodes.deleted(id);
    stored.add(-1);
    head.deleted = head.deleted.greatest(id);
    firstGone |= id.equals(head.first);
    lastGone |= id.equals(head.last);
    if (id.equals(head.beforeLast)) {
      head.beforeLast = StreamId.ZERO;
    }
    return true;
  }

  /**
   * Removes entries at the beginning.
   *
   * @return how many
   */
  public long trim(Trim trim) {
    if (count() == 0 || trim.isEnough(count())) {
      return 0;
    }
    Nodes.Whole whole = nodes.trim(trim, count());
    long gone = whole.entries();
    StreamId kept = null;
    if (whole.next() != null && whole.isPartly()) {
      Partly partly = new Partly(trim, count() - gone);
      forEach(whole.next(), StreamId.MAX, false, partly);
      if (partly.gone > 0) {
        nodes.trimmedPartly(whole.next(), partly.gone);
      }
      gone += partly.gone;
      kept = partly.kept;
    }
    if (gone > 0) {
      stored.add(-gone);
      head.behind += gone;
      if (kept != null) {
        begin(kept);
      } else {
        beginAt(whole.next());
      }
    }
    return gone;
  }

  /** Passes the entries at the beginning of a node that are to go, and finds the one that stays. */
  private static final class Partly implements EntryVisitor {
    private final Trim trim;
    private long count;
    private long gone;
    private StreamId kept;

    private Partly(Trim trim, long count) {
      this.trim = trim;
      this.count = count;
    }

    @Override
    public boolean visit(StreamId id, MemorySegment segment, long offset) {
      if (trim.keeps(count, id)) {
        kept = id;
        return false;
      }
      count--;
      gone++;
      return true;
    }
  }

  /** Begins with the first entry that is at an id or after it. */
  private void beginAt(StreamId from) {
    if (count() == 0) {
      forgetEnds();
      return;
    }
    StreamId[] found = {null};
    forEach(
        from,
        StreamId.MAX,
        false,
        (id, _, _) -> {
          found[0] = id;
          return false;
        });
    begin(found[0]);
  }

  private void begin(StreamId first) {
    head.first = first;
    if (head.beforeLast.isBefore(head.first)) {
      head.beforeLast = StreamId.ZERO;
    }
  }

  private void forgetEnds() {
    head.first = StreamId.ZERO;
    head.last = StreamId.ZERO;
    head.beforeLast = StreamId.ZERO;
  }

  /**
   * Sets what is known of it.
   *
   * @param generated the last id that was given out; not before the last entry
   * @param added how many entries were ever added; -1: as it is
   * @param deleted the greatest id of those that were deleted; {@link StreamId#ZERO}: as it is
   */
  public void set(StreamId generated, long added, StreamId deleted) {
    if (count() == 0 && generated.isBefore(head.generated)) {
      // Trimmed entries of ids that come again are still where they were.
      abandonEntries(StreamId.MAX);
      head.run++;
      head.firstNode = StreamId.ZERO;
      nodes.clear();
      head.behind = 0;
    }
    head.generated = generated;
    if (added >= 0) {
      head.added = added;
    }
    if (!deleted.isZero()) {
      head.deleted = deleted;
    }
    stored.changed();
  }

  /** Stores what has changed. */
  public void store() {
    settleEnds();
    if (head.behind >= Math.clamp(count(), LEAST_BEHIND, MOST_BEHIND)
        || (head.owed >= MOST_OWED && head.behind > 0)) {
      abandonEntries(count() == 0 ? head.generated : head.first);
      nodes.abandon();
      head.behind = 0;
      head.owed = 0;
    }
    head.owed = Math.min(head.owed, MOST_OWED);
    head.store(stored);
    stored.store();
  }

  /** What is abandoned includes what was abandoned before. */
  private void abandonEntries(StreamId before) {
    elements.abandon(
        StreamKeys.firstOf(StreamKeys.ENTRIES),
        StreamKeys.boundInRun(StreamKeys.ENTRIES, head.run, before));
  }

  private void settleEnds() {
    if (count() == 0) {
      if (firstGone || lastGone) {
        forgetEnds();
      }
    } else {
      if (firstGone) {
        beginAt(head.first);
      }
      if (lastGone) {
        endBefore(head.last);
      }
    }
    firstGone = false;
    lastGone = false;
  }

  private void endBefore(StreamId end) {
    if (!head.beforeLast.isZero()) {
      head.last = head.beforeLast;
      head.beforeLast = StreamId.ZERO;
      return;
    }
    StreamId[] found = {StreamId.ZERO, StreamId.ZERO};
    forEach(
        head.first,
        end,
        true,
        (id, _, _) -> {
          boolean isLast = found[0].isZero();
          found[isLast ? 0 : 1] = id;
          return isLast;
        });
    head.last = found[0];
    head.beforeLast = found[1];
  }
}
