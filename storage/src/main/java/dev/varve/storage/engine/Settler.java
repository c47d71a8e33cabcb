package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.settle.SettleJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Pays what blind entries owe to counts when there is little else to do: looks every now and then,
 * as long as any debt is open, whether the writer has had little to do since, and if so, has a
 * {@link SettleJob} find out what is owed. What it finds of memtables holds at once, in memory
 * only; what it finds of tables is installed as an edit that says that they are settled.
 *
 * <p>Tables that are being merged are left out, as the merge pays what it can: what it leaves is
 * settled in its outputs, the next time.
 */
final class Settler {
  /** How often to look; so a walk begins at most twice this after the last write. */
  static final long LOOK_MILLIS = 200;

  /** The writer has little to do if it appends no more than so much between two looks. */
  private static final long FEW_OPERATIONS = 1000;

  private static final int FEW_TRIES = 8;
  private static final long BETWEEN_TRIES_NANOS = 500_000;

  private final Parts parts;
  private final Tree tree;
  private final Installer installer;
  private final Compactor compactor;
  private final Health health;
  private final LongSupplier visible;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicLong walks = new AtomicLong();

  // Of the lane's task.
  private long seen;

  Settler(
      Parts parts,
      Tree tree,
      Installer installer,
      Compactor compactor,
      Health health,
      LongSupplier visible) {
    this.parts = parts;
    this.tree = tree;
    this.installer = installer;
    this.compactor = compactor;
    this.health = health;
    this.visible = visible;
  }

  /** Any thread: there may be open debts. */
  void consider() {
    if (!scheduled.get() && isAnyOpen()) {
      scheduleIn(LOOK_MILLIS);
    }
  }

  private boolean isAnyOpen() {
    ReadState state = tree.acquire();
    try {
      return state.openEntries() > 0 || state.version.areCountsOpen();
    } finally {
      state.release();
    }
  }

  private void scheduleIn(long millis) {
    if (scheduled.compareAndSet(false, true)) {
      parts.environment().scheduler().schedule(Scheduler.Lane.SETTLE, millis, this::look);
    }
  }

  /**
   * Settles here and now, if that takes a walk over at most so many entries; waits a little for
   * merges under way.
   */
  void settle(long mostEntries) {
    try {
      for (int i = 0; i < FEW_TRIES && isAnyOpen() && isSmall(mostEntries); i++) {
        if (i > 0) {
          LockSupport.parkNanos(BETWEEN_TRIES_NANOS);
        }
        settle(parts.gate()::isClosed);
      }
    } catch (StorageException e) {
      // What is owed stays open, and uncertain.
      health.settled(e);
    }
  }

  private boolean isSmall(long mostEntries) {
    ReadState state = tree.acquire();
    try {
      return state.entries() <= mostEntries && health.poisoned() == null;
    } finally {
      state.release();
    }
  }

  private void look() {
    scheduled.set(false);
    long now = visible.getAsLong();
    boolean quiet = now - seen <= FEW_OPERATIONS;
    seen = now;
    long delay = LOOK_MILLIS;
    try {
      if (quiet) {
        settle(this::isBusy);
        health.settled(null);
      }
    } catch (StorageException e) {
      health.settled(e);
      if (!Health.isWorthAnotherTry(e)) {
        return;
      }
      delay = Health.RETRY_MILLIS;
    } catch (RuntimeException | Error e) {
      health.poison("settling counts failed: " + e, e);
      throw e;
    } finally {
      installer.progressed();
    }
    if (isAnyOpen() && health.poisoned() == null) {
      scheduleIn(delay);
    }
  }

  private boolean isBusy() {
    return parts.gate().isClosed() || visible.getAsLong() - seen > FEW_OPERATIONS;
  }

  /** One walk at a time: none may pay what another one has paid meanwhile. */
  private synchronized void settle(BooleanSupplier cancelled) {
    long forgets = installer.forgets();
    ReadState state = tree.acquire();
    try {
      List<Memtable> memtables = new ArrayList<>();
      memtables.add(state.active);
      memtables.addAll(state.frozen);
      int[] forgetsBefore = memtables.stream().mapToInt(Memtable::forgets).toArray();
      int[] rangesBefore =
          memtables.stream().mapToInt(each -> each.rangeTombstones().size()).toArray();
      SettleJob job =
          new SettleJob(
              memtables,
              state.version,
              visible.getAsLong(),
              parts.options().keyGroups(),
              cancelled);
      if (!job.run()) {
        return;
      }
      walks.incrementAndGet();
      compactor.besideMerges(
          merged -> {
            if (state.version.areCountsOpen() && !merged.isEmpty()) {
              return;
            }
            if (installer.settle(
                current -> edit(job, state.version, current, merged), state.version, forgets)) {
              for (int i = 0; i < memtables.size(); i++) {
                memtables.get(i).settle(job.ofMemtable(i), forgetsBefore[i], rangesBefore[i]);
              }
            }
          });
    } finally {
      state.release();
    }
  }

  /** What is found of tables that are there still, and are not being merged. */
  private static VersionEdit edit(
      SettleJob job, Version version, Levels current, List<TableMeta> merged) {
    Set<Long> there = current.numbers();
    merged.forEach(table -> there.remove(table.number()));
    VersionEdit edit = new VersionEdit();
    if (version.areCountsOpen()) {
      version.counts().forEach((group, forgotten, delta) -> edit.counts().forget(group));
      job.alive()
          .forEach(
              (group, forgotten, delta) -> {
                edit.counts().forget(group);
                edit.counts().add(group, delta);
              });
      edit.countsKnown();
    }
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : version.levels().tables(level)) {
        if (table.openEntries() > 0 && there.contains(table.number())) {
          edit.settled(table.number());
          if (!version.areCountsOpen()) {
            edit.counts().addAll(job.ofTable(table.number()));
          }
        }
      }
    }
    return edit;
  }

  /** Walks that came to an end. */
  long walks() {
    return walks.get();
  }
}
