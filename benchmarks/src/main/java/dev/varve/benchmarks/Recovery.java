package dev.varve.benchmarks;

import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;

/**
 * How long the engine takes to open after a crash, in a process of its own: {@code Recovery fill
 * DIRECTORY MIB} leaves that much log of random 16-byte keys and 100-byte values and ends without
 * closing; {@code Recovery open DIRECTORY} opens it, prints the milliseconds and ends the same way.
 */
public final class Recovery {
  private static final StorageOptions OPTIONS =
      StorageOptions.builder().memtableBytes(256L << 20).build();
  private static final int PUTS_PER_BATCH = 16;
  private static final int KEYS = 1_000_000;

  private Recovery() {}

  /** Runs one step. */
  public static void main(String[] arguments) {
    long begin = System.nanoTime();
    StorageEngine engine =
        LsmEngine.open(
            Path.of(arguments[1]),
            OPTIONS,
            new EngineEnvironment(
                new DiskFileSystem(), System::currentTimeMillis, new ThreadScheduler()));
    if (arguments[0].equals("fill")) {
      fill(engine, Long.parseLong(arguments[2]) << 20);
    } else {
      System.out.println((System.nanoTime() - begin) / 1_000_000);
    }
    Runtime.getRuntime().halt(0);
  }

  private static void fill(StorageEngine engine, long bytes) {
    Random random = new Random(1);
    WriteBatch batch = new WriteBatch();
    byte[] key = new byte[16];
    byte[] value = new byte[100];
    while (engine.statistics().logWrittenBytes() < bytes) {
      batch.clear();
      for (int i = 0; i < PUTS_PER_BATCH; i++) {
        ByteBuffer.wrap(key).putLong(8, random.nextInt(KEYS));
        random.nextBytes(value);
        batch.put(key, value);
      }
      while (!engine.isWritable(batch)) {
        Thread.onSpinWait();
      }
      engine.commit(batch, SyncPolicy.NO);
    }
    engine.sync();
  }
}
