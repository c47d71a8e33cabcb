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
import java.util.ArrayList;
import java.util.List;
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
  void aDeletedRangeGivesItsSpaceBackThoughNothingMoreIsWritten() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      byte[] value = new byte[1000];
      Random random = new Random(4);
      for (int i = 0; i < 300; i++) {
        random.nextBytes(value);
        database.put(SteppedDatabase.key(i), value);
      }
      database.deleteRange("key", "kez");
      assertTrue(tableBytes(database) > 100_000);
      database.engine.everySecond();
      database.letTimePass();
      long left = tableBytes(database);
      assertTrue(left < 1_000, left + " bytes are left");
    }
  }

  private static long tableBytes(SteppedDatabase database) {
    return database.engine.statistics().levels().stream().mapToLong(level -> level.bytes()).sum();
  }

  @Test
  void whatIsDeletedKeyByKeyGivesTheSpaceBackThoughNoMergeHasRoom() {
    disk.setCapacity(CAPACITY);
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      // Scattered, so that each merge of level 0 takes all that is beneath.
      Random random = new Random(3);
      byte[] value = new byte[1000];
      List<String> taken = new ArrayList<>();
      assertThrows(
          StorageException.DiskFull.class,
          () -> {
            while (true) {
              String key = SteppedDatabase.key(taken.size() * 7_919 % 1_000_003);
              random.nextBytes(value);
              database.put(key, value);
              taken.add(key);
            }
          });
      database.letTimePass();
      String error = database.engine.statistics().backgroundError();
      assertTrue(error.contains("waits for space"), error);
      long used = disk.usedBytes();
      int deleted = taken.size() * 3 / 5;
      taken.subList(0, deleted).forEach(database::delete);
      for (int i = 0; i < 10; i++) {
        database.engine.everySecond();
        database.letTimePass();
      }
      assertTrue(disk.usedBytes() < used * 3 / 4, disk.usedBytes() + " bytes of " + used);
      assertNull(database.engine.statistics().backgroundError());
      for (int i = 0; i < deleted / 2; i++) {
        database.put("again" + random.nextInt(1_000_000), value);
      }
      for (int i = 0; i < taken.size(); i++) {
        assertEquals(i < deleted, database.get(taken.get(i)) == null, taken.get(i));
      }
    }
  }

  /** Found on a small disk: level 0 was full, and what was freed was too little to merge it. */
  @Test
  void aLittleSpaceBringsWritesBackThoughNoMergeHasRoom() {
    disk.setCapacity(CAPACITY);
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      Random random = new Random(5);
      byte[] value = new byte[1000];
      for (int freed = 0; freed < 8; freed++) {
        disk.setCapacity(CAPACITY + freed * CAPACITY / 8);
        database.letTimePass();
        int taken = 0;
        try {
          while (true) {
            random.nextBytes(value);
            database.put(SteppedDatabase.key(random.nextInt(1_000_003)), value);
            taken++;
          }
        } catch (StorageException.DiskFull e) {
          assertTrue(taken > 50, taken + " values after " + freed + " times");
        }
      }
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
