package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.KeyCount;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts tell readers of what is published, and of nothing that a crash can take back. */
final class PublishedCountsTest {
  private static final int GROUP = 1;
  private static final byte[] LOWER = {'k'};
  private static final byte[] UPPER = {'l'};

  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private final SteppedScheduler scheduler = new SteppedScheduler(new Random(1));

  private LsmEngine open() {
    StorageOptions options =
        StorageOptions.builder().keyGroups((key, offset, length) -> GROUP).build();
    return (LsmEngine)
        LsmEngine.open(
            Path.of("/db"),
            options,
            new EngineEnvironment(disk, () -> 1, scheduler, new Random(1)));
  }

  private static WriteBatch batch(int from, int count) {
    WriteBatch batch = new WriteBatch();
    for (int i = from; i < from + count; i++) {
      batch.put(("k" + i).getBytes(US_ASCII), new byte[1]);
    }
    batch.count(GROUP, count);
    return batch;
  }

  private static long latest(StorageEngine engine) {
    return engine.latest().count(GROUP, LOWER, UPPER).keys();
  }

  private static void publish(StorageEngine engine) {
    engine.write();
    engine.sync();
    engine.publish(engine.durableSequence());
  }

  @Test
  void whatIsAppendedIsCountedOnceItIsPublished() {
    try (LsmEngine engine = open()) {
      engine.commit(batch(0, 10), SyncPolicy.ALWAYS);
      engine.append(batch(10, 5));
      assertEquals(10, LiveCounts.of(engine, GROUP));
      assertEquals(15, latest(engine));
      engine.write();
      engine.append(batch(15, 7));
      // A memtable ends, and neither what it holds nor what comes after it is published.
      engine.freeze();
      engine.append(batch(22, 100));
      engine.write();
      assertEquals(10, LiveCounts.of(engine, GROUP));
      assertEquals(122, latest(engine));
      engine.sync();
      assertEquals(10, LiveCounts.of(engine, GROUP));
      engine.publish(engine.durableSequence());
      assertEquals(122, LiveCounts.of(engine, GROUP));
      scheduler.drain();
      assertEquals(122, LiveCounts.of(engine, GROUP));
    }
    try (LsmEngine engine = open()) {
      assertEquals(122, LiveCounts.of(engine, GROUP));
      assertEquals(122, latest(engine));
    }
  }

  @Test
  void whatWasWrittenBeforeASyncBeganIsCountedAfterItAndNothingElse() {
    try (LsmEngine engine = open()) {
      engine.append(batch(0, 3));
      engine.write();
      engine.sync();
      long durable = engine.durableSequence();
      engine.append(batch(3, 4));
      engine.write();
      engine.publish(durable);
      assertEquals(3, LiveCounts.of(engine, GROUP));
      assertEquals(7, latest(engine));
      publish(engine);
      assertEquals(7, LiveCounts.of(engine, GROUP));
    }
  }

  /** It fell short by all that had been paid, and said that it was exact. */
  @Test
  void aGroupIsForgottenOnlyWhenThatIsPublished() {
    try (LsmEngine engine = open()) {
      WriteBatch blind = new WriteBatch();
      for (int i = 0; i < 50; i++) {
        byte[] key = ("k" + i).getBytes(US_ASCII);
        blind.put(EntryKind.PUT_BLIND, key, 0, key.length, key, 0, key.length);
      }
      engine.commit(blind, SyncPolicy.ALWAYS);
      settle(engine);
      assertEquals(50, LiveCounts.of(engine, GROUP));
      WriteBatch flush = new WriteBatch();
      flush.forget(GROUP);
      flush.deleteRange(LOWER, UPPER);
      engine.append(flush);
      engine.append(batch(0, 2));
      assertEquals(50, LiveCounts.of(engine, GROUP));
      assertEquals(2, latest(engine));
      publish(engine);
      assertEquals(2, LiveCounts.of(engine, GROUP));
    }
  }

