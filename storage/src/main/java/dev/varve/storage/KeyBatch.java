package dev.varve.storage;

import dev.varve.storage.base.Warming;
import java.util.Arrays;

/**
 * Keys side by side, for what is done to many of them at once. Reused, so that nothing is allocated
 * once it has grown. Not thread-safe.
 */
public final class KeyBatch {
  private static final int FIRST_BYTES = 4096;
  private static final int MOST_RETAINED_BYTES = 512 << 10;
  private static final int FIRST = -1;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int[] ends = new int[64];

  /** Which byte of its value will be looked at. */
  private int[] places = new int[64];

  private int size;
  private final Warming warming = new Warming();

  /** Forgets all keys. */
  public void clear() {
    size = 0;
    if (bytes.length > MOST_RETAINED_BYTES) {
      bytes = new byte[FIRST_BYTES];
    }
  }

  /** How many keys there are. */
  public int size() {
    return size;
  }

  /**
   * Adds a key, whose bytes the caller then writes to {@link #bytes}.
   *
   * @return where they begin
   */
  public int add(int length) {
    return add(length, FIRST);
  }

  /**
   * As {@link #add(int)}, for who will look at one byte of its value alone.
   *
   * @param place of that byte; there may be no such one
   */
  public int add(int length, int place) {
    int start = size == 0 ? 0 : ends[size - 1];
    int end = start + length;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
    }
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, 2 * size);
      places = Arrays.copyOf(places, 2 * size);
    }
    places[size] = place;
    ends[size++] = end;
    return start;
  }

  /** What holds the keys' bytes, until the next {@link #add}. */
  public byte[] bytes() {
    return bytes;
  }

  /** Where a key begins in {@link #bytes}. */
  public int offset(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  /** A key's length in bytes. */
  public int length(int index) {
    return ends[index] - offset(index);
  }

  /** Which byte of a key's value will be looked at; negative: the first ones. */
  public int place(int index) {
    return places[index];
  }

  /** The engine's: what {@link ReadView#warm} works with. */
  public Warming warming() {
    return warming;
  }
}
