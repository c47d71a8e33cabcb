package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.manifest.FileNumbers;
import dev.varve.storage.manifest.Manifest;
import dev.varve.storage.manifest.TableSource;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.sstable.TableReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Where filters and indexes don't fit, filters yield, the lowest first, and indexes are read
 * through the cache. No answer changes.
 */
class FiltersYieldTest {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int KEYS = 3000;

  private static final StorageOptions SMALL =
      StorageOptions.builder()
          .memtableBytes(32 << 10)
          .logSegmentBytes(64 << 10)
          .blockBytes(512)
          .tableBytes(16 << 10)
          .level0Tables(4)
          .levelBaseBytes(32 << 10)
          .levelSizeRatio(4)
          .blockCacheBytes(64 << 10)
          .build();

  private final SimulatedFileSystem files = new SimulatedFileSystem();

  private static byte[] key(int number) {
    return String.format("key%06d", number).getBytes(US_ASCII);
  }

  private static byte[] value(int number) {
    byte[] value = new byte[60];
    new Random(number).nextBytes(value);
    return value;
  }

  private static StorageEngine open(
      SimulatedFileSystem files, ThreadScheduler scheduler, long tableMemoryBytes) {
    return LsmEngine.open(
        DIRECTORY,
        SMALL.toBuilder().tableMemoryBytes(tableMemoryBytes).build(),
        new EngineEnvironment(files, System::currentTimeMillis, scheduler));
  }

  /** Every even key, in some order. */
  private static void writeAll(StorageEngine engine) {
    write(engine, KEYS);
  }

  private static void write(StorageEngine engine, int count) {
    for (int i = 0; i < count; i++) {
      int number = 2 * (int) (i * 7919L % KEYS);
      WriteBatch batch = new WriteBatch();
      batch.put(key(number), value(number));
      while (!engine.isWritable(batch)) {
        Thread.onSpinWait();
      }
      engine.commit(batch, SyncPolicy.NO);
    }
    engine.freeze();
    engine.flush();
  }

  private static void checkAll(StorageEngine engine) {
    try (ReadView view = engine.view()) {
      for (int number = 0; number < 2 * KEYS; number += 2) {
        assertArrayEquals(value(number), view.get(key(number)));
        assertNull(view.get(key(number + 1)));
      }
    }
  }

  private static void checkLimit(StorageEngine engine, long limit) {
    StorageStatistics figures = engine.statistics();
    assertTrue(figures.tableMemoryBytes() <= limit, figures::toString);
  }

  private static long memoryBytes(Version version) {
    return version.sumOfTables(TableReader::memoryBytes);
  }

  private static long filterBytes(Version version) {
    return version.sumOfTables(TableReader::filterBytes);
  }

