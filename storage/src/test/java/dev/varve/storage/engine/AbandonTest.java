package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Compression;
import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What nothing can reach any more gives its space back, and what is written there later lives. */
class AbandonTest {
  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private SteppedDatabase database =
      new SteppedDatabase(
          disk,
          options -> options.compression(Compression.NONE).bottomCompression(Compression.NONE));

  @AfterEach
  void close() {
    database.close();
  }

  private static byte[] position(int number) {
    return String.format("list/%06d", number).getBytes(US_ASCII);
  }

  private void putAll(int from, int to, String value) {
    for (int i = from; i < to; i++) {
      database.put(new String(position(i), US_ASCII), value.getBytes(US_ASCII));
    }
  }

  private void abandon(int from, int to) {
    WriteBatch batch = new WriteBatch();
    batch.abandon(position(from), position(to));
    commit(batch);
  }

  private void commit(WriteBatch batch) {
    for (int i = 0; !database.engine.isWritable(batch); i++) {
      assertTrue(i < 100, "there is room in the end");
      database.letTimePass();
    }
    database.engine.commit(batch, SyncPolicy.ALWAYS);
    database.scheduler.drain();
  }

  private void flush() {
    database.engine.freeze();
    database.scheduler.drain();
  }

  private void compact() {
    flush();
    database.engine.requestCompaction();
    database.scheduler.drain();
  }

