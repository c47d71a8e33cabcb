package dev.varve.benchmarks.engines;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;

/** Varve's engine, embedded. */
final class VarveStore implements Store {
  private static final long POLL_MILLIS = 20;

  private final ThreadScheduler scheduler = new ThreadScheduler();
  private final StorageEngine engine;
  private final SyncPolicy policy;
  private final WriteBatch batch = new WriteBatch();
  private final EntryReference found = new EntryReference();
  private final KeyBatch together = new KeyBatch();
  private final Lookups answers = new Lookups();

  VarveStore(StoreOptions options) {
    policy = options.sync() ? SyncPolicy.ALWAYS : SyncPolicy.NO;
    engine =
        LsmEngine.open(
            options.directory(),
            StorageOptions.builder()
                .memtableBytes(options.writeBufferBytes())
                .maxMemtables(StoreOptions.WRITE_BUFFERS)
                .blockCacheBytes(options.cacheBytes())
                .build(),
            new EngineEnvironment(new DiskFileSystem(), System::currentTimeMillis, scheduler));
  }

  @Override
  public void put(byte[] key, byte[] value) {
    batch.clear();
    batch.put(key, value);
    commit();
  }

  @Override
  public void putAll(byte[][] keys, byte[][] values, int count) {
    batch.clear();
    for (int i = 0; i < count; i++) {
      batch.put(keys[i], values[i]);
    }
    commit();
  }

  @Override
  public void delete(byte[] key) {
    batch.clear();
    batch.delete(key);
    commit();
  }

  private void commit() {
    while (!engine.isWritable(batch)) {
      CountDownLatch writable = new CountDownLatch(1);
      engine.whenWritable(writable::countDown);
      await(writable);
    }
    engine.commit(batch, policy);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int get(byte[] key, byte[] into) {
    if (engine.get(key, 0, key.length, true, found) != EntryReference.FOUND) {
      return -1;
    }
    int length = found.valueLength();
    copy(found.valueSegment(), found.valueOffset(), into, length);
    found.release();
    return length;
  }

  @Override
  public void getAll(byte[][] keys, byte[][] into, int[] lengths) {
    together.clear();
    for (byte[] key : keys) {
      int at = together.add(key.length);
      System.arraycopy(key, 0, together.bytes(), at, key.length);
    }
    try (ReadView view = engine.view()) {
      view.get(together, true, answers);
      for (int i = 0; i < keys.length; i++) {
        lengths[i] = -1;
        if (answers.answer(i) == EntryReference.FOUND) {
          EntryReference entry = answers.entry(i);
          lengths[i] = entry.valueLength();
          copy(entry.valueSegment(), entry.valueOffset(), into[i], lengths[i]);
        }
      }
      answers.release();
    }
  }

  private static void copy(MemorySegment from, long offset, byte[] into, int length) {
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, into, 0, length);
  }

  @Override
  public StoreCursor cursor() {
    return new VarveCursor(engine.view());
  }

  @Override
  public void settle() {
    engine.freeze();
    engine.flush();
    while (true) {
      StorageStatistics before = engine.statistics();
      StoreFiles.pause(POLL_MILLIS);
      StorageStatistics after = engine.statistics();
      if (after.compactionPressure() < 1
          && after.compactionWrittenBytes() == before.compactionWrittenBytes()) {
        return;
      }
    }
  }

  @Override
  public void close() {
    engine.close();
    scheduler.close();
  }

  private static final class VarveCursor implements StoreCursor {
    private final ReadView view;
    private final Cursor cursor;

    VarveCursor(ReadView view) {
      this.view = view;
      this.cursor = view.cursor(null, null);
    }

    @Override
    public boolean first() {
      cursor.seekToFirst();
      return cursor.isValid();
    }

    @Override
    public boolean last() {
      cursor.seekToLast();
      return cursor.isValid();
    }

    @Override
    public boolean seek(byte[] key) {
      cursor.seek(key, 0, key.length);
      return cursor.isValid();
    }

    @Override
    public boolean next() {
      cursor.next();
      return cursor.isValid();
    }

    @Override
    public boolean previous() {
      cursor.previous();
      return cursor.isValid();
    }

    @Override
    public int key(byte[] into) {
      int length = cursor.keyLength();
      System.arraycopy(cursor.key(), 0, into, 0, length);
      return length;
    }

    @Override
    public int value(byte[] into) {
      int length = cursor.valueLength();
      copy(cursor.valueSegment(), cursor.valueOffset(), into, length);
      return length;
    }

    @Override
    public void close() {
      cursor.close();
      view.close();
    }
  }
}
