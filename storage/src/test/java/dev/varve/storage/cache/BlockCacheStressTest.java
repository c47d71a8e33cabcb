package dev.varve.storage.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Race;
import dev.varve.storage.Seeds;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/**
 * Threads that load, use and hold blocks of several tables, in a cache too small for them, while
 * tables are dropped and others take their places, and while the cache gets smaller and larger: a
 * block that is pinned stays what it was filled with, and no memory is lost.
 */
class BlockCacheStressTest {
  private static final int THREADS = 4;
  private static final int STEPS = 20_000;
  private static final int TABLES = 3;
  private static final int BLOCKS = 400;
  private static final long CAPACITY = 512 << 10;
  private static final int MOST_HELD = 6;
  private static final int RESIZES = 200;
  private static final long PAUSE_NANOS = 100_000;

  /** A place for one table after another; they are used and dropped as by counted references. */
  private static final class Place {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private TableBlocks blocks;
    private long number;
  }

  private record Held(Block block, long content) {}

  private final AtomicLong numbers = new AtomicLong();

  /** How large the blocks are changes from table to table, so that slabs serve other sizes. */
  private static int bytes(long table, int ordinal) {
    return 200 + ordinal * (table % 2 == 0 ? 7 : 70);
  }

  private static long content(long table, int ordinal) {
    return table * BLOCKS + ordinal;
  }

  private static void check(Block block, long content) {
    long size = block.memory().byteSize();
    for (long at = 0; at + Long.BYTES <= size; at += Long.BYTES) {
      assertEquals(content, block.memory().get(ValueLayout.JAVA_LONG_UNALIGNED, at));
    }
  }

  private void replace(BlockCache cache, Place place) {
    place.lock.writeLock().lock();
    try {
      if (place.blocks != null) {
        place.blocks.drop();
      }
      place.number = numbers.incrementAndGet();
      place.blocks = cache.newTable(place.number, BLOCKS);
    } finally {
      place.lock.writeLock().unlock();
    }
  }

  private static Held use(BlockCache cache, Place place, Random random) {
    place.lock.readLock().lock();
    try {
      int ordinal = (int) Math.abs(random.nextGaussian() * BLOCKS / 4) % BLOCKS;
      long content = content(place.number, ordinal);
      Block block = place.blocks.acquire(ordinal);
      if (block == null) {
        block = cache.allocate(bytes(place.number, ordinal));
        for (long at = 0; at + Long.BYTES <= block.memory().byteSize(); at += Long.BYTES) {
          block.memory().set(ValueLayout.JAVA_LONG_UNALIGNED, at, content);
        }
        place.blocks.publish(ordinal, block);
      }
      return new Held(block, content);
    } finally {
      place.lock.readLock().unlock();
    }
  }

  private void run(BlockCache cache, List<Place> places, Random random) {
    Deque<Held> held = new ArrayDeque<>();
    for (int i = 0; i < STEPS; i++) {
      Place place = places.get(random.nextInt(TABLES));
      if (random.nextInt(1000) == 0) {
        replace(cache, place);
      }
      Held used = use(cache, place, random);
      check(used.block, used.content);
      held.addLast(used);
      while (held.size() > random.nextInt(MOST_HELD + 1)) {
        Held oldest = held.removeFirst();
        check(oldest.block, oldest.content);
        oldest.block.unpin();
      }
    }
    held.forEach(each -> each.block.unpin());
  }

  private static void resize(BlockCache cache, Random random) {
    for (int i = 0; i < RESIZES; i++) {
      cache.resize(random.nextLong(CAPACITY / 8, 2 * CAPACITY));
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    cache.resize(CAPACITY);
  }

  @Test
  void whatIsPinnedStaysAndNothingIsLost() {
    run((cache, random) -> {});
  }

  @Test
  void whatIsPinnedStaysWhileTheSizeChanges() {
    run(BlockCacheStressTest::resize);
  }

  /** Runs the threads, and {@code beside} on one more. */
  private void run(BiConsumer<BlockCache, Random> beside) {
    Seeds.forEach(
        3,
        random -> {
          try (BlockCache cache = new BlockCache(CAPACITY);
              Race race = new Race()) {
            List<Place> places = new ArrayList<>();
            for (int i = 0; i < TABLES; i++) {
              places.add(new Place());
              replace(cache, places.getLast());
            }
            for (int i = 0; i < THREADS; i++) {
              long seed = random.nextLong();
              race.start(() -> run(cache, places, new Random(seed)));
            }
            long seed = random.nextLong();
            race.start(() -> beside.accept(cache, new Random(seed)));
            race.finish();
            assertTrue(cache.usedBytes() <= CAPACITY);
            places.forEach(place -> place.blocks.drop());
            takesAllAgain(cache);
          }
        });
  }

  /** Blocks of half a slab each fill the cache only if nothing else has a slot any more. */
  private static void takesAllAgain(BlockCache cache) {
    int bytes = (int) (CAPACITY / 16 / 2);
    for (int i = 0; i < 32; i++) {
      assertTrue(cache.allocate(bytes).isCacheable(), "slot " + i + " was lost");
    }
  }
}
