package dev.varve.server.bootstrap;

import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.check.Changes;
import dev.varve.server.datatype.check.CollectionCheck;
import dev.varve.server.datatype.check.FaultListener;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.Scheduler;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ShadowFileSystem;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** Whether what keys lead to is whole, in a sound database that no server has open. */
final class CollectionInspection {
  /** What is written counts as a server's does. */
  static final StorageOptions OPTIONS =
      StorageOptions.builder().keyGroups(KeyLayout.GROUPS).build();

  /** Bytes that are mended together. */
  private static final int STEP_BYTES = 1 << 20;

  private CollectionInspection() {}

  /**
   * Checks a database and leaves every file as it is.
   *
   * @throws dev.varve.storage.StorageException if it can't be opened or read
   */
  static CollectionCheck.Result check(Path directory, FaultListener listener) {
    return inspect(new ShadowFileSystem(new DiskFileSystem()), directory, listener, false);
  }

  /**
   * Mends what can be mended.
   *
   * @param listener is told of what was wrong
   * @throws dev.varve.storage.StorageException if it can't be opened, read or written
   */
  static CollectionCheck.Result mend(Path directory, FaultListener listener) {
    return inspect(new DiskFileSystem(), directory, listener, true);
  }

  private static CollectionCheck.Result inspect(
      FileSystem files, Path directory, FaultListener listener, boolean mends) {
    try (ThreadScheduler threads = new ThreadScheduler();
        LsmEngine engine =
            (LsmEngine)
                LsmEngine.open(
                    directory,
                    OPTIONS,
                    new EngineEnvironment(
                        files, System::currentTimeMillis, new WithoutMerges(threads)));
        ReadView view = engine.view()) {
      Mender mender = new Mender(engine);
      boolean owesNothing = engine.countIsExact();
      CollectionCheck.Result result =
          new CollectionCheck(
                  view, engine.abandoned(), owesNothing, listener, mends ? mender : Changes.NONE)
              .run();
      mender.commit();
      return result;
    }
  }

  /** Nothing is merged, as that would be in memory, and nobody's debts are paid. */
  private record WithoutMerges(Scheduler delegate) implements Scheduler {
    private static boolean isLeftOut(Lane lane) {
      return lane == Lane.COMPACTION || lane == Lane.SETTLE;
    }

    @Override
    public void execute(Lane lane, Runnable task) {
      if (!isLeftOut(lane)) {
        delegate.execute(lane, task);
      }
    }

    @Override
    public void schedule(Lane lane, long delayMillis, Runnable task) {
      if (!isLeftOut(lane)) {
        delegate.schedule(lane, delayMillis, task);
      }
    }

    @Override
    public void close() {
      // Its owner does.
    }
  }

  /** Writes changes in steps; a step that isn't the last leaves heads to what comes. */
  private static final class Mender implements Changes {
    private final LsmEngine engine;
    private final WriteBatch batch = new WriteBatch();

    Mender(LsmEngine engine) {
      this.engine = engine;
    }

    @Override
    public void put(byte[] key, byte[] value) {
      batch.put(key, value);
      commitIfLarge();
    }

    @Override
    public void delete(byte[] key) {
      batch.delete(key);
      commitIfLarge();
    }

    @Override
    public void abandon(byte[] begin, byte[] end) {
      batch.abandon(begin, end);
    }

    @Override
    public void count(long group, long delta) {
      batch.count(group, delta);
    }

    private void commitIfLarge() {
      if (batch.size() >= STEP_BYTES) {
        commit();
      }
    }

    void commit() {
      if (batch.isEmpty()) {
        return;
      }
      while (!engine.isWritable(batch)) {
        CountDownLatch worthAsking = new CountDownLatch(1);
        engine.whenWritable(worthAsking::countDown);
        try {
          worthAsking.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException("interrupted while mending", e);
        }
      }
      engine.commit(batch, SyncPolicy.ALWAYS);
      batch.clear();
    }
  }
}
