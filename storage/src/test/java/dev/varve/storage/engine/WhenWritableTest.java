package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** The writer's question whether it may write, and the call that it waits for. */
final class WhenWritableTest {
  /**
   * Found by the server's tests, whose writer waited for ever: what held it back was flushed before
   * it said that it waits, and then it was told to wait for the log, which had room all the time.
   */
  @Test
  void flushBetweenQuestionAndWaitIsNotMissed() {
    SteppedScheduler scheduler = new SteppedScheduler(new Random(1));
    StorageOptions options = StorageOptions.builder().memtableEntries(10).maxMemtables(2).build();
    try (StorageEngine engine =
        LsmEngine.open(
            Path.of("/data"),
            options,
            new EngineEnvironment(new SimulatedFileSystem(), () -> 1, scheduler))) {
      scheduler.drain();
      WriteBatch batch = new WriteBatch();
      for (int i = 0; engine.isWritable(batch); i++) {
        batch.clear();
        batch.put(new byte[] {(byte) i}, new byte[] {1});
        engine.commit(batch, SyncPolicy.NO);
        assertTrue(i < 1000, "nothing holds the writer back");
      }
      scheduler.drain();
      AtomicBoolean called = new AtomicBoolean();
      engine.whenWritable(() -> called.set(true));
      scheduler.drain();
      assertTrue(called.get(), "the writer is told");
      assertTrue(engine.isWritable(batch));
    }
  }
}
