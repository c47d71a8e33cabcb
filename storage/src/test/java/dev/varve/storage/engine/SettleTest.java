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
    assertEquals(0, LiveCounts.of(engine, GROUP, LOWER, UPPER).uncertain());
  }

  /** Lets two looks pass, the second of which sees that all is quiet, and what they begin end. */
  private void walk() {
    for (int i = 0; i < 2 && scheduler.stepDelayed(Scheduler.Lane.SETTLE); i++) {
      scheduler.drain(Scheduler.Lane.SETTLE);
    }
  }

  private static void checkOff(LsmEngine engine, int there) {
    long off = there - LiveCounts.of(engine, GROUP);
    assertTrue(
        off >= 0 && off <= LiveCounts.of(engine, GROUP, LOWER, UPPER).uncertain(), "off by " + off);
  }

  @Test
  void debtsOfMemtablesAreSettledInQuiet() {
    try (LsmEngine engine = open()) {
      putBlind(engine, 0, 100);
      putBlind(engine, 50, 100);
      assertFalse(engine.countIsExact());
      checkOff(engine, 150);
      settle(engine);
      assertEquals(150, LiveCounts.of(engine, GROUP));
      putBlind(engine, 140, 20);
      checkOff(engine, 160);
      settle(engine);
      assertEquals(160, LiveCounts.of(engine, GROUP));
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
      assertEquals(800, LiveCounts.of(engine, GROUP));
      engine.requestCompaction();
      scheduler.drain();
      assertEquals(800, LiveCounts.of(engine, GROUP));
    }
    try (LsmEngine engine = open()) {
      assertTrue(engine.countIsExact());
      assertEquals(800, LiveCounts.of(engine, GROUP));
    }
  }

  private void flush(LsmEngine engine) {
    engine.freeze();
    scheduler.step(Scheduler.Lane.FLUSH);
  }

  /**
   * Tables of level 0 whose keys overlap: 450 keys, of which nobody knew whether they were there.
   */
  private void putFourTables(LsmEngine engine) {
    for (int round = 0; round < 4; round++) {
      putBlind(engine, 100 * round, 150);
      flush(engine);
    }
  }

  @Test
  void whatAMergeTakesAndAWalkHasPaidIsNotPaidAgainByTheMerge() {
    try (LsmEngine engine = open()) {
      putFourTables(engine);
      engine.requestCompaction();
      while (engine.mergesUnderWay() == 0) {
        scheduler.step(Scheduler.Lane.COMPACTION);
      }
      walk();
      assertTrue(engine.mergesUnderWay() > 0);
      assertTrue(engine.countIsExact());
      assertEquals(450, LiveCounts.of(engine, GROUP));
      scheduler.drain();
      assertTrue(engine.countIsExact());
      assertEquals(450, LiveCounts.of(engine, GROUP));
    }
    try (LsmEngine engine = open()) {
      assertTrue(engine.countIsExact());
      assertEquals(450, LiveCounts.of(engine, GROUP));
    }
  }

  @Test
  void aSettledTableIsNotPaidAgainByALaterMerge() {
    try (LsmEngine engine = open()) {
      putFourTables(engine);
      walk();
      assertTrue(engine.countIsExact());
      assertEquals(450, LiveCounts.of(engine, GROUP));
      engine.requestCompaction();
      scheduler.drain();
      assertEquals(450, LiveCounts.of(engine, GROUP));
    }
  }

  @Test
  void whatAMergeTakesAndAWalkHasNotSeenIsLeftToTheMerge() {
    try (LsmEngine engine = open()) {
      putFourTables(engine);
      assertTrue(scheduler.stepDelayed(Scheduler.Lane.SETTLE));
      assertTrue(scheduler.stepDelayed(Scheduler.Lane.SETTLE));
      // The walk has begun: it doesn't see this table, which the merge takes with the others.
      putBlind(engine, 400, 150);
      flush(engine);
      engine.requestCompaction();
      while (engine.mergesUnderWay() == 0) {
        scheduler.step(Scheduler.Lane.COMPACTION);
      }
      scheduler.drain(Scheduler.Lane.SETTLE);
      assertFalse(engine.countIsExact());
      checkOff(engine, 550);
      settle(engine);
      assertEquals(550, LiveCounts.of(engine, GROUP));
    }
  }

  @Test
  void onlyWhatLiesDirectlyBeneathTells() {
    try (LsmEngine engine = open()) {
      putKnown(engine, EntryKind.PUT, 0, 100);
      flush(engine);
      engine.requestCompaction();
      scheduler.drain();
      // Settled tables beneath and between, of keys that are there, and of some that were deleted.
      putKnown(engine, EntryKind.DELETE, 50, 25);
      flush(engine);
      putBlind(engine, 40, 80);
      flush(engine);
      putKnown(engine, EntryKind.DELETE, 0, 10);
      flush(engine);
      putBlind(engine, 5, 10);
      settle(engine);
      assertEquals(115, LiveCounts.of(engine, GROUP));
    }
  }

  /** Puts keys that weren't there, or deletes such as were. */
  private static void putKnown(LsmEngine engine, byte kind, int from, int count) {
    WriteBatch batch = new WriteBatch();
    for (int i = from; i < from + count; i++) {
      byte[] key = ("k" + i).getBytes(ISO_8859_1);
      if (EntryKind.isPut(kind)) {
        batch.put(key, key);
      } else {
        batch.delete(kind, key, 0, key.length);
      }
    }
    batch.count(GROUP, EntryKind.isPut(kind) ? count : -count);
    engine.commit(batch, SyncPolicy.ALWAYS);
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
      walk();
      assertEquals(0, LiveCounts.of(engine, GROUP));
      engine.write();
      engine.sync();
      engine.publish(engine.durableSequence());
      putBlind(engine, 0, 10);
      settle(engine);
      assertEquals(10, LiveCounts.of(engine, GROUP));
    }
  }

  @Test
  void countsThatWereLostAreCountedAnewWhileAMergeIsUnderWay() {
    try (LsmEngine engine = open()) {
      loseCounts(engine);
      putFourTables(engine);
      engine.requestCompaction();
      while (engine.mergesUnderWay() == 0) {
        scheduler.step(Scheduler.Lane.COMPACTION);
      }
      assertFalse(engine.countIsExact());
      walk();
      assertTrue(engine.mergesUnderWay() > 0);
      assertTrue(engine.countIsExact());
      assertEquals(451, LiveCounts.of(engine, GROUP));
      scheduler.drain();
      assertTrue(engine.countIsExact());
      assertEquals(451, LiveCounts.of(engine, GROUP));
    }
  }

  /** Ingests a table of one key, "k". */
  private void loseCounts(LsmEngine engine) {
    Path path = Path.of("/more.sst");
    try (var table =
        new dev.varve.storage.ingest.SortedTableWriter(disk, path, StorageOptions.DEFAULT)) {
      table.put(new byte[] {'k'}, new byte[1]);
      table.finish();
    }
    assertTrue(engine.ingest(java.util.List.of(path)));
  }

  @Test
  void countsThatWereLostAreCountedAnew() {
    try (LsmEngine engine = open()) {
      putBlind(engine, 0, 100);
      loseCounts(engine);
      assertFalse(engine.countIsExact());
      settle(engine);
      assertEquals(101, LiveCounts.of(engine, GROUP));
    }
  }
}
