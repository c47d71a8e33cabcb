package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionJob;
import dev.varve.storage.compaction.CompactionPicker;
import dev.varve.storage.compaction.CompactionPlan;
import dev.varve.storage.compaction.ManualCompaction;
import dev.varve.storage.compaction.PurgePicker;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Moves tables down the levels, in the compaction lane: one plan a task. */
final class Compactor {
  private static final long LEAST_OUTPUT_BYTES = 4096;

  private final Parts parts;
  private final Installer installer;
  private final Health health;
  private final Gate gate;
  private final Throttle throttle;
  private final CompactionPicker picker;
  private final PurgePicker purges = new PurgePicker();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicBoolean retryScheduled = new AtomicBoolean();
  private final AtomicReference<ManualCompaction> wish = new AtomicReference<>();
  private final AtomicLong compactions = new AtomicLong();
  private final AtomicLong readBytes = new AtomicLong();
  private final AtomicLong writtenBytes = new AtomicLong();
  private volatile boolean merging;

  Compactor(Parts parts, Installer installer, Health health, Gate gate, Throttle throttle) {
    this.parts = parts;
    this.installer = installer;
    this.health = health;
    this.gate = gate;
    this.throttle = throttle;
    picker = CompactionPicker.of(parts.options());
  }

  /** The version may have changed: sees to it that what is due gets done. */
  void consider() {
    if (scheduled.compareAndSet(false, true)) {
      parts.environment().scheduler().execute(Scheduler.Lane.COMPACTION, this::run);
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

  private void run() {
    if (!gate.enter()) {
      return;
    }
    scheduled.set(false);
    try {
      boolean done = compactOnce();
      // Before the next merge: what it reads and writes comes on top of what still is there.
      parts.releases().drain();
      if (done) {
        health.compacted(null);
        consider();
      }
    } catch (StorageException e) {
      health.compacted(e);
      if (health.waitsForSpace()) {
        parts.reserve().wishForFlush();
      }
      if (Health.isWorthAnotherTry(e)) {
        considerLater();
      }
    } catch (RuntimeException | Error e) {
      health.poison("a compaction failed: " + e, e);
      throw e;
    } finally {
      gate.leave();
      installer.progressed();
    }
  }

  /** Carries the next plan out; false if there is none, or the engine closes. */
  private boolean compactOnce() {
    long forgets = installer.forgets();
    Version version = installer.acquireVersion();
    try {
      CompactionPlan plan = nextPlan(version);
      if (plan == null) {
        return false;
      }
      if (plan.kind().writes()) {
        plan = whatHasRoom(plan, version);
        merging = true;
      }
      CompactionJob job =
          new CompactionJob(
              plan,
              version,
              Snapshots.NEWEST_ONLY,
              parts.options().keyGroups(),
              parts.tables(),
              parts.options().tableBytes(),
              new MergePacer(throttle::mergeShare, this::mustHurry),
              gate::isClosed);
      VersionEdit edit = job.run();
      if (edit == null) {
        return false;
      }
      if (!installer.installUnlessForgotten(edit, forgets, job::discardOutputs)) {
        return true;
      }
      compactions.incrementAndGet();
      if (plan.kind() == CompactionPlan.Kind.PURGE) {
        purges.purged(edit, version.flushedUpTo());
      }
      if (plan.kind().writes()) {
        readBytes.addAndGet(plan.bytes() + job.relocatedBytes());
        writtenBytes.addAndGet(edit.addedBytes());
      }
      return true;
    } finally {
      merging = false;
      version.release();
    }
  }

  /**
   * The plan, if there is room for it; else what gives space back in its stead, for which the
   * reserve may be used.
   *
   * @throws StorageException.DiskFull if there is room for neither
   */
  private CompactionPlan whatHasRoom(CompactionPlan plan, Version version) {
    try {
      parts.reserve().checkRoom("a compaction", mostOutput(plan.workBytes(version.levels())));
      return plan;
    } catch (StorageException.DiskFull full) {
      CompactionPlan purge =
          purges.pick(version.levels(), mostInput(parts.reserve().roomForPurges()));
      if (purge == null) {
        throw full;
      }
      return purge;
    }
  }

  /** Somebody waits for the merge to end. */
  private boolean mustHurry() {
    return wish.get() != null || gate.isClosed();
  }

  /** Inputs are read and written once; blocks that compress worse take a little more. */
  private static long mostOutput(long inputBytes) {
    return inputBytes + inputBytes / 8 + LEAST_OUTPUT_BYTES;
  }

  /** The most for which {@link #mostOutput} is within {@code outputBytes}. */
  private static long mostInput(long outputBytes) {
    return (outputBytes - LEAST_OUTPUT_BYTES) / 9 * 8;
  }

  /** What the purge of a table of usual size takes at most. */
  static long purgeBytes(long tableBytes) {
    return mostOutput(tableBytes);
  }

  private CompactionPlan nextPlan(Version version) {
    ManualCompaction wanted = wish.get();
    if (wanted != null) {
      CompactionPlan plan = picker.pick(version.levels(), wanted, List.of());
      if (plan != null) {
        return plan;
      }
      wish.compareAndSet(wanted, null);
    }
    return picker.pick(
        version.levels(), version.rangeTombstones().tombstones(), Snapshots.NEWEST_ONLY, List.of());
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

  long compactions() {
    return compactions.get();
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
}
