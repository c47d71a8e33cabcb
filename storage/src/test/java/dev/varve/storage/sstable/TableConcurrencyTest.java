package dev.varve.storage.sstable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.iterator.EntryCursor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TableConcurrencyTest {
  private static final Path PATH = Path.of("/data/000007.sst");

  private final SimulatedFileSystem fileSystem = new SimulatedFileSystem();

  @BeforeEach
  void makeDirectory() throws IOException {
    fileSystem.createDirectories(PATH.getParent());
  }

  @Test
  void readersBesideEvictionsSeeWhatWasWritten() {
    Seeds.forEach(
        4,
        random -> {
          NavigableMap<Tables.EntryId, Tables.Content> model = Tables.random(random, 3000);
          Path path = Path.of("/data/%d.sst".formatted(random.nextInt(Integer.MAX_VALUE)));
          TableFormatOptions options = Tables.randomOptions(random).withBlockBytes(1024);
          Tables.write(fileSystem, path, options, model);
          // An index that doesn't fit is read through the cache, and evicted like any block.
          long tableMemory = random.nextBoolean() ? Long.MAX_VALUE : 1 << 10;
          try (BlockCache cache = new BlockCache(96 << 10, tableMemory);
              ExecutorService threads = Executors.newFixedThreadPool(4)) {
            TableReader table = TableReader.open(fileSystem, path, 7, cache);
            table.loadFilter();
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
              long seed = random.nextLong();
              boolean scans = i == 0;
              running.add(
                  threads.submit(
                      () -> {
                        if (scans) {
                          scan(table, model);
                        } else {
                          get(table, model, new Random(seed));
                        }
                      }));
            }
            for (Future<?> each : running) {
              each.get();
            }
            table.release();
          }
        });
  }

  private static void get(
      TableReader table, NavigableMap<Tables.EntryId, Tables.Content> model, Random random) {
    List<Map.Entry<Tables.EntryId, Tables.Content>> entries = List.copyOf(model.entrySet());
    EntryReference out = new EntryReference();
    for (int i = 0; i < 10_000; i++) {
      Map.Entry<Tables.EntryId, Tables.Content> entry = entries.get(random.nextInt(entries.size()));
      byte[] key = entry.getKey().key();
      assertEquals(
          EntryReference.FOUND,
          table.get(key, 0, key.length, entry.getKey().sequence(), true, out));
      assertArrayEquals(
          entry.getValue().value(),
          out.valueSegment()
              .asSlice(out.valueOffset(), out.valueLength())
              .toArray(ValueLayout.JAVA_BYTE));
      out.release();
    }
  }

  private static void scan(TableReader table, NavigableMap<Tables.EntryId, Tables.Content> model) {
    for (int round = 0; round < 6; round++) {
      try (EntryCursor cursor = table.cursor(round % 2 == 0)) {
        cursor.seekToFirst();
        for (Map.Entry<Tables.EntryId, Tables.Content> each : model.entrySet()) {
          assertEquals(each.getKey().sequence(), cursor.sequence());
          assertArrayEquals(
              each.getValue().value(),
              cursor
                  .valueSegment()
                  .asSlice(cursor.valueOffset(), cursor.valueLength())
                  .toArray(ValueLayout.JAVA_BYTE));
          cursor.next();
        }
        assertFalse(cursor.isValid());
      }
    }
  }

  @Test
  void theLastReferenceClosesTheTable() {
    Tables.write(fileSystem, PATH, TableFormatOptions.DEFAULT, Tables.random(new Random(1), 100));
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableReader table = TableReader.open(fileSystem, PATH, 7, cache);
      AtomicInteger closed = new AtomicInteger();
      table.whenReleased(closed::incrementAndGet);
      EntryCursor cursor = table.cursor(true);
      cursor.seekToFirst();
      assertTrue(table.tryRetain());
      table.release();
      table.release();
      assertEquals(0, closed.get());
      assertTrue(cursor.isValid());
      cursor.close();
      cursor.close();
      assertEquals(1, closed.get());
      assertFalse(table.tryRetain());
      assertThrows(IllegalStateException.class, table::release);
      assertThrows(IllegalStateException.class, () -> table.cursor(true));
    }
  }
}
