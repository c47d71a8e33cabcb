package dev.varve.storage.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.varve.storage.latency.Latencies;
import java.util.concurrent.atomic.LongAdder;

/**
 * Uncompressed blocks of tables in off-heap memory, bounded in bytes. Which blocks stay is decided
 * by Caffeine's W-TinyLFU, which one pass over many blocks doesn't flush; it is told of a block
 * once that has been used twice ({@link AdmissionWindow}). A block in use is pinned: evicted, it
 * gives its memory back with its last pin.
 *
 * <p>The memory is taken in slabs as it is needed and never exceeds the capacity, what
 * fragmentation wastes included. A block that finds no slot (all pinned, or larger than a slab) is
 * made outside of the cache and lives as long as its pins.
 *
 * <p>With the system property {@code varve.poison} set to true, released memory is overwritten.
 * Safe for use by many threads.
 */
public final class BlockCache implements AutoCloseable {
  private static final int SPARE_SLABS = 8;
  private static final int SPARE_SHARE = 16;

  /** The policy is told of a block's first use and of each so many after it. */
  private static final int TOLD_USES = 4;

  private final TableMemory tableMemory;
  private final UncachedMemory uncached;
  private final SlabAllocator allocator;
  private final Latencies latencies;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /** Made with the first block: a database is opened sooner without what it loads. */
  private volatile Cache<Block, Block> policy;

  /** Made when the cache is full for the first time. */
  private volatile AdmissionWindow window;

  private volatile long capacity;

  /** Whether slots may run out soon; written under races that do no harm. */
  private boolean crowded;

  /** A cache of at most {@code capacity} bytes; 0 keeps nothing. Tables take what they need. */
  public BlockCache(long capacity) {
    this(capacity, Long.MAX_VALUE);
  }

  /**
   * A cache of at most {@code capacity} bytes that times nothing; 0 keeps nothing.
   *
   * @param tableBytes the limit of {@link #tableMemory}
   */
  public BlockCache(long capacity, long tableBytes) {
    this(capacity, tableBytes, 0, Latencies.NONE);
  }

  /**
   * A cache of at most {@code capacity} bytes; 0 keeps nothing.
   *
   * @param tableBytes the limit of {@link #tableMemory}
   * @param uncachedBytes that of {@link #uncached}; 0: none
   * @param latencies told how long it took to read blocks
   */
  public BlockCache(long capacity, long tableBytes, long uncachedBytes, Latencies latencies) {
    this.latencies = latencies;
    this.capacity = capacity;
    this.tableMemory = new TableMemory(tableBytes);
    this.uncached = new UncachedMemory(uncachedBytes);
    this.allocator = new SlabAllocator(capacity, Boolean.getBoolean("varve.poison"));
  }

  private Cache<Block, Block> policy() {
    return policy == null ? makePolicy() : policy;
  }

  private synchronized Cache<Block, Block> makePolicy() {
    if (policy == null) {
      policy =
          Caffeine.newBuilder()
              .maximumWeight(mostWeight())
              .<Block, Block>weigher((key, block) -> block.weight())
              .executor(Runnable::run)
              .removalListener(BlockCache::removed)
              .build();
    }
    return policy;
  }

  /** Slots are taken before the policy evicts, and classes share slabs unevenly: some are spare. */
  private long mostWeight() {
    long slab = allocator.slabBytes();
    long spare = Math.max(slab, Math.min(capacity / SPARE_SHARE, SPARE_SLABS * slab));
    return Math.max(0, capacity - spare - AdmissionWindow.bytes(capacity));
  }

  /**
   * Sets the most bytes that the cache takes. What it has beyond goes back to the system at once,
   * but for slabs with blocks that are in use, which go with their last pin.
   */
  public synchronized void resize(long newCapacity) {
    if (window != null) {
      window.fit((long) ((double) policy.estimatedSize() * newCapacity / capacity));
    }
    capacity = newCapacity;
    if (policy != null) {
      policy.policy().eviction().orElseThrow().setMaximum(mostWeight());
    }
    // Never under the allocator's monitor, see allocate.
    for (Block victim : allocator.resize(newCapacity)) {
      if (victim != null) {
        evict(victim);
      }
    }
    crowded = allocator.usedBytes() >= newCapacity / 2;
  }

