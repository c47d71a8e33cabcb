package dev.varve.storage.manifest;

import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.CountChanges;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What many edits, one after another, make of an empty database; no table is opened for it. */
final class EditSum {
  /** How many edits' abandoned ranges are put together at once. */
  private static final int MOST_APART = 256;

  private Levels levels = Levels.EMPTY;
  private GroupCounts counts = GroupCounts.EMPTY;
  private long flushedUpTo;
  private long lastTimeMillis;
  private long nextFileNumber = 1;
  private long reached;
  private boolean countsOpen;
  private AbandonedRanges abandoned = AbandonedRanges.EMPTY;
  private final List<AbandonedRanges> abandonedSince = new ArrayList<>();
  private long stamp;

  /** Adds the next edit; an {@link IllegalArgumentException} if it doesn't go with those before. */
  void add(VersionEdit edit) {
    levels = levels.apply(edit);
    counts = counts.apply(edit.counts());
    flushedUpTo = Math.max(flushedUpTo, edit.flushedUpTo());
    lastTimeMillis = Math.max(lastTimeMillis, edit.lastTimeMillis());
    nextFileNumber = Math.max(nextFileNumber, edit.nextFileNumber());
    reached = Math.max(reached, edit.reached());
    countsOpen = edit.areCountsOpen(countsOpen);
    stamp = Math.max(stamp, edit.stamp());
    if (!edit.abandoned().isEmpty()) {
      abandonedSince.add(edit.abandoned());
      if (abandonedSince.size() == MOST_APART) {
        join();
      }
    }
  }

  private void join() {
    abandonedSince.add(abandoned);
    abandoned = AbandonedRanges.EMPTY;
    // Small ones first, so that a large one isn't copied for each.
    abandonedSince.sort(Comparator.comparingInt(AbandonedRanges::count));
    for (AbandonedRanges each : abandonedSince) {
      abandoned = abandoned.with(each);
    }
    abandonedSince.clear();
  }

  VersionEdit toEdit() {
    VersionEdit edit = new VersionEdit();
    addTo(edit, levels, counts);
    join();
    if (stamp > 0) {
      edit.abandon(abandoned).stamp(stamp);
    }
    if (reached > 0) {
      edit.reached(reached);
    }
    if (countsOpen) {
      edit.countsOpen();
    }
    return edit.flushedUpTo(flushedUpTo)
        .lastTimeMillis(lastTimeMillis)
        .nextFileNumber(nextFileNumber);
  }

  /** Adds all tables, blob files and counts to an edit of the empty version. */
  static void addTo(VersionEdit edit, Levels levels, GroupCounts counts) {
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        edit.add(level, table);
      }
    }
    levels.blobs().all().forEach(blob -> edit.add(blob.meta()));
    CountChanges changes = edit.counts();
    counts.addTo(changes);
  }
}
