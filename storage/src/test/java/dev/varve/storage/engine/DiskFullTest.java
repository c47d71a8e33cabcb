package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What goes on when the disk is full, and how writes come back. */
class DiskFullTest {
  private static final int CAPACITY = 2 << 20;
  private static final byte[] VALUE = {1, 2, 3};

  private final SimulatedFileSystem disk = new SimulatedFileSystem();

  private static void assertFull(SteppedDatabase database) {
    StorageException.DiskFull refused =
        assertThrows(StorageException.DiskFull.class, () -> database.put("another", VALUE));
    assertTrue(refused.getMessage().contains("full"), refused.getMessage());
    assertTrue(database.engine.statistics().diskFull());
  }

  @Test
  void writesAreRefusedWhileReadsAndDeletesGoOn() {
    disk.setCapacity(CAPACITY);
    int taken;
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      taken = database.putUntilFull(1000);
      assertTrue(taken > 500, taken + " values of 1000 bytes in " + CAPACITY);
      assertFull(database);
      for (int i = 0; i < taken; i++) {
        assertNotNull(database.get(SteppedDatabase.key(i)), SteppedDatabase.key(i));
        if (i % 2 == 0) {
          database.delete(SteppedDatabase.key(i));
          assertNull(database.get(SteppedDatabase.key(i)));
        }
      }
    }
    try (SteppedDatabase database = new SteppedDatabase(disk.crashClone(1))) {
      for (int i = 0; i < taken; i++) {
        assertEquals(i % 2 == 0, database.get(SteppedDatabase.key(i)) == null, "key " + i);
      }
    }
  }

  @Test
  void writesComeBackWithoutARestartWhenSpaceIsFreed() {
    disk.setCapacity(CAPACITY);
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      database.putUntilFull(1000);
      assertFull(database);
      disk.setCapacity(2 * CAPACITY);
      database.letTimePass();
      database.put("another", VALUE);
      assertArrayEquals(VALUE, database.get("another"));
      assertFalse(database.engine.statistics().diskFull());
      assertTrue(database.engine.statistics().reserveBytes() > 0, "the reserve is made anew");
      assertNull(database.engine.statistics().backgroundError());
    }
  }

  @Test
  void whatIsDeletedGivesTheSpaceBack() {
    disk.setCapacity(CAPACITY);
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      database.putUntilFull(1000);
      database.deleteRange("key", "kez");
      for (int i = 0; i < 5 && database.engine.statistics().diskFull(); i++) {
        database.letTimePass();
        database.delete("some");
      }
      database.put("another", VALUE);
      assertArrayEquals(VALUE, database.get("another"));
      assertNull(database.get(SteppedDatabase.key(0)));
    }
  }

  @Test
  void somebodyElseTakesAllThatIsLeft() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      for (int i = 0; i < 200; i++) {
        database.put(SteppedDatabase.key(i), new byte[1000]);
      }
      assertTrue(database.engine.statistics().reserveBytes() > 0);
      disk.setCapacity(disk.usedBytes());
      assertTrue(database.putUntilFull(1000) < 200);
      database.delete(SteppedDatabase.key(7));
      assertNull(database.get(SteppedDatabase.key(7)));
      assertNotNull(database.get(SteppedDatabase.key(8)));
    }
  }

  @Test
  void aDatabaseOpensOnAFullDiskAndIsRead() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      for (int i = 0; i < 200; i++) {
        database.put(SteppedDatabase.key(i), VALUE);
      }
    }
    SimulatedFileSystem full = disk.crashClone(3);
    full.setCapacity(0);
    try (SteppedDatabase database = new SteppedDatabase(full)) {
      assertArrayEquals(VALUE, database.get(SteppedDatabase.key(150)));
      assertFull(database);
      full.setCapacity(Long.MAX_VALUE);
      database.letTimePass();
      database.put("another", VALUE);
    }
    try (SteppedDatabase database = new SteppedDatabase(full.crashClone(4))) {
      assertArrayEquals(VALUE, database.get(SteppedDatabase.key(150)));
      assertArrayEquals(VALUE, database.get("another"));
    }
  }

  @Test
  void aCompactionThatHasNoRoomIsNotBegun() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      byte[] value = new byte[1000];
      Random random = new Random(5);
      for (int i = 0; i < 300; i++) {
        random.nextBytes(value);
        database.put(SteppedDatabase.key(random.nextInt(300)), value);
      }
      database.engine.freeze();
      database.scheduler.drain();
      long done = database.engine.statistics().compactions();
      disk.setCapacity(disk.usedBytes() + (80 << 10));
      database.engine.requestCompaction();
      database.letTimePass();
      assertEquals(done, database.engine.statistics().compactions());
      String error = database.engine.statistics().backgroundError();
      assertTrue(error.contains("waits for space"), error);
      disk.setCapacity(Long.MAX_VALUE);
      database.letTimePass();
      assertTrue(
          database.engine.statistics().compactions() > done, "it is done once there is room");
      assertNull(database.engine.statistics().backgroundError());
    }
  }
}
