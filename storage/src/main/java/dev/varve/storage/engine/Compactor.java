package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.StorageStatistics.Operation;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionJob;
import dev.varve.storage.compaction.CompactionPicker;
import dev.varve.storage.compaction.CompactionPlan;
import dev.varve.storage.compaction.ManualCompaction;
import dev.varve.storage.compaction.PurgePicker;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Moves tables down the levels, in the compaction lane. A merge is two tasks: one picks a plan and
 * carries it out, the other one installs what came of it. So several may be under way, as many as
 * the options say; none takes what another one has, and what a plan was picked for stays as it is
 * until it is installed.
 */
final class Compactor implements AutoCloseable {
  /** The share of full speed at which merges go that leave the processor to something else. */
  private static final double YIELDING_SHARE = 0.02;

  private final Parts parts;
  private final Installer installer;
  private final Health health;
  private final PassedRanges passedRanges;
  private final Gate gate;
  private final CompactionPicker picker;
  private final PurgePicker purges = new PurgePicker();
  private final MergePacer pacer;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicBoolean retryScheduled = new AtomicBoolean();
  private final AtomicReference<ManualCompaction> wish = new AtomicReference<>();
  private final AtomicLong compactions = new AtomicLong();
  private final AtomicLong readBytes = new AtomicLong();
  private final AtomicLong writtenBytes = new AtomicLong();

  /**
   * Guarded by its monitor, as is picking: a plan is picked for a version that has all that ended.
   */
  private final List<Merge> running = new ArrayList<>();

  private volatile boolean merging;
  private volatile boolean yielding;

  /** There is time to merge for what is deleted alone. */
  private volatile boolean quiet;

  Compactor(
      Parts parts,
      Installer installer,
      Health health,
      Throttle throttle,
      PassedRanges passedRanges) {
    this.parts = parts;
    this.installer = installer;
    this.health = health;
    this.passedRanges = passedRanges;
    gate = parts.gate();
    picker = CompactionPicker.of(parts.options());
    pacer =
        new MergePacer(
            () -> yielding ? YIELDING_SHARE : throttle.mergeShare(),
            this::mustHurry,
            parts.options().mergeBytesPerSecond(),
            gate::isClosed,
            LockSupport::parkNanos);
  }

  /** The version may have changed: sees to it that what is due gets done. */
  void consider() {
    if (scheduled.compareAndSet(false, true)) {
      parts.environment().scheduler().execute(Scheduler.Lane.COMPACTION, this::begin);
    }
  }

  /** Writer: whether there has been little to do for a while. */
  void quiet(boolean now) {
    boolean before = quiet;
    quiet = now;
    if (now && !before) {
      consider();
    }
  }

  /** Beside what {@link #consider} schedules: a flush may change all while a retry waits. */
  private void considerLater() {
    if (retryScheduled.compareAndSet(false, true)) {
      parts
          .environment()
          .scheduler()
          .schedule(
              Scheduler.Lane.COMPACTION,
              Health.RETRY_MILLIS,
              () -> {
                retryScheduled.set(false);
                consider();
              });
    }
  }

  private void begin() {
    scheduled.set(false);
    try {
      Merge merge = pick();
      if (merge != null) {
        carryOut(merge);
      }
    } catch (StorageException e) {
      failed(e);
    } catch (RuntimeException | Error e) {
      health.poison("a compaction failed: " + e, e);
      throw e;
    } finally {
      installer.progressed();
    }
  }

  private void carryOut(Merge merge) {
    boolean complete = false;
    try {
      considerMore();
      long begin = parts.latencies().begin();
      complete = merge.carryOut();
      if (complete && merge.plan().kind().writes()) {
        parts.latencies().end(Operation.COMPACTION, begin);
      }
    } finally {
      if (!complete) {
        end(merge);
      }
    }
    if (complete) {
      parts.environment().scheduler().execute(Scheduler.Lane.COMPACTION, () -> install(merge));
    }
  }

  /** There may be something to do beside what has been picked. */
  private void considerMore() {
    boolean more;
    synchronized (running) {
      more = running.size() < parts.options().backgroundThreads();
    }
    if (more) {
      consider();
    }
  }

  private void install(Merge merge) {
    try {
      if (merge.install(installer)) {
        count(merge);
      }
      health.compacted(null);
      end(merge);
      consider();
    } catch (StorageException e) {
      end(merge);
      failed(e);
    } catch (RuntimeException | Error e) {
      health.poison("a compaction failed: " + e, e);
      throw e;
    } finally {
      installer.progressed();
    }
  }

  private void failed(StorageException error) {
    health.compacted(error);
    if (health.waitsForSpace()) {
      parts.reserve().wishForFlush();
    }
    if (Health.isWorthAnotherTry(error)) {
      considerLater();
    }
  }

  private void end(Merge merge) {
    synchronized (running) {
      running.remove(merge);
      seeWhetherMerging();
    }
    merge.end();
    // Before the next merge: what it reads and writes comes on top of what still is there.
    parts.releases().drain();
  }

  private void count(Merge merge) {
    compactions.incrementAndGet();
    if (merge.plan().kind().writes()) {
      readBytes.addAndGet(merge.readBytes());
      writtenBytes.addAndGet(merge.writtenBytes());
    }
    if (merge.plan().kind() == CompactionPlan.Kind.PURGE) {
      synchronized (running) {
        merge.tellPurged(purges);
      }
    }
  }