  private void settle(LsmEngine engine) {
    for (int i = 0; i < 1000 && !engine.countIsExact(); i++) {
      scheduler.stepOrWait();
    }
    assertTrue(engine.countIsExact());
  }

  @Test
  void aViewIsOutrunByACountThatTellsOfMore() {
    try (LsmEngine engine = open()) {
      engine.commit(batch(0, 10), SyncPolicy.ALWAYS);
      try (ReadView view = engine.view()) {
        assertEquals(new KeyCount(10, 0, view.sequence()), view.count(GROUP, LOWER, UPPER));
        assertFalse(view.isOutrun());
        engine.commit(batch(10, 10), SyncPolicy.ALWAYS);
        assertFalse(view.isOutrun());
        KeyCount later = view.count(GROUP, LOWER, UPPER);
        assertEquals(new KeyCount(20, 0, engine.visibleSequence()), later);
        assertTrue(view.isOutrun());
        assertEquals(10, view.countByWalk(LOWER, UPPER, 1000));
      }
    }
  }

  @Test
  void aWalkThatWouldTakeLongIsNone() {
    try (LsmEngine engine = open()) {
      engine.commit(batch(0, 100), SyncPolicy.ALWAYS);
      try (ReadView view = engine.view()) {
        assertEquals(ReadView.TOO_MANY, view.countByWalk(LOWER, UPPER, 99));
        assertEquals(100, view.countByWalk(LOWER, UPPER, 100));
        assertEquals(100, view.countByWalk(null, null, 100));
      }
      for (int i = 0; i < 100; i++) {
        WriteBatch delete = new WriteBatch();
        delete.delete(("k" + i).getBytes(US_ASCII));
        delete.count(GROUP, -1);
        engine.commit(delete, SyncPolicy.NO);
      }
      try (ReadView view = engine.view()) {
        // Nothing but what is dead.
        assertEquals(ReadView.TOO_MANY, view.countByWalk(LOWER, UPPER, 50));
        assertEquals(0, view.countByWalk(LOWER, UPPER, 1000));
      }
    }
  }

  private static final int THERE = 100;
  private static final int ROUNDS = 20_000;

  /** Some keys go and come, two batches at a time: half of it is never seen. */
  @Test
  void readersSeeWholeGroupsWhateverFlushesDo(@TempDir Path directory) throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong counted = new AtomicLong();
    StorageOptions options =
        StorageOptions.builder()
            .keyGroups((key, offset, length) -> GROUP)
            .memtableEntries(64)
            .logSegmentBytes(1 << 20)
            .build();
    try (ExecutorService readers = Executors.newFixedThreadPool(2);
        ThreadScheduler threads = new ThreadScheduler();
        StorageEngine engine =
            LsmEngine.open(
                directory,
                options,
                new EngineEnvironment(new DiskFileSystem(), System::currentTimeMillis, threads))) {
      commit(engine, batch(0, THERE));
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        ends.add(
            readers.submit(
                () -> {
                  while (!done.get()) {
                    assertEquals(THERE, LiveCounts.of(engine, GROUP));
                    counted.incrementAndGet();
                  }
                }));
      }
      for (int round = 0; round < ROUNDS; round++) {
        WriteBatch gone = new WriteBatch();
        gone.delete("k1".getBytes(US_ASCII));
        gone.delete("k2".getBytes(US_ASCII));
        gone.count(GROUP, -2);
        awaitWritable(engine, gone);
        engine.append(gone);
        commit(engine, batch(1, 2));
      }
      done.set(true);
      for (Future<?> end : ends) {
        end.get();
      }
      assertTrue(counted.get() > 100);
      assertTrue(engine.statistics().flushes() > 10);
      assertEquals(THERE, LiveCounts.of(engine, GROUP));
    }
  }

  private static void commit(StorageEngine engine, WriteBatch batch) {
    awaitWritable(engine, batch);
    engine.commit(batch, SyncPolicy.NO);
  }

  private static void awaitWritable(StorageEngine engine, WriteBatch batch) {
    while (!engine.isWritable(batch)) {
      Thread.onSpinWait();
    }
  }
}
