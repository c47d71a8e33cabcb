package dev.varve.storage.compaction;

import dev.varve.storage.base.EntryKind;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.MergingCursor;
import dev.varve.storage.iterator.NewerEntries;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The point entries of all tables above one that overlap it, walked beside it. The oldest of a key
 * lies directly above what is beneath: if that owes nothing, nothing above does that depends on it.
 */
final class TablesAbove implements NewerEntries {
  private final EntryCursor entries;

  /** Those that may have what an input of a purge has. */
  TablesAbove(Version version, Input input) {
    TableMeta table = input.table();
    List<EntryCursor> cursors = new ArrayList<>();
    for (Input newer : PurgePicker.above(version.levels(), input.level(), table)) {
      cursors.addAll(version.cursors(newer.level(), List.of(newer.table()), false));
    }
    entries = new MergingCursor(cursors);
    entries.seek(table.begin(), 0, table.begin().length, Long.MAX_VALUE);
  }

  @Override
  public boolean hide(byte[] key, int length, long view) {
    int order = -1;
    while (entries.isValid() && (order = compare(key, length)) < 0) {
      entries.next();
    }
    if (!entries.isValid() || order > 0) {
      return false;
    }
    boolean owes = false;
    long oldest = 0;
    while (entries.isValid() && compare(key, length) == 0) {
      owes = EntryKind.isBlind(entries.kind());
      oldest = entries.sequence();
      entries.next();
    }
    return !owes && oldest <= view;
  }

  private int compare(byte[] key, int length) {
    return Arrays.compareUnsigned(entries.key(), 0, entries.keyLength(), key, 0, length);
  }

  @Override
  public void close() {
    entries.close();
  }
}
