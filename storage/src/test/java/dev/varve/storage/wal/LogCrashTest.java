package dev.varve.storage.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Crashes at every operation that a scenario of appends, syncs, rolls, flushes and recycling does
 * on the file system. The oracle: what is replayed is a prefix of what was appended, no shorter
 * than what was durable, and after a mere kill no shorter than what was written.
 */
class LogCrashTest {
  private static final int SCENARIOS = Integer.getInteger("varve.scenarios", 10);
  private static final int STEPS = 120;

  /** Everything appended, one string a batch, and the index of each. */
  private record Model(List<String> batches, List<Long> indexes) {
    Model() {
      this(new ArrayList<>(), new ArrayList<>());
    }

    /** What a replay after {@code after} gives if the log ends with {@code last}. */
    List<String> between(long after, long last) {
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < batches.size(); i++) {
        if (indexes.get(i) > after && indexes.get(i) <= last) {
          expected.add(batches.get(i));
        }
      }
      return expected;
    }

    Model upTo(long last) {
      Model prefix = new Model();
      for (int i = 0; i < batches.size() && indexes.get(i) <= last; i++) {
        prefix.add(batches.get(i), indexes.get(i));
      }
      return prefix;
    }

    void add(String batch, long index) {
      batches.add(batch);
      indexes.add(index);
    }
  }

  private SplittableRandom random;
  private long segmentBytes;
  private LogHarness harness;
  private Model model;
  private long flushed;
  private int recoveries;
  private String where;

  @Test
  void aCrashAtAnyOperationLeavesAPrefixNoShorterThanWhatWasDurable() throws IOException {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println("LogCrashTest: -Dvarve.seed=" + seed);
    random = new SplittableRandom(seed);
    for (int scenario = 0; scenario < SCENARIOS; scenario++) {
      where = "seed " + seed + ", scenario " + scenario;
      run();
    }
    System.out.println("LogCrashTest: " + recoveries + " recoveries");
  }

  private void run() throws IOException {
    segmentBytes = List.of(1024L, 4096L, 40_000L).get(random.nextInt(3));
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    fileSystem.createDirectories(LogHarness.DIRECTORY);
    harness = new LogHarness(fileSystem, segmentBytes);
    model = new Model();
    flushed = 0;
    harness.replay(0);
    fileSystem.setFaultInjector(
        (operation, path, count) -> {
          if (!operation.isRead()) {
            crash(fileSystem);
          }
        });
    for (int step = 0; step < STEPS; step++) {
      step();
    }
  }

  private void step() {
    SegmentedLog log = harness.log;
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3, 4 -> append(harness, model, random.nextInt(12) == 0);
      case 5 -> log.write();
      case 6 -> log.sync();
      case 7 -> harness.write();
      case 8 -> harness.runBackground();
      default -> {
        // As the engine does it: tables and manifest are durable before the log hears of it, which
        // need not be durable as far as they are.
        long published = random.nextBoolean() ? log.durableIndex() : log.writtenIndex();
        flushed = Math.max(flushed, random.nextLong(published + 1));
        flushed = model.upTo(flushed).indexes().stream().mapToLong(i -> i).max().orElse(0);
        log.flushedUpTo(flushed);
      }
    }
  }

  private void append(LogHarness to, Model appended, boolean large) {
    WriteBatch batch = new WriteBatch();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      byte[] value = new byte[large ? random.nextInt(8000) : random.nextInt(80)];
      for (int at = 0; at < value.length; at++) {
        value[at] = (byte) ('a' + random.nextInt(26));
      }
      batch.put(("key" + i).getBytes(java.nio.charset.StandardCharsets.UTF_8), value);
    }
    to.append(batch);
    appended.add(LogHarness.text(batch), to.log.appendedIndex());
  }

  /** What is appended while the log is being written to isn't in the model yet: it may be found. */
  private void crash(SimulatedFileSystem fileSystem) {
    try {
      long durable = Math.max(flushed, harness.log.durableIndex());
      for (int i = 0; i < 2; i++) {
        recover(fileSystem.crashClone(random.nextLong()), model, flushed, durable);
      }
      recover(fileSystem.killClone(), model, flushed, harness.log.writtenIndex());
      if (random.nextInt(10) == 0) {
        crashInRecovery(fileSystem.crashClone(random.nextLong()), durable);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void crashInRecovery(SimulatedFileSystem found, long durable) throws IOException {
    found.setFaultInjector(
        (operation, path, count) -> {
          if (!operation.isRead()) {
            recover(found.crashClone(random.nextLong()), model, flushed, durable);
          }
        });
    recover(found, model, flushed, durable);
  }

  /** Recovers, checks, and then goes on: what comes next must survive another crash. */
  private void recover(SimulatedFileSystem found, Model appended, long after, long atLeast)
      throws IOException {
    recoveries++;
    LogHarness recovered = new LogHarness(found, segmentBytes);
    List<String> replayed = recovered.replay(after);
    found.setFaultInjector(FaultInjector.NONE);
    long last = recovered.log.appendedIndex();
    assertTrue(last >= atLeast, () -> where + ": " + last + " of " + atLeast);
    assertEquals(appended.between(after, last), replayed, where);
    assertEquals(last, recovered.log.durableIndex());
    if (random.nextInt(4) != 0) {
      return;
    }
    Model goesOn = appended.upTo(last);
    for (int i = random.nextInt(1, 10); i > 0; i--) {
      append(recovered, goesOn, random.nextInt(6) == 0);
    }
    recovered.write();
    recovered.log.sync();
    append(recovered, goesOn, false);
    recovered.write();
    LogHarness again = new LogHarness(found.crashClone(random.nextLong()), segmentBytes);
    List<String> replayedAgain = again.replay(after);
    assertTrue(again.log.appendedIndex() >= recovered.log.durableIndex(), where);
    assertEquals(goesOn.between(after, again.log.appendedIndex()), replayedAgain, where);
    recoveries++;
  }
}
