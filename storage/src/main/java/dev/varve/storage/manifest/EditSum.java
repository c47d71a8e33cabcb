package dev.varve.storage.manifest;

import dev.varve.storage.base.CountChanges;

/** What many edits, one after another, make of an empty database; no table is opened for it. */
final class EditSum {
  private Levels levels = Levels.EMPTY;
  private GroupCounts counts = GroupCounts.EMPTY;
  private long flushedUpTo;
  private long lastTimeMillis;
  private long nextFileNumber = 1;
  private long reached;
  private boolean countsOpen;

  /** Adds the next edit; an {@link IllegalArgumentException} if it doesn't go with those before. */
  void add(VersionEdit edit) {
    levels = levels.apply(edit);
    counts = counts.apply(edit.counts());
    flushedUpTo = Math.max(flushedUpTo, edit.flushedUpTo());
    lastTimeMillis = Math.max(lastTimeMillis, edit.lastTimeMillis());
    nextFileNumber = Math.max(nextFileNumber, edit.nextFileNumber());
    reached = Math.max(reached, edit.reached());
    countsOpen = edit.areCountsOpen(countsOpen);
  }

  VersionEdit toEdit() {
    VersionEdit edit = new VersionEdit();
    addTo(edit, levels, counts);
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
