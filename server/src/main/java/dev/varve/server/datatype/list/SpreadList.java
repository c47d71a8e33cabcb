package dev.varve.server.datatype.list;

import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.FoundBytes;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.collection.Packed;
import dev.varve.server.datatype.collection.StoredCollection;
import dev.varve.storage.EntryVisitor;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A list that is spread: an extent of elements at its left end and one at its right, and between
 * them the runs of a {@link RunTree}, as a rule none.
 *
 * <pre>
 * head's own := first:u64 | behind:u64 | in left:varint | in right:varint
 *             | left behind:varint | right behind:varint | owed:varint | [tree, see {@link RunTree}]
 * </pre>
 *
 * <p>The left extent begins at the position <i>first</i>, the right one ends before the position
 * <i>behind</i>; no element is at a position outside of these two. So whatever is pushed has a free
 * position, and what is popped is left where it is: nothing is deleted, and nobody looks there any
 * more. What is left behind like this is abandoned when it is enough. Not thread-safe.
 */
final class SpreadList {
  /** How many positions may be left behind at an end before they are abandoned. */
  private static final int MOST_BEHIND = 1024;

  /**
   * Once so many bytes have come and gone, what is left behind is abandoned, however little it is.
   */
  private static final int MOST_OWED = 256 * 1024;

  /** Up to how many elements are looked up one by one; a walk over more is faster. */
  private static final int FEW = 32;

  private static final int FIRST_OFFSET = 0;
  private static final int BEHIND_OFFSET = Long.BYTES;
  private static final int COUNTS_OFFSET = 2 * Long.BYTES;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final Keyspace keyspace;
  private final StoredCollection stored;
  private final Elements elements;
  private final RunTree tree;
  private final Chunk chunk;

  private long first;
  private long behind;
  private long inLeft;
  private long inRight;

  /** Positions before {@link #first} that something may have been left at. */
  private long leftBehind;

  /** As many from {@link #behind} on. */
  private long rightBehind;

  /** Bytes that came or went since something was abandoned. */
  private long owed;

  private final FoundBytes found;

  /**
   * Makes one for the keys of a keyspace.
   *
   * @param found gets the element that is {@linkplain #find found}
   */
  SpreadList(Keyspace keyspace, StoredCollection stored, FoundBytes found) {
    this.found = found;
    this.keyspace = keyspace;
    this.stored = stored;
    this.elements = keyspace.elements();
    this.tree = new RunTree(keyspace);
    this.chunk = new Chunk(keyspace, tree);
  }

  /** Begins without elements. */
  void begin() {
    first = 0;
    behind = 0;
    inLeft = 0;
    inRight = 0;
    leftBehind = 0;
    rightBehind = 0;
    owed = 0;
    tree.clear();
  }

  /** Reads the head that was found. */
  void load() {
    byte[] own = stored.own();
    first = ListKeys.stored((long) LONG.get(own, FIRST_OFFSET));
    behind = ListKeys.stored((long) LONG.get(own, BEHIND_OFFSET));
    int at = COUNTS_OFFSET;
    inLeft = Varint.get(own, at);
    at += Varint.length(inLeft);
    inRight = Varint.get(own, at);
    at += Varint.length(inRight);
    leftBehind = Varint.get(own, at);
    at += Varint.length(leftBehind);
    rightBehind = Varint.get(own, at);
    at += Varint.length(rightBehind);
    owed = Varint.get(own, at);
    at += Varint.length(owed);
    tree.load(own, at, stored.ownLength());
    if (count() != stored.count()) {
      throw new IllegalStateException(
          "a list of " + stored.count() + " elements has a head that leads to " + count());
    }
  }

  /** Puts what has changed into the head, and abandons what is left behind, if it is enough. */
  void store() {
    stored.add(count() - stored.count());
    if (count() > 0) {
      abandon();
      tree.store();
      writeHead();
    }
  }

