package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.CompactionStyle;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was deleted gives its space back by itself, once there is little else to do. */
class SpaceInQuietTest {
  private static final int KEYS = 600;

  private final SimulatedFileSystem disk = new SimulatedFileSystem();

  private static long tableBytes(SteppedDatabase database) {
    return database.engine.statistics().levels().stream().mapToLong(level -> level.bytes()).sum();
  }

  private static void passSeconds(SteppedDatabase database, int seconds) {
    for (int i = 0; i < seconds; i++) {
      database.engine.everySecond();
      database.scheduler.drain();
    }
  }

  private static void fill(SteppedDatabase database) {
    byte[] value = new byte[1000];
    Random random = new Random(4);
    for (int i = 0; i < KEYS; i++) {
      random.nextBytes(value);
      database.put(SteppedDatabase.key(i), value);
    }
    database.engine.freeze();
    database.scheduler.drain();
  }

  @ParameterizedTest
  @EnumSource(CompactionStyle.class)
  void deletedKeysGiveTheirSpaceBackThoughNothingMoreIsWritten(CompactionStyle style) {
    try (SteppedDatabase database =
        new SteppedDatabase(disk, options -> options.compactionStyle(style))) {
      fill(database);
      for (int i = 0; i < KEYS; i++) {
        database.delete(SteppedDatabase.key(i));
      }
      passSeconds(database, Quiet.SECONDS);
      assertTrue(tableBytes(database) > 100_000, "a few deletes are not worth a flush yet");
      passSeconds(database, Quiet.SECONDS_FOR_FEW);
      assertEquals(0, tableBytes(database));
      assertNull(database.get(SteppedDatabase.key(1)));
    }
  }

  @Test
  void whatIsKeptStaysWhereMuchIsDeleted() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      fill(database);
      long before = tableBytes(database);
      for (int i = 0; i < KEYS; i++) {
        if (i % 3 != 0) {
          database.delete(SteppedDatabase.key(i));
        }
      }
      database.put("new", new byte[] {1});
      passSeconds(database, Quiet.SECONDS_FOR_FEW + 1);
      assertTrue(tableBytes(database) < before / 2, tableBytes(database) + " of " + before);
      for (int i = 0; i < KEYS; i++) {
        assertEquals(i % 3 != 0, database.get(SteppedDatabase.key(i)) == null);
      }
      assertArrayEquals(new byte[] {1}, database.get("new"));
    }
  }

  @Test
  void theSpaceOfWhatWasDeletedBeforeARestartComesBack() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      fill(database);
      for (int i = 0; i < KEYS; i++) {
        database.delete(SteppedDatabase.key(i));
      }
    }
    try (SteppedDatabase database = new SteppedDatabase(disk.crashClone(1))) {
      assertTrue(tableBytes(database) > 100_000);
      passSeconds(database, Quiet.SECONDS_FOR_FEW + 1);
      assertEquals(0, tableBytes(database));
    }
  }

  @Test
  void anIdleDatabaseWithNothingDeletedIsLeftAlone() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      fill(database);
      database.put("last", new byte[] {1});
      long flushes = database.engine.statistics().flushes();
      long merges = database.engine.statistics().compactions();
      passSeconds(database, 2 * Quiet.SECONDS_FOR_FEW);
      assertEquals(flushes, database.engine.statistics().flushes());
      assertEquals(merges, database.engine.statistics().compactions());
    }
  }

  @Test
  void manyDeletesAreFlushedSoonFewLateAndNoneWhileMuchIsWritten() {
    Quiet quiet = new Quiet();
    for (int second = 1; second <= 1000; second++) {
      quiet.look(second * 11L);
      assertFalse(quiet.isTimeToFlush(1_000_000));
    }
    long last = 11_000;
    for (int second = 1; second <= 1000; second++) {
      quiet.look(last + second);
      assertEquals(second >= 10, quiet.isTimeToFlush(1024), "after " + second + " s");
      assertEquals(second >= 300, quiet.isTimeToFlush(1));
      assertFalse(quiet.isTimeToFlush(0));
    }
  }
}
