package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.StorageStatistics.Latency;
import dev.varve.storage.StorageStatistics.Operation;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  @Test
  void anEmptyEngineHasNoAmplification() {
    try (SteppedDatabase database = new SteppedDatabase(new SimulatedFileSystem())) {
      StorageStatistics figures = database.engine.statistics();
      assertEquals(0, figures.readAmplification());
      assertEquals(0, figures.spaceAmplification());
      assertEquals(0, figures.blockCacheHitRatio());
    }
  }

  @Test
  void amplificationsFollowWhatIsWritten() {
    try (SteppedDatabase database = new SteppedDatabase(new SimulatedFileSystem())) {
      for (int i = 0; i < 400; i++) {
        database.put(SteppedDatabase.key(i % 100), new byte[1000]);
      }
      assertTrue(database.engine.statistics().writeAmplification() > 1);
      database.engine.freeze();
      database.scheduler.drain();
      database.engine.requestCompaction();
      database.scheduler.drain();
      StorageStatistics merged = database.engine.statistics();
      assertEquals(1, merged.readAmplification());
      assertEquals(1, merged.spaceAmplification());
      database.put(SteppedDatabase.key(0), new byte[1000]);
      database.engine.freeze();
      database.scheduler.drain();
      StorageStatistics more = database.engine.statistics();
      assertEquals(2, more.readAmplification());
      assertTrue(more.spaceAmplification() > 1);
      assertTrue(more.writeAmplification() > merged.writeAmplification() - 1);
    }
  }

  @Test
  void filtersAndCacheTellHowWellTheyServe() {
    SimulatedFileSystem disk = new SimulatedFileSystem();
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      for (int i = 0; i < 1000; i += 2) {
        database.put(SteppedDatabase.key(i), new byte[100]);
      }
      database.engine.freeze();
      database.scheduler.drain();
    }
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      for (int i = 1; i < 999; i += 2) {
        assertNull(database.get(SteppedDatabase.key(i)));
      }
      StorageStatistics missed = database.engine.statistics();
      assertTrue(missed.filterSparedLookups() > 100, missed::toString);
      assertTrue(missed.filterMisledLookups() < 50, missed::toString);
      for (int i = 0; i < 1000; i += 2) {
        assertNotNull(database.get(SteppedDatabase.key(i)));
      }
      StorageStatistics found = database.engine.statistics();
      assertEquals(missed.filterMisledLookups(), found.filterMisledLookups());
      assertTrue(found.blockCacheHitRatio() > 0.5, found::toString);
    }
  }

  /** How many operations of a kind were timed. */
  private static long timed(SteppedDatabase database, Operation operation) {
    Latency latency = database.engine.statistics().latencies().get(operation);
    return latency == null ? 0 : latency.count();
  }

  @Test
  void whatTakesLongIsTimedEachTime() {
    SimulatedFileSystem disk = new SimulatedFileSystem();
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      assertEquals(Map.of(), database.engine.statistics().latencies());
      for (int i = 0; i < 40; i++) {
        database.put(SteppedDatabase.key(i % 20), new byte[100]);
      }
      assertEquals(40, timed(database, Operation.SYNC));
      assertEquals(0, timed(database, Operation.FLUSH));
      for (int i = 0; i < 2; i++) {
        database.put(SteppedDatabase.key(i), new byte[100]);
        database.engine.freeze();
        database.scheduler.drain();
      }
      assertEquals(2, timed(database, Operation.FLUSH));
      assertEquals(0, timed(database, Operation.COMPACTION));
      database.engine.requestCompaction();
      database.scheduler.drain();
      assertEquals(1, timed(database, Operation.COMPACTION));
      assertEquals(0, timed(database, Operation.READ));
    }
    try (SteppedDatabase database = new SteppedDatabase(disk);
        ReadView view = database.engine.view()) {
      byte[] key = SteppedDatabase.key(3).getBytes(US_ASCII);
      KeyBatch keys = new KeyBatch();
      System.arraycopy(key, 0, keys.bytes(), keys.add(key.length), key.length);
      Lookups answers = new Lookups();
      for (int i = 0; i < 5; i++) {
        view.get(keys, true, answers);
        assertEquals(EntryReference.FOUND, answers.answer(0));
        answers.release();
      }
      assertEquals(5, timed(database, Operation.MULTIGET));
      assertEquals(1, timed(database, Operation.READ));
      assertEquals(0, timed(database, Operation.SYNC));
      database.engine.resetLatencies();
      assertEquals(Map.of(), database.engine.statistics().latencies());
    }
  }

  /** At least one of so many is drawn, but for one run of more than 10^13. */
  @Test
  void whatIsQuickIsTimedNowAndThen() {
    int all = 2000;
    try (SteppedDatabase database = new SteppedDatabase(new SimulatedFileSystem())) {
      for (int i = 0; i < all; i++) {
        database.put(SteppedDatabase.key(i % 10), new byte[10]);
      }
      byte[] key = SteppedDatabase.key(3).getBytes(US_ASCII);
      EntryReference out = new EntryReference();
      try (ReadView view = database.engine.view();
          Cursor cursor = view.cursor(null, null)) {
        for (int i = 0; i < all; i++) {
          assertEquals(EntryReference.FOUND, view.get(key, 0, key.length, false, out));
          out.release();
          cursor.seek(key, 0, key.length);
        }
      }
      for (Operation operation : Operation.values()) {
        long count = timed(database, operation);
        if (operation.isSampled()) {
          assertTrue(count > 0 && count < all / 4, operation + ": " + count);
        }
      }
      assertEquals(all, timed(database, Operation.SYNC));
    }
  }
}
