package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.ingest.SortedTableWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IngestTest {
  private static final Path FOLDER = Path.of("/outside");
  private static final Path FIRST = FOLDER.resolve("first");
  private static final Path SECOND = FOLDER.resolve("second");

  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private final Random random = new Random(11);

  @BeforeEach
  void makeFolder() throws IOException {
    disk.createDirectories(FOLDER);
    disk.syncDirectory(FOLDER.getParent());
  }

  private byte[] value(int bytes) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return value;
  }

  private void put(SteppedDatabase database, Map<String, byte[]> into, int from, int to) {
    for (int i = from; i < to; i++) {
      byte[] value = value(500);
      database.put(SteppedDatabase.key(i), value);
      into.put(SteppedDatabase.key(i), value);
    }
  }

  /**
   * A table that puts the even keys and deletes the odd ones; what becomes of {@code into} by it.
   */
  private void makeTable(Path path, int from, int to, Map<String, byte[]> into) {
    try (SortedTableWriter table = new SortedTableWriter(disk, path, StorageOptions.DEFAULT)) {
      for (int i = from; i < to; i++) {
        String key = SteppedDatabase.key(i);
        if (i % 2 == 0) {
          // Now and then one that belongs apart.
          byte[] value = value(i % 20 == 0 ? 6000 : 700);
          table.put(key.getBytes(US_ASCII), value);
          into.put(key, value);
        } else {
          table.delete(key.getBytes(US_ASCII));
          into.remove(key);
        }
      }
      table.finish();
    }
  }

  private static Map<String, byte[]> read(ReadView view) {
    Map<String, byte[]> seen = new TreeMap<>();
    try (Cursor cursor = view.cursor(null, null)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        String key = new String(cursor.key(), 0, cursor.keyLength(), US_ASCII);
        seen.put(key, view.get(key.getBytes(US_ASCII)));
      }
    }
    return seen;
  }

  private static boolean isSame(Map<String, byte[]> expected, Map<String, byte[]> found) {
    return expected.keySet().equals(found.keySet())
        && expected.entrySet().stream()
            .allMatch(entry -> Arrays.equals(entry.getValue(), found.get(entry.getKey())));
  }

  private static void check(Map<String, byte[]> expected, StorageEngine engine) {
    try (ReadView view = engine.view()) {
      Map<String, byte[]> found = read(view);
      assertEquals(expected.keySet(), found.keySet());
      expected.forEach((key, value) -> assertArrayEquals(value, found.get(key), key));
    }
    for (Map.Entry<String, byte[]> entry : expected.entrySet()) {
      byte[] key = entry.getKey().getBytes(US_ASCII);
      try (ReadView view = engine.view()) {
        assertArrayEquals(entry.getValue(), view.get(key));
      }
    }
    assertTrue(engine.verify(VerificationListener.NONE).isSound());
  }

  @Test
  void whatIsIngestedHidesWhatWasThereAndIsHiddenByWhatComes() {
    Map<String, byte[]> expected = new TreeMap<>();
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      put(database, expected, 0, 400);
      Map<String, byte[]> before = new TreeMap<>(expected);
      makeTable(FIRST, 100, 250, expected);
      makeTable(SECOND, 350, 600, expected);
      try (ReadView view = database.engine.view()) {
        assertTrue(database.engine.ingest(List.of(SECOND, FIRST)));
        check(expected, database.engine);
        assertTrue(isSame(before, read(view)), "a view from before doesn't see it");
      }
      put(database, expected, 200, 220);
      database.delete(SteppedDatabase.key(102));
      expected.remove(SteppedDatabase.key(102));
      check(expected, database.engine);
      database.engine.requestCompaction();
      database.scheduler.drain();
      check(expected, database.engine);
      database.engine.checkpoint(Path.of("/copy"));
    }
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      check(expected, database.engine);
    }
    try (SteppedDatabase copy =
        new SteppedDatabase(disk, new SteppedScheduler(new Random(2)), Path.of("/copy"))) {
      check(expected, copy.engine);
    }
    try (OfflineDatabase closed = OfflineDatabase.open(disk, SteppedDatabase.DIRECTORY)) {
      assertTrue(closed.verify(VerificationListener.NONE).isSound());
    }
  }

  /** Lookups go through memtables that are flushed already: none may hide what is newer. */
  @Test
  void aFlushedMemtableDoesNotHideWhatIsIngested() {
    Map<String, byte[]> expected = new TreeMap<>();
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      put(database, expected, 0, 10);
      makeTable(FIRST, 0, 10, expected);
      assertTrue(database.engine.ingest(List.of(FIRST)));
      check(expected, database.engine);
    }
  }

  @Test
  void whatWasReadBeforeAnIngestIsKnownToBeOld() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      database.put("a", value(10));
      makeTable(FIRST, 0, 10, new TreeMap<>());
      long read = database.engine.visibleSequence();
      assertTrue(database.engine.ingest(List.of(FIRST)));
      assertTrue(database.engine.latest().flushedSequence() > read);
      assertEquals(
          database.engine.appendedSequence(), database.engine.visibleSequence(), "nothing waits");
    }
  }

  @Test
  void whereNothingOverlapsTablesComeIntoTheLastLevel() {
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      Map<String, byte[]> expected = new TreeMap<>();
      makeTable(FIRST, 0, 200, expected);
      makeTable(SECOND, 150, 250, expected);
      assertTrue(database.engine.ingest(List.of(FIRST)));
      assertEquals(0, level0(database));
      assertTrue(database.engine.ingest(List.of(SECOND)));
      check(expected, database.engine);
      assertFalse(level0(database) == 0, "it overlaps what the first brought");
      database.scheduler.drain();
      check(expected, database.engine);
    }
  }

  private static int level0(SteppedDatabase database) {
    return database.engine.statistics().levels().getFirst().tables();
  }

  private void putAndFlush(SteppedDatabase database, Map<String, byte[]> into, int from, int to) {
    put(database, into, from, to);
    database.engine.freeze();
    database.scheduler.drain();
  }

  /** What a merge under way would put over an ingested table is thrown away, and made again. */
  @Test
  void anIngestDuringMergesLosesNothing() {
    int ingests = 0;
    for (int seed = 0; seed < 40; seed++) {
      SimulatedFileSystem files = new SimulatedFileSystem();
      Map<String, byte[]> expected = new TreeMap<>();
      SteppedScheduler scheduler = new SteppedScheduler(new Random(seed));
      try (SteppedDatabase database =
          new SteppedDatabase(files, scheduler, SteppedDatabase.DIRECTORY)) {
        // Merged into tables of which one spans the gap that the ingest fills.
        putAndFlush(database, expected, 0, 40);
        putAndFlush(database, expected, 300, 340);
        putAndFlush(database, expected, 0, 40);
        files.setFaultInjector(
            new FaultInjector() {
              private int left = 1 + random.nextInt(3);
              private boolean inside;

              @Override
              public void before(Operation operation, Path path, long count) throws IOException {
                // A merge's output: within the commit of an edit, no other thread could come in.
                boolean merges = !operation.isRead() && path.toString().endsWith(".sst");
                if (merges && !inside && --left == 0) {
                  inside = true;
                  Path table = Path.of("/in");
                  try (SortedTableWriter writer =
                      new SortedTableWriter(files, table, StorageOptions.DEFAULT)) {
                    for (int i = 100; i < 200; i++) {
                      byte[] value = value(300);
                      writer.put(SteppedDatabase.key(i).getBytes(US_ASCII), value);
                      expected.put(SteppedDatabase.key(i), value);
                    }
                    writer.finish();
                  }
                  assertTrue(database.engine.ingest(List.of(table)));
                }
              }
            });
        database.engine.requestCompaction();
        scheduler.drain();
        files.setFaultInjector(FaultInjector.NONE);
        scheduler.drain();
        ingests += expected.containsKey(SteppedDatabase.key(100)) ? 1 : 0;
        check(expected, database.engine);
        assertNull(database.engine.statistics().poisoned());
      }
    }
    assertTrue(ingests > 10, "too few met a merge");
  }

  @Test
  void aCrashAtAnyFileOperationLeavesAllOrNothing() {
    Map<String, byte[]> before = new TreeMap<>();
    SimulatedFileSystem base = disk;
    try (SteppedDatabase database = new SteppedDatabase(base)) {
      put(database, before, 0, 120);
      Map<String, byte[]> after = new TreeMap<>(before);
      makeTable(FIRST, 50, 90, after);
      makeTable(SECOND, 110, 180, after);
      int[] outcomes = new int[2];
      base.setFaultInjector(
          new FaultInjector() {
            @Override
            public void before(Operation operation, Path path, long count) {
              outcomes[crashed(base.crashClone(random.nextLong()), before, after)]++;
            }
          });
      assertTrue(database.engine.ingest(List.of(FIRST, SECOND)));
      base.setFaultInjector(FaultInjector.NONE);
      assertEquals(1, crashed(base.crashClone(1), before, after), "durable when it completes");
      assertTrue(outcomes[0] > 10, "crashes before");
      check(after, database.engine);
    }
  }

  /** 1 if all came, 0 if nothing did. */
  private static int crashed(
      SimulatedFileSystem left, Map<String, byte[]> before, Map<String, byte[]> after) {
    try (SteppedDatabase survivor = new SteppedDatabase(left)) {
      assertTrue(survivor.engine.verify(VerificationListener.NONE).isSound());
      Map<String, byte[]> found;
      try (ReadView view = survivor.engine.view()) {
        found = read(view);
      }
      if (isSame(after, found)) {
        return 1;
      }
      assertTrue(isSame(before, found), "neither all nor nothing");
      return 0;
    }
  }

  @Test
  void anErrorAtAnyFileOperationTakesNothingInOrPoisons() {
    for (int failing = 1; ; failing++) {
      int at = failing;
      SimulatedFileSystem files = new SimulatedFileSystem();
      Map<String, byte[]> before = new TreeMap<>();
      boolean[] failed = new boolean[1];
      try (SteppedDatabase database = new SteppedDatabase(files)) {
        put(database, before, 0, 60);
        Map<String, byte[]> after = new TreeMap<>(before);
        ingestInto(files, database, before, after, at, failed);
      } catch (StorageException e) {
        assertTrue(failed[0], e::toString); // One that is poisoned can't be closed in order.
      }
      if (!failed[0]) {
        assertTrue(failing > 10);
        return;
      }
    }
  }

  private void ingestInto(
      SimulatedFileSystem files,
      SteppedDatabase database,
      Map<String, byte[]> before,
      Map<String, byte[]> after,
      int at,
      boolean[] failed) {
    Path table = Path.of("/in");
    try (SortedTableWriter writer = new SortedTableWriter(files, table, StorageOptions.DEFAULT)) {
      for (int i = 30; i < 100; i++) {
        byte[] value = value(500);
        writer.put(SteppedDatabase.key(i).getBytes(US_ASCII), value);
        after.put(SteppedDatabase.key(i), value);
      }
      writer.finish();
    }
    files.setFaultInjector(
        new FaultInjector() {
          private int operations;

          @Override
          public void before(Operation operation, Path path, long count) throws IOException {
            if (++operations == at) {
              failed[0] = true;
              throw new IOException("the disk fails at " + operation + " of " + path);
            }
          }
        });
    boolean taken = false;
    try {
      taken = database.engine.ingest(List.of(table));
    } catch (StorageException e) {
      assertTrue(failed[0], e::toString);
    }
    files.setFaultInjector(FaultInjector.NONE);
    if (database.engine.statistics().poisoned() != null) {
      crashed(files.crashClone(at), before, after);
      return;
    }
    database.letTimePass();
    check(taken ? after : before, database.engine);
    put(database, taken ? after : before, 20, 40);
    check(taken ? after : before, database.engine);
  }

  @Test
  void keysMustAscend() {
    try (SortedTableWriter table = new SortedTableWriter(disk, FIRST, StorageOptions.DEFAULT)) {
      table.put(new byte[] {1}, value(1));
      table.put(new byte[] {(byte) 0x80}, value(1));
      assertThrows(
          IllegalArgumentException.class, () -> table.put(new byte[] {(byte) 0x80}, value(1)));
      assertThrows(IllegalArgumentException.class, () -> table.delete(new byte[] {2}));
      table.delete(new byte[] {(byte) 0x81});
      table.finish();
      assertEquals(3, table.entries());
    }
    assertTrue(disk.exists(FIRST));
  }

  @Test
  void anEmptyTableIsRefusedAndDeleted() {
    try (SortedTableWriter table = new SortedTableWriter(disk, FIRST, StorageOptions.DEFAULT)) {
      assertThrows(IllegalStateException.class, table::finish);
    }
    assertFalse(disk.exists(FIRST));
  }

  @Test
  void whatIsNoSoundTableOfItsOwnIsRefusedAndNothingChanges() throws IOException {
    Map<String, byte[]> expected = new TreeMap<>();
    try (SteppedDatabase database = new SteppedDatabase(disk)) {
      put(database, expected, 0, 200);
      makeTable(FIRST, 0, 100, new TreeMap<>());
      makeTable(SECOND, 99, 120, new TreeMap<>());
      StorageEngine engine = database.engine;
      long sequence = engine.appendedSequence();
      assertThrows(IllegalArgumentException.class, () -> engine.ingest(List.of()));
      assertThrows(IllegalArgumentException.class, () -> engine.ingest(List.of(FIRST, SECOND)));
      assertThrows(IllegalArgumentException.class, () -> engine.ingest(List.of(FIRST, FIRST)));
      String own =
          disk.list(SteppedDatabase.DIRECTORY).stream()
              .filter(name -> name.endsWith(".sst"))
              .findFirst()
              .orElseThrow();
      assertThrows(
          IllegalArgumentException.class,
          () -> engine.ingest(List.of(SteppedDatabase.DIRECTORY.resolve(own))));
      assertThrows(
          StorageException.Corruption.class,
          () -> engine.ingest(List.of(FIRST, FOLDER.resolve("missing"))));
      damage(FIRST, disk.size(FIRST) / 3);
      assertThrows(StorageException.Corruption.class, () -> engine.ingest(List.of(FIRST)));
      damage(SECOND, disk.size(SECOND) - 4);
      assertThrows(StorageException.class, () -> engine.ingest(List.of(SECOND)));
      assertEquals(sequence, engine.appendedSequence());
      check(expected, engine);
    }
  }

  private void damage(Path path, long position) throws IOException {
    try (WritableFile file = disk.openForWrite(path)) {
      file.write(ByteBuffer.wrap(new byte[] {0x55, 0x55, 0x55}), position);
      file.sync();
    }
  }

  @Test
  void countsOfIngestedGroupsAreUnknownOthersStay() {
    StorageOptions options =
        StorageOptions.builder()
            .keyGroups((key, offset, length) -> key[offset] == 'k' ? 1 : -1)
            .build();
    EngineEnvironment environment =
        new EngineEnvironment(disk, () -> 1, new SteppedScheduler(new Random(1)), new Random(1));
    try (StorageEngine engine = LsmEngine.open(Path.of("/counted"), options, environment)) {
      WriteBatch batch = new WriteBatch();
      batch.put(new byte[] {'k'}, new byte[1]);
      batch.count(1, 1);
      engine.commit(batch, SyncPolicy.ALWAYS);
      ingestOne(engine, new byte[] {'a'}, FIRST);
      assertTrue(engine.countIsExact());
      assertEquals(1, LiveCounts.of(engine, 1));
      ingestOne(engine, new byte[] {'k', 'k'}, SECOND);
      assertFalse(engine.countIsExact());
    }
  }

  private void ingestOne(StorageEngine engine, byte[] key, Path path) {
    try (SortedTableWriter table = new SortedTableWriter(disk, path, StorageOptions.DEFAULT)) {
      table.put(key, new byte[1]);
      table.finish();
    }
    assertTrue(engine.ingest(List.of(path)));
  }
}
