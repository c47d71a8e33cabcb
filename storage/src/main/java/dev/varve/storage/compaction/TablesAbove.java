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
 * Tells for the keys of one table, in ascending order, which of them newer tables hide. It walks
 * over the entries of all tables in the levels above that overlap this one.
 *
 * <p>A key's value may be dropped if the oldest entry above it is visible to every view and isn't
 * blind. A blind entry directly above the value still has to find it, as its debt depends on it
 * (see {@link EntryKind}); entries further up depend only on the ones beneath them.
 */
final class TablesAbove implements NewerEntries {
  private final EntryCursor entries;

  /** Opens the tables above {@code input} that may have keys of its. */
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
