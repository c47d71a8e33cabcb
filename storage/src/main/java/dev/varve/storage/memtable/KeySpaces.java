package dev.varve.storage.memtable;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The keys of a memtable, apart by their first byte. Each such <i>space</i> has an order of its
 * own, which is made when a walk comes to it: whoever walks over one space doesn't sort what is
 * written to others.
 *
 * <p>One thread adds keys; any number read at the same time without locks.
 */
final class KeySpaces {
  /** Comes after the last space. */
  static final int END = 256;

  private static final int HEAP_BYTES_PER_SPACE = 256;

  private record Space(KeyList keys, KeyOrder order) {}

  private final RecordArena arena;
  private final Records records;
  private final AtomicReferenceArray<Space> spaces = new AtomicReferenceArray<>(END);
  private final AtomicLong sortedKeys = new AtomicLong();

  // The writer's.
  private long spaceBytes;

  KeySpaces(RecordArena arena, Records records) {
    this.arena = arena;
    this.records = records;
  }

  /** The space of a key: its first byte. The empty key is in the first one. */
  static int of(byte[] key, int offset, int length) {
    return length == 0 ? 0 : key[offset] & 0xFF;
  }

  /** The first space that has keys at or after {@code lower}; null is no bound. */
  static int firstOf(byte[] lower) {
    return lower == null ? 0 : of(lower, 0, lower.length);
  }

  /**
   * The last space that has keys before {@code upper}, negative if there is none; null: the last.
   */
  static int lastOf(byte[] upper) {
    if (upper == null) {
      return END - 1;
    }
    if (upper.length == 1) {
      // The empty key comes before all others of the first space.
      return Math.max(0, of(upper, 0, 1) - 1);
    }
    return upper.length == 0 ? -1 : of(upper, 0, upper.length);
  }

  /** Writer: appends a key of a space. */
  void add(int space, int key) {
    Space there = spaces.getPlain(space);
    if (there == null) {
      KeyList keys = new KeyList(arena);
      there = new Space(keys, new KeyOrder(records, keys, sortedKeys));
      spaces.setRelease(space, there);
      spaceBytes += HEAP_BYTES_PER_SPACE;
    }
    there.keys.add(key);
  }

  /** The order of a space's keys; null if it has none. */
  KeyOrder order(int space) {
    Space there = spaces.getAcquire(space);
    return there == null ? null : there.order;
  }

  /** The first space from {@code space} on that has keys; {@link #END} if none has. */
  int atOrBehind(int space) {
    int at = space;
    while (at < END && spaces.getAcquire(at) == null) {
      at++;
    }
    return at;
  }

  /** The last space up to {@code space} that has keys; negative if none has. */
  int atOrBefore(int space) {
    int at = space;
    while (at >= 0 && spaces.getAcquire(at) == null) {
      at--;
    }
    return at;
  }

  /** As {@link KeyOrder#slots}, of bounds that begin with the same byte. */
  KeySlots slots(byte[] lower, byte[] upper, boolean mayWait) {
    KeyOrder order = order(of(lower, 0, lower.length));
    return order == null
        ? new KeySlots(records, new KeyList(arena), List.of(), 0, lower, upper)
        : order.slots(lower, upper, mayWait);
  }

  /** The records of a space's keys that are there when called, in the order they came in. */
  int[] records(int space) {
    Space there = spaces.getAcquire(space);
    return there == null ? new int[0] : there.keys.range(0, there.keys.count());
  }

  /** How many keys a walk over the spaces {@code first} to {@code last} would have to sort. */
  int unsorted(int first, int last) {
    int unsorted = 0;
    for (int space = atOrBehind(first); space <= last; space = atOrBehind(space + 1)) {
      unsorted += order(space).unsorted();
    }
    return unsorted;
  }

  /** Sorts all keys, for a thread that has time. */
  void sort() {
    for (int space = atOrBehind(0); space < END; space = atOrBehind(space + 1)) {
      order(space).sort();
    }
  }

  /** Bytes that the orders take on the heap. */
  long heapBytes() {
    return spaceBytes + Integer.BYTES * sortedKeys.get();
  }
}
