package dev.varve.storage.compaction;

import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * Clears tombstones away in one range of keys, whatever share of their tables they are: brings
 * tables that have any to the next level that holds any tables, and in the last level writes them
 * anew. A table of level 0 reaches over most of the database; if that is too much to merge it with,
 * it is first cut into tables of the level above the next one, so that those of the range can go
 * down alone.
 */
public final class RangeDebris {
  private RangeDebris() {}

  /** Whether any table that reaches into the range has tombstones. */
  public static boolean isAny(Levels levels, byte[] begin, byte[] end) {
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.overlapping(level, begin, end)) {
        if (hasAny(table)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean hasAny(TableMeta table) {
    return table.tombstones() > 0 || table.rangeTombstones() > 0;
  }

  /**
   * The next merge, from the newest tables on; null if no table that reaches into the range has
   * tombstones, if one that has is being merged, or if it would take too much.
   *
   * @param isWorthIt whether a plan may be carried out, by what it takes
   * @param running plans being carried out; the one returned doesn't conflict with them
   */
  public static CompactionPlan clear(
      Levels levels,
      byte[] begin,
      byte[] end,
      Predicate<CompactionPlan> isWorthIt,
      Collection<CompactionPlan> running) {
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.overlapping(level, begin, end)) {
        if (hasAny(table)) {
          CompactionPlan plan = downward(levels, level, table);
          if (level == 0 && !isWorthIt.test(plan)) {
            plan = cut(levels, plan);
          }
          boolean may = new RunningPlans(running).allows(plan) && isWorthIt.test(plan);
          return may ? plan : null;
        }
      }
    }
    return null;
  }

  /** Entries that a plan goes through. */
  public static long work(CompactionPlan plan) {
    return plan.kind().writes()
        ? plan.inputs().stream().mapToLong(input -> input.table().entries()).sum()
        : 0;
  }

  private static CompactionPlan downward(Levels levels, int level, TableMeta table) {
    if (level == Levels.LAST) {
      return new CompactionPlan(Kind.MERGE, List.of(new Input(level, table)), level);
    }
    // All of level 0: what is left behind would be older than what went down.
    List<TableMeta> tables = level == 0 ? levels.tables(0) : List.of(table);
    List<Input> inputs = tables.stream().map(each -> new Input(level, each)).toList();
    return Downward.to(levels, inputs, nextFilled(levels, level));
  }

  private static int nextFilled(Levels levels, int above) {
    int below = above + 1;
    while (below < Levels.LAST && levels.tables(below).isEmpty()) {
      below++;
    }
    return below;
  }

  /** The merge of level 0 alone, into the level above the one to which {@code whole} goes. */
  private static CompactionPlan cut(Levels levels, CompactionPlan whole) {
    int above = whole.outputLevel() - 1;
    if (above < 1) {
      return whole;
    }
    List<Input> inputs = levels.tables(0).stream().map(each -> new Input(0, each)).toList();
    return new CompactionPlan(Kind.MERGE, inputs, above);
  }
}
