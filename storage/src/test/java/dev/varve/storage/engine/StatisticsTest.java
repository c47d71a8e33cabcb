package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageStatistics;
import dev.varve.storage.fs.SimulatedFileSystem;
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
}
