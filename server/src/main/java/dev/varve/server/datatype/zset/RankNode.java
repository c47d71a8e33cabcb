package dev.varve.server.datatype.zset;

import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A node of a {@link RankTree}: children that follow each other, how many members each has, and
 * between each two of them the position at which the second begins. It is read, and written, in two
 * parts, as most changes are of counts alone:
 *
 * <pre>
 * counts := size:varint | count:varint*
 * bounds := child:varint* (if the children are nodes) | length:varint* (one less) | their bytes
 * </pre>
 *
 * <p>Not thread-safe.
 */
final class RankNode {
  private static final int FEW = 16;

  long number;

  /** Whether the engine has it. */
  boolean stored;

  /** Whether children are nodes. */
  boolean isInner;

  /** Whether a run of it has come to be too long. */
  boolean hasLong;

  /** Whether a run of it has come to be short. */
  boolean hasShort;

  boolean countsChanged;
  boolean boundsChanged;

  private int size;
  private long[] counts = new long[FEW];
  private long[] children = new long[FEW];
  private RankNode[] loaded = new RankNode[FEW];

  /**
   * Where bound i ends, which stands between children i - 1 and i; of 0, where the first begins.
   */
  private int[] ends = new int[FEW];

  private byte[] bounds = new byte[16 * FEW];

  /** Begins one without children. */
  void begin(long itsNumber, boolean inner) {
    number = itsNumber;
    isInner = inner;
    stored = false;
    hasLong = false;
    hasShort = false;
    countsChanged = false;
    boundsChanged = false;
    Arrays.fill(loaded, 0, size, null);
    size = 0;
    ends[0] = 0;
  }

  int size() {
    return size;
  }

  /** Bytes that its bounds take. */
  int boundsLength() {
    return size == 0 ? 0 : ends[size - 1] - ends[0];
  }

  /** Bytes of heap that it takes, about. */
  long heldBytes() {
    return bounds.length + 28L * counts.length;
  }

  boolean isChanged() {
    return countsChanged || boundsChanged;
  }

  long count(int slot) {
    return counts[slot];
  }

  void add(int slot, long more) {
    counts[slot] += more;
    countsChanged = true;
  }

  long total() {
    long total = 0;
    for (int i = 0; i < size; i++) {
      total += counts[i];
    }
    return total;
  }

  long child(int slot) {
    return children[slot];
  }

  /** The child at a slot, if it is at hand; else null. */
  RankNode loaded(int slot) {
    return loaded[slot];
  }

  void loaded(int slot, RankNode child) {
    loaded[slot] = child;
  }

  /** The position at which a child begins, but for the first. */
  byte[] bound(int slot) {
    return Arrays.copyOfRange(bounds, ends[slot - 1], ends[slot]);
  }

  /** The child that a position belongs to. */
  int find(byte[] position, int length) {
    int first = 0;
    int last = size - 1;
    while (first < last) {
      int middle = (first + last + 1) >>> 1;
      int order =
          Arrays.compareUnsigned(bounds, ends[middle - 1], ends[middle], position, 0, length);
      if (order <= 0) {
        first = middle;
      } else {
        last = middle - 1;
      }
    }
    return first;
  }

  // Changing its children

  private void room(int children1, int bytes) {
    if (children1 > counts.length) {
      int room = Math.max(children1, 2 * counts.length);
      counts = Arrays.copyOf(counts, room);
      children = Arrays.copyOf(children, room);
      loaded = Arrays.copyOf(loaded, room);
      ends = Arrays.copyOf(ends, room);
    }
    if (bytes > bounds.length) {
      bounds = Arrays.copyOf(bounds, Math.max(bytes, 2 * bounds.length));
    }
  }

  /** Adds the first child of one that has none. */
  void addFirst(long count, RankNode child) {
    size = 1;
    set(0, count, child);
  }

  private void set(int slot, long count, RankNode child) {
    counts[slot] = count;
    loaded[slot] = child;
    children[slot] = child == null ? 0 : child.number;
    countsChanged = true;
    boundsChanged = true;
  }

  /** Adds a child in front of a slot that isn't the first one's. */
  void insert(int slot, byte[] bound, long count, RankNode child) {
    int end = size == 0 ? 0 : ends[size - 1];
    room(size + 1, end + bound.length);
    int at = ends[slot - 1];
    System.arraycopy(bounds, at, bounds, at + bound.length, end - at);
    System.arraycopy(bound, 0, bounds, at, bound.length);
    for (int i = size; i > slot; i--) {
      ends[i] = ends[i - 1] + bound.length;
      counts[i] = counts[i - 1];
      children[i] = children[i - 1];
      loaded[i] = loaded[i - 1];
    }
    ends[slot] = at + bound.length;
    size++;
    set(slot, count, child);
  }

