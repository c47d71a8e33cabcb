package dev.varve.storage.compaction;

import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** What merges clear away sooner or later: tombstones, and counts that aren't settled. */
final class Debris {
  private Debris() {}

  /** Whether the table has none. */
  static boolean isClean(TableMeta table) {
    return table.tombstones() == 0 && table.rangeTombstones() == 0 && table.openEntries() == 0;
  }

  private static boolean isMost(TableMeta table) {
    long debris = Math.max(table.tombstones(), table.openEntries()) + table.rangeTombstones();
    return 2 * debris > table.entries() + table.rangeTombstones();
  }

  /**
   * Brings down a table that is debris for the most part, or rewrites it in the last level once
   * every view sees its tombstones; null if there is none.
   *
   * @param below the level to which tables of a level go
   */
  static CompactionPlan clear(
      Levels levels, Snapshots snapshots, RunningPlans running, IntUnaryOperator below) {
    for (int level = 1; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        if (!isMost(table)) {
          continue;
        }
        CompactionPlan plan = null;
        if (level < Levels.LAST) {
          List<Input> inputs = List.of(new Input(level, table));
          plan = Downward.to(levels, inputs, below.applyAsInt(level));
        } else if (table.largestSequence() <= snapshots.oldest()) {
          plan = rewrite(table);
        }
        if (plan != null && running.allows(plan)) {
          return plan;
        }
      }
    }
    return null;
  }

  /** The merge of a table of the last level with nothing, which clears away all that it can. */
  private static CompactionPlan rewrite(TableMeta table) {
    return new CompactionPlan(Kind.MERGE, List.of(new Input(Levels.LAST, table)), Levels.LAST);
  }

  /**
   * What a manual compaction does in the last level, once nothing is above; null if nothing is
   * left.
   */
  static CompactionPlan rewriteLast(Levels levels, ManualCompaction wish, RunningPlans running) {
    for (TableMeta table : levels.tables(Levels.LAST)) {
      // Sequence numbers other than 0 tell of entries that may be older versions.
      boolean whole = isClean(table) && table.largestSequence() == 0;
      if (table.number() <= wish.newestFileNumber() && !whole) {
        CompactionPlan plan = rewrite(table);
        if (running.allows(plan)) {
          return plan;
        }
      }
    }
    return BlobGarbage.collect(levels, running);
  }
}
