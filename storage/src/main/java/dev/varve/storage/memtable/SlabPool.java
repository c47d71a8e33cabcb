package dev.varve.storage.memtable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Lends slabs of off-heap memory to memtables and takes them back for the next ones. Slabs are of a
 * power of two of bytes from {@link #SMALLEST_SLAB} to {@link #LARGEST_SLAB}. What was once
 * allocated stays with the pool as long as the arena lives: as much as its memtables ever held at
 * once. Safe for use by many threads.
 */
public final class SlabPool implements AutoCloseable {
  /** Bytes of the smallest slab. */
  public static final int SMALLEST_SLAB = 4 << 10;

  /** Bytes of the largest slab. */
  public static final int LARGEST_SLAB = 1 << 20;

  private static final byte POISON = (byte) 0xDB;
  private static final long CACHE_LINE = 64;

  private final Arena arena;
  private final boolean poison;
  private final List<Deque<MemorySegment>> free = new ArrayList<>();
  private long allocatedBytes;
  private long lentBytes;
  private boolean closed;

  /**
   * A pool without slabs.
   *
   * @param arena where they will come from, for use by many threads. {@link #close} closes it; the
   *     caller must not, as reading the memory of a closed arena ends the process. Slabs of an
   *     automatic arena go when the pool and its memtables are garbage, but count as direct buffers
   *     of the JVM.
   * @param poison whether slabs are overwritten when they are given back, for tests
   */
  public SlabPool(Arena arena, boolean poison) {
    this.arena = arena;
    this.poison = poison;
    for (int size = SMALLEST_SLAB; size <= LARGEST_SLAB; size <<= 1) {
      free.add(new ArrayDeque<>());
    }
  }

  private static int sizeClass(long bytes) {
    return Long.numberOfTrailingZeros(bytes) - Long.numberOfTrailingZeros(SMALLEST_SLAB);
  }

  /** A slab of that size, its contents whatever they are. */
  synchronized MemorySegment take(int bytes) {
    MemorySegment slab = free.get(sizeClass(bytes)).pollLast();
    if (slab == null) {
      slab = arena.allocate(bytes, CACHE_LINE);
      allocatedBytes += bytes;
    }
    lentBytes += bytes;
    return slab;
  }

  /**
   * Sees to it that so many of the largest slabs are free. It takes most of a millisecond for each
   * to come from the system: called by a thread that has time, this spares the writer of a memtable
   * the wait.
   */
  public void prepare(int slabs) {
    while (true) {
      synchronized (this) {
        if (closed || free.getLast().size() >= slabs) {
          return;
        }
        // Until it is given back, so that the arena stays open.
        lentBytes += LARGEST_SLAB;
      }
      MemorySegment slab = null;
      try {
        slab = arena.allocate(LARGEST_SLAB, CACHE_LINE);
      } finally {
        prepared(slab);
      }
    }
  }

  /** Puts a slab that has just come from the system with the free ones; null if none came. */
  private synchronized void prepared(MemorySegment slab) {
    lentBytes -= LARGEST_SLAB;
    if (slab != null) {
      allocatedBytes += LARGEST_SLAB;
      free.getLast().addLast(slab);
    }
    closeIfReturned();
  }

  /** Takes a slab back; nobody may read it any more. */
  void give(MemorySegment slab) {
    if (poison) {
      slab.fill(POISON);
    }
    synchronized (this) {
      lentBytes -= slab.byteSize();
      free.get(sizeClass(slab.byteSize())).addLast(slab);
      closeIfReturned();
    }
  }

  /** Gives all memory back to the system, as soon as the last memtable of the pool is released. */
  @Override
  public synchronized void close() {
    closed = true;
    closeIfReturned();
  }

  private void closeIfReturned() {
    if (closed && lentBytes == 0 && arena.scope().isAlive()) {
      arena.close();
    }
  }

  /** Bytes that the pool has from the system. */
  public synchronized long allocatedBytes() {
    return allocatedBytes;
  }

  /** Bytes of these that are lent to memtables. */
  public synchronized long lentBytes() {
    return lentBytes;
  }
}
