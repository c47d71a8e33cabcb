package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What blind entries owe is found out when there is little else to do. */
final class SettleTest {
  private static final Path DIRECTORY = Path.of("/db");
  private static final byte[] LOWER = {'k'};
  private static final byte[] UPPER = {'l'};
  private static final int GROUP = 1;

  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private final SteppedScheduler scheduler = new SteppedScheduler(new Random(1));

  private LsmEngine open() {
    StorageOptions options =
        StorageOptions.builder()
            .keyGroups((key, offset, length) -> key[offset] == 'k' ? GROUP : -1)
            .build();
    return (LsmEngine)
        LsmEngine.open(
            DIRECTORY, options, new EngineEnvironment(disk, () -> 1, scheduler, new Random(1)));
  }

  /** Puts keys from {@code from} on; which were there isn't known. */
  private static void putBlind(LsmEngine engine, int from, int count) {
    WriteBatch batch = new WriteBatch();
    for (int i = from; i < from + count; i++) {
      byte[] key = ("k" + i).getBytes(ISO_8859_1);
      batch.put(EntryKind.PUT_BLIND, key, 0, key.length, key, 0, key.length);
    }
    engine.commit(batch, SyncPolicy.ALWAYS);
  }

  private void settle(LsmEngine engine) {
    for (int i = 0; i < 1000 && !engine.countIsExact(); i++) {
      scheduler.stepOrWait();
    }
    assertTrue(engine.countIsExact());
    assertEquals(0, engine.uncertainCount(LOWER, UPPER));
  }

  private static void checkOff(LsmEngine engine, int there) {
    long off = there - engine.liveCount(GROUP);
    assertTrue(off >= 0 && off <= engine.uncertainCount(LOWER, UPPER), "off by " + off);
  }

  @Test
  void debtsOfMemtablesAreSettledInQuiet() {
    try (LsmEngine engine = open()) {
      putBlind(engine, 0, 100);
      putBlind(engine, 50, 100);
      assertFalse(engine.countIsExact());
      checkOff(engine, 150);
      settle(engine);
      assertEquals(150, engine.liveCount(GROUP));
      putBlind(engine, 140, 20);
      checkOff(engine, 160);
      settle(engine);
      assertEquals(160, engine.liveCount(GROUP));
    }
  }

  @Test
  void debtsOfTablesAreSettledInQuietAndOnlyOnce() {
    try (LsmEngine engine = open()) {
      for (int round = 0; round < 4; round++) {
        // Twice as many each time: half of them are there already.
        putBlind(engine, 0, 100 << round);
        engine.freeze();
        scheduler.step(Scheduler.Lane.FLUSH);
        checkOff(engine, 100 << round);
      }
      settle(engine);
      assertEquals(800, engine.liveCount(GROUP));
      engine.requestCompaction();
      scheduler.drain();
      assertEquals(800, engine.liveCount(GROUP));
    }
    try (LsmEngine engine = open()) {
      assertTrue(engine.countIsExact());
      assertEquals(800, engine.liveCount(GROUP));
    }
  }

  @Test
  void whatAMergeTakesIsLeftToIt() {
    try (LsmEngine engine = open()) {
      for (int round = 0; round < 4; round++) {
        putBlind(engine, 100 * round, 150);
        engine.freeze();
        scheduler.step(Scheduler.Lane.FLUSH);
      }
      engine.requestCompaction();
      for (int i = 0; i < 3; i++) {
        scheduler.step(Scheduler.Lane.COMPACTION);
        engine.settle(Long.MAX_VALUE);
        checkOff(engine, 450);
      }
      settle(engine);
      assertEquals(450, engine.liveCount(GROUP));
    }
  }

  @Test
  void aForgottenGroupIsNotPaidForWhatItOwedBefore() {
    try (LsmEngine engine = open()) {
      putBlind(engine, 0, 100);
      WriteBatch batch = new WriteBatch();
      batch.forget(GROUP);
      batch.deleteRange(LOWER, UPPER);
      engine.append(batch);
      // The debts are visible, and what voids them is not yet.
      engine.settle(Long.MAX_VALUE);
      assertEquals(0, engine.liveCount(GROUP));
      engine.write();
      engine.sync();
      engine.publish(engine.durableSequence());
      putBlind(engine, 0, 10);
      settle(engine);
      assertEquals(10, engine.liveCount(GROUP));
    }
  }

  @Test
  void countsThatWereLostAreCountedAnew() {
    try (LsmEngine engine = open()) {
      putBlind(engine, 0, 100);
      Path path = Path.of("/more.sst");
      try (var table =
          new dev.varve.storage.ingest.SortedTableWriter(disk, path, StorageOptions.DEFAULT)) {
        table.put(new byte[] {'k'}, new byte[1]);
        table.finish();
      }
      assertTrue(engine.ingest(java.util.List.of(path)));
      assertFalse(engine.countIsExact());
      settle(engine);
      assertEquals(101, engine.liveCount(GROUP));
    }
  }
}
