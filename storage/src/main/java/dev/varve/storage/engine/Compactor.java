package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionJob;
import dev.varve.storage.compaction.CompactionPicker;
import dev.varve.storage.compaction.CompactionPlan;
import dev.varve.storage.compaction.ManualCompaction;
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
  private final AtomicBoolean scheduled = new AtomicBoolean();
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
    schedule(0);
  }

  private void schedule(long delayMillis) {
    if (scheduled.compareAndSet(false, true)) {
      parts.environment().scheduler().schedule(Scheduler.Lane.COMPACTION, delayMillis, this::run);
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
        schedule(0);
      }
    } catch (StorageException e) {
      health.compacted(e);
      if (health.waitsForSpace()) {
        parts.reserve().wishForFlush();
      }
      if (Health.isWorthAnotherTry(e)) {
        schedule(Health.RETRY_MILLIS);
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
      if (plan.kind() == CompactionPlan.Kind.MERGE) {
        parts.reserve().checkRoom("a compaction", mostOutput(plan.workBytes(version.levels())));
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
      if (plan.kind() == CompactionPlan.Kind.MERGE) {
        readBytes.addAndGet(plan.bytes() + job.relocatedBytes());
        writtenBytes.addAndGet(edit.addedBytes());
      }
      return true;
    } finally {
      merging = false;
      version.release();
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
