package dev.varve.storage.cache;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One uncompressed block of a table in off-heap memory, pinned by counting. The memory is valid
 * while the holder has a pin, and goes back to where it came from with the last one; the cache
 * itself holds one pin on each block that it keeps. {@link #run} undoes a pin, so that a block can
 * be handed out as its own unpinning action. Safe for use by many threads.
 */
public final class Block implements Runnable {
  private static final VarHandle PINS;
  private static final VarHandle WAITS;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      PINS = lookup.findVarHandle(Block.class, "pins", int.class);
      WAITS = lookup.findVarHandle(Block.class, "waits", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final MemorySegment memory;
  // Exactly one of the two owns the memory.
  private final Slab slab;
  private final PooledBuffer buffer;
  private final int slot;

  /** What the block takes of memory that is bounded, with its buffer; null: nothing. */
  private UncachedMemory uncached;

  private int taken;

  // Written before the block is published in its table's array, read after it was found there.
  private TableBlocks table;
  private int ordinal;
  private int hash;

  /** See {@link #ownerHash}. */
  private long ownerHash;

  private volatile int pins = 1;

  /** Whether it waits in the {@link AdmissionWindow}. */
  private volatile boolean waits;

  /** How often it was used since it came; written under races that do no harm. */
  private int uses;

  private Block(MemorySegment memory, Slab slab, int slot, PooledBuffer buffer) {
    this.memory = memory;
    this.slab = slab;
    this.slot = slot;
    this.buffer = buffer;
  }

  static Block inSlab(MemorySegment memory, Slab slab, int slot) {
    return new Block(memory, slab, slot, null);
  }

  /** A block of {@code bytes} bytes that no cache will keep, pinned once for the caller. */
  public static Block unshared(int bytes) {
    PooledBuffer buffer = BufferPool.borrow(bytes);
    return new Block(buffer.memory().asSlice(0, bytes), null, 0, buffer);
  }

  /**
   * Says what was taken for the block before it was read: it is given back at once if the cache has
   * room for the block, else with its memory. Before anybody else sees the block.
   */
  public void countAs(UncachedMemory memory, int units) {
    if (slab != null) {
      memory.give(units);
    } else {
      uncached = memory;
      taken = units;
    }
  }

  /**
   * Says whose bytes it has been found to be, by a hash that isn't 0. Whoever doesn't see it yet
   * finds out again.
   */
  public void belongsTo(long hash) {
    ownerHash = hash;
  }

  /** The hash that {@link #belongsTo} was told; 0: none was. */
  public long ownerHash() {
    return ownerHash;
  }

  /** The block's bytes, and no others. */
  public MemorySegment memory() {
    return memory;
  }

  int touch() {
    return pins;
  }

  /** Adds a pin, unless the memory is gone already; who has one can rely on it. */
  public boolean tryPin() {
    int now = pins;
    while (now > 0) {
      int seen = (int) PINS.compareAndExchange(this, now, now + 1);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /** Undoes one pin. */
  public void unpin() {
    int before = (int) PINS.getAndAdd(this, -1);
    if (before == 1) {
      if (slab != null) {
        slab.free(slot);
      } else {
        buffer.close();
        if (uncached != null) {
          uncached.give(taken);
        }
      }
    } else if (before <= 0) {
      throw new IllegalStateException("block unpinned more often than pinned");
    }
  }

  /** Undoes one pin. */
  @Override
  public void run() {
    unpin();
  }

  boolean isCacheable() {
    return slab != null;
  }

  /** Bytes of cache that the block takes, what it wastes included. */
  int weight() {
    return slab.bytesPerSlot();
  }

  void identify(TableBlocks owner, int number, int identityHash) {
    table = owner;
    ordinal = number;
    hash = identityHash;
  }

  /** It waits from now on. */
  void beginWaiting() {
    waits = true;
  }

  boolean isWaiting() {
    return waits;
  }

  /** It waits no longer; one caller only is told so, and decides what becomes of it. */
  boolean endWaiting() {
    return WAITS.compareAndSet(this, true, false);
  }

  /** It was used once more; returns how often before. */
  int use() {
    return uses++;
  }

  boolean wasUsed() {
    return uses > 0;
  }

  TableBlocks table() {
    return table;
  }

  int ordinal() {
    return ordinal;
  }

  /**
   * The same for every residency of one block of one table, so that the cache policy remembers how
   * often it was used before; equality is identity.
   */
  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }
}
