package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.cache.TableMemory;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.Manifest;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.sstable.TableReader;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Puts what flushes and compactions made in place, one edit after another: first in the manifest,
 * durably, then for readers. Whoever waits for that hears of it here. Safe for use by many threads.
 */
final class Installer {
  private static final int FILTERS_SHARE = 4;

  private final Parts parts;
  private final Manifest manifest;
  private final Tree tree;
  private final Health health;
  private final Stalls stalls;
  private final Throttle throttle;
  private final TableMemory tableMemory;
  private final long filtersAtOnce;
  private final Scheduler scheduler;
  private final Object progress = new Object();

  /** Edits installed that forgot a group. */
  private long forgets;

  /** Whether a task is under way that reads more filters. */
  private boolean fitting;

  Installer(Parts parts, Tree tree, Throttle throttle) {
    this.parts = parts;
    manifest = parts.manifest();
    this.tree = tree;
    health = parts.health();
    stalls = parts.stalls();
    this.throttle = throttle;
    tableMemory = parts.cache().tableMemory();
    // Edits wait while filters are read, about as long as a part of a memtable takes to flush.
    filtersAtOnce = parts.options().memtableBytes() / FILTERS_SHARE;
    scheduler = parts.environment().scheduler();
    throttle.assess(tree.current().version.levels());
  }

  /** The engine is open: filters are read, all but the first of a large database's later on. */
  synchronized void opened() {
    fitFilters(tree.current().version);
  }

  /**
   * Commits an edit and shows readers the version after it, without the memtables that it holds.
   *
   * @param discard deletes what was made, if the edit surely is not in the manifest
   * @throws StorageException.Poisoned if which of the two versions is on disk is unknown
   * @throws StorageException another one if nothing has changed
   */
  synchronized void install(VersionEdit edit, List<Memtable> flushed, Runnable discard) {
    Version next = commit(edit, discard);
    tree.install(next, flushed);
  }

  /**
   * As {@link #install}, of ingested tables, each as deep as it may go. The caller is the writer,
   * and has had all memtables flushed.
   */
  synchronized void ingest(VersionEdit edit, List<TableMeta> tables, Runnable discard) {
    Levels levels = manifest.current().levels();
    for (TableMeta table : tables) {
      edit.add(levels.deepestFor(table.begin(), table.end()), table);
    }
    Version next = commit(edit, discard);
    tree.installAbove(next);
  }

  private Version commit(VersionEdit edit, Runnable discard) {
    // Not after a failure that has the new files deleted: by now others may have these names.
    parts.checkOwn();
    Version next;
    try {
      next = manifest.commit(edit);
    } catch (StorageException.Poisoned e) {
      throw health.poisoned(e);
    } catch (StorageException e) {
      Cleanup.after(e, discard);
      throw e;
    }
    edit.counts()
        .forEach(
            (group, forgotten, delta) -> {
              if (forgotten) {
                forgets++;
              }
            });
    throttle.assess(next.levels());
    fitFilters(next);
    return next;
  }

  /** Filters yield to what older versions, still read, take besides. */
  private void fitFilters(Version version) {
    long others = tableMemory.takenBytes() - version.sumOfTables(TableReader::memoryBytes);
    try {
      boolean all = version.fitFilters(tableMemory.limitBytes() - others, filtersAtOnce);
      if (!all && !fitting) {
        fitting = true;
        scheduler.execute(Scheduler.Lane.COMPACTION, this::fitMoreFilters);
      }
      health.filtersRead(null);
    } catch (StorageException e) {
      health.filtersRead(e);
    }
  }

  private synchronized void fitMoreFilters() {
    fitting = false;
    fitFilters(tree.current().version);
  }

  /** Runs {@code step} while no edit is installed. */
  synchronized void undisturbed(Runnable step) {
    step.run();
  }

  /** How often a group was forgotten; see {@link #installUnlessForgotten}. */
  synchronized long forgets() {
    return forgets;
  }

  /**
   * As {@link #install}, for a compaction. If a group was forgotten since {@code forgetsBefore} was
   * asked for, the debts that the compaction settled may be of keys that are gone with it: then it
   * is discarded and the answer is false, unless it settled none. So it is if a table was ingested
   * to where its outputs should go.
   *
   * @param inputs the tables that it merged, as they were then: what of their debts has been paid
   *     since is not paid again
   */
  synchronized boolean installUnlessForgotten(
      VersionEdit merged, List<TableMeta> inputs, long forgetsBefore, Runnable discard) {
    Levels levels = manifest.current().levels();
    VersionEdit edit = arePaid(inputs, levels) ? merged.ofPaidTables() : merged;
    boolean forgotten = forgets != forgetsBefore && !edit.counts().isEmpty();
    if (forgotten || levels.collidesWith(edit)) {
      try {
        discard.run();
      } catch (StorageException e) {
        health.undeleted(e);
      }
      return false;
    }
    install(edit, List.of(), discard);
    return true;
  }

  /** Whether debts that a merge's inputs had have been paid since: all of them, or none. */
  private static boolean arePaid(List<TableMeta> inputs, Levels levels) {
    Set<Long> settled = levels.settled();
    List<TableMeta> owing = inputs.stream().filter(table -> table.openEntries() > 0).toList();
    long paid = owing.stream().filter(table -> settled.contains(table.number())).count();
    if (paid != 0 && paid != owing.size()) {
      throw new IllegalStateException("of a merge's inputs " + owing + " only some are settled");
    }
    return paid != 0;
  }

  /**
   * As {@link #install}, of what counts turned out to be owed. Nothing is installed, and the answer
   * is false, if a group was forgotten since {@code forgetsBefore} was asked for, or counts were
   * lost, or, where all was counted anew, anything has changed since.
   *
   * @param edit made for the tables that there are now; an empty one is not written
   * @param since the version in which debts were looked for
   * @param then run at once if the answer is true, before another edit comes
   */
  synchronized boolean settle(
      Function<Levels, VersionEdit> edit, Version since, long forgetsBefore, Runnable then) {
    Version current = manifest.current();
    if (forgets != forgetsBefore
        || current.areCountsOpen() != since.areCountsOpen()
        || (current.areCountsOpen() && current != since)) {
      return false;
    }
    VersionEdit settled = edit.apply(current.levels());
    if (!settled.settled().isEmpty() || current.areCountsOpen()) {
      install(settled, List.of(), () -> {});
    }
    then.run();
    return true;
  }

  /** Background work has moved on, or failed: whoever waits may look again. */
  void progressed() {
    synchronized (progress) {
      progress.notifyAll();
    }
    stalls.wake();
  }

  /**
   * Waits until {@code done}, looking whenever background work has moved on.
   *
   * @param check throws if that can't be hoped for
   */
  void await(BooleanSupplier done, Runnable check) {
    boolean interrupted = false;
    synchronized (progress) {
      while (!done.getAsBoolean()) {
        check.run();
        try {
          progress.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The newest version, retained; the caller releases it. */
  Version acquireVersion() {
    ReadState state = tree.acquire();
    try {
      if (!state.version.tryRetain()) {
        throw new IllegalStateException("the version of a pinned read state was released");
      }
      return state.version;
    } finally {
      state.release();
    }
  }
}
