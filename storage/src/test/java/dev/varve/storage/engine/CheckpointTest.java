package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  private static final Path TARGET = Path.of("/copies/one");
  private static final Path UNFINISHED = Path.of("/copies/one.unfinished");

  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private final Random random = new Random(7);

  /** What was put into the database that a checkpoint is made of. */
  private final Map<String, byte[]> expected = new TreeMap<>();

  private byte[] value(int bytes) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return value;
  }

  private void put(SteppedDatabase database, Map<String, byte[]> into, int from, int to) {
    for (int i = from; i < to; i++) {
      byte[] value = value(1000);
      database.put(SteppedDatabase.key(i), value);
      into.put(SteppedDatabase.key(i), value);
    }
  }

  /** Tables in more than one level, and several log segments that hold more than they do. */
  private SteppedDatabase filled() {
    SteppedDatabase database = new SteppedDatabase(disk);
    put(database, expected, 0, 300);
    put(database, expected, 100, 250);
    return database;
  }

  private static SteppedDatabase openCopy(SimulatedFileSystem disk, Path directory) {
    return new SteppedDatabase(disk, new SteppedScheduler(new Random(2)), directory);
  }

  private static void check(Map<String, byte[]> expected, StorageEngine engine) {
    List<String> keys = new ArrayList<>();
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(null, null)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        String key = new String(cursor.key(), 0, cursor.keyLength(), US_ASCII);
        assertArrayEquals(expected.get(key), view.get(key.getBytes(US_ASCII)), key);
        keys.add(key);
      }
    }
    assertEquals(List.copyOf(expected.keySet()), keys);
    assertTrue(engine.verify(VerificationListener.NONE).isSound());
  }

  @Test
  void aCheckpointHoldsAllThatWasCommittedAndBothGoTheirWays() {
    Map<String, byte[]> other = new TreeMap<>();
    try (SteppedDatabase database = filled()) {
      database.engine.checkpoint(TARGET);
      other.putAll(expected);
      put(database, expected, 150, 280);
      try (SteppedDatabase copy = openCopy(disk, TARGET)) {
        check(other, copy.engine);
        // Enough for every shared log segment to be given up, and every shared table merged away.
        put(database, expected, 0, 400);
        put(copy, other, 200, 600);
        put(database, expected, 0, 300);
        put(copy, other, 0, 500);
        check(expected, database.engine);
        check(other, copy.engine);
      }
    }
    try (SteppedDatabase database = new SteppedDatabase(disk);
        SteppedDatabase copy = openCopy(disk, TARGET)) {
      check(expected, database.engine);
      check(other, copy.engine);
    }
  }

  @Test
  void whatBecomesOfTheOriginalIsNothingToTheCheckpoint() {
    Map<String, byte[]> then = new TreeMap<>();
    try (SteppedDatabase database = filled()) {
      database.engine.checkpoint(TARGET);
      then.putAll(expected);
      for (int round = 0; round < 4; round++) {
        put(database, expected, 0, 300);
      }
    }
    for (int crash = 0; crash < 3; crash++) {
      // Recovery cuts the log's last segment.
      try (SteppedDatabase database = new SteppedDatabase(disk.crashClone(crash))) {
        check(expected, database.engine);
      }
    }
    try (SteppedDatabase copy = openCopy(disk, TARGET)) {
      check(then, copy.engine);
    }
  }

  @Test
  void anEmptyDatabaseHasCheckpointsToo() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      database.engine.checkpoint(TARGET);
      database.put("a", value(10));
      database.engine.checkpoint(Path.of("/copies/two"));
    }
    try (SteppedDatabase copy = openCopy(disk, TARGET)) {
      check(Map.of(), copy.engine);
    }
    try (SteppedDatabase copy = openCopy(disk, Path.of("/copies/two"))) {
      assertNotNull(copy.get("a"));
    }
  }

  @Test
  void aCheckpointOfACheckpointThatWasJustOpened() {
    try (SteppedDatabase database = filled()) {
      database.engine.checkpoint(TARGET);
    }
    Path second = Path.of("/copies/two");
    try (SteppedDatabase copy = openCopy(disk, TARGET)) {
      copy.engine.checkpoint(second);
      put(copy, new TreeMap<>(), 0, 300);
    }
    try (SteppedDatabase copy = openCopy(disk, second)) {
      check(expected, copy.engine);
    }
  }

  @Test
  void whatIsThereIsNotReplaced() throws IOException {
    disk.createDirectories(TARGET);
    try (SteppedDatabase database = filled()) {
      StorageException error =
          assertThrows(StorageException.Io.class, () -> database.engine.checkpoint(TARGET));
      assertTrue(error.getMessage().contains("exists already"), error.getMessage());
      assertFalse(disk.exists(UNFINISHED));
      assertEquals(List.of(), disk.list(TARGET));
    }
  }

  @Test
  void aCheckpointOfAClosedDatabaseIsRefused() {
    SteppedDatabase database = filled();
    database.close();
    assertThrows(IllegalStateException.class, () -> database.engine.checkpoint(TARGET));
    assertFalse(disk.exists(TARGET));
  }

  @Test
  void whatIsWrittenButNotSyncedIsPartOfIt() {
    try (SteppedDatabase database = filled()) {
      WriteBatch batch = new WriteBatch();
      batch.put("written".getBytes(US_ASCII), new byte[] {1});
      assertTrue(database.engine.isWritable(batch));
      database.engine.commit(batch, SyncPolicy.NO);
      database.engine.checkpoint(TARGET);
      batch.clear();
      batch.put("appended".getBytes(US_ASCII), new byte[] {1});
      database.engine.append(batch);
      database.engine.checkpoint(Path.of("/copies/two"));
      SimulatedFileSystem left = disk.crashClone(1);
      for (Path target : List.of(TARGET, Path.of("/copies/two"))) {
        try (SteppedDatabase copy = openCopy(left, target)) {
          assertNotNull(copy.get("written"));
          assertEquals(null, copy.get("appended"));
        }
      }
      database.engine.write();
    }
  }

  /** A batch that runs over several segments is written in parts while it is appended. */
  @Test
  void partsOfABatchAreNotInACheckpoint() throws IOException {
    try (SteppedDatabase database = filled()) {
      WriteBatch batch = new WriteBatch();
      batch.put("large".getBytes(US_ASCII), value(150_000));
      for (int i = 0; !database.engine.isWritable(batch); i++) {
        assertTrue(i < 100);
        database.letTimePass();
      }
      List<Path> targets = new ArrayList<>();
      disk.setFaultInjector(
          (operation, path, count) -> {
            boolean appending = path.startsWith(SteppedDatabase.DIRECTORY);
            if (operation == FaultInjector.Operation.WRITE && appending) {
              targets.add(Path.of("/copies/" + targets.size()));
              database.engine.checkpoint(targets.getLast());
            }
          });
      database.engine.append(batch);
      disk.setFaultInjector(FaultInjector.NONE);
      assertTrue(targets.size() > 3);
      for (Path target : targets) {
        SimulatedFileSystem left = disk.crashClone(3);
        try (SteppedDatabase copy = openCopy(left, target)) {
          check(expected, copy.engine);
          put(copy, new TreeMap<>(), 0, 100);
        }
      }
      for (Path target : targets) {
        openCopy(disk, target).close();
      }
      database.engine.write();
      database.engine.sync();
      database.engine.publish(database.engine.durableSequence());
      assertNotNull(database.get("large"));
    }
    try (SteppedDatabase database = new SteppedDatabase(disk.crashClone(4))) {
      assertNotNull(database.get("large"));
    }
  }

  @Test
  void flushesAndMergesBetweenAnyTwoOfItsStepsChangeNothing() {
    filled().close();
    SimulatedFileSystem before = disk.killClone();
    boolean more = true;
    for (int operation = 0; more; operation += 2) {
      SimulatedFileSystem files = before.killClone();
      Map<String, byte[]> wanted = new TreeMap<>(expected);
      try (SteppedDatabase database = new SteppedDatabase(files)) {
        put(database, wanted, 0, 30);
        more = checkpointWhileWriting(database, files, operation);
      }
      try (SteppedDatabase copy = openCopy(files, TARGET)) {
        int later = 0;
        while (copy.get(SteppedDatabase.key(1000 + later)) != null) {
          wanted.put(SteppedDatabase.key(1000 + later), new byte[1000]);
          later++;
        }
        check(wanted, copy.engine);
      }
      assertTrue(more || operation > 30, operation + " operations only");
    }
  }

  /** Much is put, flushed and merged before the checkpoint's nth operation; if there is one. */
  private static boolean checkpointWhileWriting(
      SteppedDatabase database, SimulatedFileSystem files, int nth) {
    int[] operations = {0};
    files.setFaultInjector(
        (operation, path, count) -> {
          if (path.startsWith("/copies") && operations[0]++ == nth) {
            for (int i = 0; i < 120; i++) {
              database.put(SteppedDatabase.key(1000 + i), new byte[1000]);
            }
            database.engine.requestCompaction();
            database.scheduler.drain();
          }
        });
    database.engine.checkpoint(TARGET);
    files.setFaultInjector(FaultInjector.NONE);
    return operations[0] > nth;
  }

  @Test
  void aCrashAtEveryFileOperationLeavesAWholeCheckpointOrNone() {
    int[] found = new int[2];
    try (SteppedDatabase database = filled()) {
      disk.setFaultInjector(
          (operation, path, count) -> {
            for (int seed = 0; seed < 3; seed++) {
              found[checkLeft(disk.crashClone(count * 3 + seed)) ? 1 : 0]++;
            }
          });
      database.engine.checkpoint(TARGET);
      disk.setFaultInjector(FaultInjector.NONE);
      for (int seed = 0; seed < 20; seed++) {
        assertTrue(checkLeft(disk.crashClone(seed)), "what was made is durable");
      }
    }
    assertTrue(found[0] > 50, "crashes before the end");
  }

  /** Whether there is a checkpoint, on a disk that a crash left. */
  private boolean checkLeft(SimulatedFileSystem left) {
    boolean there = left.exists(TARGET);
    if (there) {
      try (SteppedDatabase copy = openCopy(left, TARGET)) {
        check(expected, copy.engine);
      }
    } else if (left.exists(UNFINISHED.resolve("IDENTITY"))) {
      try (SteppedDatabase copy = openCopy(left, UNFINISHED)) {
        check(expected, copy.engine);
      }
    } else if (left.exists(UNFINISHED.resolve("CURRENT"))) {
      assertThrows(StorageException.Corruption.class, () -> openCopy(left, UNFINISHED));
    }
    try (SteppedDatabase database = new SteppedDatabase(left)) {
      check(expected, database.engine);
      if (!there) {
        database.engine.checkpoint(TARGET);
        assertFalse(left.exists(UNFINISHED));
      }
    }
    try (SteppedDatabase copy = openCopy(left, TARGET)) {
      check(expected, copy.engine);
    }
    return there;
  }

  @Test
  void anErrorAtAnyFileOperationLeavesNothing() {
    filled().close();
    SimulatedFileSystem before = disk.killClone();
    boolean failed = true;
    for (int operation = 0; failed; operation++) {
      failed = checkFailing(before.killClone(), operation);
      assertTrue(failed || operation > 30, operation + " operations only");
    }
  }

  /** Fails the checkpoint's nth operation; whether there was one. */
  private boolean checkFailing(SimulatedFileSystem files, int nth) {
    boolean failed;
    try (SteppedDatabase database = new SteppedDatabase(files)) {
      int[] operations = {0};
      files.setFaultInjector(
          (operation, path, count) -> {
            if (operation != FaultInjector.Operation.CLOSE && operations[0]++ == nth) {
              throw new IOException("injected: " + operation + " " + path);
            }
          });
      failed = fails(database);
      files.setFaultInjector(FaultInjector.NONE);
      assertEquals(!failed, files.exists(TARGET), "at operation " + nth);
      assertFalse(files.exists(UNFINISHED), "at operation " + nth);
      check(expected, database.engine);
      boolean poisoned = database.engine.statistics().poisoned() != null;
      assertFalse(poisoned, "nothing was left to sync in the log");
      if (failed) {
        database.engine.checkpoint(TARGET);
      }
    }
    try (SteppedDatabase copy = openCopy(files, TARGET)) {
      check(expected, copy.engine);
    }
    return failed;
  }

  private static boolean fails(SteppedDatabase database) {
    try {
      database.engine.checkpoint(TARGET);
      return false;
    } catch (StorageException e) {
      assertTrue(e.getMessage().contains("injected"), e.getMessage());
      return true;
    }
  }

  @Test
  void aFullDiskRefusesACheckpointAndNothingElse() {
    try (SteppedDatabase database = filled()) {
      disk.setCapacity(disk.usedBytes());
      assertThrows(StorageException.DiskFull.class, () -> database.engine.checkpoint(TARGET));
      assertFalse(disk.exists(TARGET));
      disk.setCapacity(Long.MAX_VALUE);
      database.engine.checkpoint(TARGET);
      check(expected, database.engine);
    }
  }

  @Test
  void onARealDiskWhileWritingGoesOn(@TempDir Path directory) throws IOException {
    StorageOptions options =
        StorageOptions.builder()
            .memtableBytes(256 << 10)
            .logSegmentBytes(64 << 10)
            .tableBytes(64 << 10)
            .levelBaseBytes(256 << 10)
            .build();
    Map<Integer, Integer> counts = new TreeMap<>();
    try (ThreadScheduler scheduler = new ThreadScheduler()) {
      EngineEnvironment environment =
          new EngineEnvironment(new DiskFileSystem(), System::currentTimeMillis, scheduler);
      try (StorageEngine engine = LsmEngine.open(directory.resolve("db"), options, environment)) {
        for (int i = 0; i < 20_000; i++) {
          commit(engine, i);
          if (i % 4000 == 3999) {
            engine.checkpoint(directory.resolve("copy" + i));
            counts.put(i, i + 1);
          }
        }
      }
      for (int at : counts.keySet()) {
        try (StorageEngine copy =
            LsmEngine.open(directory.resolve("copy" + at), options, environment)) {
          assertEquals(counts.get(at), count(copy));
          assertTrue(copy.verify(VerificationListener.NONE).isSound());
          for (int i = 0; i < 2000; i++) {
            commit(copy, 100_000 + i);
          }
        }
        assertTrue(Files.exists(directory.resolve("copy" + at).resolve("IDENTITY")));
      }
      try (StorageEngine engine = LsmEngine.open(directory.resolve("db"), options, environment)) {
        assertEquals(20_000, count(engine));
        assertTrue(engine.verify(VerificationListener.NONE).isSound());
      }
    }
  }

  private static void commit(StorageEngine engine, int key) {
    WriteBatch batch = new WriteBatch();
    batch.put(SteppedDatabase.key(key).getBytes(US_ASCII), new byte[100]);
    while (!engine.isWritable(batch)) {
      Thread.onSpinWait();
    }
    engine.commit(batch, SyncPolicy.NO);
  }

  private static int count(StorageEngine engine) {
    int count = 0;
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(null, null)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        count++;
      }
    }
    return count;
  }
}
