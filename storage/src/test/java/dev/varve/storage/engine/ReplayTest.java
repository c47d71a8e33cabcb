package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bringing back what the log holds, where that is more than a few slabs. */
class ReplayTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final int BATCHES = 300;
  private static final int PUTS = 100;
  private static final int KEYS = 20_000;
  private static final long GROUP = 7;

  @Test
  void aLogOfSeveralMemtablesComesBack() {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println("ReplayTest seed " + seed);
    SimulatedFileSystem files = new SimulatedFileSystem();
    StorageOptions one = StorageOptions.builder().memtableBytes(256L << 20).build();
    byte[][] expected = new byte[KEYS][];
    SimulatedFileSystem left;
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(files, one, scheduler)) {
      fill(engine, new Random(seed), expected);
      left = files.killClone();
    }
    // The first three end within the log, and the last takes the rest.
    StorageOptions several = StorageOptions.builder().memtableBytes(10L << 20).build();
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(left, several, scheduler)) {
      check(engine, expected);
      engine.freeze();
      engine.flush();
      check(engine, expected);
    }
  }

  private static StorageEngine open(
      SimulatedFileSystem files, StorageOptions options, ThreadScheduler scheduler) {
    return LsmEngine.open(
        DIRECTORY, options, new EngineEnvironment(files, () -> 1, scheduler, new Random(1)));
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(8).putInt(number * 31).putInt(number).array();
  }

  private static void fill(StorageEngine engine, Random random, byte[][] expected) {
    for (int i = 0; i < BATCHES; i++) {
      WriteBatch batch = new WriteBatch();
      for (int j = 0; j < PUTS; j++) {
        int number = random.nextInt(KEYS);
        byte[] value = new byte[random.nextInt(2_000)];
        random.nextBytes(value);
        batch.put(key(number), value);
        expected[number] = value;
      }
      batch.count(GROUP, PUTS);
      while (!engine.isWritable(batch)) {
        Thread.onSpinWait();
      }
      engine.commit(batch, SyncPolicy.ALWAYS);
    }
  }

  private static void check(StorageEngine engine, byte[][] expected) {
    assertEquals((long) BATCHES * PUTS, engine.appendedSequence());
    assertEquals((long) BATCHES * PUTS, LiveCounts.of(engine, GROUP));
    try (ReadView view = engine.view()) {
      for (int i = 0; i < KEYS; i++) {
        assertArrayEquals(expected[i], view.get(key(i)));
      }
    }
  }
}
