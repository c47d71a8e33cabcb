package dev.varve.server.writer;

import dev.varve.storage.StorageEngine;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * Makes written bytes durable: on the storage thread itself while syncs are quick, since handing
 * over to a second thread and back then costs more than the sync; on the sync thread when they are
 * not, so that reads don't queue behind them. At most one sync is under way.
 *
 * <p>Used by the storage thread only, but for the sync itself.
 */
final class Syncer {
  /** A sync of this average and below runs inline. */
  static final long INLINE_NANOS = 1_000_000;

  private static final int WEIGHT_SHIFT = 3;

  private final StorageEngine engine;
  private final Executor syncThread;
  private final Executor storageThread;
  private final LongSupplier nanoTime;
  private final SyncStatistics statistics;

  /** Average latency; the first syncs, of which nothing is known yet, run on the sync thread. */
  private long averageNanos = 2 * INLINE_NANOS;

  private boolean underWay;
  private Throwable failure;

  Syncer(
      StorageEngine engine,
      Executor syncThread,
      Executor storageThread,
      LongSupplier nanoTime,
      SyncStatistics statistics) {
    this.engine = engine;
    this.syncThread = syncThread;
    this.storageThread = storageThread;
    this.nanoTime = nanoTime;
    this.statistics = statistics;
  }

  boolean isQuick() {
    return averageNanos <= INLINE_NANOS;
  }

  boolean isUnderWay() {
    return underWay;
  }

  /** Returns why a sync on the sync thread failed; null if none did. */
  Throwable failure() {
    return failure;
  }

  /** Syncs on the calling thread. */
  void syncInline() {
    long start = nanoTime.getAsLong();
    engine.sync();
    measured(nanoTime.getAsLong() - start);
  }

  /** Begins a sync on the sync thread; its end begins a turn of the storage thread. */
  void begin() {
    underWay = true;
    syncThread.execute(this::syncElsewhere);
  }

  private void syncElsewhere() {
    Throwable thrown = null;
    long start = nanoTime.getAsLong();
    try {
      engine.sync();
    } catch (RuntimeException | Error e) {
      thrown = e;
    }
    long nanos = nanoTime.getAsLong() - start;
    Throwable result = thrown;
    try {
      storageThread.execute(() -> ended(nanos, result));
    } catch (RejectedExecutionException stopped) {
      // The storage thread has ended, and with it whoever waited; the engine knows how it went.
    }
  }

  private void ended(long nanos, Throwable thrown) {
    underWay = false;
    failure = thrown;
    measured(nanos);
  }

  private void measured(long nanos) {
    averageNanos += (nanos - averageNanos) >> WEIGHT_SHIFT;
    statistics.synced(nanos, averageNanos);
  }
}