  private void writeHead() {
    int length =
        COUNTS_OFFSET
            + Varint.length(inLeft)
            + Varint.length(inRight)
            + Varint.length(leftBehind)
            + Varint.length(rightBehind)
            + Varint.length(owed)
            + tree.headBytes();
    stored.changeOwn(length);
    byte[] own = stored.own();
    LONG.set(own, FIRST_OFFSET, ListKeys.stored(first));
    LONG.set(own, BEHIND_OFFSET, ListKeys.stored(behind));
    int at = Varint.put(own, COUNTS_OFFSET, inLeft);
    at = Varint.put(own, at, inRight);
    at = Varint.put(own, at, leftBehind);
    at = Varint.put(own, at, rightBehind);
    tree.writeHead(own, Varint.put(own, at, owed));
  }

  /** What is abandoned includes what was abandoned at the same end before. */
  private void abandon() {
    boolean all = owed >= MOST_OWED;
    owed = Math.min(owed, MOST_OWED);
    if (leftBehind >= MOST_BEHIND || (all && leftBehind > 0)) {
      elements.abandon(ListKeys.firstBound(), ListKeys.bound(first));
      leftBehind = 0;
      owed = 0;
    }
    if (rightBehind >= MOST_BEHIND || (all && rightBehind > 0)) {
      elements.abandon(ListKeys.bound(behind), ListKeys.lastBound());
      rightBehind = 0;
      owed = 0;
    }
  }

  /** How many elements it has. */
  long count() {
    return inLeft + tree.count() + inRight;
  }

  // Reading

  /** Looks up the element of an index. */
  void find(long index) {
    if (index < inLeft) {
      findSingle(first + index);
    } else if (index >= inLeft + tree.count()) {
      findSingle(behind - (count() - index));
    } else {
      Run run = tree.find(index - inLeft);
      long within = index - inLeft - tree.foundFrom();
      if (run.kind() == Run.CHUNK) {
        chunk(run, within, 1, this::found);
        return;
      }
      findSingle(run.at() + within);
    }
    found(elements.valueSegment(), elements.valueOffset(), elements.valueLength());
  }

  private boolean found(MemorySegment segment, long offset, int length) {
    found.set(segment, offset, length);
    return true;
  }

  /**
   * Hands elements to {@code visitor}, from an index on, until it wants no more.
   *
   * @return whether it wanted all
   */
  boolean forEach(long from, long to, ListVisitor visitor) {
    long index = from;
    while (index < to) {
      Place place = place(index);
      long within = index - place.from();
      long wanted = Math.min(to - index, place.run().count() - within);
      boolean more =
          place.run().kind() == Run.CHUNK
              ? chunk(place.run(), within, wanted, visitor)
              : extent(place.run().at() + within, wanted, visitor);
      if (!more) {
        return false;
      }
      index += wanted;
    }
    return true;
  }

  /** Which part of the list a run is in. */
  enum Part {
    LEFT,
    TREE,
    RIGHT
  }

  /**
   * A run, and the index of its first element.
   *
   * @param from that index, in the list
   */
  record Place(Part part, Run run, long from) {}

  /** Finds the run that has the element of an index. */
  Place place(long index) {
    if (index < inLeft) {
      return new Place(Part.LEFT, Run.extent(first, inLeft), 0);
    }
    if (index < inLeft + tree.count()) {
      Run run = tree.find(index - inLeft);
      return new Place(Part.TREE, run, inLeft + tree.foundFrom());
    }
    return new Place(Part.RIGHT, Run.extent(behind - inRight, inRight), count() - inRight);
  }

  private boolean extent(long at, long wanted, ListVisitor visitor) {
    if (wanted > FEW) {
      return walk(at, wanted, visitor);
    }
    for (long position = at; position < at + wanted; position++) {
      findSingle(position);
      if (!visitor.visit(elements.valueSegment(), elements.valueOffset(), elements.valueLength())) {
        return false;
      }
    }
    return true;
  }

