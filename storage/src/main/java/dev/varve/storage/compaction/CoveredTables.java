package dev.varve.storage.compaction;

import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Tables that lie whole under a newer range tombstone that every view sees. */
final class CoveredTables {
  private CoveredTables() {}

  /** The plan that drops them all unread; null if there are none. */
  static CompactionPlan drop(
      Levels levels,
      Collection<RangeTombstone> tombstones,
      Snapshots snapshots,
      RunningPlans running) {
    Set<Input> covered = new LinkedHashSet<>();
    for (RangeTombstone tombstone : tombstones) {
      for (int level = 0; level < Levels.COUNT; level++) {
        for (TableMeta table : levels.overlapping(level, tombstone.begin(), tombstone.end())) {
          if (hides(tombstone, table, snapshots) && !running.isBusy(level, table)) {
            covered.add(new Input(level, table));
          }
        }
      }
    }
    if (covered.isEmpty()) {
      return null;
    }
    List<Input> inputs = new ArrayList<>(covered);
    inputs.sort(Comparator.comparingInt(Input::level));
    return new CompactionPlan(Kind.DROP, inputs, inputs.getLast().level());
  }

  private static boolean hides(RangeTombstone tombstone, TableMeta table, Snapshots snapshots) {
    return table.largestSequence() < tombstone.sequence()
        && Arrays.compareUnsigned(tombstone.begin(), table.begin()) <= 0
        && Arrays.compareUnsigned(table.end(), tombstone.end()) <= 0
        && snapshots.newestBelow(tombstone.sequence()) < table.smallestSequence();
  }
}
