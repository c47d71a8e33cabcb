package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files and folders go from under a database that is open: nobody else gets in, nothing is lost.
 */
class DirectoryLossTest {
  private static final byte[] VALUE = {1, 2, 3};
  private static final Path LOCK = SteppedDatabase.DIRECTORY.resolve("LOCK");
  private static final Path IDENTITY = SteppedDatabase.DIRECTORY.resolve("IDENTITY");

  private final SimulatedFileSystem disk = new SimulatedFileSystem();

  @Test
  void aDeletedLockLetsNobodyElseIn() throws IOException {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      database.put("before", VALUE);
      disk.delete(LOCK);
      assertThrows(StorageException.Locked.class, () -> new SteppedDatabase(disk));
      assertThrows(
          StorageException.Locked.class,
          () -> OfflineDatabase.open(disk, SteppedDatabase.DIRECTORY));
      everySecond(database);
      database.put("after", VALUE);
    }
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      assertArrayEquals(VALUE, database.get("after"));
    }
  }

  @Test
  void aDeletedIdentityIsTheEndOfWrites() throws IOException {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      database.put("before", VALUE);
      disk.delete(IDENTITY);
      everySecond(database);
      assertThrows(StorageException.Poisoned.class, () -> database.put("after", VALUE));
      assertTrue(database.engine.statistics().poisoned().contains("/db"));
      assertArrayEquals(VALUE, database.get("before"));
    } catch (StorageException.Io e) {
      assertTrue(e.getMessage().contains("isn't this database's any more"), e.getMessage());
    }
  }

  @Test
  void aFolderThatAnotherOneTookThePlaceOfIsNeitherWrittenToNorDeletedFrom() throws IOException {
    SteppedDatabase first = new SteppedDatabase(disk);
    first.put("first", VALUE);
    disk.rename(SteppedDatabase.DIRECTORY, Path.of("/moved"));
    try (SteppedDatabase second = new SteppedDatabase(disk)) {
      second.put("second", VALUE);
      List<String> names = disk.list(SteppedDatabase.DIRECTORY);
      everySecond(first);
      assertThrows(StorageException.Poisoned.class, () -> first.put("lost", VALUE));
      assertThrows(StorageException.Io.class, first::close);
      assertEquals(names, disk.list(SteppedDatabase.DIRECTORY));
      second.put("third", VALUE);
      assertNull(second.engine.statistics().poisoned());
    }
    try (SteppedDatabase again = new SteppedDatabase(disk)) {
      assertNull(again.get("first"));
      assertArrayEquals(VALUE, again.get("second"));
      assertArrayEquals(VALUE, again.get("third"));
    }
  }

  /** The look each second may come too late for a flush. */
  @Test
  void aFlushIntoAFolderThatIsLostChangesNothingThere() throws IOException {
    SteppedDatabase first = new SteppedDatabase(disk);
    first.put("first", VALUE);
    disk.rename(SteppedDatabase.DIRECTORY, Path.of("/moved"));
    try (SteppedDatabase second = new SteppedDatabase(disk)) {
      second.put("second", VALUE);
      String current = new String(SmallDatabase.read(disk, "CURRENT"), US_ASCII);
      first.engine.freeze();
      first.scheduler.drain();
      assertNotNull(first.engine.statistics().poisoned());
      assertEquals(current, new String(SmallDatabase.read(disk, "CURRENT"), US_ASCII));
    }
  }

  private static void everySecond(SteppedDatabase database) {
    database.engine.everySecond();
    database.scheduler.drain();
  }

  /** Tries to open a database as another process would. */
  static final class Intruder {
    private static final int REFUSED = 42;

    private Intruder() {}

    public static void main(String[] arguments) {
      try (ThreadScheduler scheduler = new ThreadScheduler()) {
        open(Path.of(arguments[0]), scheduler).close();
      } catch (StorageException.Locked e) {
        System.exit(REFUSED);
      }
    }

    static boolean isRefused(Path directory) throws IOException, InterruptedException {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Intruder.class.getName(),
                  directory.toString())
              .inheritIO()
              .start();
      int code = process.waitFor();
      assertTrue(code == 0 || code == REFUSED, "exit code " + code);
      return code == REFUSED;
    }
  }

  private static StorageEngine open(Path directory, Scheduler scheduler) {
    return LsmEngine.open(
        directory,
        StorageOptions.DEFAULT,
        new EngineEnvironment(new DiskFileSystem(), System::currentTimeMillis, scheduler));
  }

  private static void put(StorageEngine engine) {
    WriteBatch batch = new WriteBatch();
    batch.put(VALUE, VALUE);
    engine.commit(batch, SyncPolicy.ALWAYS);
  }

  @Test
  void anotherProcessIsKeptOutThoughTheLockIsDeletedAndACheckpointReadTheIdentity(
      @TempDir Path parent) throws IOException, InterruptedException {
    Path directory = parent.resolve("data");
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(directory, scheduler)) {
      put(engine);
      assertTrue(Intruder.isRefused(directory));
      Files.delete(directory.resolve("LOCK"));
      engine.checkpoint(parent.resolve("checkpoint"));
      assertTrue(Intruder.isRefused(directory));
      put(engine);
      assertFalse(Intruder.isRefused(parent.resolve("checkpoint")));
    }
    assertFalse(Intruder.isRefused(directory));
  }
}
