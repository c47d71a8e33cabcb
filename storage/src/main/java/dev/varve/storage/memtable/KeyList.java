package dev.varve.storage.memtable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/** The keys of a memtable in the order in which they came. */
final class KeyList {
  private static final int CHUNK_KEYS = 128;
  private static final VarHandle COUNT;

  static {
    try {
      COUNT = MethodHandles.lookup().findVarHandle(KeyList.class, "count", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /*
   * A key is written, and its chunk entered, before `count` is stored with release; readers load
   * `count` with acquire before they look at either.
   */
  private final RecordArena arena;
  private long[] chunks = new long[4];

  private int count;

  KeyList(RecordArena arena) {
    this.arena = arena;
  }

  /** Writer: appends a key. */
  void add(int key) {
    int chunk = count / CHUNK_KEYS;
    if (count % CHUNK_KEYS == 0) {
      if (chunk == chunks.length) {
        chunks = Arrays.copyOf(chunks, 2 * chunk);
      }
      chunks[chunk] = arena.address(arena.allocate(CHUNK_KEYS * Integer.BYTES));
    }
    Memory.putInt(chunks[chunk] + (long) (count % CHUNK_KEYS) * Integer.BYTES, key);
    COUNT.setRelease(this, count + 1);
  }

  /** How many keys there are. Any thread. */
  int count() {
    return (int) COUNT.getAcquire(this);
  }

  /** The keys from {@code from} to {@code to}, which is no more than {@link #count} said. */
  int[] range(int from, int to) {
    int[] keys = new int[to - from];
    for (int i = from; i < to; i++) {
      keys[i - from] =
          Memory.getInt(chunks[i / CHUNK_KEYS] + (long) (i % CHUNK_KEYS) * Integer.BYTES);
    }
    return keys;
  }
}
