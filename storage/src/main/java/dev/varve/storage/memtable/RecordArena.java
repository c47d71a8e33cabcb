package dev.varve.storage.memtable;

import dev.varve.storage.base.Pages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A memtable's memory: bytes are appended to slabs and named by 32-bit references until all of it
 * is given back at once. The first slabs are small, so that a small memtable is. What doesn't fit
 * well into slabs gets memory of its own size.
 *
 * <pre>
 * reference := slab:15 | offset in the slab / 8:17
 * </pre>
 */
final class RecordArena {
  /** Every reference is to an address that is a multiple of this. */
  static final int ALIGNMENT = 8;

  /** What is larger gets a slab of its own, so that at most a quarter of a slab is wasted. */
  private static final int LARGEST_SHARED = SlabPool.LARGEST_SLAB / 4;

  private static final int OFFSET_BITS = 17;
  private static final int MAX_SLABS = 1 << (Integer.SIZE - OFFSET_BITS);
  private static final long CACHE_LINE = 64;
  private static final VarHandle USED_BYTES;

  static {
    try {
      USED_BYTES = MethodHandles.lookup().findVarHandle(RecordArena.class, "usedBytes", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final SlabPool pool;

  /*
   * The address of every slab. The writer adds a slab before it publishes the first reference into
   * it; who has acquired a reference therefore finds its slab here, provided that the field is read
   * after the reference.
   */
  private long[] bases = new long[4];

  // The writer's.
  private final List<MemorySegment> pooled = new ArrayList<>(4);
  private int slabCount;
  private int nextSlabBytes = SlabPool.SMALLEST_SLAB;
  private int currentSlab;
  private long position;
  private long end;
  private Arena large;
  private long largeBytes;

  @SuppressWarnings("unused") // through USED_BYTES
  private long usedBytes;

  RecordArena(SlabPool pool) {
    this.pool = pool;
  }

  /** Writer: a reference to so many bytes, their contents whatever they are. */
  int allocate(long bytes) {
    long size = (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    if (size > LARGEST_SHARED) {
      return allocateLarge(size);
    }
    if (size > end - position) {
      addSlab(size);
    }
    return bump(size);
  }

  /** Writer: as {@link #allocate}, at the beginning of a cache line. */
  int allocateLines(long bytes) {
    long padding = -position & (CACHE_LINE - 1);
    if (bytes + padding > end - position) {
      addSlab(bytes);
    } else if (padding > 0) {
      bump(padding);
    }
    return bump(bytes);
  }

  private int bump(long size) {
    int reference = reference(currentSlab, position - bases[currentSlab]);
    position += size;
    countUsed(size);
    return reference;
  }

  private static int reference(int slab, long offset) {
    return slab << OFFSET_BITS | (int) (offset / ALIGNMENT);
  }

  private void addSlab(long least) {
    countUsed(end - position);
    while (nextSlabBytes < least) {
      nextSlabBytes <<= 1;
    }
    MemorySegment slab = pool.take(nextSlabBytes);
    currentSlab = register(slab.address());
    pooled.add(slab);
    position = slab.address();
    end = position + nextSlabBytes;
    nextSlabBytes = Math.min(SlabPool.LARGEST_SLAB, 2 * nextSlabBytes);
  }

  private int register(long base) {
    if (slabCount == MAX_SLABS) {
      throw new IllegalStateException("a memtable of more than " + MAX_SLABS + " slabs");
    }
    if (slabCount == bases.length) {
      bases = Arrays.copyOf(bases, 2 * slabCount);
    }
    bases[slabCount] = base;
    return slabCount++;
  }

  private int allocateLarge(long size) {
    if (large == null) {
      large = Arena.ofShared();
    }
    int slab = register(Pages.allocate(large, size, ALIGNMENT).address());
    largeBytes += size;
    pool.countLarge(size);
    countUsed(size);
    return reference(slab, 0);
  }

  private void countUsed(long bytes) {
    USED_BYTES.setOpaque(this, usedBytes + bytes);
  }

  /** The address that a reference, once acquired, stands for. */
  long address(int reference) {
    return bases[reference >>> OFFSET_BITS]
        + (long) (reference & ((1 << OFFSET_BITS) - 1)) * ALIGNMENT;
  }

  /** Bytes handed out, padding and unused ends of slabs included. */
  long usedBytes() {
    return (long) USED_BYTES.getOpaque(this);
  }

  /** Gives all memory back. Nobody may read it any more. */
  void free() {
    pooled.forEach(pool::give);
    if (large != null) {
      large.close();
      pool.countLarge(-largeBytes);
    }
  }
}
