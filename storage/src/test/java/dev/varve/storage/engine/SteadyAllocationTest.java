package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.fs.DiskFileSystem;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a get and a put leave on the heap once everything is compiled and cached. */
class SteadyAllocationTest {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int KEYS = 50_000;
  private static final int MOST_WARMING_ROUNDS = 40;
  private static final double MOST_BYTES = 16;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final ThreadScheduler scheduler = new ThreadScheduler();
  private final WriteBatch batch = new WriteBatch();
  private final EntryReference out = new EntryReference();
  private final byte[] key = new byte[16];
  private final byte[] value = new byte[100];
  private StorageEngine engine;

  @BeforeEach
  void open(@TempDir Path directory) {
    engine =
        LsmEngine.open(
            directory,
            StorageOptions.builder().memtableBytes(4 << 20).maxMemtables(2).build(),
            new EngineEnvironment(new DiskFileSystem(), System::currentTimeMillis, scheduler));
    for (int i = 0; i < KEYS; i++) {
      put(i);
    }
  }

  @AfterEach
  void close() {
    engine.close();
    scheduler.close();
  }

  private void put(int number) {
    LONG.set(key, 8, number * 2L);
    batch.clear();
    batch.put(key, value);
    while (!engine.isWritable(batch)) {
      CountDownLatch writable = new CountDownLatch(1);
      engine.whenWritable(writable::countDown);
      try {
        writable.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    engine.commit(batch, SyncPolicy.NO);
  }

  private void get(long number, int expected) {
    LONG.set(key, 8, number);
    int answer = engine.get(key, 0, key.length, true, out);
    if (answer == EntryReference.FOUND) {
      out.release();
    }
    assertEquals(expected, answer);
  }

  private void toTables() {
    engine.freeze();
    engine.flush();
    engine.compact();
  }

  /** Fails if it doesn't come down to little: how soon the compiler gets there is its affair. */
  private void assertSettlesAtLittle(IntConsumer operation) {
    double bytes = Double.MAX_VALUE;
    for (int round = 0; round < MOST_WARMING_ROUNDS && bytes >= MOST_BYTES; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < KEYS; i++) {
        operation.accept(i);
      }
      bytes = (double) (threads.getCurrentThreadAllocatedBytes() - before) / KEYS;
    }
    assertTrue(bytes < MOST_BYTES, bytes + " bytes an operation");
  }

  @Test
  void getsFromMemtables() {
    assertSettlesAtLittle(i -> get(KEYS * 2L - 2 - 2L * (i % 1000), EntryReference.FOUND));
  }

  @Test
  void getsFromTables() {
    toTables();
    assertSettlesAtLittle(i -> get(2L * i, EntryReference.FOUND));
  }

  @Test
  void getsOfMissingKeys() {
    toTables();
    assertSettlesAtLittle(i -> get(2L * i + 1, EntryReference.ABSENT));
  }

  @Test
  void puts() {
    assertSettlesAtLittle(this::put);
  }
}
