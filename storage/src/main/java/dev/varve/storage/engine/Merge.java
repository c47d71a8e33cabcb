package dev.varve.storage.engine;

import dev.varve.storage.compaction.CompactionJob;
import dev.varve.storage.compaction.CompactionPlan;
import dev.varve.storage.compaction.PurgePicker;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import java.util.List;

/**
 * A plan from when it was picked until its edit is installed or it is given up. Of one task at a
 * time, which its being handed on orders.
 */
final class Merge {
  private static final long LEAST_OUTPUT_BYTES = 4096;

  private final CompactionPlan plan;
  private final Version version;
  private final long forgets;
  private final CompactionJob job;
  private VersionEdit edit;

  /** Whether the installer sees to the new tables, if the edit fails, too. */
  private boolean handedOver;

  /**
   * A plan that was picked.
   *
   * @param version for which it was picked, retained for it
   * @param forgets of the installer, before that version was acquired
   * @param job that carries it out
   */
  Merge(CompactionPlan plan, Version version, long forgets, CompactionJob job) {
    this.plan = plan;
    this.version = version;
    this.forgets = forgets;
    this.job = job;
  }

  CompactionPlan plan() {
    return plan;
  }

  /** The tables that are merged. */
  List<TableMeta> inputs() {
    return plan.inputs().stream().map(CompactionPlan.Input::table).toList();
  }

  Version version() {
    return version;
  }

  /** The most bytes that the plan writes. */
  long mostOutput() {
    return plan.kind().writes() ? mostOutput(plan.workBytes(version.levels())) : 0;
  }

  /** Inputs are read and written once; blocks that compress worse take a little more. */
  static long mostOutput(long inputBytes) {
    return inputBytes + inputBytes / 8 + LEAST_OUTPUT_BYTES;
  }

  /** The most for which {@link #mostOutput} is within {@code outputBytes}. */
  static long mostInput(long outputBytes) {
    return (outputBytes - LEAST_OUTPUT_BYTES) / 9 * 8;
  }

  /** Writes the new tables; false if that was given up, with nothing left of them. */
  boolean carryOut() {
    edit = job.run();
    return edit != null;
  }

  /** Puts the new tables in the old ones' place; false if they were of no use any more. */
  boolean install(Installer installer) {
    handedOver = true;
    return installer.installUnlessForgotten(edit, inputs(), forgets, job::discardOutputs);
  }

  /** Bytes of new files. */
  long writtenBytes() {
    return edit.addedBytes();
  }

  /** Tells a picker what this one, a purge, has done. */
  void tellPurged(PurgePicker purges) {
    purges.purged(edit, version.flushedUpTo());
  }

  /** Bytes that were read. */
  long readBytes() {
    return plan.bytes() + job.relocatedBytes();
  }

  /** Deletes what was written, unless it was handed to the installer. */
  void discard() {
    if (edit != null && !handedOver) {
      job.discardOutputs();
    }
  }

  /** Lets go of the version. */
  void end() {
    version.release();
  }
}
