package dev.varve.storage.memtable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lends slabs of off-heap memory to memtables and takes them back for the next ones. Slabs are of a
 * power of two of bytes from {@link #SMALLEST_SLAB} to {@link #LARGEST_SLAB}. What was once
 * allocated stays with the pool: as much as its memtables ever held at once, unless {@link #trim}
 * gives free ones back to the system. Memory of its own size that a memtable takes for a large
 * value goes with the memtable, and is counted here. Safe for use by many threads.
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

  /** What each of the largest slabs came from, by its address. */
  private final Map<Long, Arena> arenas = new HashMap<>();

  private long allocatedBytes;
  private long largeBytes;
  private long lentBytes;
  private boolean closed;

  // Written under the lock.
  private volatile long takenBytes;
  private volatile long heldBytes;

  /** Runs when memory has been given back; null: nobody waits for it. */
  private Runnable whenGiven;

  /**
   * A pool without slabs.
   *
   * @param arena where all but the largest will come from, for use by many threads. {@link #close}
   *     closes it; the caller must not, as reading the memory of a closed arena ends the process.
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
      if (bytes == LARGEST_SLAB) {
        Arena own = Arena.ofShared();
        slab = allocateLargest(own);
        arenas.put(slab.address(), own);
      } else {
        slab = arena.allocate(bytes, CACHE_LINE);
      }
      allocatedBytes += bytes;
    }
    lentBytes += bytes;
    count();
    return slab;
  }

  private static MemorySegment allocateLargest(Arena own) {
    return own.allocate(LARGEST_SLAB, CACHE_LINE);
  }

  private void count() {
    takenBytes = allocatedBytes + largeBytes;
    heldBytes = lentBytes + largeBytes;
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
        // Until it is given back, so that the pool stays open.
        lentBytes += LARGEST_SLAB;
      }
      Arena own = Arena.ofShared();
      MemorySegment slab = null;
      try {
        slab = allocateLargest(own);
      } finally {
        prepared(own, slab);
      }
    }
  }

  /** Puts a slab that has just come from the system with the free ones; null if none came. */
  private synchronized void prepared(Arena own, MemorySegment slab) {
    lentBytes -= LARGEST_SLAB;
    if (slab != null) {
      arenas.put(slab.address(), own);
      allocatedBytes += LARGEST_SLAB;
      count();
      free.getLast().addLast(slab);
    }
    closeIfReturned();
  }

  /** Takes a slab back; nobody may read it any more. */
  void give(MemorySegment slab) {
    if (poison) {
      slab.fill(POISON);
    }
    Runnable waiting;
    synchronized (this) {
      lentBytes -= slab.byteSize();
      count();
      free.get(sizeClass(slab.byteSize())).addLast(slab);
      closeIfReturned();
      waiting = takeWaiting();
    }
    run(waiting);
  }

  /** A memtable has taken so much from the system for itself, or given it back if negative. */
  void countLarge(long bytes) {
    Runnable waiting;
    synchronized (this) {
      largeBytes += bytes;
      count();
      waiting = bytes < 0 ? takeWaiting() : null;
    }
    run(waiting);
  }

  private Runnable takeWaiting() {
    Runnable waiting = whenGiven;
    whenGiven = null;
    return waiting;
  }

  private static void run(Runnable waiting) {
    if (waiting != null) {
      waiting.run();
    }
  }

  /** Has {@code action} run once, by whoever gives memory back next. */
  public synchronized void whenGiven(Runnable action) {
    whenGiven = action;
  }

  /** Gives free slabs back to the system until all that is taken from it is at most so much. */
  public void trim(long most) {
    List<Arena> given = new ArrayList<>();
    synchronized (this) {
      Deque<MemorySegment> largest = free.getLast();
      while (takenBytes > most && !largest.isEmpty()) {
        given.add(arenas.remove(largest.pollLast().address()));
        allocatedBytes -= LARGEST_SLAB;
        count();
      }
    }
    given.forEach(Arena::close);
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
      arenas.values().forEach(Arena::close);
      arenas.clear();
    }
  }

  /** Bytes of slabs that the pool has from the system. */
  public synchronized long allocatedBytes() {
    return allocatedBytes;
  }

  /** Bytes of these that are lent to memtables. */
  public synchronized long lentBytes() {
    return lentBytes;
  }

  /** Bytes of memory that memtables have, in slabs and of their own. */
  public long heldBytes() {
    return heldBytes;
  }

  /** Bytes of memory that the pool and its memtables have from the system. */
  public long takenBytes() {
    return takenBytes;
  }
}
