package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Damage;
import dev.varve.storage.StorageException;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.repair.RepairReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever was done to the files of a database, by several faults at once, names mixed up included:
 * after a repair it is sound, opens, and shows nothing that a key never had.
 */
class RepairAnythingTest {
  private static final int CASES = Integer.getInteger("varve.repairs", 1000);
  private static final int MOST_FAULTS = 4;

  private static final SmallDatabase database = new SmallDatabase(4);

  /** Closed in order, killed, and as losses of power leave it. */
  private static final List<SimulatedFileSystem> disks = new ArrayList<>();

  @BeforeAll
  static void makeDatabases() {
    database.fill();
    for (int opening = 0; opening < 5; opening++) {
      database.putAll("e" + opening, 3 * opening, 3 * opening + 12);
      if (opening == 1) {
        database.flush();
      }
      database.close().open();
      database.putAll("f" + opening, 60 - opening, 64);
    }
    disks.add(database.files.killClone());
    for (int seed = 0; seed < 4; seed++) {
      disks.add(database.files.crashClone(seed));
    }
    database.close();
    disks.add(database.files);
  }

  private static SimulatedFileSystem closedInOrder() {
    return database.files.killClone();
  }

  private static List<String> files(SimulatedFileSystem disk, String kind) throws IOException {
    return disk.list(SmallDatabase.DIRECTORY).stream()
        .filter(name -> !name.equals("LOCK") && name.matches(kind))
        .toList();
  }

  private static RepairReport repair(SimulatedFileSystem disk, String what) {
    RepairReport report;
    try (OfflineDatabase damaged = OfflineDatabase.open(disk, SmallDatabase.DIRECTORY)) {
      report = damaged.repair(SmallDatabase.OPTIONS, new Random(3), VerificationListener.NONE);
    } catch (StorageException.FormatTooNew e) {
      throw e;
    } catch (RuntimeException e) {
      throw new AssertionError(what + ": can't be repaired", e);
    }
    List<Damage> damages = new ArrayList<>();
    try (OfflineDatabase repaired = OfflineDatabase.open(disk, SmallDatabase.DIRECTORY)) {
      repaired.verify(
          new VerificationListener() {
            @Override
            public void progressed(long bytes, long totalBytes) {}

            @Override
            public void damaged(Damage damage) {
              damages.add(damage);
            }
          });
    }
    assertEquals(List.of(), damages, what);
    return report;
  }

  private static Map<String, String> read(SimulatedFileSystem disk, String what) {
    try {
      Map<String, String> seen = SmallDatabase.readAll(disk);
      seen.forEach(
          (key, value) ->
              assertTrue(
                  database.history.get(key).contains(value),
                  () -> what + ": " + key + " never was " + value));
      return seen;
    } catch (StorageException e) {
      throw new AssertionError(what + ": repaired, and doesn't open", e);
    }
  }

  @Test
  void logSegmentsUnderEachOthersNamesLoseNothing() throws IOException {
    List<String> logs = files(closedInOrder(), ".*\\.log");
    assertTrue(logs.size() >= 4, logs::toString);
    for (String one : logs) {
      for (String other : logs) {
        if (one.compareTo(other) < 0) {
          SimulatedFileSystem disk = closedInOrder();
          swap(disk, one, other);
          assertNothingIsLost(disk, one + " and " + other + " swapped");
        }
      }
    }
  }

  @Test
  void aLogSegmentUnderANameOfItsOwnLosesNothing() throws IOException {
    for (String name : files(closedInOrder(), ".*\\.log")) {
      for (String other : List.of("000000.log", "000900.log")) {
        SimulatedFileSystem disk = closedInOrder();
        rename(disk, name, other);
        assertNothingIsLost(disk, name + " renamed to " + other);
      }
    }
  }

  @Test
  void allLogSegmentsUnderTheNameOfTheNextLoseNothing() throws IOException {
    for (int by : new int[] {1, -1}) {
      SimulatedFileSystem disk = closedInOrder();
      List<String> logs = files(disk, ".*\\.log");
      Map<String, byte[]> moved = new TreeMap<>();
      for (int i = 0; i < logs.size(); i++) {
        moved.put(
            logs.get(Math.floorMod(i + by, logs.size())), SmallDatabase.read(disk, logs.get(i)));
      }
      for (Map.Entry<String, byte[]> each : moved.entrySet()) {
        SmallDatabase.write(disk, each.getKey(), each.getValue());
      }
      assertNothingIsLost(disk, "rotated by " + by);
    }
  }

  /** By what a manifest says of them. */
  @Test
  void tablesAndBlobFilesUnderOtherNamesLoseNothing() throws IOException {
    for (String kind : List.of(".*\\.sst", ".*\\.blob")) {
      List<String> files = files(closedInOrder(), kind);
      assertTrue(files.size() >= 4, files::toString);
      for (String one : files) {
        SimulatedFileSystem renamed = closedInOrder();
        String other = one.replaceFirst("\\d+", "000900");
        rename(renamed, one, other);
        assertNothingIsLost(renamed, one + " renamed to " + other);
        for (String another : files) {
          if (one.compareTo(another) < 0) {
            SimulatedFileSystem swapped = closedInOrder();
            swap(swapped, one, another);
            assertNothingIsLost(swapped, one + " and " + another + " swapped");
          }
        }
      }
    }
  }

