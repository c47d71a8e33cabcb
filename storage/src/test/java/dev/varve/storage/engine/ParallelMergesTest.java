package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.ReadView;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several merges under way: carried out, and not installed yet. */
class ParallelMergesTest {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int THREADS = 3;
  private static final int KEYS = 4000;

  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private final SteppedScheduler scheduler = new SteppedScheduler(new Random(1));
  private final byte[][] values = new byte[KEYS][];
  private final Random random = new Random(5);

  private LsmEngine open(SimulatedFileSystem files, SteppedScheduler steps, int threads) {
    StorageOptions options =
        StorageOptions.builder()
            .memtableBytes(64 << 10)
            .maxMemtables(4)
            .logSegmentBytes(32 << 10)
            .tableBytes(16 << 10)
            .levelBaseBytes(32 << 10)
            .levelSizeRatio(4)
            .backgroundThreads(threads)
            .build();
    return (LsmEngine)
        LsmEngine.open(
            DIRECTORY, options, new EngineEnvironment(files, () -> 1, steps, new Random(1)));
  }

  private LsmEngine engine;

  /** Levels that hold much, and then much more than they should, with no merge done about it. */
  @BeforeEach
  void fill() {
    engine = open(disk, scheduler, THREADS);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < KEYS; i++) {
        put(random.nextInt(KEYS));
      }
      if (round < 2) {
        scheduler.drain();
      }
    }
    scheduler.drain(Scheduler.Lane.FLUSH);
    scheduler.drain(Scheduler.Lane.FILES);
  }

  private void put(int number) {
    byte[] value = new byte[100];
    random.nextBytes(value);
    WriteBatch batch = new WriteBatch();
    batch.put(SteppedDatabase.key(number).getBytes(US_ASCII), value);
    while (!engine.isWritable(batch)) {
      scheduler.drain(Scheduler.Lane.FILES);
      scheduler.drain(Scheduler.Lane.FLUSH);
      scheduler.drain(Scheduler.Lane.TIMER);
      scheduler.stepOrWait();
    }
    engine.commit(batch, SyncPolicy.ALWAYS);
    values[number] = value;
  }

  private void check(LsmEngine of) {
    try (ReadView view = of.view()) {
      for (int i = 0; i < KEYS; i++) {
        byte[] value = view.get(SteppedDatabase.key(i).getBytes(US_ASCII));
        assertEquals(
            values[i] == null ? null : HexFormat.of().formatHex(values[i]),
            value == null ? null : HexFormat.of().formatHex(value));
      }
    }
    assertTrue(of.verify(VerificationListener.NONE).isSound());
  }

  /** Goes on until so many merges are carried out and not installed. */
  private void begin(int merges) {
    engine.considerCompaction();
    while (engine.mergesUnderWay() < merges) {
      assertTrue(scheduler.step(Scheduler.Lane.COMPACTION), "there is more to be merged");
    }
  }

  @Test
  void twoAreUnderWayAtOnceAndNothingChangesByThem() {
    begin(2);
    check(engine);
    scheduler.drain();
    assertEquals(0, engine.mergesUnderWay());
    check(engine);
    engine.close();
    check(open(disk, new SteppedScheduler(random), 1));
  }

  @Test
  void writesFlushesAndDeletesOfAllGoOnMeanwhile() {
    begin(2);
    WriteBatch batch = new WriteBatch();
    batch.deleteRange("key000000".getBytes(US_ASCII), "key002000".getBytes(US_ASCII));
    engine.commit(batch, SyncPolicy.ALWAYS);
    Arrays.fill(values, 0, 2000, null);
    for (int i = 0; i < KEYS; i += 3) {
      put(i);
    }
    scheduler.drain(Scheduler.Lane.FLUSH);
    check(engine);
    scheduler.drain();
    check(engine);
    engine.close();
  }

  @Test
  void aCrashBeforeTheyAreInstalledTakesNothingAway() {
    begin(2);
    for (int i = 0; i < 20; i++) {
      try (LsmEngine survivor =
          open(disk.crashClone(random.nextLong()), new SteppedScheduler(random), THREADS)) {
        check(survivor);
      }
    }
    engine.close();
  }

  @Test
  void whatIsNotInstalledWhenTheEngineClosesLeavesNoFile() throws IOException {
    begin(2);
    long installed = tablesInLevels();
    while (tables().size() == installed) {
      assertTrue(scheduler.step(Scheduler.Lane.COMPACTION), "some merge writes tables");
      installed = tablesInLevels();
    }
    engine.close();
    Set<String> after = tables();
    assertEquals(installed, after.size());
    try (LsmEngine reopened = open(disk, new SteppedScheduler(random), THREADS)) {
      assertEquals(after, tables());
      check(reopened);
    }
  }

  @Test
  void oneThatFailsLeavesTheOtherAlone() {
    begin(1);
    AtomicInteger failures = new AtomicInteger();
    disk.setFaultInjector(
        (operation, path, count) -> {
          if (operation == FaultInjector.Operation.CREATE && path.toString().endsWith(".sst")) {
            failures.incrementAndGet();
            throw new IOException("injected");
          }
        });
    while (failures.get() == 0) {
      assertTrue(scheduler.step(Scheduler.Lane.COMPACTION));
    }
    disk.setFaultInjector(FaultInjector.NONE);
    assertTrue(engine.mergesUnderWay() > 0);
    check(engine);
    scheduler.drain();
    check(engine);
    letTimePass();
    assertTrue(engine.statistics().compactionPressure() < 1);
    check(engine);
    engine.close();
  }

  @Test
  void aWishForAllToBeMergedWaitsForThoseUnderWay() {
    begin(2);
    engine.requestCompaction();
    scheduler.drain();
    check(engine);
    var levels = engine.statistics().levels();
    for (int level = 0; level < levels.size() - 1; level++) {
      assertEquals(0, levels.get(level).tables());
    }
    engine.close();
  }

  private long tablesInLevels() {
    return engine.statistics().levels().stream().mapToLong(StorageStatistics.Level::tables).sum();
  }

  private void letTimePass() {
    for (int i = 0; i < 10; i++) {
      scheduler.stepOrWait();
      scheduler.drain();
    }
  }

  private Set<String> tables() throws IOException {
    Set<String> tables = new TreeSet<>();
    for (String file : disk.list(DIRECTORY)) {
      if (file.endsWith(".sst")) {
        tables.add(file);
      }
    }
    return tables;
  }
}
