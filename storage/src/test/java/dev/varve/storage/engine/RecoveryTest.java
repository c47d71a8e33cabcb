package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Damage;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A torn end of the log is expected after a crash; damage before it is not. */
class RecoveryTest {
  private final SmallDatabase database = new SmallDatabase(4);

  private static List<String> names(SimulatedFileSystem files, String suffix) throws IOException {
    return files.list(SmallDatabase.DIRECTORY).stream()
        .filter(name -> name.endsWith(suffix))
        .toList();
  }

  /** Returns how many bytes of a killed process's log hold records. */
  private static int usedBytes(byte[] log) {
    int end = log.length;
    while (log[end - 1] == 0) {
      end--;
    }
    return end;
  }

  @Test
  void aTornTailRecoversSilentlyAndDamageBeforeItIsRefused() throws IOException {
    database.putAll("a", 0, 10);
    SimulatedFileSystem killed = database.files.killClone();
    Map<String, String> all = new TreeMap<>(database.expected);
    String log = names(killed, ".log").getFirst();
    byte[] bytes = SmallDatabase.read(killed, log);
    int used = usedBytes(bytes);

    SimulatedFileSystem torn = killed.killClone();
    byte[] tail = bytes.clone();
    Arrays.fill(tail, used - 3, used, (byte) 0);
    SmallDatabase.write(torn, log, tail);
    Map<String, String> seen = SmallDatabase.readAll(torn);
    assertEquals(9, seen.size());
    assertTrue(all.entrySet().containsAll(seen.entrySet()));

    SimulatedFileSystem damaged = killed.killClone();
    byte[] hit = bytes.clone();
    hit[used / 2] ^= 1;
    SmallDatabase.write(damaged, log, hit);
    Damage damage = assertThrows(Corruption.class, () -> SmallDatabase.readAll(damaged)).damage();
    assertEquals(SmallDatabase.DIRECTORY.resolve(log).toString(), damage.file());
    assertTrue(damage.offset() > 0 && damage.offset() <= used / 2, damage::toString);
    database.close();
  }

  /** Every opening begins a segment, so somebody has to see to it that they don't grow many. */
  @Test
  void openingAgainAndAgainLeavesFewLogSegments() throws IOException {
    fewSegmentsHoweverOften();
    database.putAll("a", 0, 10);
    fewSegmentsHoweverOften();
    database.flush();
    fewSegmentsHoweverOften();
    assertEquals(database.expected, SmallDatabase.readAll(database.files.killClone()));
    database.close();
  }

  private void fewSegmentsHoweverOften() throws IOException {
    for (int i = 0; i < 50; i++) {
      database.close();
      database.open();
      database.drain();
    }
    List<String> logs = names(database.files, ".log");
    assertTrue(logs.size() <= 12, logs::toString);
  }

  /**
   * The scheduler outlives the engine, and the directory may be another's by the time that it comes
   * to what was handed in.
   */
  @Test
  void nothingIsTouchedOnceTheDatabaseIsClosed() {
    SimulatedFileSystem disk = new SimulatedFileSystem();
    SteppedDatabase stepped = new SteppedDatabase(disk);
    for (int i = 0; i < 40; i++) {
      stepped.put(SteppedDatabase.key(i), new byte[1000]);
    }
    stepped.engine.freeze();
    stepped.scheduler.drain(Scheduler.Lane.FLUSH);
    stepped.close();
    long operations = disk.operations();
    stepped.scheduler.drain();
    assertEquals(operations, disk.operations());
  }

  @Test
  void swappedLogSegmentsAreNotTakenForSpares() throws IOException {
    database.putAll("a".repeat(2000), 0, 20);
    SimulatedFileSystem killed = database.files.killClone();
    List<String> logs = names(killed, ".log");
    assertTrue(logs.size() >= 2, logs::toString);
    byte[] first = SmallDatabase.read(killed, logs.getFirst());
    byte[] second = SmallDatabase.read(killed, logs.get(1));
    SmallDatabase.write(killed, logs.getFirst(), second);
    SmallDatabase.write(killed, logs.get(1), first);
    Corruption refused = assertThrows(Corruption.class, () -> SmallDatabase.readAll(killed));
    assertTrue(refused.damage().expected().contains("not of"), refused::getMessage);
    assertEquals(logs, names(killed, ".log"));
    database.close();
  }

  @Test
  void aDamagedDatabaseIsNotChangedByOpeningIt() throws IOException {
    database.fill().close();
    SimulatedFileSystem damaged = database.files.killClone();
    for (String log : names(damaged, ".log")) {
      damaged.delete(SmallDatabase.DIRECTORY.resolve(log));
    }
    // A table that no version names: it goes once the database has been found sound, not before.
    SmallDatabase.write(damaged, "000999.sst", new byte[] {1});
    List<String> before = damaged.list(SmallDatabase.DIRECTORY);
    List<byte[]> contents = new ArrayList<>();
    for (String name : before) {
      contents.add(SmallDatabase.read(damaged, name));
    }
    assertThrows(Corruption.class, () -> SmallDatabase.readAll(damaged));
    assertEquals(before, damaged.list(SmallDatabase.DIRECTORY));
    for (int i = 0; i < before.size(); i++) {
      assertArrayEquals(contents.get(i), SmallDatabase.read(damaged, before.get(i)));
    }
  }
}
