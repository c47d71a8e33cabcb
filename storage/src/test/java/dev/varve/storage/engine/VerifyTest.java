package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Damage;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Verification of a database in use. */
class VerifyTest {
  private static final StorageOptions OPTIONS =
      StorageOptions.builder()
          .memtableBytes(64 << 10)
          .logSegmentBytes(32 << 10)
          .tableBytes(64 << 10)
          .levelBaseBytes(128 << 10)
          .build();

  /** Collects what it is told. */
  private static final class Findings implements VerificationListener {
    final List<Damage> damages = new ArrayList<>();
    long bytes;
    long total;

    @Override
    public void progressed(long now, long of) {
      assertTrue(now >= bytes && now <= of, () -> now + " of " + of + " after " + bytes);
      bytes = now;
      total = of;
    }

    @Override
    public void damaged(Damage damage) {
      damages.add(damage);
    }
  }

  @Test
  void aDatabaseThatIsWrittenToIsSoundAllTheTime() throws Exception {
    SimulatedFileSystem files = new SimulatedFileSystem();
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine =
            LsmEngine.open(
                Path.of("/data"),
                OPTIONS,
                new EngineEnvironment(files, () -> 1, scheduler, new Random(1)));
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      AtomicBoolean written = new AtomicBoolean();
      Future<Long> verified =
          other.submit(
              () -> {
                long tables = 0;
                while (!written.get()) {
                  Findings findings = new Findings();
                  Verification result = engine.verify(findings);
                  assertEquals(List.of(), findings.damages);
                  assertTrue(result.isSound());
                  assertEquals(findings.total, findings.bytes);
                  tables += result.tables();
                }
                return tables;
              });
      for (int i = 0; i < 4_000 && !verified.isDone(); i++) {
        write(engine, i);
      }
      written.set(true);
      assertTrue(verified.get() > 0);
    }
  }

  private static void write(StorageEngine engine, int number) {
    WriteBatch batch = new WriteBatch();
    byte[] key = ByteBuffer.allocate(8).putInt(number * 31 % 10_000).putInt(number).array();
    batch.put(key, new byte[200 + number % 100]);
    while (!engine.isWritable(batch)) {
      Thread.onSpinWait();
    }
    engine.commit(batch, SyncPolicy.ALWAYS);
  }

  @Test
  void damageUnderAnOpenEngineIsFoundWithFileAndOffset() throws Exception {
    SmallDatabase database = new SmallDatabase(6).fill();
    String table =
        database.files.list(SmallDatabase.DIRECTORY).stream()
            .filter(name -> name.endsWith(".sst"))
            .findFirst()
            .orElseThrow();
    Path path = SmallDatabase.DIRECTORY.resolve(table);
    try (var file = database.files.openForWrite(path)) {
      file.write(ByteBuffer.wrap(new byte[] {99, 98, 97}), 40);
    }
    Findings findings = new Findings();
    Verification result = database.engine.verify(findings);
    assertEquals(1, result.damages());
    Damage damage = findings.damages.getFirst();
    assertEquals(path.toString(), damage.file());
    assertTrue(damage.offset() <= 40);
    database.close();
  }
}