  /** Every key that a walk meets, be it reachable or not. */
  private int keysLeft() {
    int keys = 0;
    try (ReadView view = database.engine.view();
        Cursor cursor = view.cursor(null, null)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        keys++;
      }
    }
    return keys;
  }

  private void reopen() {
    database.close();
    database = new SteppedDatabase(disk);
  }

  @Test
  void aMergeLeavesNothingOfIt() {
    putAll(0, 1000, "v".repeat(100));
    compact();
    abandon(100, 900);
    compact();
    assertEquals(200, keysLeft());
    assertEquals(0, database.engine.abandonedRanges(), "and the range is forgotten");
    assertArrayEquals("v".repeat(100).getBytes(US_ASCII), database.get("list/000099"));
  }

  @Test
  void aFlushLeavesNothingOfWhatIsOnlyInMemory() {
    putAll(0, 50, "v");
    abandon(0, 50);
    database.put("other", new byte[] {1});
    flush();
    assertEquals(1, keysLeft());
    assertEquals(0, database.engine.abandonedRanges());
  }

  @Test
  void whatIsWrittenThereLaterLivesThroughEveryMergeAndRestart() {
    putAll(0, 100, "old");
    compact();
    abandon(0, 100);
    putAll(40, 60, "new");
    for (int round = 0; round < 4; round++) {
      // The first time beneath the range, then above other tables, which the range still concerns.
      compact();
      assertEquals(20, keysLeft());
      for (int i = 40; i < 60; i++) {
        assertArrayEquals(
            "new".getBytes(US_ASCII), database.get(new String(position(i), US_ASCII)));
      }
      putAll(200 + round, 201 + round, "x");
      abandon(200 + round, 201 + round);
      reopen();
    }
  }

  /**
   * A table that no merge comes by keeps the range remembered, while others, which have nothing
   * beneath, are merged again and again.
   */
  @Test
  void aSequenceNumberIsNotClearedUnderAnOlderRange() {
    for (int i = 0; i < 200; i++) {
      database.put(String.format("first/%03d", i), new byte[100]);
    }
    putAll(0, 3, "old");
    compact();
    abandon(0, 999_999);
    for (int i = 0; i < 20; i++) {
      putAll(900_000, 900_001, "in every table");
      putAll(900_100 + i, 900_101 + i, "new");
      flush();
      assertEquals(1, database.engine.abandonedRanges());
    }
    for (int i = 0; i < 20; i++) {
      assertArrayEquals(
          "new".getBytes(US_ASCII), database.get(new String(position(900_100 + i), US_ASCII)));
    }
  }

  @Test
  void aTombstoneThatIsWrittenLaterHidesWhatIsBeneath() {
    putAll(0, 10, "old");
    compact();
    abandon(0, 10);
    database.put("list/000005", "new".getBytes(US_ASCII));
    flush();
    database.delete("list/000005");
    flush();
    assertNull(database.get("list/000005"));
    compact();
    assertNull(database.get("list/000005"));
    assertEquals(0, keysLeft());
  }

  @Test
  void aViewThatIsOpenReadsWhatItSaw() {
    putAll(0, 100, "old");
    compact();
    try (ReadView view = database.engine.view()) {
      abandon(0, 100);
      putAll(50, 60, "new");
      compact();
      assertArrayEquals("old".getBytes(US_ASCII), view.get(position(55)));
      assertArrayEquals("old".getBytes(US_ASCII), view.get(position(99)));
    }
    assertEquals(10, keysLeft());
  }

  @Test
  void aQueueLeavesOneRangeAndNothingDead() {
    int taken = 0;
    for (int i = 0; i < 20_000; i++) {
      WriteBatch batch = new WriteBatch();
      batch.put(position(i), "an element of a queue".getBytes(US_ASCII));
      if (i - taken >= 100) {
        taken = i - 10;
        batch.abandon(position(0), position(taken));
      }
      commit(batch);
    }
    flush();
    assertTrue(database.engine.abandonedRanges() <= 1);
    // What is left is in level 0, which isn't merged yet.
    assertTrue(keysLeft() < 3_000, () -> keysLeft() + " keys are left");
    compact();
    assertEquals(20_000 - taken, keysLeft());
  }

  @Test
  void aTableThatIsAbandonedWholeIsDroppedUnread() {
    putAll(0, 2000, "v".repeat(100));
    compact();
    long read = database.engine.statistics().compactionReadBytes();
    abandon(0, 2000);
    database.engine.everySecond();
    database.scheduler.drain();
    assertEquals(0, keysLeft(), "within a second, and with nothing else written");
    assertEquals(read, database.engine.statistics().compactionReadBytes());
  }

  @Test
  void manySmallCollectionsGiveTheirSpaceBackWithoutBeingAskedTo() {
    for (int id = 0; id < 400; id++) {
      WriteBatch batch = new WriteBatch();
      for (int i = 0; i < 10; i++) {
        batch.put(element(id, i), new byte[100]);
      }
      commit(batch);
    }
    compact();
    for (int id = 0; id < 400; id += 2) {
      WriteBatch batch = new WriteBatch();
      byte[] prefix = element(id, 0);
      batch.abandon(prefix, 0, prefix.length - 1);
      commit(batch);
    }
    flush();
    assertEquals(2000, keysLeft());
    assertEquals(0, database.engine.abandonedRanges());
  }

  private static byte[] element(int id, int number) {
    return String.format("id%05d/%d", id, number).getBytes(US_ASCII);
  }

  @Test
  void whatIsAbandonedIsStillKnownAfterARestart() {
    putAll(0, 1000, "v".repeat(100));
    compact();
    abandon(100, 110);
    // In the log only, then in the manifest.
    reopen();
    flush();
    assertEquals(1, database.engine.abandonedRanges());
    reopen();
    assertEquals(1, database.engine.abandonedRanges());
    compact();
    assertEquals(990, keysLeft());
    assertEquals(0, database.engine.abandonedRanges());
  }

  @Test
  void aCheckpointKnowsIt() {
    putAll(0, 1000, "v".repeat(100));
    compact();
    abandon(100, 110);
    flush();
    Path copy = Path.of("/copy");
    database.engine.checkpoint(copy);
    try (SteppedDatabase other =
        new SteppedDatabase(disk, new SteppedScheduler(new Random(1)), copy)) {
      assertEquals(1, other.engine.abandonedRanges());
    }
  }

  /** Their memory counts, and nothing else does: no more flushes than their bytes ask for. */
  @Test
  void manyRangesDontFlushByTheirNumber() {
    long flushes = database.engine.statistics().flushes();
    for (int i = 0; i < 200; i++) {
      WriteBatch batch = new WriteBatch();
      batch.deleteRange(position(3 * i), position(3 * i + 1));
      batch.abandon(position(3 * i + 1), position(3 * i + 2));
      commit(batch);
      database.engine.everySecond();
      database.scheduler.drain();
    }
    assertEquals(flushes, database.engine.statistics().flushes());
  }
}
