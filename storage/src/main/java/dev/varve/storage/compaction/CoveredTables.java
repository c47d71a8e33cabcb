package dev.varve.storage.compaction;

import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.DeletedRanges;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.ArrayList;
import java.util.List;

/** Tables that lie whole under a newer range tombstone that every view sees, or are abandoned. */
final class CoveredTables {
  private CoveredTables() {}

  /** The plan that drops them all unread; null if there are none. */
  static CompactionPlan drop(
      Levels levels, DeletedRanges deleted, Snapshots snapshots, RunningPlans running) {
    List<Input> covered = new ArrayList<>();
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        if (isHidden(table, deleted, snapshots) && !running.isBusy(level, table)) {
          covered.add(new Input(level, table));
        }
      }
    }
    if (covered.isEmpty()) {
      return null;
    }
    return new CompactionPlan(Kind.DROP, covered, covered.getLast().level());
  }

  private static boolean isHidden(TableMeta table, DeletedRanges deleted, Snapshots snapshots) {
    boolean abandoned = deleted.isAbandoned(table) && snapshots.oldest() == Snapshots.NEWEST;
    return abandoned
        || deleted.cover(
            table.begin(),
            table.end(),
            sequence ->
                table.largestSequence() < sequence
                    && snapshots.newestBelow(sequence) < table.smallestSequence());
  }
}
