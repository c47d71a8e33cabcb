package dev.varve.storage.engine;

import dev.varve.storage.CompactionStyle;
import dev.varve.storage.Compression;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.UniversalCompaction;
import java.util.Random;

/** Options of engines that are so small that all they can do goes on all the time. */
public final class RandomOptions {
  /** For no index, some, and all. */
  private static final long[] TABLE_MEMORY = {0, 1 << 10, 8 << 10, Long.MAX_VALUE};

  private RandomOptions() {}

  /** Draws them by a seed's numbers. */
  public static StorageOptions.Builder draw(Random random) {
    Compression[] codecs = Compression.values();
    return StorageOptions.builder()
        .memtableBytes(4096L << random.nextInt(3))
        .memtableEntries(random.nextBoolean() ? Integer.MAX_VALUE : 10 + random.nextInt(50))
        .maxMemtables(2 + random.nextInt(3))
        .logSegmentBytes(32768L << random.nextInt(2))
        .blockBytes(256 << random.nextInt(4))
        .filterBitsPerKey(random.nextInt(4) == 0 ? 0 : 10)
        .compression(codecs[random.nextInt(codecs.length)])
        .bottomCompression(codecs[random.nextInt(codecs.length)])
        .tableBytes(4096L << random.nextInt(3))
        .level0Tables(1 + random.nextInt(4))
        .level0Stall(8)
        .compactionStyle(
            random.nextInt(3) == 0 ? CompactionStyle.UNIVERSAL : CompactionStyle.LEVELED)
        .universal(
            new UniversalCompaction(
                2 + random.nextInt(3),
                random.nextInt(100),
                2 + random.nextInt(2),
                3 + random.nextInt(5),
                20 + random.nextInt(300)))
        .levelSizeRatio(2 + random.nextInt(4))
        .levelBaseBytes(4096L << random.nextInt(3))
        .blobThreshold(random.nextBoolean() ? 0 : 32 + random.nextInt(150))
        .blockCacheBytes(random.nextInt(3) * 65536L)
        .rowCacheBytes(random.nextInt(3) * 65536L)
        .tableMemoryBytes(TABLE_MEMORY[random.nextInt(TABLE_MEMORY.length)])
        .backgroundThreads(1 + random.nextInt(3))
        .maxOpenFiles(random.nextBoolean() ? 1 + random.nextInt(6) : Integer.MAX_VALUE)
        .passedBeforeMerge(1 + random.nextInt(10));
  }
}