  @BeforeEach
  void makeDatabase() {
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(files, scheduler, Long.MAX_VALUE)) {
      writeAll(engine);
      engine.compact();
      // Too few for a merge: they stay in level 0.
      write(engine, KEYS / 20);
    }
  }

  private Manifest manifest(BlockCache cache) {
    return Manifest.open(
        files, DIRECTORY, new FileNumbers(), new TableSource(files, DIRECTORY, cache), file -> {});
  }

  @Test
  void theLowestYieldFirstAndComeBack() {
    try (BlockCache cache = new BlockCache(0);
        Manifest manifest = manifest(cache)) {
      Version version = manifest.current();
      assertTrue(version.levels().tables(6).size() > 1, "tables in the last level");
      assertTrue(
          version.levels().numbers().size() > version.levels().tables(6).size(), "and above");
      long indexes = memoryBytes(version);
      assertTrue(version.fitFilters(Long.MAX_VALUE, Long.MAX_VALUE));
      long full = filterBytes(version);
      assertTrue(full > 0);
      assertEquals(indexes + full, memoryBytes(version));
      for (long room = full; room > 0; room -= full / 13) {
        version.fitFilters(indexes + room, Long.MAX_VALUE);
        assertTrue(filterBytes(version) <= room);
        checkOrder(version);
        lookUp(version);
        assertEquals(memoryBytes(version), cache.tableMemory().takenBytes());
      }
      version.fitFilters(0, Long.MAX_VALUE);
      assertEquals(0, filterBytes(version));
      version.fitFilters(indexes + full, Long.MAX_VALUE);
      assertEquals(full, filterBytes(version));
    }
  }

  /** No table has its filter while one above it, whose filter is no larger, has none. */
  private static void checkOrder(Version version) {
    List<TableReader> fromTheTop = new ArrayList<>();
    version.forEachTable((meta, table) -> fromTheTop.add(table));
    long leastMissing = Long.MAX_VALUE;
    for (TableReader table : fromTheTop) {
      if (table.filterBytes() == 0) {
        leastMissing = Math.min(leastMissing, table.fullFilterBytes());
      } else {
        assertTrue(table.fullFilterBytes() < leastMissing);
      }
    }
  }

  private static void lookUp(Version version) {
    EntryReference out = new EntryReference();
    for (int number = 0; number < 2 * KEYS; number += 10) {
      byte[] key = key(number);
      assertEquals(
          EntryReference.FOUND, version.find(key, 0, key.length, Long.MAX_VALUE, 0, true, out));
      out.release();
      key = key(number + 1);
      assertEquals(
          EntryReference.ABSENT, version.find(key, 0, key.length, Long.MAX_VALUE, 0, true, out));
    }
  }

  @Test
  void anEngineKeepsItsLimitWhenItOpensAndWhenItMerges() {
    long limit;
    try (BlockCache cache = new BlockCache(0);
        Manifest manifest = manifest(cache)) {
      Version version = manifest.current();
      version.fitFilters(Long.MAX_VALUE, Long.MAX_VALUE);
      limit = memoryBytes(version) - filterBytes(version) / 2;
    }
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(files, scheduler, limit)) {
      checkLimit(engine, limit);
      assertTrue(engine.statistics().filterMemoryBytes() > 0);
      checkAll(engine);
      writeAll(engine);
      checkLimit(engine, limit);
      engine.compact();
      checkLimit(engine, limit);
      checkAll(engine);
      assertNull(engine.statistics().backgroundError());
    }
  }

  @Test
  void indexesThatDoNotFitAreReadThroughTheCache() {
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(files, scheduler, 0)) {
      byte[] key = key(KEYS);
      EntryReference out = new EntryReference();
      assertEquals(EntryReference.NEEDS_READ, engine.get(key, 0, key.length, false, out));
      assertEquals(EntryReference.FOUND, engine.get(key, 0, key.length, true, out));
      out.release();
      assertEquals(EntryReference.FOUND, engine.get(key, 0, key.length, false, out));
      out.release();
      checkAll(engine);
      writeAll(engine);
      engine.compact();
      checkAll(engine);
      assertTrue(engine.verify(VerificationListener.NONE).isSound());
      checkLimit(engine, 0);
      assertNull(engine.statistics().backgroundError());
    }
  }

  @Test
  void filtersOfALargeDatabaseAreReadAfterItIsOpen() {
    long full;
    try (BlockCache cache = new BlockCache(0);
        Manifest manifest = manifest(cache)) {
      manifest.current().fitFilters(Long.MAX_VALUE, Long.MAX_VALUE);
      full = filterBytes(manifest.current());
    }
    StorageOptions options = SMALL.toBuilder().memtableBytes(4 << 10).build();
    SteppedScheduler scheduler = new SteppedScheduler(new Random(1));
    try (StorageEngine engine =
        LsmEngine.open(
            DIRECTORY,
            options,
            new EngineEnvironment(files, System::currentTimeMillis, scheduler))) {
      long atOnce = engine.statistics().filterMemoryBytes();
      assertTrue(atOnce >= options.memtableBytes() / 4, atOnce + " bytes at once");
      assertTrue(atOnce < full, atOnce + " bytes at once");
      checkAll(engine);
      scheduler.drain();
      assertEquals(full, engine.statistics().filterMemoryBytes());
      checkAll(engine);
    }
  }

  @Test
  void aFilterThatCannotBeReadWhenOpeningIsToldAndMissed() {
    AtomicInteger reads = new AtomicInteger();
    AtomicInteger failing = new AtomicInteger(Integer.MAX_VALUE);
    files.setFaultInjector(
        (operation, path, count) -> {
          if (operation == FaultInjector.Operation.READ
              && reads.incrementAndGet() == failing.get()) {
            throw new IOException("I/O error");
          }
        });
    // What is read last are filters.
    openStepped().close();
    failing.set(reads.getAndSet(0));
    try (StorageEngine engine = openStepped()) {
      assertTrue(engine.statistics().backgroundError().contains("I/O error"));
      assertTrue(engine.statistics().filterMemoryBytes() > 0);
      checkAll(engine);
    }
  }

  private StorageEngine openStepped() {
    SteppedScheduler scheduler = new SteppedScheduler(new Random(1));
    return LsmEngine.open(
        DIRECTORY, SMALL, new EngineEnvironment(files, System::currentTimeMillis, scheduler));
  }

  @Test
  void aFilterThatCannotBeReadAgainStaysAwayAndIsTold() throws IOException {
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(files, scheduler, 0)) {
      assertEquals(0, engine.statistics().filterMemoryBytes());
      checkAll(engine);
    }
    try (BlockCache cache = new BlockCache(0);
        Manifest manifest = manifest(cache)) {
      Version version = manifest.current();
      version.fitFilters(0, Long.MAX_VALUE);
      files.setFaultInjector(
          (operation, path, count) -> {
            if (operation == FaultInjector.Operation.READ) {
              throw new IOException("I/O error");
            }
          });
      assertThrows(
          StorageException.Io.class, () -> version.fitFilters(Long.MAX_VALUE, Long.MAX_VALUE));
      files.setFaultInjector(FaultInjector.NONE);
      lookUp(version);
      version.fitFilters(Long.MAX_VALUE, Long.MAX_VALUE);
      assertTrue(filterBytes(version) > 0);
    }
  }
}
