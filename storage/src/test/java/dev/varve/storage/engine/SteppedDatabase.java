package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.UnaryOperator;

/** A database with small parts on a simulated disk, whose background work a test steps. */
final class SteppedDatabase implements AutoCloseable {
  static final Path DIRECTORY = Path.of("/db");

  private static final StorageOptions OPTIONS =
      StorageOptions.builder()
          .memtableBytes(64 << 10)
          .maxMemtables(2)
          .logSegmentBytes(32 << 10)
          .tableBytes(32 << 10)
          .level0Tables(4)
          .levelBaseBytes(64 << 10)
          .build();

  final SteppedScheduler scheduler;
  final LsmEngine engine;
  private long clock = 1;

  /** Opens what is on the disk. */
  SteppedDatabase(SimulatedFileSystem disk) {
    this(disk, new SteppedScheduler(new Random(1)));
  }

  /** Opens what is on the disk, beside what else the scheduler runs. */
  SteppedDatabase(SimulatedFileSystem disk, SteppedScheduler scheduler) {
    this(disk, scheduler, DIRECTORY);
  }

  /** Opens what is on the disk, with some options of its own. */
  SteppedDatabase(SimulatedFileSystem disk, UnaryOperator<StorageOptions.Builder> itsOptions) {
    this(
        disk,
        new SteppedScheduler(new Random(1)),
        DIRECTORY,
        itsOptions.apply(OPTIONS.toBuilder()).build());
  }

  /** Opens what is on the disk in a directory. */
  SteppedDatabase(SimulatedFileSystem disk, SteppedScheduler scheduler, Path directory) {
    this(disk, scheduler, directory, OPTIONS);
  }

  private SteppedDatabase(
      SimulatedFileSystem disk,
      SteppedScheduler scheduler,
      Path directory,
      StorageOptions options) {
    this.scheduler = scheduler;
    engine =
        (LsmEngine)
            LsmEngine.open(
                directory,
                options,
                new EngineEnvironment(disk, () -> clock, scheduler, new Random(1)));
    scheduler.drain();
  }

  /** Commits a put, durably; waits for room by letting background work go on. */
  void put(String key, byte[] value) {
    WriteBatch batch = new WriteBatch();
    batch.put(key.getBytes(US_ASCII), value);
    commit(batch);
  }

  void delete(String key) {
    WriteBatch batch = new WriteBatch();
    batch.delete(key.getBytes(US_ASCII));
    commit(batch);
  }

  void deleteRange(String begin, String end) {
    WriteBatch batch = new WriteBatch();
    batch.deleteRange(begin.getBytes(US_ASCII), end.getBytes(US_ASCII));
    commit(batch);
  }

  private void commit(WriteBatch batch) {
    for (int i = 0; !engine.isWritable(batch); i++) {
      if (i == 100) {
        throw new AssertionError("no room, and nothing said why: " + engine.statistics());
      }
      letTimePass();
    }
    engine.commit(batch, SyncPolicy.ALWAYS);
    scheduler.drain();
  }

  /** A few seconds. */
  void letTimePass() {
    clock += 2000;
    for (int i = 0; i < 10; i++) {
      scheduler.stepOrWait();
      scheduler.drain();
    }
  }

  /** Puts numbered keys until the disk is full; returns how many were taken. */
  int putUntilFull(int valueBytes) {
    byte[] value = new byte[valueBytes];
    Random random = new Random(2);
    for (int i = 0; ; i++) {
      random.nextBytes(value);
      try {
        put(key(i), value);
      } catch (StorageException.DiskFull e) {
        return i;
      }
    }
  }

  static String key(int number) {
    return String.format("key%06d", number);
  }

  /** What a view finds, or null. */
  byte[] get(String key) {
    try (ReadView view = engine.view()) {
      return view.get(key.getBytes(US_ASCII));
    }
  }

  @Override
  public void close() {
    engine.close();
  }
}
