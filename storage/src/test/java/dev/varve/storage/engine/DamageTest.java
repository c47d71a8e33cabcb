package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Damage;
import dev.varve.storage.StorageException;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A small database that was closed in order, damaged in every way: whoever opens it then and reads
 * everything reads what was written, or is told what is wrong; and verification had told so.
 */
class DamageTest {
  private static SimulatedFileSystem sound;
  private static Map<String, String> expected;
  private static List<String> names;

  /** Cases of one kind of file that were noticed, and that did no harm. */
  private static final class Tally {
    int noticed;
    int harmless;
  }

  private final Map<String, Tally> tallies = new TreeMap<>();

  @BeforeAll
  static void makeDatabase() throws IOException {
    SmallDatabase database = new SmallDatabase(1).fill().close();
    sound = database.files;
    expected = database.expected;
    names = sound.list(SmallDatabase.DIRECTORY);
    assertEquals(expected, SmallDatabase.readAll(sound.killClone()));
    assertEquals(List.of(), damages(sound.killClone()));
  }

  private static String kind(String name) {
    return name.replaceAll("\\d+", "N");
  }

  private static List<Damage> damages(FileSystem files) {
    List<Damage> damages = new ArrayList<>();
    try (OfflineDatabase database = OfflineDatabase.open(files, SmallDatabase.DIRECTORY)) {
      database.verify(
          new VerificationListener() {
            @Override
            public void progressed(long bytes, long totalBytes) {
              assertTrue(bytes <= totalBytes, () -> bytes + " of " + totalBytes);
            }

            @Override
            public void damaged(Damage damage) {
              damages.add(damage);
            }
          });
    } catch (StorageException.FormatTooNew e) {
      damages.add(new Damage(e.getMessage().replaceAll(" has format.*", ""), 0, e.getMessage()));
    }
    return damages;
  }

  /** One case: verifies, opens, reads, and counts what came of it. */
  private void check(FileSystem damaged, String name, String what) {
    List<Damage> found = damages(damaged);
    for (Damage damage : found) {
      assertTrue(damage.file().startsWith(SmallDatabase.DIRECTORY + "/"), damage::toString);
      assertTrue(damage.offset() >= 0, damage::toString);
    }
    Tally tally = tallies.computeIfAbsent(kind(name), kind -> new Tally());
    try {
      assertEquals(expected, SmallDatabase.readAll(damaged), () -> "wrong data: " + what);
      if (found.isEmpty()) {
        tally.harmless++;
      } else {
        tally.noticed++;
      }
    } catch (StorageException.Corruption | StorageException.FormatTooNew e) {
      assertFalse(found.isEmpty(), () -> "verification missed " + what + ": " + e);
      tally.noticed++;
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
  }

  private void report(String title) {
    StringBuilder text = new StringBuilder(title);
    tallies.forEach(
        (kind, tally) ->
            text.append(
                String.format(
                    "%n  %-15s %6d noticed, %5d harmless", kind, tally.noticed, tally.harmless)));
    System.out.println(text);
  }

  @Test
  void theDatabaseHasFilesOfEveryKind() throws IOException {
    Set<String> kinds = names.stream().map(DamageTest::kind).collect(Collectors.toSet());
    assertEquals(
        Set.of("N.log", "N.sst", "N.blob", "CURRENT", "IDENTITY", "LOCK", "MANIFEST-N"), kinds);
    assertTrue(names.stream().filter(name -> name.endsWith(".sst")).count() >= 4);
  }

  @Test
  void everyFlippedByteIsNoticedOrHarmless() throws IOException {
    for (String name : names) {
      byte[] bytes = SmallDatabase.read(sound, name);
      for (int at = 0; at < bytes.length; at++) {
        byte[] flipped = bytes.clone();
        flipped[at] ^= (byte) (1 << at % 8);
        check(with(name, flipped), name, name + " flipped at " + at);
      }
    }
    report("Flipped bytes:");
  }

  @Test
  void everyTruncationIsNoticedOrHarmless() throws IOException {
    for (String name : names) {
      byte[] bytes = SmallDatabase.read(sound, name);
      for (int length = 0; length < bytes.length; length++) {
        check(with(name, Arrays.copyOf(bytes, length)), name, name + " cut to " + length);
      }
    }
    report("Truncated files:");
  }

  @Test
  void everyZeroedBlockIsNoticedOrHarmless() throws IOException {
    for (int blockBytes : new int[] {512, 4096}) {
      for (String name : names) {
        byte[] bytes = SmallDatabase.read(sound, name);
        for (int at = 0; at < bytes.length; at += blockBytes) {
          byte[] zeroed = bytes.clone();
          Arrays.fill(zeroed, at, Math.min(bytes.length, at + blockBytes), (byte) 0);
          check(with(name, zeroed), name, blockBytes + " bytes zeroed in " + name + " at " + at);
        }
      }
    }
    report("Zeroed blocks:");
  }

  @Test
  void everyMissingFileIsNoticedOrHarmless() throws IOException {
    for (String name : names) {
      SimulatedFileSystem damaged = sound.killClone();
      damaged.delete(SmallDatabase.DIRECTORY.resolve(name));
      check(damaged, name, name + " missing");
    }
    report("Missing files:");
  }

  @Test
  void everySwapOfFilesIsNoticedOrHarmless() throws IOException {
    for (String one : names) {
      for (String other : names) {
        if (one.compareTo(other) < 0) {
          SimulatedFileSystem damaged = sound.killClone();
          SmallDatabase.write(damaged, one, SmallDatabase.read(sound, other));
          SmallDatabase.write(damaged, other, SmallDatabase.read(sound, one));
          check(damaged, one, one + " and " + other + " swapped");
        }
      }
    }
    report("Swapped files:");
  }

  private static SimulatedFileSystem with(String name, byte[] bytes) throws IOException {
    SimulatedFileSystem damaged = sound.killClone();
    SmallDatabase.write(damaged, name, bytes);
    return damaged;
  }

  /** But for the log: nothing in it tells whose it is, see docs/reliability.md. */
  @Test
  void everyTableAndManifestOfAnotherDatabaseIsNoticedOrHarmless() throws IOException {
    for (int seed = 8; seed < 28; seed++) {
      SimulatedFileSystem other = new SmallDatabase(seed).fill().close().files;
      for (String name : other.list(SmallDatabase.DIRECTORY)) {
        if (!name.endsWith(".log")) {
          check(with(name, SmallDatabase.read(other, name)), name, name + " of another database");
        }
      }
    }
    report("Files of other databases:");
  }
}