  /**
   * The next merge, under way from now on; null if there is none, or no room for one beside the
   * others.
   */
  private Merge pick() {
    synchronized (running) {
      if (running.size() == parts.options().backgroundThreads()) {
        return null;
      }
      long forgets = installer.forgets();
      Version version = installer.acquireVersion();
      Merge merge = null;
      try {
        List<CompactionPlan> others = running.stream().map(Merge::plan).toList();
        CompactionPlan plan = nextPlan(version, others);
        if (plan != null && plan.kind().writes()) {
          plan = whatHasRoom(plan, version, others);
        } else if (plan == null) {
          plan = forWalks(version, others);
        }
        if (plan != null) {
          merge = new Merge(plan, version, forgets, job(plan, version));
          running.add(merge);
          seeWhetherMerging();
        }
        return merge;
      } finally {
        if (merge == null) {
          version.release();
        }
      }
    }
  }

  private void seeWhetherMerging() {
    merging = running.stream().anyMatch(merge -> merge.plan().kind().writes());
  }

  private CompactionJob job(CompactionPlan plan, Version version) {
    return new CompactionJob(
        plan,
        version,
        Snapshots.NEWEST_ONLY,
        parts.options().keyGroups(),
        parts.tables(),
        parts.options().tableBytes(),
        pacer,
        gate::isClosed);
  }

  /**
   * The plan, if there is room for it and what the others may write; else what gives space back in
   * its stead, for which the reserve may be used; null if only the others take the room.
   *
   * @throws StorageException.DiskFull if there is room for neither
   */
  private CompactionPlan whatHasRoom(
      CompactionPlan plan, Version version, List<CompactionPlan> others) {
    try {
      checkRoom(plan, version);
      return plan;
    } catch (StorageException.DiskFull full) {
      if (promised() > 0) {
        return null;
      }
      long most = Merge.mostInput(parts.reserve().roomForPurges());
      CompactionPlan purge = purges.pick(version.levels(), most, others);
      if (purge == null) {
        throw full;
      }
      return purge;
    }
  }

  /** What walks have asked for, as nothing else is due. It isn't worth waiting for space. */
  private CompactionPlan forWalks(Version version, List<CompactionPlan> others) {
    return passedRanges.pick(
        version.levels(),
        version.flushedUpTo(),
        others,
        plan -> !plan.kind().writes() || hasRoom(plan, version));
  }

  private boolean hasRoom(CompactionPlan plan, Version version) {
    try {
      checkRoom(plan, version);
      return true;
    } catch (StorageException.DiskFull full) {
      return false;
    }
  }

  private void checkRoom(CompactionPlan plan, Version version) {
    long output = promised() + Merge.mostOutput(plan.workBytes(version.levels()));
    parts.reserve().checkRoom("a compaction", output);
  }

  /** The most that merges under way may write. */
  private long promised() {
    return running.stream().mapToLong(Merge::mostOutput).sum();
  }

  /** Somebody waits for the merge to end. */
  private boolean mustHurry() {
    return wish.get() != null || gate.isClosed();
  }

  /** What the purge of a table of usual size takes at most. */
  static long purgeBytes(long tableBytes) {
    return Merge.mostOutput(tableBytes);
  }

  private CompactionPlan nextPlan(Version version, List<CompactionPlan> others) {
    ManualCompaction wanted = wish.get();
    if (wanted != null) {
      CompactionPlan plan = picker.pick(version.levels(), version.deleted(), wanted, others);
      if (plan != null) {
        return plan;
      }
      if (others.isEmpty()) {
        wish.compareAndSet(wanted, null);
      }
    }
    Snapshots snapshots = Snapshots.NEWEST_ONLY;
    CompactionPlan due = picker.pick(version.levels(), version.deleted(), snapshots, others);
    return due == null && quiet
        ? picker.pickQuiet(version.levels(), version.deleted(), snapshots, others)
        : due;
  }

  /** Asks for all that is in tables now to be merged down to the last level. */
  void request() {
    Version version = parts.manifest().current();
    wish.set(new ManualCompaction(version.flushedUpTo(), version.nextFileNumber()));
    consider();
  }

  /** Waits until what was asked for is done, or a later wish has taken its place and is. */
  void await() {
    installer.await(() -> wish.get() == null, health::checkProgress);
  }

  /** How full the fullest level is; more than 1 calls for a compaction. */
  double pressure(Version version) {
    return picker.pressure(version.levels());
  }

  /** Bytes that levels have beyond what they may have. */
  long debt(Version version) {
    return picker.debt(version.levels());
  }

  long compactions() {
    return compactions.get();
  }

  /**
   * Runs {@code step} while no merge begins.
   *
   * @param step given what merges under way take, each for itself
   */
  void besideMerges(Consumer<List<List<TableMeta>>> step) {
    synchronized (running) {
      step.accept(running.stream().map(Merge::inputs).toList());
    }
  }

  /** Any thread: merges leave the processor to something else that won't take long, or not. */
  void yieldWhile(boolean something) {
    yielding = something;
  }

  /** How many are under way. */
  int underWay() {
    synchronized (running) {
      return running.size();
    }
  }

  /** Any thread: whether tables are being merged. */
  boolean isMerging() {
    return merging;
  }

  long readBytes() {
    return readBytes.get();
  }

  long writtenBytes() {
    return writtenBytes.get();
  }

  /** Gives up what was to be installed; no task runs any more. */
  @Override
  public void close() {
    synchronized (running) {
      for (Merge merge : running) {
        try {
          merge.discard();
        } catch (StorageException e) {
          health.undeleted(e);
        }
        merge.end();
      }
      running.clear();
    }
  }
}
