package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.FaultInjector.Operation;
import dev.varve.storage.fs.NoSpaceException;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Closing fails, alone or on the way out of another failure, whose meaning stays what it was. */
class FailedCloseTest {
  private static final byte[] VALUE = {1, 2, 3};
  private static final int FLUSHED = 6;

  private final SimulatedFileSystem disk = new SimulatedFileSystem();

  private static void flush(SteppedDatabase database, String key) {
    database.put(key, VALUE);
    database.engine.freeze();
    database.scheduler.drain();
  }

  private static void fail(Operation operation, Operation failing) throws IOException {
    if (operation == failing) {
      throw new IOException("injected: " + operation);
    }
  }

  @Test
  void aFailedSyncOfTheManifestAndAFailingCloseDeleteNoTableThatItMayName() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      flush(database, "one");
      disk.setFaultInjector(
          (operation, path, count) -> {
            fail(operation, Operation.CLOSE);
            if (path.toString().contains("MANIFEST")) {
              fail(operation, Operation.SYNC);
            }
          });
      flush(database, "two");
      assertNotNull(database.engine.statistics().poisoned());
      database.letTimePass();
    }
    disk.setFaultInjector(FaultInjector.NONE);
    for (int seed = 0; seed < 50; seed++) {
      try (SteppedDatabase database = new SteppedDatabase(disk.crashClone(seed))) {
        assertArrayEquals(VALUE, database.get("one"));
        assertArrayEquals(VALUE, database.get("two"));
      }
    }
  }

  @Test
  void aFailingCloseOfAFinishedLogSegmentStopsNoWritesAndIsTold() {
    disk.setFaultInjector((operation, path, count) -> fail(operation, Operation.CLOSE));
    byte[] large = new byte[10_000];
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      for (int i = 0; i < 20; i++) {
        database.put(SteppedDatabase.key(i), large);
      }
      assertNull(database.engine.statistics().poisoned());
      assertTrue(database.engine.statistics().backgroundError().contains("clos"));
    }
    disk.setFaultInjector(FaultInjector.NONE);
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      assertArrayEquals(large, database.get(SteppedDatabase.key(19)));
    }
  }

  /**
   * One operation of any kind fails, then every close and every deletion: whatever is told, what
   * was acknowledged is there when the database is opened again, after any crash.
   */
  @Test
  void whateverFailsTogetherWithClosingAndDeletingTakesNothingBack() {
    int reached = 0;
    for (long failing = 0; reached == failing; failing++) {
      reached += failTogether(failing) ? 1 : 0;
    }
    System.out.println("failed each of " + reached + " operations together with closing");
    assertTrue(reached > 100);
  }

  /** Whether the operation was come to. */
  private static boolean failTogether(long failing) {
    SimulatedFileSystem files = new SimulatedFileSystem();
    boolean[] failed = new boolean[1];
    int acknowledged = 0;
    try (SteppedDatabase database = new SteppedDatabase(files)) {
      long[] seen = new long[1];
      files.setFaultInjector(
          (operation, path, count) -> {
            if (failed[0]) {
              fail(operation, Operation.CLOSE);
              if (failing % 3 == 0) {
                fail(operation, Operation.DELETE);
              }
            } else if (operation != Operation.CLOSE && seen[0]++ == failing) {
              failed[0] = true;
              throw failing % 2 == 0
                  ? new IOException("injected: " + operation)
                  : new NoSpaceException(path.toString(), null);
            }
          });
      for (int i = 0; i < FLUSHED; i++) {
        flush(database, SteppedDatabase.key(i));
        acknowledged++;
      }
    } catch (StorageException e) {
      assertTrue(failed[0], e::toString);
    }
    files.setFaultInjector(FaultInjector.NONE);
    for (int seed = 0; seed < 3; seed++) {
      try (SteppedDatabase database = new SteppedDatabase(files.crashClone(seed))) {
        for (int i = 0; i < acknowledged; i++) {
          assertArrayEquals(VALUE, database.get(SteppedDatabase.key(i)), "key " + i);
        }
      }
    }
    return failed[0];
  }

  @Test
  void anErrorKeepsItsMeaningWhenWhatWasBegunCannotBeDeleted() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      flush(database, "one");
      disk.setFaultInjector(
          (operation, path, count) -> {
            if (path.toString().endsWith(".sst")) {
              fail(operation, Operation.DELETE);
              fail(operation, Operation.CLOSE);
              if (operation == Operation.WRITE) {
                throw new NoSpaceException(path.toString(), null);
              }
            }
          });
      database.put("two", VALUE);
      database.engine.freeze();
      database.scheduler.drain();
      assertTrue(
          database.engine.statistics().backgroundError().contains("disk full"),
          database.engine.statistics().backgroundError());
      disk.setFaultInjector(FaultInjector.NONE);
      database.letTimePass();
      assertArrayEquals(VALUE, database.get("two"));
    }
  }
}
