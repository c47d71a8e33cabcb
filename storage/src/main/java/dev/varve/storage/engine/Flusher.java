package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.StorageStatistics.Operation;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.flush.FlushJob;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import dev.varve.storage.memtable.Memtable;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Moves frozen memtables to tables of level 0, in the flush lane. A memtable is flushed only once
 * all that it holds is published, so that tables never hold what a view must not see. What the log
 * has not made durable by then, as nobody asked for it, the tables do: they hold all up to one
 * sequence number, which is a prefix wherever the log ends.
 */
final class Flusher {
  /**
   * A flush is to write so many times what the writer takes in meanwhile: then it is over well
   * before the next memtable is full, its syncs included.
   */
  private static final int HEADWAY = 2;

  private final Parts parts;
  private final LongSupplier time;
  private final Tree tree;
  private final Installer installer;
  private final Health health;
  private final Runnable afterFlush;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicLong flushes = new AtomicLong();
  private final AtomicLong writtenBytes = new AtomicLong();

  /** One flush at a time. */
  private final Object turn = new Object();

  private volatile long published;
  private volatile boolean flushing;

  Flusher(
      Parts parts,
      LongSupplier time,
      Tree tree,
      Installer installer,
      Health health,
      Runnable afterFlush) {
    this.parts = parts;
    this.time = time;
    this.tree = tree;
    this.installer = installer;
    this.health = health;
    this.afterFlush = afterFlush;
  }

  /** Writer: all up to {@code sequence} is published; what is frozen of it may be flushed. */
  void published(long sequence) {
    published = sequence;
    if (tree.hasFrozenUpTo(sequence)) {
      schedule(0);
    }
  }

  private void schedule(long delayMillis) {
    if (scheduled.compareAndSet(false, true)) {
      parts.environment().scheduler().schedule(Scheduler.Lane.FLUSH, delayMillis, this::run);
    }
  }

  private void run() {
    scheduled.set(false);
    try {
      flushPublished();
    } catch (StorageException e) {
      health.flushed(e);
      if (Health.isWorthAnotherTry(e)) {
        schedule(Health.RETRY_MILLIS);
      }
    } catch (RuntimeException | Error e) {
      health.poison("a flush failed: " + e, e);
      throw e;
    } finally {
      installer.progressed();
    }
  }

  /**
   * Flushes what is frozen and published, on the caller's thread.
   *
   * @throws StorageException if that failed; it may be tried again
   */
  void flushPublished() {
    synchronized (turn) {
      List<Memtable> memtables = tree.frozenUpTo(published);
      if (!memtables.isEmpty()) {
        flush(memtables);
        health.flushed(null);
        afterFlush.run();
      }
    }
  }

  private void flush(List<Memtable> memtables) {
    long begin = parts.latencies().begin();
    long last = memtables.getLast().lastSequence();
    Version version = installer.acquireVersion();
    flushing = true;
    try {
      FlushJob job =
          new FlushJob(
              memtables,
              version,
              Snapshots.NEWEST_ONLY,
              parts.options().keyGroups(),
              parts.tables(),
              time.getAsLong(),
              written -> HEADWAY * tree.bytesBehind(last) > written);
      VersionEdit edit = job.run();
      installer.install(edit, memtables, job::discardOutput);
      parts.latencies().end(Operation.FLUSH, begin);
      flushes.incrementAndGet();
      writtenBytes.addAndGet(edit.addedBytes());
    } finally {
      flushing = false;
      version.release();
    }
    parts.log().flushedUpTo(last);
  }

  /** Waits until all that is frozen and published now is in tables. */
  void await() {
    List<Memtable> memtables = tree.frozenUpTo(published);
    if (!memtables.isEmpty()) {
      long last = memtables.getLast().lastSequence();
      installer.await(
          () -> parts.manifest().current().flushedUpTo() >= last, health::checkProgress);
    }
  }

  long flushes() {
    return flushes.get();
  }

  /** Any thread: whether tables are being written. */
  boolean isFlushing() {
    return flushing;
  }

  long writtenBytes() {
    return writtenBytes.get();
  }
}
