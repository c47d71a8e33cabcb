package dev.varve.storage.memtable;

import dev.varve.storage.base.PrefixFilter;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstones;
import java.util.Arrays;

/**
 * The range tombstones of a memtable. One thread writes, any number read, without locks: a reader
 * sees what was added before its snapshot's sequence number was handed to it.
 *
 * <p>The tombstones' bounds cut the keys into intervals. A skip list has the bounds, each with a
 * stack of the tombstones over the interval that begins there, the newest on top:
 *
 * <pre>
 * bound     := stack:u32 | key length:u32 | levels:u32 | (next bound:u32) for each level | key
 * tombstone := sequence:u64 | older:u32 | jump:u32 | depth:u32
 * </pre>
 *
 * <p>References are those of {@link RecordArena}; 0 is none. A new bound begins with the stack of
 * the one before it, so stacks share their older parts. {@code depth} and {@code jump} are those of
 * {@link Records}.
 */
final class RangeDeletes implements RangeTombstones {
  private static final int NONE = 0;
  private static final int MOST_LEVELS = 12;
  private static final int NODE_HEADER = 12;
  private static final int TOMBSTONE_BYTES = 20;

  /** One bound in so many, as a power of two, is on each level of those on the level below. */
  private static final int LEVEL_BITS = 2;

  /*
   * 1. A bound or tombstone is written before its reference is published by a release, and read
   *    after an acquire; of a bound, stack and next bounds change afterwards, in this way.
   * 2. Sequence numbers fall down every stack.
   * 3. Before a bound comes between two others, its stack is that of the one before it: for every
   *    snapshot the intervals say the same before and after.
   */
  private final RecordArena arena;
  private final PrefixFilter filter = new PrefixFilter();

  /** A bound before all others, with no key and no stack; none as long as there are no others. */
  private volatile int head;

  private volatile long newest = RangeTombstones.NONE;
  private volatile int count;

  // The writer's.
  private final int[] before = new int[MOST_LEVELS];
  private long random = 0x9E3779B97F4A7C15L;

  RangeDeletes(RecordArena arena) {
    this.arena = arena;
  }

  /** Adds one, as the writer, of a greater sequence number than all before. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // One thread adds.
  void add(RangeTombstone tombstone) {
    byte[] begin = tombstone.begin();
    byte[] end = tombstone.end();
    if (Arrays.compareUnsigned(begin, end) < 0) {
      if (head == NONE) {
        head = newBound(MOST_LEVELS, new byte[0], NONE);
      }
      filter.add(begin, end);
      int last = boundAt(end);
      int at = boundAt(begin);
      int top = NONE;
      int pushed = NONE;
      while (at != last) {
        int under = stack(at);
        if (pushed == NONE || under != top) {
          // Neighbours with the same stack share the tombstone, too.
          top = under;
          pushed = newTombstone(tombstone.sequence(), under);
        }
        Memory.putIntRelease(arena.address(at), pushed);
        at = next(at, 0);
      }
    }
    newest = tombstone.sequence();
    count++;
  }

  /** How many were added. */
  int count() {
    return count;
  }

  /** Bytes of memory taken beside the arena's. */
  long heapBytes() {
    return head == NONE ? 0 : filter.memoryBytes();
  }

  /** The bound of a key, made if there is none. */
  private int boundAt(byte[] key) {
    int at = head;
    for (int level = MOST_LEVELS - 1; level >= 0; level--) {
      for (int next = next(at, level);
          next != NONE && compareKey(next, key, 0, key.length) < 0;
          next = next(at, level)) {
        at = next;
      }
      before[level] = at;
    }
    int found = next(at, 0);
    if (found != NONE && compareKey(found, key, 0, key.length) == 0) {
      return found;
    }
    int levels = randomLevels();
    int bound = newBound(levels, key, stack(at));
    for (int level = 0; level < levels; level++) {
      Memory.putInt(nextAddress(bound, level), next(before[level], level));
    }
    for (int level = 0; level < levels; level++) {
      Memory.putIntRelease(nextAddress(before[level], level), bound);
    }
    return bound;
  }

  private int newBound(int levels, byte[] key, int stack) {
    int bound = arena.allocate(NODE_HEADER + 4L * levels + key.length + Records.BYTES_BEHIND_KEY);
    long address = arena.address(bound);
    Memory.putInt(address, stack);
    Memory.putInt(address + 4, key.length);
    Memory.putInt(address + 8, levels);
    for (int level = 0; level < levels; level++) {
      Memory.putInt(address + NODE_HEADER + 4L * level, NONE);
    }
    Memory.copyIn(key, 0, key.length, address + NODE_HEADER + 4L * levels);
    return bound;
  }

