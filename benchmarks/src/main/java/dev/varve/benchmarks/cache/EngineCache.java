package dev.varve.benchmarks.cache;

import dev.varve.storage.cache.Block;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.cache.TableBlocks;

/** The engine's own cache, in real memory: what slabs waste is missing for blocks. */
final class EngineCache implements Policy {
  private final BlockCache cache;
  private final TableBlocks blocks;
  private final int[] sizes;

  EngineCache(long bytes, int[] sizes) {
    this.sizes = sizes;
    cache = new BlockCache(bytes);
    blocks = cache.newTable(1, sizes.length);
  }

  @Override
  public boolean use(int number) {
    Block block = blocks.acquire(number);
    boolean hit = block != null;
    if (!hit) {
      block = cache.allocate(sizes[number]);
      blocks.publish(number, block);
    }
    block.unpin();
    return hit;
  }

  @Override
  public void close() {
    cache.close();
  }
}
