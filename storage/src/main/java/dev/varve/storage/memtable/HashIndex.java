package dev.varve.storage.memtable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Finds a key's record by the key's hash. Extendible hashing: a directory of small tables, each of
 * which grows by itself, so that no put ever waits for more than one table to be copied.
 *
 * <pre>
 * directory[top bits of the hash] -> table; slot := hash:32 | reference to the key's record:32
 * </pre>
 *
 * <p>A table is open-addressed, with linear probing from the low bits of the hash; a slot of 0 is
 * empty. A full table doubles until it has {@link #TABLE_SLOTS}; then it is split in two by the
 * next bit of the hash, and its memory is used for other tables.
 */
final class HashIndex {
  static final int INITIAL_SLOTS = 16;
  static final int TABLE_SLOTS = 1024;

  /**
   * A table is split only while the directory has at most one place for so many keys. Where hashes
   * are not as random as that, tables get larger instead, and the directory stays small.
   */
  private static final int KEYS_PER_PLACE = 64;

  private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(Table[].class);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final class Table {
    final long address;
    final int mask;
    final int depth;
    // The writer's.
    int size;

    Table(long address, int slots, int depth) {
      this.address = address;
      this.mask = slots - 1;
      this.depth = depth;
    }

    /** Three quarters, so that probes stay short and always end. */
    boolean isFull() {
      return size >= (mask + 1) / 4 * 3;
    }
  }

  /*
   * 1. A slot of a table in the directory goes from empty to its final value once, by a release
   *    store, after the record that it refers to was written.
   * 2. Memory of tables never becomes anything else, and slots are stored whole. So whatever a
   *    reader finds in a slot, however late it comes, refers to a record; and a record with the
   *    wanted key is the right answer wherever the reference to it was found.
   * 3. What a reader doesn't find isn't there, if the table is still in the directory afterwards:
   *    a table leaves the directory before its memory is written to again.
   * 4. A table is filled before it is published (release) in the directory, a directory before it
   *    is published in the field.
   * 5. The 2^(directory depth - table depth) places of a table are next to each other.
   */
  private final RecordArena arena;
  private final Records records;
  private final long seed;
  private volatile Table[] directory;

  // The writer's.
  private int keys;
  private final Deque<Long> freeTables = new ArrayDeque<>();

  HashIndex(RecordArena arena, Records records, long seed) {
    this.arena = arena;
    this.records = records;
    this.seed = seed;
    directory = new Table[] {newTable(INITIAL_SLOTS, 0)};
  }

  /**
   * Writer, before the first key: has tables for about so many keys. They are memory that is taken,
   * whether they come or not.
   */
  void expect(int keys) {
    int places = Integer.highestOneBit(keys / (TABLE_SLOTS / 2));
    if (places > 0) {
      Table[] tables = new Table[places];
      int depth = Integer.numberOfTrailingZeros(places);
      for (int i = 0; i < places; i++) {
        tables[i] = newTable(TABLE_SLOTS, depth);
      }
      directory = tables;
    }
  }

  /** The hash of a key in this index. */
  int hash(byte[] key, int offset, int length) {
    long hash = seed ^ length;
    int last = offset + length - Long.BYTES;
    for (int i = offset; i < last; i += Long.BYTES) {
      hash = mix(hash ^ (long) LONG.get(key, i), 0x9E3779B97F4A7C15L);
    }
    long rest = 0;
    if (length >= Long.BYTES) {
      rest = (long) LONG.get(key, last);
    } else {
      for (int i = 0; i < length; i++) {
        rest = rest << 8 | Byte.toUnsignedLong(key[offset + i]);
      }
    }
    hash = mix(hash ^ rest, 0xD6E8FEB86659FD93L);
    return (int) (hash >>> 32);
  }

  private static long mix(long a, long b) {
    return Math.unsignedMultiplyHigh(a, b) ^ (a * b);
  }

  private static int place(Table[] directory, int hash) {
    return (int)
        (Integer.toUnsignedLong(hash) >>> (Integer.numberOfLeadingZeros(directory.length) + 1));
  }

  private Table table(int hash) {
    Table[] places = directory;
    return (Table) PLACE.getAcquire(places, place(places, hash));
  }

  /** The record of a key, 0 if there is none. Any thread. */
  int find(int hash, byte[] key, int offset, int length) {
    Table table = table(hash);
    while (true) {
      int found = find(table, hash, key, offset, length);
      Table now = found == 0 ? table(hash) : table;
      if (now == table) {
        return found;
      }
      table = now;
    }
  }

  private int find(Table table, int hash, byte[] key, int offset, int length) {
    for (int i = hash & table.mask; ; i = (i + 1) & table.mask) {
      long slot = Memory.getLongAcquire(table.address + (long) i * Long.BYTES);
      if (slot == 0) {
        return 0;
      }
      if ((int) (slot >>> 32) == hash && records.keyEquals((int) slot, key, offset, length)) {
        return (int) slot;
      }
    }
  }

  /** The slot where a key of this hash is looked for first. Any thread. */
  long home(int hash) {
    Table table = table(hash);
    return Memory.getLongAcquire(table.address + (long) (hash & table.mask) * Long.BYTES);
  }

  /**
   * The record of the first key with that hash, which is most likely the one; 0 if there is none.
   * Any thread.
   */
  int candidate(int hash) {
    Table table = table(hash);
    for (int i = hash & table.mask; ; i = (i + 1) & table.mask) {
      long slot = Memory.getLongAcquire(table.address + (long) i * Long.BYTES);
      if (slot == 0 || (int) (slot >>> 32) == hash) {
        return (int) slot;
      }
    }
  }

  /** Writer: adds a key that {@link #find} doesn't find. */
  void insert(int hash, int key) {
    Table table = table(hash);
    while (table.isFull()) {
      grow(table, hash);
      table = table(hash);
    }
    long slot = slot(hash, key);
    Memory.putLongRelease(emptySlot(table, hash), slot);
    table.size++;
    keys++;
  }

  private static long slot(int hash, int key) {
    return (long) hash << 32 | Integer.toUnsignedLong(key);
  }

  private static long emptySlot(Table table, int hash) {
    int i = hash & table.mask;
    while (Memory.getLong(table.address + (long) i * Long.BYTES) != 0) {
      i = (i + 1) & table.mask;
    }
    return table.address + (long) i * Long.BYTES;
  }

  private Table newTable(int slots, int depth) {
    Long free = slots == TABLE_SLOTS ? freeTables.pollLast() : null;
    long address =
        free == null ? arena.address(arena.allocateLines((long) slots * Long.BYTES)) : free;
    for (int i = 0; i < slots; i++) {
      Memory.putLongRelease(address + (long) i * Long.BYTES, 0);
    }
    return new Table(address, slots, depth);
  }

  private void grow(Table table, int hash) {
    int slots = table.mask + 1;
    boolean single = directory.length == 1 << table.depth;
    if (slots < TABLE_SLOTS || (single && keys / KEYS_PER_PLACE < directory.length)) {
      Table larger = newTable(2 * slots, table.depth);
      copy(table, larger, larger, 0);
      replace(hash, table, larger, larger);
      return;
    }
    if (single) {
      doubleDirectory();
    }
    Table low = newTable(slots, table.depth + 1);
    Table high = newTable(slots, table.depth + 1);
    copy(table, low, high, 1 << (31 - table.depth));
    replace(hash, table, low, high);
  }

  /** Copies slots whose hash has {@code bit} to {@code high}, the others to {@code low}. */
  private static void copy(Table from, Table low, Table high, int bit) {
    for (int i = 0; i <= from.mask; i++) {
      long slot = Memory.getLong(from.address + (long) i * Long.BYTES);
      if (slot != 0) {
        int hash = (int) (slot >>> 32);
        Table to = (hash & bit) == 0 ? low : high;
        Memory.putLongRelease(emptySlot(to, hash), slot);
        to.size++;
      }
    }
  }

  /** Puts {@code low} and {@code high} into the lower and upper half of a table's places. */
  private void replace(int hash, Table old, Table low, Table high) {
    Table[] places = directory;
    int count = places.length >>> old.depth;
    int first = place(places, hash) & -count;
    for (int i = 0; i < count; i++) {
      PLACE.setRelease(places, first + i, i < count / 2 ? low : high);
    }
    if (old.mask + 1 == TABLE_SLOTS) {
      VarHandle.storeStoreFence();
      freeTables.addLast(old.address);
    }
  }

  private void doubleDirectory() {
    Table[] old = directory;
    Table[] doubled = new Table[2 * old.length];
    for (int i = 0; i < doubled.length; i++) {
      doubled[i] = old[i / 2];
    }
    directory = doubled;
  }

  /** Bytes on the heap, roughly; those in the arena are counted there. Writer. */
  long heapBytes() {
    return 48L * directory.length;
  }
}
