package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.base.CountChanges;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * Pays what blind entries owe to counts when there is little else to do: looks every now and then,
 * as long as any debt is open, whether the writer has had little to do since, and if so, has a
 * {@link SettleJob} find out what is owed. What it finds of memtables holds at once, in memory
 * only; what it finds of tables is installed as an edit that says that they are settled.
 *
 * <p>A walk is divided among the lane's threads, one range of keys after another, and merges yield
 * to it. It is given up as soon as the writer has more to do.
 *
 * <p>What a merge under way takes is paid, too, if the walk has seen all that it takes and that
 * owes: the merge then pays nothing when it is installed. Other merges' tables are left out: what
 * the merge leaves is settled in its outputs, the next time.
 */
final class Settler implements AutoCloseable {
  /** How often to look; so a walk begins at most twice this after the last write. */
  static final long LOOK_MILLIS = 100;

  /** The writer has little to do if it appends no more than so much between two looks. */
  private static final long FEW_OPERATIONS = 500;

  /** More than there are threads, so that none is left alone with much at the end. */
  private static final int MOST_RANGES = 16;

  /** While little is written, and not nothing, the share of time without a walk. */
  private static final long RESTS = 4;

  private static final long LONGEST_REST_MILLIS = 1000;
  private static final long NEVER = -1;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Parts parts;
  private final Tree tree;
  private final Installer installer;
  private final Compactor compactor;
  private final Health health;
  private final LongSupplier visible;

  /** Whether a look is scheduled or a walk is under way. */
  private final AtomicBoolean engaged = new AtomicBoolean();

  private final AtomicReference<Walk> walking = new AtomicReference<>();
  private final AtomicLong walks = new AtomicLong();

  /** What was visible at the last look, or the last walk's end. Whoever is engaged has it. */
  private volatile long seen;

  private volatile long recoveredUpTo;

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

  /**
   * At opening: what the log holds up to this sequence number may have been written when other
   * counts were kept. So it is in tables before all is counted anew.
   */
  void recovered(long sequence) {
    recoveredUpTo = sequence;
  }

  /** Any thread: there may be open debts. */
  void consider() {
    if (!engaged.get() && isAnyOpen()) {
      scheduleIn(LOOK_MILLIS);
    }
  }

  private boolean isAnyOpen() {
    // Without a pin: figures outlive what they tell of.
    ReadState state = tree.current();
    return state.openEntries() > 0 || state.version.areCountsOpen();
  }

  private void scheduleIn(long millis) {
    if (engaged.compareAndSet(false, true)) {
      parts.environment().scheduler().schedule(Scheduler.Lane.SETTLE, millis, this::look);
    }
  }

  private void look() {
    long now = visible.getAsLong();
    boolean quiet = now - seen <= FEW_OPERATIONS;
    seen = now;
    if (quiet && isAnyOpen() && mayCount()) {
      begin();
    } else {
      goOn(LOOK_MILLIS);
    }
  }

  private boolean mayCount() {
    Version version = tree.current().version;
    return !version.areCountsOpen() || version.flushedUpTo() >= recoveredUpTo;
  }

  /** Nothing is under way any more. */
  private void goOn(long delayMillis) {
    engaged.set(false);
    if (delayMillis != NEVER && isAnyOpen() && health.poisoned() == null) {
      scheduleIn(delayMillis);
    }
  }

  private void begin() {
    Walk walk = new Walk(installer.forgets(), tree.acquire());
    walking.set(walk);
    compactor.yieldWhile(true);
    walk.begin();
  }

  /** Walks that came to an end. */
  long walks() {
    return walks.get();
  }

  /** No task runs any more: lets go of what a walk has pinned that will not end. */
  @Override
  public void close() {
    Walk walk = walking.getAndSet(null);
    if (walk != null) {
      walk.state.release();
    }
  }

  /** One walk, from when it is begun until its result is installed or given up. */
  private final class Walk {
    private final long forgets;
    private final ReadState state;
    private final List<Memtable> memtables = new ArrayList<>();
    private final int[] forgetsBefore;
    private final int[] rangesBefore;
    private final long visibleBefore = visible.getAsLong();
    private final long began = parts.environment().nanoTime().getAsLong();
    private final SettleJob job;
    private final AtomicInteger left = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean givenUp;

