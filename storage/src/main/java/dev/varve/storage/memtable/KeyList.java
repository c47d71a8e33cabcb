package dev.varve.storage.memtable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/** The keys of a memtable's space in the order in which they came. */
final class KeyList {
  private static final int CHUNK_KEYS = 128;

  /** How many keys fit into the first chunk: there may be many spaces of few keys. */
  private static final int FIRST_KEYS = 16;

  /** The first chunk begins in the midst of one of full size. */
  private static final int SKIPPED = CHUNK_KEYS - FIRST_KEYS;

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
  private long[] chunks = new long[2];

  private int count;

  KeyList(RecordArena arena) {
    this.arena = arena;
  }

  /** Writer: appends a key. */
  void add(int key) {
    int place = count + SKIPPED;
    int chunk = place / CHUNK_KEYS;
    if (count == 0 || place % CHUNK_KEYS == 0) {
      addChunk(chunk);
    }
    Memory.putInt(chunks[chunk] + (long) (place % CHUNK_KEYS) * Integer.BYTES, key);
    COUNT.setRelease(this, count + 1);
  }

  private void addChunk(int chunk) {
    if (chunk == chunks.length) {
      chunks = Arrays.copyOf(chunks, 2 * chunk);
    }
    int skipped = chunk == 0 ? SKIPPED : 0;
    long bytes = (long) (CHUNK_KEYS - skipped) * Integer.BYTES;
    chunks[chunk] = arena.address(arena.allocate(bytes)) - (long) skipped * Integer.BYTES;
  }

  /** How many keys there are. Any thread. */
  int count() {
    return (int) COUNT.getAcquire(this);
  }

  /** The keys from {@code from} to {@code to}, which is no more than {@link #count} said. */
  int[] range(int from, int to) {
    int[] keys = new int[to - from];
    for (int i = from; i < to; i++) {
      keys[i - from] = get(i);
    }
    return keys;
  }

  /** The key of an index, which is less than {@link #count} said. */
  int get(int index) {
    int place = index + SKIPPED;
    return Memory.getInt(chunks[place / CHUNK_KEYS] + (long) (place % CHUNK_KEYS) * Integer.BYTES);
  }
}
