package dev.varve.storage.compaction;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.MergingCursor;
import dev.varve.storage.iterator.NewerEntries;
import dev.varve.storage.iterator.SurvivorCursor;
import dev.varve.storage.manifest.Depth;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.NewBlobs;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Carries a plan out: reads the tables, writes new ones, and returns the edit that puts these in
 * the others' place. Changes nothing that a reader sees. Used by one thread, once.
 */
public final class CompactionJob {
  private static final long STEP_BYTES = 64 << 10;

  private final CompactionPlan plan;
  private final Version version;
  private final Snapshots snapshots;
  private final KeyGroups groups;
  private final TableFiles files;
  private final long tableBytes;
  private final Pacer pacer;
  private final BooleanSupplier cancelled;
  private final VersionEdit edit = new VersionEdit();
  private final List<TableMeta> outputs = new ArrayList<>();
  private final NewBlobs blobs;

  /**
   * Prepares a job.
   *
   * @param version to which the plan belongs; the caller keeps it retained until the job has run
   * @param snapshots at which the result must read as before: those of all views that are open on a
   *     later version or will be opened
   * @param groups which keys are counted
   * @param files where new tables go
   * @param tableBytes size at which a new table is begun
   * @param pacer told how much has been merged
   * @param cancelled asked now and then whether to give up
   */
  public CompactionJob(
      CompactionPlan plan,
      Version version,
      Snapshots snapshots,
      KeyGroups groups,
      TableFiles files,
      long tableBytes,
      Pacer pacer,
      BooleanSupplier cancelled) {
    this.plan = plan;
    this.version = version;
    this.snapshots = snapshots;
    this.groups = groups;
    this.files = files;
    this.tableBytes = tableBytes;
    this.pacer = pacer;
    this.cancelled = cancelled;
    blobs = files.blobs(plan.outputLevel(), version, worn(), _ -> false);
  }

  /** Blob files whose values are moved; a purge must not take space for that. */
  private Set<Long> worn() {
    return plan.kind() == Kind.PURGE ? Set.of() : BlobGarbage.worn(version.levels().blobs());
  }

  /**
   * Does the work.
   *
   * @return the edit to commit, its tables durable; null if the job was cancelled
   * @throws dev.varve.storage.StorageException if reading or writing failed. What had been written
   *     is deleted then, as it is after a cancellation.
   */
  public VersionEdit run() {
    for (Input input : plan.inputs()) {
      edit.remove(input.level(), input.table().number());
      if (plan.kind() == Kind.MOVE) {
        edit.add(plan.outputLevel(), input.table());
      }
    }
    if (!plan.kind().writes()) {
      return edit;
    }
    boolean complete;
    try {
      complete = merge();
      if (complete) {
        blobs.finish().forEach(edit::add);
        files.syncNames();
      }
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, this::discardOutputs);
      throw e;
    }
    if (!complete) {
      discardOutputs();
      return null;
    }
    for (TableMeta table : outputs) {
      edit.add(plan.outputLevel(), table.withStamp(version.stamp()));
    }
    return edit;
  }

  /** What was read of blob files, in bytes of the files. */
  public long relocatedBytes() {
    return blobs.relocatedBytes();
  }

  /**
   * Deletes the new files: for when the edit could not be committed, and surely is not in the
   * manifest.
   */
  public void discardOutputs() {
    List<TableMeta> written = List.copyOf(outputs);
    outputs.clear();
    try {
      files.delete(written);
    } finally {
      blobs.discard();
    }
  }

  private boolean merge() {
    RangeTombstones tombstones = rangeTombstones();
    Depth beneath = plan.beneath(version.levels());
    // In level 0 sequence numbers tell the age of tables.
    boolean zeroSequences =
        plan.outputLevel() > 0
            && !version.levels().anyOverlapping(beneath, plan.begin(), plan.end());
    try (SurvivorCursor entries =
            new SurvivorCursor(
                new MergingCursor(cursors()),
                tombstones,
                version.rangeTombstones(),
                snapshots,
                groups,
                (key, offset, length) -> version.mayContain(beneath, key, offset, length),
                above(),
                version.abandoned().cover(plan.begin()),
                zeroSequences,
                edit.counts());
        OutputTables tables =
            new OutputTables(
                files,
                blobs,
                version.levels(),
                plan.outputLevel(),
                tableBytes,
                version.levels().stillHiding(tombstones, snapshots, beneath),
                outputs)) {
      long consumed = 0;
      long relocated = 0;
      while (entries.next()) {
        tables.add(entries);
        consumed += entries.keyLength() + entries.valueLength();
        consumed += blobs.relocatedBytes() - relocated;
        relocated = blobs.relocatedBytes();
        if (consumed >= STEP_BYTES) {
          pacer.consumed(consumed);
          consumed = 0;
          if (cancelled.getAsBoolean()) {
            return false;
          }
        }
      }
      tables.finish();
    }
    return true;
  }

  private NewerEntries above() {
    return plan.kind() == Kind.PURGE
        ? new TablesAbove(version, plan.inputs().getFirst())
        : NewerEntries.NONE;
  }

  private List<EntryCursor> cursors() {
    List<EntryCursor> cursors = new ArrayList<>();
    for (int level = 0; level < Levels.COUNT; level++) {
      cursors.addAll(version.cursors(level, plan.tables(level), false));
    }
    return cursors;
  }

  private RangeTombstones rangeTombstones() {
    List<RangeTombstones> all = new ArrayList<>();
    for (Input input : plan.inputs()) {
      all.add(version.rangeTombstones(input.level(), input.table()));
    }
    return RangeTombstones.union(all);
  }
}
