package dev.varve.storage.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The blocks of one table that the cache holds, found by their number in the table: a hit costs an
 * array access, no hash lookup and no garbage. Safe for use by many threads.
 */
public final class TableBlocks {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Block[].class);
  private static final int HASH_MULTIPLIER = 0x9E3779B1;

  private final BlockCache cache;
  private final int tableHash;
  private final Block[] slots;

  TableBlocks(BlockCache cache, long table, int blocks) {
    this.cache = cache;
    this.tableHash = Long.hashCode(table * 0x9E3779B97F4A7C15L);
    this.slots = new Block[blocks];
  }

  /** The block, pinned for the caller, or null if the cache doesn't hold it. Counts as a use. */
  public Block acquire(int ordinal) {
    Block block = peek(ordinal);
    if (block != null) {
      cache.recordHit(block);
    }
    return block;
  }

  /** As {@link #acquire}, but the use doesn't count: for walks over everything. */
  public Block peek(int ordinal) {
    Block block = (Block) SLOT.getAcquire(slots, ordinal);
    return block != null && block.tryPin() ? block : null;
  }

  /** Reads what {@link #acquire} will; the answer depends on it and means nothing. */
  public int touch(int ordinal) {
    Block block = (Block) SLOT.getAcquire(slots, ordinal);
    return block == null ? 0 : block.touch();
  }

  /**
   * Gives the cache a block that {@link BlockCache#allocate} made and the caller has filled; from
   * here on nobody may write to it. The caller keeps its own pin. Nothing happens if the block is
   * of memory that the cache can't keep or another thread was faster.
   */
  public void publish(int ordinal, Block block) {
    if (!block.isCacheable()) {
      return;
    }
    block.identify(this, ordinal, (tableHash + ordinal) * HASH_MULTIPLIER);
    if (!block.tryPin()) {
      throw new IllegalStateException("block published without a pin");
    }
    if (SLOT.compareAndSet(slots, ordinal, null, block)) {
      cache.admit(block);
    } else {
      block.unpin();
    }
  }

  /** Takes all blocks of the table out of the cache. */
  public void drop() {
    for (int i = 0; i < slots.length; i++) {
      Block block = (Block) SLOT.getAcquire(slots, i);
      if (block != null) {
        cache.evict(block);
      }
    }
  }

  void remove(Block block) {
    SLOT.compareAndSet(slots, block.ordinal(), block, null);
  }
}
