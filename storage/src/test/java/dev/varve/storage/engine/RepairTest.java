package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.ManifestContents;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.repair.RepairReport;
import dev.varve.storage.sstable.TableFormatOptions;
import dev.varve.storage.sstable.TableWriter;
import dev.varve.storage.wal.LogSalvage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is sound of a damaged database reads as it was after a repair, and nothing else does. */
class RepairTest {
  private static SmallDatabase database;
  private static SimulatedFileSystem sound;
  private static List<String> names;

  @BeforeAll
  static void makeDatabase() throws IOException {
    database = new SmallDatabase(2).fill().close();
    sound = database.files;
    names =
        sound.list(SmallDatabase.DIRECTORY).stream().filter(name -> !name.equals("LOCK")).toList();
  }

  private static RepairReport repair(SimulatedFileSystem files) {
    try (OfflineDatabase damaged = OfflineDatabase.open(files, SmallDatabase.DIRECTORY)) {
      return damaged.repair(SmallDatabase.OPTIONS, new Random(3), VerificationListener.NONE);
    }
  }

  /** The database as it reads after a repair, which must have left it sound. */
  private static Map<String, String> readRepaired(SimulatedFileSystem files) {
    try (OfflineDatabase repaired = OfflineDatabase.open(files, SmallDatabase.DIRECTORY)) {
      assertTrue(repaired.verify(VerificationListener.NONE).isSound());
    }
    Map<String, String> seen = SmallDatabase.readAll(files);
    seen.forEach(
        (key, value) ->
            assertTrue(
                database.history.get(key).contains(value), () -> key + " never was " + value));
    try (OfflineDatabase used = OfflineDatabase.open(files, SmallDatabase.DIRECTORY)) {
      assertTrue(used.verify(VerificationListener.NONE).isSound());
    }
    return seen;
  }

  private static SimulatedFileSystem with(String name, byte[] bytes) throws IOException {
    SimulatedFileSystem damaged = sound.killClone();
    SmallDatabase.write(damaged, name, bytes);
    return damaged;
  }

  private static SimulatedFileSystem without(String name) throws IOException {
    SimulatedFileSystem damaged = sound.killClone();
    damaged.delete(SmallDatabase.DIRECTORY.resolve(name));
    return damaged;
  }

  private static byte[] flipped(String name, int at) throws IOException {
    byte[] bytes = SmallDatabase.read(sound, name);
    bytes[at] ^= 0x10;
    return bytes;
  }

  @Test
  void theDatabaseHasTablesInSeveralLevels() {
    Levels levels = ManifestContents.read(sound, SmallDatabase.DIRECTORY).levels();
    assertTrue(levels.tables(0).size() >= 1);
    assertTrue(levels.numbers().size() > levels.tables(0).size() + 1);
    assertFalse(levels.tables(Levels.LAST).isEmpty());
  }

  @Test
  void whateverIsDamagedTheRepairedDatabaseIsSound() throws IOException {
    int cases = 0;
    for (String name : names) {
      int length = SmallDatabase.read(sound, name).length;
      for (int at = 0; at < length; at += 1 + length / 150) {
        repairAndRead(with(name, flipped(name, at)));
        repairAndRead(with(name, Arrays.copyOf(SmallDatabase.read(sound, name), at)));
        cases += 2;
      }
      repairAndRead(without(name));
    }
    System.out.println("repaired " + cases + " damaged databases");
  }

  private static void repairAndRead(SimulatedFileSystem damaged) {
    try {
      repair(damaged);
      readRepaired(damaged);
    } catch (StorageException.FormatTooNew e) {
      // A version number that was hit: what may be a newer version's is left alone.
      assertFalse(damaged.exists(SmallDatabase.DIRECTORY.resolve("lost")));
    }
  }

  @Test
  void aSoundDatabaseLosesNothing() {
    SimulatedFileSystem files = sound.killClone();
    RepairReport report = repair(files);
    assertEquals(List.of(), report.lost());
    assertEquals(List.of(), report.holes());
    assertTrue(report.levelsKept());
    assertTrue(report.countsKept());
    assertEquals(database.expected, readRepaired(files));
  }

  @Test
  void withoutItsManifestADatabaseHasAllItHad() throws IOException {
    for (String name : names) {
      if (name.startsWith("MANIFEST") || name.equals("CURRENT") || name.equals("IDENTITY")) {
        SimulatedFileSystem damaged = with(name, flipped(name, 40 % name.length()));
        RepairReport report = repair(damaged);
        assertEquals(!name.startsWith("MANIFEST"), report.levelsKept(), name);
        assertEquals(database.expected, readRepaired(damaged), name);
        damaged = without(name);
        repair(damaged);
        assertEquals(database.expected, readRepaired(damaged), name);
      }
    }
  }