  /** Looks up the element at a position; it is {@link Elements}' then. */
  void findSingle(long position) {
    ListKeys.single(elements, position);
    if (!elements.find()) {
      throw missing(position);
    }
  }

  private static IllegalStateException missing(long position) {
    return new IllegalStateException("an element of a list is missing: at " + position);
  }

  private boolean walk(long at, long wanted, ListVisitor visitor) {
    ListKeys.single(elements, at);
    ExtentWalk extent = new ExtentWalk(at, at + wanted, visitor);
    try (ElementWalk walk = elements.walk()) {
      if (walk.forEach(extent)) {
        throw missing(extent.position);
      }
    }
    return extent.wantedAll;
  }

  /** Takes the elements of an extent, and sees that none is missing. */
  private static final class ExtentWalk implements EntryVisitor {
    private final long end;
    private final ListVisitor visitor;

    /** Where the next element has to be. */
    private long position;

    private boolean wantedAll = true;

    ExtentWalk(long from, long end, ListVisitor visitor) {
      this.position = from;
      this.end = end;
      this.visitor = visitor;
    }

    @Override
    public boolean visit(
        byte[] key, int keyLength, MemorySegment value, long valueOffset, int valueLength) {
      if (ListKeys.position(key) != position) {
        throw missing(position);
      }
      wantedAll = visitor.visit(value, valueOffset, valueLength);
      return ++position < end && wantedAll;
    }
  }

  private boolean chunk(Run run, long from, long wanted, ListVisitor visitor) {
    chunk.find(run);
    MemorySegment segment = elements.valueSegment();
    long at = elements.valueOffset();
    for (long i = 0; i < from + wanted; i++) {
      long length = Varint.get(segment, at);
      at += Varint.length(length);
      if (i >= from && !visitor.visit(segment, at, (int) length)) {
        return false;
      }
      at += length;
    }
    return true;
  }

  // The ends

  /** Adds an element at the left end. */
  void pushLeft(Element element) {
    first--;
    inLeft++;
    leftBehind = Math.max(0, leftBehind - 1);
    putSingle(first, element);
  }

  /** Adds an element at the right end. */
  void pushRight(Element element) {
    putSingle(behind, element);
    behind++;
    inRight++;
    rightBehind = Math.max(0, rightBehind - 1);
  }

  /** Puts an element at a position. */
  void putSingle(long position, Element element) {
    owed += element.length();
    ListKeys.single(elements, position);
    int at = elements.put(element.length());
    element.copyTo(keyspace.batchBytes(), at);
  }

  /** Puts what was packed. */
  void putPacked(Packed packed) {
    for (int place = 0; place < packed.end(); place = packed.next(place)) {
      copySingle(behind, packed, place);
      behind++;
      inRight++;
    }
  }

  private void copySingle(long position, Packed from, int place) {
    int length = from.length(place);
    ListKeys.single(elements, position);
    int at = elements.put(length);
    System.arraycopy(from.bytes(), from.start(place), keyspace.batchBytes(), at, length);
  }

  /**
   * Removes elements at the left end.
   *
   * @param bytes what is known of their length
   */
  void dropLeft(long elementCount, long bytes) {
    owed += bytes;
    long left = elementCount;
    while (left > 0) {
      if (inLeft == 0 && !beginLeft(left)) {
        left -= dropRun(0);
        continue;
      }
      long dropped = Math.min(left, inLeft);
      first += dropped;
      inLeft -= dropped;
      leftBehind += dropped;
      left -= dropped;
    }
  }

  /** As {@link #dropLeft}, at the right end. */
  void dropRight(long elementCount, long bytes) {
    owed += bytes;
    long left = elementCount;
    while (left > 0) {
      if (inRight == 0 && !beginRight(left)) {
        left -= dropRun(tree.count() - 1);
        continue;
      }
      long dropped = Math.min(left, inRight);
      behind -= dropped;
      inRight -= dropped;
      rightBehind += dropped;
      left -= dropped;
    }
  }

