package dev.varve.storage.sstable;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.StorageStatistics.Operation;
import dev.varve.storage.block.BlockFile;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.cache.Block;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.cache.TableBlocks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The index of an open table. It stays in memory of its own if {@linkplain
 * dev.varve.storage.cache.TableMemory tables may take that}; if not, it is a block of the cache,
 * read when it is needed. Which of the two is decided when the table is opened. Safe for use by
 * many threads.
 */
final class IndexMemory {
  private final BlockFile file;
  private final BlockHandle handle;
  private final BlockCache cache;
  private final int blockCount;
  private final int bytes;

  /** Null if the index is a block of the cache. */
  private final Arena memory;

  /** Where the cache has the index, as the only block; null if it stays in memory of its own. */
  private final TableBlocks place;

  /** The index where it was last; immutable, so that races of those who set it do no harm. */
  private TableIndex latest;

  /**
   * Reads and checks the index.
   *
   * @param number the table's
   * @throws Corruption if it is malformed, or the properties say otherwise
   */
  IndexMemory(BlockFile file, TableSections sections, long number, BlockCache cache) {
    this.file = file;
    this.handle = sections.index();
    this.cache = cache;
    Arena arena = Arena.ofShared();
    try {
      latest = read(arena, sections.filter().offset());
      blockCount = latest.blocks();
      if (sections.properties().dataBlocks() != blockCount) {
        throw new Corruption(
            file.name(), handle.offset(), "an index of as many blocks as the properties say");
      }
      bytes = Math.toIntExact(handle.length() + latest.wordBytes());
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
    if (cache.tableMemory().tryAddIndex(bytes)) {
      memory = arena;
      place = null;
    } else {
      arena.close();
      memory = null;
      // By the table's own number the policy would take the index for its first data block.
      place = cache.newTable(~number, 1);
    }
  }

  private TableIndex read(Arena arena, long dataEnd) {
    MemorySegment section = file.readSection(handle, arena.allocate(handle.length(), Long.BYTES));
    if (TableIndex.isPlausible(section)) {
      MemorySegment words = arena.allocate(TableIndex.wordBytes(section), Long.BYTES);
      TableIndex index = TableIndex.of(section, dataEnd, words);
      if (index != null) {
        return index;
      }
    }
    throw new Corruption(file.name(), handle.offset(), "a well-formed index");
  }

  /** How many data blocks it has. */
  int blocks() {
    return blockCount;
  }

  /** The index if it stays in memory of its own, where nobody need acquire it; null if not. */
  TableIndex resident() {
    return memory == null ? null : latest;
  }

  /** Bytes that it takes beside the cache. */
  long residentBytes() {
    return memory == null ? 0 : bytes;
  }

  /**
   * The index, to be {@linkplain TableIndex#release released} by the caller.
   *
   * @param mayRead whether the disk may be read
   * @return null, never if {@code mayRead}: the disk had to be read
   */
  TableIndex acquire(boolean mayRead) {
    return memory != null ? latest : acquireFromCache(mayRead);
  }

  private TableIndex acquireFromCache(boolean mayRead) {
    Block block = place.acquire(0);
    if (block == null) {
      if (!mayRead) {
        return null;
      }
      block = readIntoCache();
    }
    TableIndex index = latest;
    if (!index.isIn(block)) {
      index = index.in(block);
      latest = index;
    }
    return index;
  }

  private Block readIntoCache() {
    long begin = cache.latencies().begin();
    Block block = cache.allocate(bytes);
    try {
      file.readSection(handle, block.memory().asSlice(0, handle.length()));
      latest.in(block).fillWords();
    } catch (RuntimeException e) {
      block.unpin();
      throw e;
    }
    place.publish(0, block);
    cache.latencies().end(Operation.READ, begin);
    return block;
  }

  /** Gives the memory back. Nobody has acquired it. */
  void close() {
    if (memory == null) {
      place.drop();
    } else {
      memory.close();
      cache.tableMemory().removeIndex(bytes);
    }
  }
}
