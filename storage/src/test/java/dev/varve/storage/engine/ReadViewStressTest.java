package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.Race;
import dev.varve.storage.ReadView;
import dev.varve.storage.Seeds;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Views that go from thread to thread, are read by each and closed by any, beside a writer, flushes
 * and compactions: a view shows one and the same batch from its opening to its closing, and older
 * memtables and tables go as soon as no view needs them.
 */
class ReadViewStressTest {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int KEYS = 60;
  private static final int BATCHES = 200;
  private static final int READERS = 3;
  private static final int VIEWS = 8;

  private static final StorageOptions SMALL =
      StorageOptions.builder()
          .memtableBytes(16 << 10)
          .maxMemtables(3)
          .logSegmentBytes(64 << 10)
          .blockBytes(256)
          .tableBytes(8 << 10)
          .level0Tables(2)
          .levelBaseBytes(16 << 10)
          .levelSizeRatio(4)
          .blockCacheBytes(32 << 10)
          .tableMemoryBytes(2 << 10)
          .build();

  /** A view, and the batch that it shows. */
  private record Opened(ReadView view, long batch) {}

  private static byte[] key(int number) {
    return String.format("key-%04d", number).getBytes(US_ASCII);
  }

  private static void write(StorageEngine engine, long number, Random random) {
    WriteBatch batch = new WriteBatch();
    byte[] value = (number + "-" + "v".repeat(random.nextInt(100))).getBytes(US_ASCII);
    if (random.nextInt(10) == 0) {
      batch.deleteRange(key(0), key(KEYS));
    }
    for (int i = 0; i < KEYS; i++) {
      batch.put(key(i), value);
    }
    while (!engine.isWritable(batch)) {
      Thread.onSpinWait();
    }
    engine.commit(batch, SyncPolicy.NO);
  }

  private static long batch(byte[] value) {
    String text = new String(value, US_ASCII);
    return Long.parseLong(text.substring(0, text.indexOf('-')));
  }

  private static void read(
      StorageEngine engine,
      BlockingQueue<Opened> open,
      Race race,
      AtomicLong reads,
      Random random) {
    while (!race.isOver()) {
      Opened opened = random.nextInt(4) == 0 ? null : open.poll();
      if (opened == null) {
        ReadView view = engine.view();
        opened = new Opened(view, batch(view.get(key(random.nextInt(KEYS)))));
      }
      if (random.nextInt(5) == 0) {
        walk(opened, random.nextBoolean());
      } else {
        for (int i = 0; i < 10; i++) {
          assertEquals(opened.batch, batch(opened.view.get(key(random.nextInt(KEYS)))));
        }
      }
      reads.incrementAndGet();
      if (random.nextInt(8) == 0 || !open.offer(opened)) {
        opened.view.close();
      }
    }
  }

  private static void walk(Opened opened, boolean forward) {
    int seen = 0;
    try (Cursor cursor = opened.view.cursor(null, null)) {
      if (forward) {
        cursor.seekToFirst();
      } else {
        cursor.seekToLast();
      }
      while (cursor.isValid()) {
        byte[] value =
            cursor
                .valueSegment()
                .asSlice(cursor.valueOffset(), cursor.valueLength())
                .toArray(ValueLayout.JAVA_BYTE);
        assertEquals(opened.batch, batch(value));
        seen++;
        if (forward) {
          cursor.next();
        } else {
          cursor.previous();
        }
      }
    }
    assertEquals(KEYS, seen);
  }

  @Test
  void aViewShowsTheSameWhoeverReadsItAndWheneverItIsClosed() {
    Seeds.forEach(
        2,
        random -> {
          SimulatedFileSystem files = new SimulatedFileSystem();
          BlockingQueue<Opened> open = new ArrayBlockingQueue<>(VIEWS);
          AtomicLong reads = new AtomicLong();
          try (ThreadScheduler scheduler = new ThreadScheduler();
              StorageEngine engine =
                  LsmEngine.open(
                      DIRECTORY,
                      SMALL,
                      new EngineEnvironment(files, System::currentTimeMillis, scheduler));
              Race race = new Race()) {
            write(engine, 0, random);
            for (int i = 0; i < READERS; i++) {
              long seed = random.nextLong();
              race.start(() -> read(engine, open, race, reads, new Random(seed)));
            }
            for (int number = 1; number <= BATCHES; number++) {
              write(engine, number, random);
            }
            race.finish();
            open.forEach(each -> each.view.close());
            assertTrue(reads.get() > 0);
            assertTrue(engine.statistics().flushes() > 5, "it was flushed");
            assertTrue(engine.statistics().compactions() > 5, "it was compacted");
          }
        });
  }
}