    private Walk(long forgets, ReadState state) {
      this.forgets = forgets;
      this.state = state;
      memtables.add(state.active);
      memtables.addAll(state.frozen);
      forgetsBefore = memtables.stream().mapToInt(Memtable::forgets).toArray();
      rangesBefore = memtables.stream().mapToInt(Memtable::rangeCount).toArray();
      job = new SettleJob(memtables, state.version, visibleBefore, parts.options().keyGroups());
    }

    private void begin() {
      job.prepare();
      List<SettleJob.Range> ranges = job.ranges(MOST_RANGES);
      left.set(ranges.size());
      for (SettleJob.Range range : ranges) {
        parts.environment().scheduler().execute(Scheduler.Lane.SETTLE, () -> run(range));
      }
    }

    private void run(SettleJob.Range range) {
      try {
        if (givenUp || !job.run(range, this::isBusy)) {
          givenUp = true;
        }
      } catch (RuntimeException | Error e) {
        givenUp = true;
        failure.compareAndSet(null, e);
      }
      if (left.decrementAndGet() == 0) {
        end();
      }
    }

    private boolean isBusy() {
      return givenUp
          || parts.gate().isClosed()
          || visible.getAsLong() - visibleBefore > FEW_OPERATIONS;
    }

    private void end() {
      long delay = NEVER;
      try {
        delay = settleUp();
      } finally {
        compactor.yieldWhile(false);
        if (walking.compareAndSet(this, null)) {
          state.release();
        }
        seen = visible.getAsLong();
        installer.progressed();
      }
      goOn(delay);
    }

    /** Installs what was found out; how long to wait before looking again. */
    private long settleUp() {
      try {
        rethrow(failure.get());
        if (!givenUp) {
          compactor.besideMerges(this::install);
          walks.incrementAndGet();
        }
        health.settled(null);
        return rest();
      } catch (StorageException e) {
        health.settled(e);
        return Health.isWorthAnotherTry(e) ? Health.RETRY_MILLIS : NEVER;
      } catch (RuntimeException | Error e) {
        health.poison("settling counts failed: " + e, e);
        throw e;
      }
    }

    private void rethrow(Throwable thrown) {
      if (thrown instanceof RuntimeException e) {
        throw e;
      } else if (thrown instanceof Error e) {
        throw e;
      }
    }

    /** At once again if all is quiet: there is something left that is not of new writes. */
    private long rest() {
      if (visible.getAsLong() == visibleBefore) {
        return LOOK_MILLIS;
      }
      long took = (parts.environment().nanoTime().getAsLong() - began) / NANOS_PER_MILLI;
      return Math.clamp(RESTS * took, LOOK_MILLIS, LONGEST_REST_MILLIS);
    }

    private void install(List<List<TableMeta>> merges) {
      installer.settle(
          current -> edit(current, merges),
          state.version,
          forgets,
          () -> {
            for (int i = 0; i < memtables.size(); i++) {
              memtables.get(i).settle(job.ofMemtable(i), forgetsBefore[i], rangesBefore[i]);
            }
          });
    }

    /** What is found of tables that are there still. */
    private VersionEdit edit(Levels current, List<List<TableMeta>> merges) {
      Version version = state.version;
      Set<Long> there = current.numbers();
      Set<Long> looked = version.levels().numbers();
      for (List<TableMeta> inputs : merges) {
        // All or none, or nobody could tell what of the merge's outputs is owed.
        if (inputs.stream().anyMatch(each -> owes(each) && !looked.contains(each.number()))) {
          inputs.forEach(each -> there.remove(each.number()));
        }
      }
      VersionEdit edit = new VersionEdit();
      if (version.areCountsOpen()) {
        countAnew(edit);
      }
      for (int level = 0; level < Levels.COUNT; level++) {
        for (TableMeta table : version.levels().tables(level)) {
          if (owes(table) && there.contains(table.number())) {
            edit.settled(table.number());
            CountChanges owed = job.ofTable(table.number());
            if (version.areCountsOpen()) {
              edit.counts().addAbandoned(owed);
            } else {
              edit.counts().addAll(owed);
            }
          }
        }
      }
      return edit;
    }

    private void countAnew(VersionEdit edit) {
      state.version.counts().forEach((group, forgotten, delta) -> edit.counts().forget(group));
      job.alive()
          .forEach(
              (group, forgotten, delta) -> {
                edit.counts().forget(group);
                edit.counts().add(group, delta);
              });
      edit.countsKnown();
    }

    private static boolean owes(TableMeta table) {
      return table.openEntries() > 0;
    }
  }
}
