package dev.varve.storage.sstable;

import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Collects entries into a block laid out as {@link DataBlock} says. Reusable; used by one thread.
 */
final class DataBlockBuilder implements AutoCloseable {
  private static final int NARROW_KEY_BYTES = 0xFF;
  private static final int MOST_SEQUENCE_BYTES = Long.BYTES;

  private final int restartInterval;
  private final GrowingBuffer heads;
  private final GrowingBuffer values;
  private final GrowingBuffer block;
  private int entries;
  private int[] restartHeads = new int[64];
  private int[] restartValues = new int[64];
  private int restarts;

  DataBlockBuilder(int blockBytes, int restartInterval) {
    this.restartInterval = restartInterval;
    this.heads = new GrowingBuffer(blockBytes);
    this.values = new GrowingBuffer(blockBytes);
    this.block = new GrowingBuffer(2 * blockBytes);
  }

  /** Off-heap memory that is filled from the front and grows. */
  private static final class GrowingBuffer implements AutoCloseable {
    private PooledBuffer buffer;
    private int size;

    GrowingBuffer(int capacity) {
      buffer = BufferPool.borrow(capacity);
    }

    /** The memory, with room for so many bytes more. */
    MemorySegment reserve(long more) {
      long needed = size + more;
      if (needed > buffer.capacity()) {
        long capacity = Math.clamp(2L * buffer.capacity(), needed, Integer.MAX_VALUE);
        PooledBuffer larger = BufferPool.borrow((int) capacity);
        MemorySegment.copy(buffer.memory(), 0, larger.memory(), 0, size);
        buffer.close();
        buffer = larger;
      }
      return buffer.memory();
    }

    void append(MemorySegment source, long offset, int length) {
      MemorySegment.copy(source, offset, reserve(length), size, length);
      size += length;
    }

    void appendInt(int value) {
      reserve(Integer.BYTES).set(DataBlock.INT, size, value);
      size += Integer.BYTES;
    }

    @Override
    public void close() {
      buffer.close();
    }
  }

  /** Adds an entry; {@code shared} bytes of its key are those of the entry before. */
  void add(
      byte kind,
      long sequence,
      byte[] key,
      int offset,
      int length,
      int shared,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    addHead(kind, sequence, key, offset, length, shared, valueLength);
    values.append(value, valueOffset, valueLength);
  }

  /**
   * Adds all of an entry but its value, which the caller writes after the block; it is to be the
   * only one.
   */
  void addWithoutValue(
      byte kind, long sequence, byte[] key, int offset, int length, int valueLength) {
    addHead(kind, sequence, key, offset, length, 0, valueLength);
  }

  private void addHead(
      byte kind, long sequence, byte[] key, int offset, int length, int shared, int valueLength) {
    int kept = shared;
    if (entries % restartInterval == 0) {
      addRestart();
      kept = 0;
    }
    int unshared = length - kept;
    MemorySegment memory =
        heads.reserve((long) DataBlock.WIDE_FORM_BYTES + unshared + MOST_SEQUENCE_BYTES);
    long at = heads.size;
    int form = form(kept, unshared, valueLength);
    int control = DataBlock.control(kind, sequence, form);
    if (form == DataBlock.WIDE_FORM) {
      memory.set(ValueLayout.JAVA_BYTE, at, (byte) control);
      memory.set(DataBlock.INT, at + 1, kept);
      memory.set(DataBlock.INT, at + 5, unshared);
      memory.set(DataBlock.INT, at + 9, valueLength);
      at += DataBlock.WIDE_FORM_BYTES;
    } else {
      long word = control | (long) kept << 8 | (long) unshared << 16 | (long) valueLength << 24;
      memory.set(DataBlock.LONG, at, word);
      at += DataBlock.narrowBytes(form);
    }
    MemorySegment.copy(key, offset + kept, memory, ValueLayout.JAVA_BYTE, at, unshared);
    at += unshared;
    memory.set(DataBlock.LONG, at, sequence);
    heads.size = (int) at + DataBlock.sequenceBytes(control);
    entries++;
  }

  private static int form(int shared, int unshared, int valueLength) {
    if (shared > NARROW_KEY_BYTES || unshared > NARROW_KEY_BYTES) {
      return DataBlock.WIDE_FORM;
    }
    if (valueLength > 0xFFFF) {
      return 2;
    }
    return valueLength > 0xFF ? 1 : 0;
  }

  private void addRestart() {
    if (restarts == restartHeads.length) {
      restartHeads = Arrays.copyOf(restartHeads, 2 * restarts);
      restartValues = Arrays.copyOf(restartValues, 2 * restarts);
    }
    restartHeads[restarts] = heads.size;
    restartValues[restarts] = values.size;
    restarts++;
  }

  /** Puts the block together. Returns its size; it is in {@link #block()} until it is cleared. */
  int finish() {
    int headsAt = DataBlock.RESTARTS_AT + DataBlock.RESTART_BYTES * restarts;
    int valuesAt = headsAt + heads.size + DataBlock.PADDING_BYTES;
    block.appendInt(restarts);
    block.appendInt(valuesAt);
    for (int i = 0; i < restarts; i++) {
      block.appendInt(headsAt + restartHeads[i]);
      block.appendInt(valuesAt + restartValues[i]);
    }
    block.append(heads.buffer.memory(), 0, heads.size);
    block.appendInt(0);
    block.appendInt(0);
    block.append(values.buffer.memory(), 0, values.size);
    return block.size;
  }

  /** What {@link #finish} put together. */
  PooledBuffer block() {
    return block.buffer;
  }

  /** What the block would take if it were finished now. */
  int finishedSize() {
    int fixed =
        DataBlock.RESTARTS_AT + DataBlock.RESTART_BYTES * restarts + DataBlock.PADDING_BYTES;
    return fixed + heads.size + values.size;
  }

  boolean isEmpty() {
    return entries == 0;
  }

  void clear() {
    heads.size = 0;
    values.size = 0;
    block.size = 0;
    entries = 0;
    restarts = 0;
  }

  @Override
  public void close() {
    heads.close();
    values.close();
    block.close();
  }
}
