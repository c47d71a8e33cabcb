package dev.varve.storage.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Off-heap memory borrowed from the {@link BufferPool}; {@link #close} gives it back. Its bytes are
 * not zeroed. Used by one thread at a time.
 */
public final class PooledBuffer implements AutoCloseable {
  static final int UNPOOLED = -1;

  private final MemorySegment memory;
  private final ByteBuffer bytes;
  private final int sizeClass;
  private final Arena arena;
  private boolean borrowed;

  PooledBuffer(MemorySegment memory, int sizeClass, Arena arena) {
    this.memory = memory;
    this.bytes = memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    this.sizeClass = sizeClass;
    this.arena = arena;
  }

  /** The memory: at least as much as was asked for. */
  public MemorySegment memory() {
    return memory;
  }

  /** The same memory as one little-endian buffer; its position and limit are as last left. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** The size in bytes. */
  public int capacity() {
    return bytes.capacity();
  }

  int sizeClass() {
    return sizeClass;
  }

  void lend() {
    borrowed = true;
    bytes.clear();
  }

  /**
   * Gives the memory back.
   *
   * @throws IllegalStateException if it was given back before
   */
  @Override
  public void close() {
    if (!borrowed) {
      throw new IllegalStateException("buffer given back twice");
    }
    borrowed = false;
    if (sizeClass == UNPOOLED) {
      free();
    } else {
      BufferPool.giveBack(this);
    }
  }

  /** Gives the memory back to the system: it is the only one of its arena. */
  void free() {
    arena.close();
  }
}
