package dev.varve.storage.compaction;

import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.DeletedRanges;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;

/** What merges clear away sooner or later: tombstones, and counts that aren't settled. */
final class Debris {
  /** In quiet, tombstones are worth a merge if they are one of so many entries. */
  private static final int QUIET_SHARE = 4;

  /** A table is written anew once one part in so many is abandoned, */
  private static final int ABANDONED_SHARE = 4;

  /** in quiet for less. */
  private static final int QUIET_ABANDONED_SHARE = 20;

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
      Levels levels,
      DeletedRanges deleted,
      Snapshots snapshots,
      RunningPlans running,
      IntUnaryOperator below) {
    CompactionPlan plan = dropAbandoned(levels, deleted, running, ABANDONED_SHARE);
    return plan != null ? plan : clear(levels, snapshots, running, below, Debris::isMost);
  }

  /** Rewrites a table of which one part in {@code share} or more is abandoned; or null. */
  private static CompactionPlan dropAbandoned(
      Levels levels, DeletedRanges deleted, RunningPlans running, int share) {
    for (int level = 1; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        if (share * deleted.abandonedBytes(table) >= table.bytes()) {
          CompactionPlan plan = rewrite(level, table);
          if (running.allows(plan)) {
            return plan;
          }
        }
      }
    }
    return null;
  }

  /**
   * As {@link #clear}, in quiet: for less, and level 0 as a whole, however few tables it has. Each
   * merge brings tombstones down or ends them, so it comes to an end.
   */
  static CompactionPlan clearInQuiet(
      Levels levels,
      DeletedRanges deleted,
      Snapshots snapshots,
      RunningPlans running,
      IntUnaryOperator below) {
    CompactionPlan abandoned = dropAbandoned(levels, deleted, running, QUIET_ABANDONED_SHARE);
    if (abandoned != null) {
      return abandoned;
    }
    List<TableMeta> newest = levels.tables(0);
    if (isWorthIt(newest)) {
      List<Input> inputs = newest.stream().map(table -> new Input(0, table)).toList();
      CompactionPlan plan = Downward.to(levels, inputs, below.applyAsInt(0));
      if (running.allows(plan)) {
        return plan;
      }
    }
    return clear(levels, snapshots, running, below, table -> isWorthIt(List.of(table)));
  }

  private static boolean isWorthIt(List<TableMeta> tables) {
    long tombstones = tables.stream().mapToLong(TableMeta::tombstones).sum();
    long entries = tables.stream().mapToLong(TableMeta::entries).sum();
    return tombstones > 0 && QUIET_SHARE * tombstones >= entries;
  }

  private static CompactionPlan clear(
      Levels levels,
      Snapshots snapshots,
      RunningPlans running,
      IntUnaryOperator below,
      Predicate<TableMeta> worthIt) {
    for (int level = 1; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        if (!worthIt.test(table)) {
          continue;
        }
        CompactionPlan plan = null;
        if (level < Levels.LAST) {
          List<Input> inputs = List.of(new Input(level, table));
          plan = Downward.to(levels, inputs, below.applyAsInt(level));
        } else if (table.largestSequence() <= snapshots.oldest()) {
          plan = rewrite(Levels.LAST, table);
        }
        if (plan != null && running.allows(plan)) {
          return plan;
        }
      }
    }
    return null;
  }

  /** The merge of a table with nothing, which clears away all that it can. */
  private static CompactionPlan rewrite(int level, TableMeta table) {
    return new CompactionPlan(Kind.MERGE, List.of(new Input(level, table)), level);
  }

  /**
   * What a manual compaction does in the last level, once nothing is above; null if nothing is
   * left.
   */
  static CompactionPlan rewriteLast(
      Levels levels, DeletedRanges deleted, ManualCompaction wish, RunningPlans running) {
    for (TableMeta table : levels.tables(Levels.LAST)) {
      // Sequence numbers other than 0 tell of entries that may be older versions.
      boolean whole = isClean(table) && table.largestSequence() == 0;
      // A merge on the way may have found out what nothing can reach any more.
      boolean abandoned = deleted.isAnyAbandoned(table, wish.newestSequence());
      if ((table.number() <= wish.newestFileNumber() && !whole) || abandoned) {
        CompactionPlan plan = rewrite(Levels.LAST, table);
        if (running.allows(plan)) {
          return plan;
        }
      }
    }
    return BlobGarbage.collect(levels, running);
  }
}