  private static void assertNothingIsLost(SimulatedFileSystem disk, String what) {
    RepairReport report = repair(disk, what);
    assertEquals(List.of(), report.holes(), what);
    assertEquals(database.expected, read(disk, what), what);
  }

  @Test
  void whateverWasDoneTheRepairedDatabaseOpens() throws IOException {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      Random random = new Random(seed + i);
      SimulatedFileSystem disk = disks.get(random.nextInt(disks.size())).killClone();
      StringBuilder done = new StringBuilder("-Dvarve.seed=" + (seed + i) + " -Dvarve.repairs=1:");
      for (int faults = 1 + random.nextInt(MOST_FAULTS); faults > 0; faults--) {
        done.append(' ').append(damage(disk, random)).append(';');
      }
      if (disk.list(SmallDatabase.DIRECTORY).stream().allMatch(name -> name.equals("LOCK"))) {
        continue;
      }
      try {
        repair(disk, done.toString());
        read(disk, done.toString());
      } catch (StorageException.FormatTooNew e) {
        refused++; // What may be a newer version's is left alone.
      }
    }
    System.out.printf(
        "repaired %d databases from -Dvarve.seed=%d on, %d refused%n", CASES, seed, refused);
    assertTrue(refused < CASES / 20);
  }

  private static String damage(SimulatedFileSystem disk, Random random) throws IOException {
    String kind =
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> ".*\\.log";
          case 3 -> ".*\\.sst";
          case 4 -> ".*\\.blob";
          case 5 -> "MANIFEST.*|CURRENT|IDENTITY";
          default -> "[0-9A-Z].*";
        };
    List<String> names = files(disk, kind);
    if (names.isEmpty()) {
      return "no " + kind;
    }
    String name = names.get(random.nextInt(names.size()));
    String other = names.get(random.nextInt(names.size()));
    return switch (random.nextInt(9)) {
      case 0 -> rename(disk, name, otherNumber(name, random));
      case 1 -> swap(disk, name, other);
      case 2 -> copy(disk, name, other);
      case 3 -> copy(disk, name, otherNumber(name, random));
      case 4 -> {
        disk.delete(SmallDatabase.DIRECTORY.resolve(name));
        yield name + " deleted";
      }
      default -> change(disk, name, SmallDatabase.read(disk, name), random);
    };
  }

  private static String change(SimulatedFileSystem disk, String name, byte[] bytes, Random random)
      throws IOException {
    StringBuilder done = new StringBuilder(name);
    byte[] changed = bytes;
    switch (random.nextInt(4)) {
      case 0 -> {
        changed = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        done.append(" cut to ").append(changed.length);
      }
      case 1 -> {
        byte[] more = new byte[1 + random.nextInt(5000)];
        random.nextBytes(more);
        changed = Arrays.copyOf(bytes, bytes.length + more.length);
        System.arraycopy(more, 0, changed, bytes.length, more.length);
        done.append(" followed by ").append(more.length).append(" bytes");
      }
      case 2 -> {
        int from = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, from + random.nextInt(600));
        Arrays.fill(changed, from, to, (byte) 0);
        done.append(" zeroed from ").append(from).append(" to ").append(to);
      }
      default -> {
        done.append(" flipped at");
        for (int i = random.nextInt(3); i >= 0 && bytes.length > 0; i--) {
          int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(64, bytes.length));
          changed[at] ^= (byte) (1 << random.nextInt(8));
          done.append(' ').append(at);
        }
      }
    }
    SmallDatabase.write(disk, name, changed);
    return done.toString();
  }

  /** The name with another number in it, of a file that is there or not. */
  private static String otherNumber(String name, Random random) {
    return name.replaceFirst("\\d+", String.format("%06d", random.nextInt(40)));
  }

  private static String rename(SimulatedFileSystem disk, String from, String to)
      throws IOException {
    disk.rename(SmallDatabase.DIRECTORY.resolve(from), SmallDatabase.DIRECTORY.resolve(to));
    return from + " renamed to " + to;
  }

  private static String copy(SimulatedFileSystem disk, String from, String to) throws IOException {
    SmallDatabase.write(disk, to, SmallDatabase.read(disk, from));
    return from + " copied to " + to;
  }

  private static String swap(SimulatedFileSystem disk, String one, String other)
      throws IOException {
    byte[] first = SmallDatabase.read(disk, one);
    SmallDatabase.write(disk, one, SmallDatabase.read(disk, other));
    SmallDatabase.write(disk, other, first);
    return one + " and " + other + " swapped";
  }
}
