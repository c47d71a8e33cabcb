package dev.varve.storage.sstable;

import dev.varve.storage.block.BlockFile;
import dev.varve.storage.cache.Block;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;

/**
 * Reads the blocks of a walk: those that follow one another by ever larger reads, up to {@link
 * #MOST_BYTES} at once, others one by one. Used by one thread.
 */
final class ReadAhead implements AutoCloseable {
  private static final int FIRST_BYTES = 16 << 10;
  private static final int MOST_BYTES = 256 << 10;

  private final BlockFile file;
  private final TableIndex index;
  private final BlockCache cache;
  private final long dataEnd;
  private PooledBuffer window;
  private int windowBytes;
  private long windowStart;
  private long windowEnd;
  private int lastBlock = -2;

  /**
   * @param cache where the blocks' memory comes from; null if they won't be shared
   */
  ReadAhead(BlockFile file, TableIndex index, BlockCache cache) {
    this.file = file;
    this.index = index;
    this.cache = cache;
    this.dataEnd = index.offset(index.blocks());
  }

  /** Takes note of a block that was found elsewhere. */
  void passed(int block) {
    lastBlock = block;
  }

  /** The block, pinned for the caller. */
  Block read(int block) {
    boolean inSequence = block == lastBlock + 1;
    lastBlock = block;
    long start = index.offset(block);
    long end = index.offset(block + 1);
    int size = (int) (end - start);
    if (start < windowStart || end > windowEnd) {
      windowBytes = inSequence ? Math.clamp(2L * windowBytes, FIRST_BYTES, MOST_BYTES) : 0;
      if (size > windowBytes) {
        return file.readBlock(start, size, cache);
      }
      fill(start);
    }
    return file.decodeBlock(window, (int) (start - windowStart), start, size, cache);
  }

  private void fill(long start) {
    if (window == null || window.capacity() < windowBytes) {
      close();
      window = BufferPool.borrow(windowBytes);
    }
    windowStart = start;
    windowEnd = start;
    int length = (int) Math.min(windowBytes, dataEnd - start);
    file.read(window.bytes().clear().limit(length), start);
    windowEnd = start + length;
  }

  @Override
  public void close() {
    if (window != null) {
      window.close();
      window = null;
    }
  }
}
