package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The engine's time never steps back, whatever the wall clock does and over restarts: what had
 * expired for one reader would be back for the next.
 */
class TimeTest {
  private static final long LATE = 1_700_000_000_000L;
  private static final long EARLY = LATE - 3_600_000;

  private SimulatedFileSystem disk = new SimulatedFileSystem();
  private SteppedScheduler scheduler;
  private LsmEngine engine;
  private long wall = LATE;
  private int puts;

  private void open(Path directory) {
    scheduler = new SteppedScheduler(new Random(1));
    EngineEnvironment environment =
        new EngineEnvironment(disk, () -> wall, scheduler, new Random(1));
    engine = (LsmEngine) LsmEngine.open(directory, SmallDatabase.OPTIONS, environment);
  }

  private void open() {
    open(SmallDatabase.DIRECTORY);
  }

  private void put() {
    WriteBatch batch = new WriteBatch();
    byte[] key = ("a" + puts++).getBytes(StandardCharsets.US_ASCII);
    batch.put(key, key);
    while (!engine.isWritable(batch)) {
      scheduler.stepOrWait();
    }
    engine.commit(batch, SyncPolicy.ALWAYS);
  }

  private void flush() {
    engine.freeze();
    engine.publish(engine.writtenSequence());
    scheduler.drain();
  }

  /** The power goes; what is left is opened again. */
  private void crash(long seed) {
    SimulatedFileSystem left = disk.crashClone(seed);
    engine.close();
    disk = left;
    open();
  }

  private void assertGoesOn(long from) {
    assertEquals(from, engine.timeMillis());
    assertEquals(from, engine.tick());
    assertEquals(from, engine.timeMillis());
  }

  @Test
  void staysWhenTheWallClockStepsBack() {
    open();
    assertEquals(LATE, engine.tick());
    wall = EARLY;
    assertGoesOn(LATE);
    engine.close();
  }

  @Test
  void goesOnFromWhatTheLogHolds() {
    open();
    engine.tick();
    put();
    wall = EARLY;
    crash(1);
    assertGoesOn(LATE);
    // What is written then tells the same, in a segment of its own.
    put();
    crash(2);
    assertGoesOn(LATE);
    engine.close();
  }

  @Test
  void goesOnFromWhatTheManifestSays() {
    open();
    engine.tick();
    put();
    flush();
    wall = EARLY;
    crash(1);
    assertGoesOn(LATE);
    engine.close();
  }

  @Test
  void goesOnInACheckpoint() {
    open();
    engine.tick();
    put();
    Path copy = Path.of("/copy");
    engine.checkpoint(copy);
    engine.close();
    wall = EARLY;
    open(copy);
    assertGoesOn(LATE);
    engine.close();
  }

  @Test
  void isNeverBeforeThatOfTheLastWriteWhateverTheClockDoes() {
    Seeds.forEach(20, this::live);
  }

  private void live(Random random) {
    disk = new SimulatedFileSystem();
    wall = LATE;
    long last = 0;
    open();
    for (int i = 0; i < 200; i++) {
      switch (random.nextInt(6)) {
        case 0 -> wall += random.nextLong(-3_600_000, 3_600_000);
        case 1 -> flush();
        case 2 -> scheduler.drain();
        case 3 -> {
          if (random.nextInt(4) == 0) {
            crash(random.nextLong());
          }
        }
        default -> {
          last = Math.max(last, engine.tick());
          put();
        }
      }
      assertTrue(engine.timeMillis() >= last, engine.timeMillis() + " is before " + last);
    }
    engine.close();
  }
}
