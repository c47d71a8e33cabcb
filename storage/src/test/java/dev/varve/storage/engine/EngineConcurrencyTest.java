package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.DiskFileSystem;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers beside a writer, flushes and compactions, all on threads of their own on the real disk.
 * Each batch writes one number under all keys: a view that shows two numbers, or an older one than
 * was published before it was opened, or memory that was given back, is a failure.
 */
class EngineConcurrencyTest {
  private static final int KEYS = 200;
  private static final int BATCHES = 1000;

  private static final StorageOptions SMALL =
      StorageOptions.builder()
          .memtableBytes(64 << 10)
          .logSegmentBytes(64 << 10)
          .blockBytes(512)
          .tableBytes(16 << 10)
          .level0Tables(2)
          .levelBaseBytes(32 << 10)
          .levelSizeRatio(4)
          .blockCacheBytes(256 << 10)
          .build();

  private static byte[] key(int number) {
    return String.format("key-%04d", number).getBytes(US_ASCII);
  }

  @Test
  void viewsStayWholeWhateverGoesOnBesideThem(@TempDir Path directory) throws Exception {
    AtomicLong published = new AtomicLong();
    AtomicLong checked = new AtomicLong();
    try (ExecutorService readers = Executors.newFixedThreadPool(3);
        ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(directory, scheduler)) {
      write(engine, 1, published);
      List<Future<?>> ends = new ArrayList<>();
      ends.add(
          readers.submit(() -> readUntilDone(published, () -> lookUp(engine, published, checked))));
      ends.add(
          readers.submit(
              () -> readUntilDone(published, () -> walk(engine, published, true, checked))));
      ends.add(
          readers.submit(
              () -> readUntilDone(published, () -> walk(engine, published, false, checked))));
      for (int number = 2; number <= BATCHES; number++) {
        write(engine, number, published);
      }
      for (Future<?> end : ends) {
        end.get();
      }
      assertTrue(engine.statistics().flushes() > 10, "it was flushed");
      assertTrue(engine.statistics().compactions() > 10, "it was compacted");
      engine.freeze();
      engine.flush();
      engine.compact();
      lookUp(engine, published, checked);
      assertTrue(checked.get() > 10, "views were checked");
    }
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(directory, scheduler)) {
      lookUp(engine, published, checked);
    }
  }

  private static StorageEngine open(Path directory, Scheduler scheduler) {
    return LsmEngine.open(
        directory,
        SMALL,
        new EngineEnvironment(new DiskFileSystem(), System::currentTimeMillis, scheduler));
  }

  private static void write(StorageEngine engine, long number, AtomicLong published) {
    WriteBatch batch = new WriteBatch();
    byte[] value = Long.toString(number).getBytes(US_ASCII);
    for (int i = 0; i < KEYS; i++) {
      batch.put(key(i), value);
    }
    while (!engine.isWritable(batch)) {
      Thread.onSpinWait();
    }
    engine.commit(batch, number % 100 == 0 ? SyncPolicy.ALWAYS : SyncPolicy.NO);
    published.set(number);
  }

  private static void readUntilDone(AtomicLong published, Runnable check) {
    while (published.get() < BATCHES) {
      check.run();
    }
  }

  private static void lookUp(StorageEngine engine, AtomicLong published, AtomicLong checked) {
    long least = published.get();
    try (ReadView view = engine.view()) {
      long first = Long.parseLong(new String(view.get(key(0)), US_ASCII));
      assertTrue(first >= least, () -> first + " is older than " + least);
      for (int i = 1; i < KEYS; i++) {
        assertEquals(first, Long.parseLong(new String(view.get(key(i)), US_ASCII)));
      }
    }
    checked.incrementAndGet();
  }

  private static void walk(
      StorageEngine engine, AtomicLong published, boolean forward, AtomicLong checked) {
    long least = published.get();
    int seen = 0;
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(null, null)) {
      long first = -1;
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
        long number = Long.parseLong(new String(value, US_ASCII));
        first = first < 0 ? number : first;
        assertEquals(first, number);
        seen++;
        if (forward) {
          cursor.next();
        } else {
          cursor.previous();
        }
      }
      long shown = first;
      assertTrue(shown >= least, () -> shown + " is older than " + least);
    }
    assertEquals(KEYS, seen);
    checked.incrementAndGet();
  }
}
