package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.ForwardingFileSystem;
import dev.varve.storage.fs.ReadableFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who wants type and deadline of a large value doesn't read it. */
@Timeout(120)
class ColdValuesTest {
  private static final int KEYS = 300;
  private static final int VALUE_BYTES = 20_000;
  private static final long NOW = 1_000_000;

  @TempDir Path directory;

  private final LongAdder blobReads = new LongAdder();

  @Test
  void walksOverKeysReadNoLargeValues() {
    fill();
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(scheduler);
        ReadView view = engine.view()) {
      long before = blobReads.sum();
      int live = 0;
      int seen = 0;
      try (KeyIterator keys = KeyIterator.over(view, 0, new byte[0], NOW, NOW)) {
        for (keys.first(); keys.isValid(); keys.next()) {
          seen++;
          live += keys.isLive() ? 1 : 0;
          assertEquals("string", keys.typeName());
        }
      }
      assertEquals(KEYS, seen);
      assertEquals(2 * KEYS / 3, live);
      DueKeys due =
          new ExpirySweep(TimeIndex.KEYS).search(view.sequence(), view.sequence(), NOW).run(view);
      assertEquals(KEYS / 3, due.size());
      assertEquals(0, blobReads.sum() - before, "reads of values");
      byte[] value = view.get(KeyLayout.keyOf(0, name(1)));
      assertEquals(1 + Long.BYTES + VALUE_BYTES, value.length);
      assertTrue(blobReads.sum() > before, "values lie apart");
    }
  }

  @Test
  void lookupsReadNoLargeValuesUntilTheyAreAskedFor() {
    fill();
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(scheduler);
        ReadView view = engine.view()) {
      long before = blobReads.sum();
      Keyspace keyspace = keyspaceOver(view);
      keyspace.bindRead(view, true, 0, NOW);
      for (int i = 0; i < KEYS; i++) {
        select(keyspace, i);
        assertEquals(i % 3 != 1, keyspace.find());
        assertEquals(VALUE_BYTES, keyspace.selected().valueLength());
        assertEquals("string", keyspace.selected().type().label());
        assertTrue(keyspace.selected().storedBytes() > VALUE_BYTES);
      }
      // Blocks of tables are in memory now; what needs no value goes on without reading.
      WriteBatch batch = new WriteBatch();
      keyspace.bindWrite(engine.latest(), Misses.NONE, batch, 0, NOW);
      for (int i = 0; i < KEYS; i++) {
        select(keyspace, i);
        if (keyspace.find()) {
          keyspace.delete();
        } else {
          keyspace.probe();
          keyspace.put(KeyLayout.NO_DEADLINE, new byte[1], 0, 1);
        }
      }
      assertEquals(0, blobReads.sum() - before, "reads of values");
      keyspace.unbind();
    }
  }

  @Test
  void aValueOfWhichOnlyTheHeadIsInMemoryIsRehearsed() {
    fill();
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(scheduler);
        ReadView view = engine.view()) {
      Keyspace keyspace = keyspaceOver(view);
      keyspace.bindRead(view, true, 0, NOW);
      select(keyspace, 0);
      assertTrue(keyspace.find());
      WriteBatch batch = new WriteBatch();
      assertThrows(ReadNeeded.class, () -> expire(keyspace, engine, Misses.NONE, batch));
      Misses.Wanted wanted = keyspace.transaction().wanted();
      assertTrue(wanted.value());
      Misses read =
          keyspace.bindRehearsal(
              view, Misses.NONE, wanted, bytes -> true, new WriteBatch(), 0, NOW);
      keyspace.unbind();
      expire(keyspace, engine, read, batch);
      engine.commit(batch, SyncPolicy.NO);
      keyspace.committed(engine.appendedSequence());
      try (ReadView after = engine.view()) {
        byte[] value = after.get(KeyLayout.keyOf(0, name(0)));
        assertEquals(1 + Long.BYTES + VALUE_BYTES, value.length);
        assertEquals('x', value[value.length - 1]);
      }
    }
  }

  private static void expire(
      Keyspace keyspace, StorageEngine engine, Misses misses, WriteBatch batch) {
    batch.clear();
    keyspace.bindWrite(engine.latest(), misses, batch, 0, NOW);
    select(keyspace, 0);
    assertTrue(keyspace.find());
    keyspace.changeDeadline(NOW + 500);
  }

  private static Keyspace keyspaceOver(ReadView view) {
    return new Keyspace(
        Databases.load(view, 16, view::sequence),
        WallTime.load(view, InstantSource.system(), () -> NOW));
  }

  private static void select(Keyspace keyspace, int number) {
    ByteBuf name = Unpooled.wrappedBuffer(name(number));
    keyspace.select(name, 0, name.readableBytes());
  }

  private void fill() {
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = open(scheduler)) {
      WriteBatch batch = new WriteBatch();
      for (int i = 0; i < KEYS; i++) {
        batch.clear();
        long deadline = i % 3 == 0 ? KeyLayout.NO_DEADLINE : i % 3 == 1 ? NOW - 1 : NOW + 1000;
        byte[] value = new byte[KeyLayout.headerBytes(deadline) + VALUE_BYTES];
        Arrays.fill(value, (byte) 'x');
        KeyLayout.putHeader(value, 0, ValueType.STRING.number(), deadline);
        batch.put(KeyLayout.keyOf(0, name(i)), value);
        if (deadline == NOW - 1) {
          batch.put(indexEntry(deadline, name(i)), new byte[0]);
        }
        awaitRoom(engine, batch);
        engine.commit(batch, SyncPolicy.NO);
      }
      engine.freeze();
      engine.flush();
    }
  }

  private static void awaitRoom(StorageEngine engine, WriteBatch batch) {
    while (!engine.isWritable(batch)) {
      CompletableFuture<Void> room = new CompletableFuture<>();
      engine.whenWritable(() -> room.complete(null));
      room.orTimeout(60, TimeUnit.SECONDS).join();
    }
  }

  private static byte[] indexEntry(long deadline, byte[] name) {
    return ByteBuffer.allocate(KeyLayout.EXPIRY_USER_KEY_OFFSET + name.length)
        .put(TimeIndex.KEYS.keyspace())
        .putLong(deadline)
        .putInt(0)
        .put(name)
        .array();
  }

  private static byte[] name(int number) {
    return ("key" + number).getBytes(StandardCharsets.UTF_8);
  }

  private StorageEngine open(ThreadScheduler scheduler) {
    StorageOptions options =
        StorageOptions.builder().blobThreshold(4096).keyGroups(KeyLayout.GROUPS).build();
    CountingFileSystem files = new CountingFileSystem();
    return LsmEngine.open(directory, options, new EngineEnvironment(files, () -> NOW, scheduler));
  }

  /** Counts reads of blob files. */
  private final class CountingFileSystem extends ForwardingFileSystem {
    CountingFileSystem() {
      super(new DiskFileSystem());
    }

    @Override
    public ReadableFile openForRead(Path file) throws IOException {
      ReadableFile opened = super.openForRead(file);
      boolean isBlob = file.toString().endsWith(".blob");
      return new ReadableFile() {
        @Override
        public void read(ByteBuffer target, long position) throws IOException {
          if (isBlob) {
            blobReads.increment();
          }
          opened.read(target, position);
        }

        @Override
        public long size() throws IOException {
          return opened.size();
        }

        @Override
        public void close() {
          opened.close();
        }
      };
    }
  }
}
