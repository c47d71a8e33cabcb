package dev.varve.storage.flush;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.iterator.ApartValues;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.MergingCursor;
import dev.varve.storage.iterator.NewerEntries;
import dev.varve.storage.iterator.SurvivorCursor;
import dev.varve.storage.manifest.Depth;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.NewBlobs;
import dev.varve.storage.manifest.NewTable;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.memtable.SettledDebts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * Writes frozen memtables into one table of level 0, large values into blob files, and returns the
 * edit that adds it. What no view can see is left out; blind entries are settled as far as the
 * memtables and the filters of the tables tell. Used by one thread, once.
 */
public final class FlushJob {
  private final List<Memtable> memtables;
  private final Version version;
  private final Snapshots snapshots;
  private final KeyGroups groups;
  private final TableFiles files;
  private final long lastTimeMillis;
  private final LongPredicate urgent;
  private NewBlobs blobs;
  private TableMeta output;

  /**
   * Prepares a flush.
   *
   * @param memtables frozen, from the oldest to the newest, directly above what {@code version}
   *     holds; the caller keeps them pinned until the job has run
   * @param version the newest one: no flush may add to it meanwhile, compactions may. The caller
   *     keeps it retained until the job has run.
   * @param snapshots at which the result must read as the memtables do. A view that is opened later
   *     must see all that is flushed.
   * @param groups which keys are counted
   * @param files where the new table goes
   * @param lastTimeMillis the writer's time, not before that of the last write in the memtables
   * @param urgent whether there is no time to lose, when so many bytes of large values have been
   *     written
   */
  public FlushJob(
      List<Memtable> memtables,
      Version version,
      Snapshots snapshots,
      KeyGroups groups,
      TableFiles files,
      long lastTimeMillis,
      LongPredicate urgent) {
    this.memtables = List.copyOf(memtables);
    this.version = version;
    this.snapshots = snapshots;
    this.groups = groups;
    this.files = files;
    this.lastTimeMillis = lastTimeMillis;
    this.urgent = urgent;
  }

  /**
   * Does the work.
   *
   * @return the edit to commit, its files durable; it adds none if nothing was left to write
   * @throws dev.varve.storage.StorageException if writing failed; what was written is deleted then
   */
  public VersionEdit run() {
    VersionEdit edit = new VersionEdit().lastTimeMillis(lastTimeMillis);
    List<EntryCursor> cursors = new ArrayList<>();
    List<RangeTombstones> ranges = new ArrayList<>();
    for (Memtable memtable : memtables) {
      SettledDebts paid = memtable.settled();
      cursors.addFirst(memtable.versions(paid));
      ranges.add(memtable.rangeTombstones());
      edit.counts().addAll(memtable.counts());
      paid.addTo(edit.counts());
      if (memtable.entries() > 0) {
        edit.flushedUpTo(memtable.lastSequence());
      }
    }
    AbandonedRanges abandoned = AbandonedRanges.EMPTY;
    for (Memtable memtable : memtables) {
      abandoned = abandoned.with(memtable.abandoned());
    }
    edit.abandon(abandoned);
    edit.flushedAt(version.stamp());
    RangeTombstones tombstones = RangeTombstones.union(ranges);
    MergingCursor merged = new MergingCursor(cursors);
    int format = formatLevel(merged, tombstones);
    blobs = files.blobs(format, ApartValues.NONE, Set.of(), urgent);
    try (SurvivorCursor entries =
        new SurvivorCursor(
            merged,
            tombstones,
            tombstones,
            snapshots,
            groups,
            (key, offset, length) -> version.mayContain(Depth.TOP, key, offset, length),
            NewerEntries.NONE,
            version.abandoned().with(abandoned).cover(null),
            false,
            edit.counts())) {
      output =
          write(format, entries, version.levels().stillHiding(tombstones, snapshots, Depth.TOP));
      if (output != null) {
        edit.add(0, output);
        blobs.finish().forEach(edit::add);
        files.syncNames();
      }
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, this::discardOutput);
      throw e;
    }
    return edit;
  }

  /**
   * The level like whose tables the new one is written. What overlaps nothing is only moved down,
   * unless something comes to overlap it later: then it is written as it should be in the end.
   */
  private int formatLevel(EntryCursor entries, RangeTombstones ranges) {
    Levels levels = version.levels();
    boolean overlaps = false;
    RangeTombstones.Pieces pieces = ranges.pieces();
    while (!overlaps && pieces.next()) {
      overlaps = levels.anyOverlapping(Depth.TOP, pieces.begin(), pieces.end());
    }
    entries.seekToFirst();
    if (!overlaps && entries.isValid()) {
      byte[] begin = Arrays.copyOf(entries.key(), entries.keyLength());
      entries.seekToLast();
      byte[] end = Arrays.copyOf(entries.key(), entries.keyLength());
      overlaps = levels.anyOverlapping(Depth.TOP, begin, TableMeta.justBehind(end));
    }
    return overlaps ? 0 : Levels.LAST;
  }

  /**
   * Deletes what was written: for when the edit could not be committed, and surely isn't anywhere.
   */
  public void discardOutput() {
    List<TableMeta> written = output == null ? List.of() : List.of(output);
    output = null;
    try {
      files.delete(written);
    } finally {
      blobs.discard();
    }
  }

  private TableMeta write(int format, SurvivorCursor entries, Iterator<RangeTombstone> tombstones) {
    boolean any = entries.next();
    if (!any && !tombstones.hasNext()) {
      return null;
    }
    NewTable table = files.create(format, blobs);
    try {
      for (; any; any = entries.next()) {
        table.add(entries);
      }
      tombstones.forEachRemaining(table::add);
      return table.finish();
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, table::abandon);
      throw e;
    }
  }
}