  @Test
  void aLostTableTakesOnlyItsOwnKeysAlongAndIsMovedAside() throws IOException {
    Levels levels = ManifestContents.read(sound, SmallDatabase.DIRECTORY).levels();
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        String name = String.format("%06d.sst", table.number());
        byte[] damagedBytes = flipped(name, 30);
        SimulatedFileSystem damaged = with(name, damagedBytes);
        RepairReport report = repair(damaged);
        assertEquals(1, report.lost().size());
        assertTrue(report.lost().getFirst().content().contains("level " + level));
        Path lost = report.moved().getFirst().to();
        assertEquals(Path.of("/db/lost", name), lost);
        assertArrayEquals(damagedBytes, SmallDatabase.read(damaged, "lost/" + name));
        Map<String, String> seen = readRepaired(damaged);
        Map<String, String> outside = new TreeMap<>(database.expected);
        outside.keySet().removeIf(key -> table.spans(key.getBytes(ISO_8859_1), 0, key.length()));
        outside.forEach((key, value) -> assertEquals(value, seen.get(key), key));
      }
    }
  }

  @Test
  void aDamagedLogLosesOnlyWhatIsDamaged() throws IOException {
    long flushed = ManifestContents.read(sound, SmallDatabase.DIRECTORY).flushedUpTo();
    String name = names.stream().filter(each -> each.endsWith(".log")).findFirst().orElseThrow();
    int length = SmallDatabase.read(sound, name).length;
    int holes = 0;
    for (int at = 0; at < length; at += 7) {
      SimulatedFileSystem damaged = with(name, flipped(name, at));
      RepairReport report = repair(damaged);
      assertTrue(report.holes().size() <= 1, report.holes()::toString);
      for (LogSalvage.Hole hole : report.holes()) {
        assertEquals(hole.first(), hole.last());
        assertTrue(hole.first() > flushed);
        holes++;
      }
      Map<String, String> seen = readRepaired(damaged);
      Map<String, String> other = new TreeMap<>(database.expected);
      other.entrySet().removeIf(entry -> entry.getValue().equals(seen.get(entry.getKey())));
      assertTrue(
          report.holes().isEmpty() ? other.isEmpty() : other.size() <= 1,
          () -> report.holes() + " lost " + other);
    }
    assertTrue(holes > 10);
  }

  @Test
  void aRepairThatIsCutShortCanBeBegunAnew() throws IOException {
    String table = names.stream().filter(each -> each.endsWith(".sst")).findFirst().orElseThrow();
    String manifest =
        names.stream().filter(each -> each.startsWith("MANIFEST")).findFirst().orElseThrow();
    String log = names.stream().filter(each -> each.endsWith(".log")).findFirst().orElseThrow();
    for (String name : List.of(table, manifest, log)) {
      byte[] damagedBytes = flipped(name, 50);
      SimulatedFileSystem whole = with(name, damagedBytes);
      repair(whole);
      Map<String, String> repaired = readRepaired(whole);
      SimulatedFileSystem damaged = with(name, damagedBytes);
      long[] operations = new long[1];
      damaged.setFaultInjector(
          (operation, path, count) -> {
            if (operations[0]++ % 3 == 0) {
              SimulatedFileSystem cutShort = damaged.crashClone(count);
              repair(cutShort);
              assertEquals(repaired, readRepaired(cutShort), name);
            }
          });
      repair(damaged);
      damaged.setFaultInjector(FaultInjector.NONE);
      assertTrue(operations[0] > 20);
      assertNotNull(OfflineDatabase.open(damaged, SmallDatabase.DIRECTORY));
    }
  }

  /** Largest sequence number first would find the old value of the key that both tables have. */
  @Test
  void tablesWhoseAgeNothingTellsAreMerged() throws IOException {
    SmallDatabase empty = new SmallDatabase(5).close();
    SimulatedFileSystem files = empty.files;
    for (String name : files.list(SmallDatabase.DIRECTORY)) {
      if (!name.equals("IDENTITY")) {
        files.delete(SmallDatabase.DIRECTORY.resolve(name));
      }
    }
    writeTable(files, 11, Map.of(1, 10L, 3, 1L), "new");
    writeTable(files, 12, Map.of(1, 5L, 2, 20L), "old");
    RepairReport report = repair(files);
    assertEquals(2, report.mergedTables());
    assertEquals(Map.of("k001", "new", "k002", "old", "k003", "new"), SmallDatabase.readAll(files));
    assertTrue(files.exists(Path.of("/db/lost/000011.sst")));
    assertTrue(files.exists(Path.of("/db/lost/000012.sst")));
  }

  private static void writeTable(
      SimulatedFileSystem files, int number, Map<Integer, Long> sequences, String value)
      throws IOException {
    Path path = SmallDatabase.DIRECTORY.resolve(String.format("%06d.sst", number));
    TableWriter writer = new TableWriter(files, path, TableFormatOptions.DEFAULT);
    byte[] bytes = value.getBytes(ISO_8859_1);
    new TreeMap<>(sequences)
        .forEach(
            (key, sequence) -> {
              byte[] keyBytes = SmallDatabase.key(key).getBytes(ISO_8859_1);
              writer.add(
                  EntryKind.PUT,
                  sequence,
                  keyBytes,
                  0,
                  keyBytes.length,
                  MemorySegment.ofArray(bytes),
                  0,
                  bytes.length);
            });
    writer.finish();
    files.syncDirectory(SmallDatabase.DIRECTORY);
  }

  @Test
  void countsThatCannotBeKnownAreNotTakenForExact() throws IOException {
    String table = names.stream().filter(each -> each.endsWith(".sst")).findFirst().orElseThrow();
    SimulatedFileSystem damaged = with(table, flipped(table, 30));
    repair(damaged);
    for (int opening = 0; opening < 2; opening++) {
      SteppedScheduler scheduler = new SteppedScheduler(new Random(1));
      try (StorageEngine engine = SmallDatabase.open(damaged, scheduler)) {
        assertFalse(engine.countIsExact());
        ((LsmEngine) engine).requestCompaction();
        scheduler.drain();
        assertFalse(engine.countIsExact());
      }
    }
  }
}