  /** The place of a table's blocks in this cache. */
  public TableBlocks newTable(long number, int blocks) {
    return new TableBlocks(this, number, blocks);
  }

  /**
   * Memory for a block that was not found and will be read, pinned once for the caller. Counts as a
   * miss.
   */
  public Block allocate(int bytes) {
    misses.increment();
    if (bytes > allocator.largestBlock()) {
      return Block.unshared(bytes);
    }
    Block block = allocator.allocate(bytes);
    if (!crowded) {
      crowded = block == null || allocator.usedBytes() >= capacity / 2;
    }
    if (block == null) {
      // Never under the allocator's monitor: evicting takes the policy's lock first, then that.
      for (Block victim : allocator.drainFor(bytes)) {
        if (victim != null) {
          evict(victim);
        }
      }
      block = allocator.allocate(bytes);
    }
    return block == null ? Block.unshared(bytes) : block;
  }

  /** Whether it would keep a block of so many bytes, if it had room. */
  public boolean keeps(int bytes) {
    return bytes <= allocator.largestBlock();
  }

  /** The memory of large values that are read and not cached. */
  public UncachedMemory uncached() {
    return uncached;
  }

  /** The account of what the tables take beside the cache. */
  public TableMemory tableMemory() {
    return tableMemory;
  }

  /** To be told how long it took to read what the cache hadn't. */
  public Latencies latencies() {
    return latencies;
  }

  /** The most bytes that the cache takes. */
  public long capacityBytes() {
    return capacity;
  }

  /** Bytes of memory that it has taken. */
  public long usedBytes() {
    return allocator.usedBytes();
  }

  /** Lookups that it has answered. */
  public long hits() {
    return hits.sum();
  }

  /** Lookups that led to a read. */
  public long misses() {
    return misses.sum();
  }

  void recordHit(Block block) {
    hits.increment();
    // As long as nothing need be evicted, which blocks are used matters to nobody. Then the policy
    // is only told; it may not know the block yet or any more.
    if (crowded && block.use() % TOLD_USES == 0 && !block.isWaiting()) {
      var _ = policy().getIfPresent(block);
    }
  }

  void admit(Block block) {
    AdmissionWindow waiting = allocator.liveBytes() < mostWeight() ? null : window();
    if (waiting == null
        || block.weight() > AdmissionWindow.LONGEST
        || waiting.missedAgain(block.hashCode())) {
      policy().put(block, block);
      return;
    }
    block.beginWaiting();
    Block first = waiting.add(block);
    if (first != null && first.endWaiting()) {
      if (first.wasUsed()) {
        policy().put(first, first);
      } else {
        letGo(first);
      }
    }
  }

  private AdmissionWindow window() {
    return window == null ? makeWindow() : window;
  }

  private synchronized AdmissionWindow makeWindow() {
    if (window == null) {
      window = new AdmissionWindow(policy().estimatedSize());
    }
    return window;
  }

  void evict(Block block) {
    if (block.endWaiting()) {
      letGo(block);
    } else {
      policy().invalidate(block);
    }
  }

  private static void removed(Block key, Block block, RemovalCause cause) {
    letGo(block);
  }

  private static void letGo(Block block) {
    block.table().remove(block);
    block.unpin();
  }

  /** Gives the memory back to the system. Nothing of it may be in use any more. */
  @Override
  public void close() {
    if (policy != null) {
      policy.invalidateAll();
    }
    if (window != null) {
      for (Block block = window.poll(); block != null; block = window.poll()) {
        evict(block);
      }
    }
    allocator.close();
  }
}
