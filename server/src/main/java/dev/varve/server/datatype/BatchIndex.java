package dev.varve.server.datatype;

import dev.varve.storage.base.Varint;
import java.util.Arrays;

/**
 * What a batch under way has done to which keys, so that a command that touches a key twice sees
 * its own first change: the engine doesn't know of a batch before it is appended.
 *
 * <p>Entries point into the batch's bytes. The hash table over them is made when a lookup finds
 * more entries than are quickly looked through, so that a command that writes one key pays for
 * nothing. Owned by one thread.
 */
final class BatchIndex {
  static final int NONE = -1;

  private static final int LINEAR = 8;
  private static final int RETAINED_ENTRIES = 4096;
  private static final int DELETED = -1;

  private int[] keyOffsets = new int[LINEAR];
  private int[] keyLengths = new int[LINEAR];

  /** Of a delete, {@link #DELETED}. */
  private int[] valueLengths = new int[LINEAR];

  private int size;

  /** Numbers of entries plus one, by hash; covers the first {@link #hashed} entries. */
  private int[] slots = {};

  private int hashed;

  boolean isEmpty() {
    return size == 0;
  }

  void clear() {
    size = 0;
    if (hashed > 0) {
      hashed = 0;
      Arrays.fill(slots, 0);
    }
    if (keyOffsets.length > RETAINED_ENTRIES) {
      resize(LINEAR);
      slots = new int[] {};
    }
  }

  /** Notes a put whose value begins at {@code valueOffset} of the batch. */
  void put(int keyLength, int valueOffset, int valueLength) {
    add(valueOffset - Varint.length(valueLength) - keyLength, keyLength, valueLength);
  }

  /** Notes a delete that ends where the batch does now. */
  void delete(int keyLength, int batchSize) {
    add(batchSize - keyLength, keyLength, DELETED);
  }

  private void add(int keyOffset, int keyLength, int valueLength) {
    if (size == keyOffsets.length) {
      resize(2 * size);
    }
    keyOffsets[size] = keyOffset;
    keyLengths[size] = keyLength;
    valueLengths[size] = valueLength;
    size++;
  }

  private void resize(int capacity) {
    keyOffsets = Arrays.copyOf(keyOffsets, capacity);
    keyLengths = Arrays.copyOf(keyLengths, capacity);
    valueLengths = Arrays.copyOf(valueLengths, capacity);
  }

  /** Returns the number of the newest entry of a key, or {@link #NONE}. */
  int find(byte[] batch, byte[] key, int length) {
    if (size > LINEAR) {
      return findHashed(batch, key, length);
    }
    for (int entry = size - 1; entry >= 0; entry--) {
      if (isOf(entry, batch, key, length)) {
        return entry;
      }
    }
    return NONE;
  }

  boolean isDelete(int entry) {
    return valueLengths[entry] == DELETED;
  }

  int valueOffset(int entry) {
    return keyOffsets[entry] + keyLengths[entry] + Varint.length(valueLengths[entry]);
  }

  int valueLength(int entry) {
    return valueLengths[entry];
  }

  private boolean isOf(int entry, byte[] batch, byte[] key, int length) {
    int from = keyOffsets[entry];
    return keyLengths[entry] == length && Arrays.equals(batch, from, from + length, key, 0, length);
  }

  private int findHashed(byte[] batch, byte[] key, int length) {
    if (2 * size > slots.length) {
      slots = new int[Integer.highestOneBit(size) * 8];
      hashed = 0;
    }
    while (hashed < size) {
      int entry = hashed++;
      slots[slotOf(batch, batch, keyOffsets[entry], keyLengths[entry])] = entry + 1;
    }
    return slots[slotOf(batch, key, 0, length)] - 1;
  }

  /** The slot that has the key's newest entry, or the free one where it belongs. */
  private int slotOf(byte[] batch, byte[] key, int offset, int length) {
    int hash = 0;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + key[i];
    }
    int mask = slots.length - 1;
    int at = (hash * 0x9E3779B9) >>> 8 & mask;
    while (slots[at] != 0 && !sameKey(slots[at] - 1, batch, key, offset, length)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private boolean sameKey(int entry, byte[] batch, byte[] key, int offset, int length) {
    int from = keyOffsets[entry];
    return keyLengths[entry] == length
        && Arrays.equals(batch, from, from + length, key, offset, offset + length);
  }
}