  private int randomLevels() {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    return 1 + Math.min(MOST_LEVELS - 1, Long.numberOfTrailingZeros(random) / LEVEL_BITS);
  }

  private int newTombstone(long sequence, int older) {
    int tombstone = arena.allocate(TOMBSTONE_BYTES);
    long address = arena.address(tombstone);
    Memory.putLong(address, sequence);
    Memory.putInt(address + 8, older);
    Memory.putInt(address + 12, older == NONE ? tombstone : jumpFrom(older));
    Memory.putInt(address + 16, older == NONE ? 0 : depthOf(older) + 1);
    return tombstone;
  }

  private int jumpFrom(int older) {
    int first = jump(older);
    int second = jump(first);
    boolean equalSteps = depthOf(older) - depthOf(first) == depthOf(first) - depthOf(second);
    return equalSteps ? second : older;
  }

  private long sequenceOf(int tombstone) {
    return Memory.getLong(arena.address(tombstone));
  }

  private int older(int tombstone) {
    return Memory.getInt(arena.address(tombstone) + 8);
  }

  private int jump(int tombstone) {
    return Memory.getInt(arena.address(tombstone) + 12);
  }

  private int depthOf(int tombstone) {
    return Memory.getInt(arena.address(tombstone) + 16);
  }

  private int stack(int bound) {
    return Memory.getIntAcquire(arena.address(bound));
  }

  private long nextAddress(int bound, int level) {
    return arena.address(bound) + NODE_HEADER + 4L * level;
  }

  private int next(int bound, int level) {
    return Memory.getIntAcquire(nextAddress(bound, level));
  }

  private int compareKey(int bound, byte[] key, int offset, int length) {
    long address = arena.address(bound);
    return Memory.compare(keyAddress(address), Memory.getInt(address + 4), key, offset, length);
  }

  private byte[] key(int bound) {
    long address = arena.address(bound);
    byte[] key = new byte[Memory.getInt(address + 4)];
    Memory.copyOut(keyAddress(address), key.length, key);
    return key;
  }

  private static long keyAddress(long bound) {
    return bound + NODE_HEADER + 4L * Memory.getInt(bound + 8);
  }

  @Override
  public boolean isEmpty() {
    return head == NONE;
  }

  @Override
  public long newest() {
    return newest;
  }

  @Override
  public long newestOver(byte[] key, int offset, int length, long snapshotSequence) {
    int at = head;
    if (at == NONE || !filter.mayCover(key, offset, length)) {
      return RangeTombstones.NONE;
    }
    for (int level = MOST_LEVELS - 1; level >= 0; level--) {
      for (int next = next(at, level);
          next != NONE && compareKey(next, key, offset, length) <= 0;
          next = next(at, level)) {
        at = next;
      }
    }
    return newestIn(stack(at), snapshotSequence);
  }

  private long newestIn(int stack, long snapshotSequence) {
    int tombstone = stack;
    while (tombstone != NONE && sequenceOf(tombstone) > snapshotSequence) {
      int jump = jump(tombstone);
      tombstone =
          jump != tombstone && sequenceOf(jump) > snapshotSequence ? jump : older(tombstone);
    }
    return tombstone == NONE ? RangeTombstones.NONE : sequenceOf(tombstone);
  }

  /** The memtable is frozen, or only its writer walks. */
  @Override
  public Pieces pieces() {
    return new Walk();
  }

  private final class Walk implements Pieces {
    private int at = head;
    private byte[] begin;
    private byte[] end;
    private long[] sequences = new long[1];
    private int depth;

    @Override
    public boolean next() {
      if (at == NONE) {
        return false;
      }
      do {
        at = RangeDeletes.this.next(at, 0);
      } while (at != NONE && stack(at) == NONE);
      if (at == NONE) {
        return false;
      }
      int stack = stack(at);
      depth = depthOf(stack) + 1;
      if (sequences.length < depth) {
        sequences = new long[Math.max(depth, 2 * sequences.length)];
      }
      for (int i = 0; i < depth; i++, stack = older(stack)) {
        sequences[i] = sequenceOf(stack);
      }
      begin = key(at);
      end = key(RangeDeletes.this.next(at, 0));
      return true;
    }

    @Override
    public byte[] begin() {
      return begin;
    }

    @Override
    public byte[] end() {
      return end;
    }

    @Override
    public int depth() {
      return depth;
    }

    @Override
    public long sequence(int number) {
      return sequences[number];
    }
  }
}