  /** Removes a child, with the bound in front of it; of the first one, with that after. */
  void remove(int slot) {
    int bound = Math.max(1, slot);
    if (size > 1) {
      int at = ends[bound - 1];
      int length = ends[bound] - at;
      System.arraycopy(bounds, at + length, bounds, at, ends[size - 1] - at - length);
      for (int i = bound; i < size - 1; i++) {
        ends[i] = ends[i + 1] - length;
      }
    }
    for (int i = slot; i < size - 1; i++) {
      counts[i] = counts[i + 1];
      children[i] = children[i + 1];
      loaded[i] = loaded[i + 1];
    }
    size--;
    loaded[size] = null;
    countsChanged = true;
    boundsChanged = true;
  }

  /** Has the children from a slot on go to one that has none; returns the bound between. */
  byte[] moveFrom(int slot, RankNode target) {
    byte[] between = bound(slot);
    target.addFirst(counts[slot], loaded[slot]);
    target.children[0] = children[slot];
    for (int i = slot + 1; i < size; i++) {
      target.append(this, i);
    }
    Arrays.fill(loaded, slot, size, null);
    size = slot;
    countsChanged = true;
    boundsChanged = true;
    return between;
  }

  /** Takes all children of the node after it, which begins at a bound. */
  void takeAll(byte[] bound, RankNode behind) {
    insert(size, bound, behind.counts[0], behind.loaded[0]);
    children[size - 1] = behind.children[0];
    for (int i = 1; i < behind.size; i++) {
      append(behind, i);
    }
  }

  private void append(RankNode source, int slot) {
    insert(size, source.bound(slot), source.counts[slot], source.loaded[slot]);
    children[size - 1] = source.children[slot];
  }

  // As it is stored

  /** Reads how many members its children have. */
  void loadCounts(MemorySegment segment, long offset, int length) {
    // In an array first: that is read much faster. Bounds are yet to come, so their room is free.
    room(0, length);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bounds, 0, length);
    size = Math.toIntExact(Varint.get(bounds, 0));
    room(size, length);
    int at = Varint.length(size);
    for (int i = 0; i < size; i++) {
      byte first = bounds[at];
      long count = first >= 0 ? first : Varint.get(bounds, at);
      at += first >= 0 ? 1 : Varint.length(count);
      counts[i] = count;
    }
    if (at != length) {
      throw new IllegalStateException("counts of a sorted set's ranks are damaged");
    }
    stored = true;
  }

  /** Reads where its children begin, after their counts. */
  void loadBounds(MemorySegment segment, long offset, int length) {
    room(size, length);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bounds, 0, length);
    int at = 0;
    if (isInner) {
      for (int i = 0; i < size; i++) {
        long child = Varint.get(bounds, at);
        at += Varint.length(child);
        children[i] = child;
      }
    }
    for (int i = 1; i < size; i++) {
      byte first = bounds[at];
      long its = first >= 0 ? first : Varint.get(bounds, at);
      at += first >= 0 ? 1 : Varint.length(its);
      ends[i] = (int) its;
    }
    ends[0] = at;
    for (int i = 1; i < size; i++) {
      ends[i] += ends[i - 1];
    }
    if (ends[size - 1] != length) {
      throw new IllegalStateException("a node of a sorted set's ranks is damaged");
    }
  }

  int countsBytes() {
    int bytes = Varint.length(size);
    for (int i = 0; i < size; i++) {
      bytes += Varint.length(counts[i]);
    }
    return bytes;
  }

  void writeCounts(byte[] target, int offset) {
    int at = Varint.put(target, offset, size);
    for (int i = 0; i < size; i++) {
      at = Varint.put(target, at, counts[i]);
    }
  }

  int boundsBytes() {
    int bytes = boundsLength();
    for (int i = 0; isInner && i < size; i++) {
      bytes += Varint.length(children[i]);
    }
    for (int i = 1; i < size; i++) {
      bytes += Varint.length((long) ends[i] - ends[i - 1]);
    }
    return bytes;
  }

  void writeBounds(byte[] target, int offset) {
    int at = offset;
    for (int i = 0; isInner && i < size; i++) {
      at = Varint.put(target, at, children[i]);
    }
    for (int i = 1; i < size; i++) {
      at = Varint.put(target, at, (long) ends[i] - ends[i - 1]);
    }
    System.arraycopy(bounds, ends[0], target, at, boundsLength());
  }
}