  /** Removes the chunk that has an element of the tree, which need not be read for that. */
  private long dropRun(long index) {
    Run run = tree.find(index);
    chunk.delete(run);
    tree.removeFound();
    return run.count();
  }

  /**
   * Makes what comes next the left extent; there is none.
   *
   * @param dropped how many elements are to be removed from there on
   * @return false if what comes next is a chunk of which nothing is to stay
   */
  private boolean beginLeft(long dropped) {
    if (tree.isEmpty()) {
      moveFirst(behind - inRight);
      inLeft = inRight;
      inRight = 0;
      return true;
    }
    Run run = tree.find(0);
    if (run.kind() == Run.EXTENT) {
      tree.removeFound();
      moveFirst(run.at());
      inLeft = run.count();
      return true;
    }
    if (run.count() <= dropped) {
      return false;
    }
    takeChunk(run);
    first -= run.count();
    leftBehind = Math.max(0, leftBehind - run.count());
    inLeft = run.count();
    putAll(first);
    return true;
  }

  private void moveFirst(long to) {
    leftBehind += to - first;
    first = to;
  }

  /** As {@link #beginLeft}, at the right. */
  private boolean beginRight(long dropped) {
    if (tree.isEmpty()) {
      moveBehind(first + inLeft);
      inRight = inLeft;
      inLeft = 0;
      return true;
    }
    Run run = tree.find(tree.count() - 1);
    if (run.kind() == Run.EXTENT) {
      tree.removeFound();
      moveBehind(run.at() + run.count());
      inRight = run.count();
      return true;
    }
    if (run.count() <= dropped) {
      return false;
    }
    takeChunk(run);
    putAll(behind);
    behind += run.count();
    rightBehind = Math.max(0, rightBehind - run.count());
    inRight = run.count();
    return true;
  }

  private void moveBehind(long to) {
    rightBehind += behind - to;
    behind = to;
  }

  /** Takes the chunk that was found out of the tree. */
  private void takeChunk(Run run) {
    chunk.load(run);
    chunk.delete(run);
    tree.removeFound();
  }

  private void putAll(long from) {
    long position = from;
    Packed packed = chunk.packed();
    for (int place = 0; place < packed.end(); place = packed.next(place)) {
      copySingle(position++, packed, place);
    }
  }

  // The middle

  /** Puts runs in the place of a part of an extent. */
  void cutOut(Place place, long from, List<Run> with, long to) {
    Run run = place.run();
    Run left = Run.extent(run.at(), from);
    Run right = Run.extent(run.at() + to, run.count() - to);
    List<Run> runs = new ArrayList<>();
    if (place.part() != Part.LEFT && from > 0 && !(place.part() == Part.RIGHT && isRightAlone())) {
      runs.add(left);
    }
    runs.addAll(with);
    boolean leftAlone = place.part() == Part.LEFT && isLeftAlone();
    if (place.part() != Part.RIGHT && right.count() > 0 && !leftAlone) {
      runs.add(right);
    }
    switch (place.part()) {
      case TREE -> tree.replace(1, runs);
      case LEFT -> {
        inLeft = from;
        if (leftAlone) {
          moveBehind(right.at() + right.count());
          inRight = right.count();
        }
        tree.addFirst(runs);
      }
      case RIGHT -> {
        if (isRightAlone()) {
          moveFirst(left.at());
          inLeft = left.count();
        }
        inRight = right.count();
        tree.addLast(runs);
      }
    }
  }

  /** Whether all elements are in the left extent: what is cut off of it becomes the right one. */
  private boolean isLeftAlone() {
    return tree.isEmpty() && inRight == 0;
  }

  private boolean isRightAlone() {
    return tree.isEmpty() && inLeft == 0;
  }

  /** The runs between the ends. */
  RunTree tree() {
    return tree;
  }

  /** Elements in the middle, while they are changed. */
  Chunk chunk() {
    return chunk;
  }
}
