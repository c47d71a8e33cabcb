package dev.varve.storage.sstable;

import dev.varve.storage.base.Varint;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Collects entries into a block laid out as {@link DataBlock} says. Reusable. */
final class DataBlockBuilder implements AutoCloseable {
  private static final int MOST_HEADER_BYTES = 3 * Varint.MAX_INT_BYTES + Varint.MAX_LONG_BYTES;

  private final int restartInterval;
  private PooledBuffer buffer;
  private int size;
  private int entries;
  private int[] restarts = new int[64];
  private int restartCount;

  DataBlockBuilder(int blockBytes, int restartInterval) {
    this.restartInterval = restartInterval;
    this.buffer = BufferPool.borrow(2 * blockBytes);
  }

  /** Adds an entry; {@code shared} bytes of its key are those of the entry before. */
  void add(
      long tag,
      byte[] key,
      int offset,
      int length,
      int shared,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    beginEntry(tag, key, offset, length, shared, valueLength, valueLength);
    MemorySegment.copy(value, valueOffset, buffer.memory(), size, valueLength);
    size += valueLength;
  }

  /**
   * Adds an entry up to where its value begins, which the caller writes elsewhere; the block takes
   * no more entries.
   */
  void addWithoutValue(long tag, byte[] key, int offset, int length, int valueLength) {
    beginEntry(tag, key, offset, length, 0, valueLength, 0);
  }

  private void beginEntry(
      long tag, byte[] key, int offset, int length, int shared, int valueLength, int room) {
    ensure((long) MOST_HEADER_BYTES + length + room);
    MemorySegment memory = buffer.memory();
    int kept = shared;
    if (entries % restartInterval == 0) {
      addRestart();
      kept = 0;
    }
    long at = Varint.put(memory, size, kept);
    at = Varint.put(memory, at, length - kept);
    at = Varint.put(memory, at, (long) Varint.length(tag) + valueLength);
    MemorySegment.copy(key, offset + kept, memory, ValueLayout.JAVA_BYTE, at, length - kept);
    size = (int) Varint.put(memory, at + length - kept, tag);
    entries++;
  }

  private void addRestart() {
    if (restartCount == restarts.length) {
      restarts = Arrays.copyOf(restarts, 2 * restartCount);
    }
    restarts[restartCount++] = size;
  }

  /** Adds the restart points; what is in {@link #buffer()} is the block then. */
  void finish() {
    ensure((restartCount + 1L) * Integer.BYTES);
    for (int i = 0; i < restartCount; i++) {
      buffer.memory().set(DataBlock.INT, size, restarts[i]);
      size += Integer.BYTES;
    }
    buffer.memory().set(DataBlock.INT, size, restartCount);
    size += Integer.BYTES;
  }

  private void ensure(long more) {
    long needed = size + more;
    if (needed > buffer.capacity()) {
      PooledBuffer larger =
          BufferPool.borrow((int) Math.clamp(2L * buffer.capacity(), needed, Integer.MAX_VALUE));
      MemorySegment.copy(buffer.memory(), 0, larger.memory(), 0, size);
      buffer.close();
      buffer = larger;
    }
  }

  PooledBuffer buffer() {
    return buffer;
  }

  /** Bytes written so far. */
  int size() {
    return size;
  }

  /** What the block will take once finished. */
  int finishedSize() {
    return size + (restartCount + 1) * Integer.BYTES;
  }

  boolean isEmpty() {
    return entries == 0;
  }

  void clear() {
    size = 0;
    entries = 0;
    restartCount = 0;
  }

  @Override
  public void close() {
    buffer.close();
  }
}
