package dev.varve.storage.sstable;

import dev.varve.storage.base.Varint;
import java.util.Arrays;

/** Writes the index laid out as {@link TableIndex} says. */
final class TableIndexBuilder {
  private byte[] bytes = new byte[4 << 10];
  private int size;
  private byte[] previous = new byte[0];
  private int blocks;
  private long offset;
  private int[] groupPositions = new int[16];
  private long[] groupOffsets = new long[16];

  /** Adds the next block: its size in the file and its separator. */
  void add(byte[] separator, int blockSize) {
    int shared = 0;
    if (blocks % TableIndex.GROUP == 0) {
      beginGroup(blocks / TableIndex.GROUP);
    } else {
      shared = KeyBytes.commonPrefix(previous, previous.length, separator, 0, separator.length);
    }
    int unshared = separator.length - shared;
    ensure(3L * Varint.MAX_INT_BYTES + unshared);
    size = Varint.put(bytes, size, shared);
    size = Varint.put(bytes, size, unshared);
    size = Varint.put(bytes, size, blockSize);
    System.arraycopy(separator, shared, bytes, size, unshared);
    size += unshared;
    previous = separator;
    offset += blockSize;
    blocks++;
  }

  private void beginGroup(int group) {
    if (group == groupPositions.length) {
      groupPositions = Arrays.copyOf(groupPositions, 2 * group);
      groupOffsets = Arrays.copyOf(groupOffsets, 2 * group);
    }
    groupPositions[group] = size;
    groupOffsets[group] = offset;
  }

  /** What the section will take. */
  long finishedSize() {
    return size + (long) TableIndex.GROUP_BYTES * groups() + Integer.BYTES;
  }

  int blocks() {
    return blocks;
  }

  private int groups() {
    return (blocks + TableIndex.GROUP - 1) / TableIndex.GROUP;
  }

  byte[] finish() {
    ensure((long) TableIndex.GROUP_BYTES * groups() + Integer.BYTES);
    for (int i = 0; i < groups(); i++) {
      putFixed(groupPositions[i], Integer.BYTES);
      putFixed(groupOffsets[i], Long.BYTES);
    }
    putFixed(blocks, Integer.BYTES);
    return Arrays.copyOf(bytes, size);
  }

  private void putFixed(long value, int length) {
    for (int i = 0; i < length; i++) {
      bytes[size++] = (byte) (value >>> (8 * i));
    }
  }

  private void ensure(long more) {
    long needed = size + more;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.clamp(2L * bytes.length, needed, Integer.MAX_VALUE));
    }
  }
}
