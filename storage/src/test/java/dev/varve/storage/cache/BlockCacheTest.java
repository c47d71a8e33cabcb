package dev.varve.storage.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class BlockCacheTest {
  /** Blocks of 4 KiB that a cache of 1 MiB has no room for. */
  private static final int MORE_THAN_FIT = 260;

  /** A block whose every word says which one it is. */
  private static Block load(BlockCache cache, TableBlocks table, int ordinal, int bytes) {
    Block block = cache.allocate(bytes);
    for (long at = 0; at + Integer.BYTES <= bytes; at += Integer.BYTES) {
      block.memory().set(ValueLayout.JAVA_INT_UNALIGNED, at, ordinal);
    }
    table.publish(ordinal, block);
    return block;
  }

  private static void assertIs(int ordinal, Block block) {
    long size = block.memory().byteSize();
    for (long at = 0; at + Integer.BYTES <= size; at += Integer.BYTES) {
      assertEquals(ordinal, block.memory().get(ValueLayout.JAVA_INT_UNALIGNED, at));
    }
  }

  @Test
  void findsWhatWasPublished() {
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableBlocks table = cache.newTable(1, 10);
      assertNull(table.acquire(3));
      load(cache, table, 3, 4096).unpin();
      Block found = table.acquire(3);
      assertIs(3, found);
      found.unpin();
      assertEquals(1, cache.hits());
      assertEquals(1, cache.misses());
      table.drop();
      assertNull(table.peek(3));
      assertThrows(IllegalStateException.class, found::unpin);
    }
  }

  @Test
  void aSmallerCacheGivesItsMemoryBackAndMayGrowAgain() {
    try (BlockCache cache = new BlockCache(16 << 20)) {
      TableBlocks table = cache.newTable(1, 10_000);
      for (int i = 0; i < 6000; i++) {
        load(cache, table, i, i % 2 == 0 ? 4096 : 1500).unpin();
      }
      assertTrue(cache.usedBytes() > 12 << 20, "used: " + cache.usedBytes());
      Block pinned = load(cache, table, 6000, 4096);
      cache.resize(4 << 20);
      // At most the slab of the block that is in use is beyond.
      assertTrue(cache.usedBytes() <= 5 << 20, "used: " + cache.usedBytes());
      assertIs(6000, pinned);
      pinned.unpin();
      int found = 0;
      for (int i = 0; i <= 6000; i++) {
        Block block = table.acquire(i);
        if (block != null) {
          assertIs(i, block);
          block.unpin();
          found++;
        }
      }
      assertTrue(found > 200, "still there: " + found);
      for (int i = 7000; i < 10_000; i++) {
        load(cache, table, i, 4096).unpin();
        assertTrue(cache.usedBytes() <= 5 << 20, "used: " + cache.usedBytes());
      }
      cache.resize(32 << 20);
      assertEquals(32 << 20, cache.capacityBytes());
      for (int i = 0; i < 6000; i++) {
        if (table.peek(i) == null) {
          load(cache, table, i, 4096).unpin();
        }
      }
      for (int i = 0; i < 6000; i++) {
        Block block = table.acquire(i);
        assertIs(i, block);
        block.unpin();
      }
    }
  }

  /** Found by a planted fault that no other test noticed. */
  @Test
  void aFreedBlockIsNotPinnedAgain() {
    try (BlockCache cache = new BlockCache(1 << 20)) {
      Block inSlab = cache.allocate(4096);
      inSlab.unpin();
      assertFalse(inSlab.tryPin());
      assertThrows(IllegalStateException.class, inSlab::unpin);
      Block unshared = Block.unshared(4096);
      assertTrue(unshared.tryPin());
      unshared.unpin();
      unshared.unpin();
      assertFalse(unshared.tryPin());
    }
  }

  /** As who looks the block up at the moment when it is evicted. */
  @Test
  void aFreedBlockThatATableStillNamesIsNotFound() {
    BlockCache cache = new BlockCache(1 << 20);
    TableBlocks table = cache.newTable(1, 10);
    Block block = load(cache, table, 3, 4096);
    block.unpin();
    assertTrue(block.tryPin());
    block.unpin();
    block.unpin(); // The cache's own.
    assertNull(table.peek(3));
    assertNull(table.acquire(3));
  }

  @Test
  void keepsNothingWithoutCapacity() {
    try (BlockCache cache = new BlockCache(0)) {
      TableBlocks table = cache.newTable(1, 10);
      load(cache, table, 3, 4096).unpin();
      assertNull(table.acquire(3));
      assertEquals(0, cache.usedBytes());
    }
  }

  @Test
  void givesMemoryOutsideWhenAllOfItsOwnIsPinned() {
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableBlocks table = cache.newTable(1, 1000);
      List<Block> pinned = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        pinned.add(load(cache, table, i, 4096));
      }
      assertTrue(cache.usedBytes() <= 1 << 20);
      for (int i = 0; i < 1000; i++) {
        assertIs(i, pinned.get(i));
        pinned.get(i).unpin();
      }
    }
  }

  @Test
  void memoryGoesOverToOtherSizes() {
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableBlocks small = cache.newTable(1, 10_000);
      for (int i = 0; i < 10_000; i++) {
        load(cache, small, i, 300).unpin();
      }
      TableBlocks large = cache.newTable(2, 1000);
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 20; i++) {
          Block block = large.acquire(i);
          (block != null ? block : load(cache, large, i, 16 << 10)).unpin();
        }
      }
      int kept = kept(large, 0, 20);
      assertTrue(kept >= 15, kept + " of 20 blocks in use are kept");
      assertTrue(cache.usedBytes() <= 1 << 20);
    }
  }

  @Test
  void oneScanDoesNotFlushWhatIsInUse() {
    int hot = 150;
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableBlocks table = inUse(cache, hot);
      for (int i = hot; i < 10_000; i++) {
        load(cache, table, i, 4096).unpin();
      }
      int kept = kept(table, 0, hot);
      assertTrue(kept >= 135, kept + " of 150 blocks in use are kept");
    }
  }

  /** A table whose first blocks, of 4 KiB, are used ten times each. */
  private static TableBlocks inUse(BlockCache cache, int hot) {
    TableBlocks table = cache.newTable(1, 10_000);
    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < hot; i++) {
        Block block = table.acquire(i);
        (block != null ? block : load(cache, table, i, 4096)).unpin();
      }
    }
    return table;
  }

  private static int kept(TableBlocks table, int from, int to) {
    int kept = 0;
    for (int i = from; i < to; i++) {
      Block block = table.peek(i);
      if (block != null) {
        block.unpin();
        kept++;
      }
    }
    return kept;
  }

  @Test
  void whatIsUsedOnceInAFullCacheLeavesSoonAndNothingElseDoes() {
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableBlocks table = inUse(cache, MORE_THAN_FIT);
      int inUse = kept(table, 0, MORE_THAN_FIT);
      for (int i = 1000; i < 10_000; i++) {
        load(cache, table, i, 4096).unpin();
      }
      // Of those that were in use some were waiting, too.
      int left = kept(table, 0, MORE_THAN_FIT);
      assertTrue(left >= inUse - 16, "of " + inUse + " blocks in use are left: " + left);
      int others = kept(table, 1000, 10_000);
      assertTrue(others > 0 && others <= 16, "of blocks that were used once are there: " + others);
    }
  }

  @Test
  void whatIsUsedWhileItWaitsStays() {
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableBlocks table = inUse(cache, MORE_THAN_FIT);
      load(cache, table, 1000, 4096).unpin();
      table.acquire(1000).unpin();
      for (int i = 1001; i < 2000; i++) {
        load(cache, table, i, 4096).unpin();
      }
      assertEquals(1, kept(table, 1000, 1001));
    }
  }

  @Test
  void whatIsMissedAgainSoonStays() {
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableBlocks table = inUse(cache, MORE_THAN_FIT);
      load(cache, table, 1000, 4096).unpin();
      for (int i = 1001; i < 1020; i++) {
        load(cache, table, i, 4096).unpin();
      }
      assertNull(table.peek(1000));
      load(cache, table, 1000, 4096).unpin();
      for (int i = 1020; i < 2000; i++) {
        load(cache, table, i, 4096).unpin();
      }
      assertEquals(1, kept(table, 1000, 1001));
    }
  }

  @Test
  void whatWaitsLeavesWithItsTableAndGivesItsMemoryBack() {
    try (BlockCache cache = new BlockCache(1 << 20)) {
      inUse(cache, MORE_THAN_FIT);
      TableBlocks other = cache.newTable(2, 10);
      Block waiting = load(cache, other, 3, 4096);
      waiting.unpin();
      other.drop();
      assertNull(other.peek(3));
      assertThrows(IllegalStateException.class, waiting::unpin);
    }
  }

  @Test
  void readersNeverSeeReleasedMemory() {
    Seeds.forEach(
        3,
        random -> {
          try (BlockCache cache = new BlockCache(512 << 10);
              ExecutorService threads = Executors.newFixedThreadPool(4)) {
            TableBlocks table = cache.newTable(1, 1000);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
              long seed = random.nextLong();
              running.add(threads.submit(() -> readAtRandom(cache, table, new Random(seed))));
            }
            for (Future<?> each : running) {
              each.get();
            }
            assertTrue(cache.usedBytes() <= 512 << 10);
            assertTrue(cache.hits() > 0 && cache.misses() > 1000);
          }
        });
  }

  private static void readAtRandom(BlockCache cache, TableBlocks table, Random random) {
    Block held = null;
    int heldOrdinal = 0;
    for (int i = 0; i < 30_000; i++) {
      int ordinal = (int) Math.abs(random.nextGaussian() * 150) % 1000;
      Block block = table.acquire(ordinal);
      if (block == null) {
        block = load(cache, table, ordinal, 500 + ordinal * 7);
      }
      assertNotNull(block);
      assertIs(ordinal, block);
      if (held != null) {
        assertIs(heldOrdinal, held);
        held.unpin();
      }
      held = block;
      heldOrdinal = ordinal;
    }
    if (held != null) {
      held.unpin();
    }
  }
}
