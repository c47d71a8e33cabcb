package dev.varve.storage.compaction;

import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.VersionEdit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Picks what gives space back where there is too little for the merge that is due: a table of which
 * tombstones above hide a part. It is written anew without that part, which takes no more space
 * than the table itself and needs none of the tables above. Used by one thread.
 */
public final class PurgePicker {
  /** The least share of a table that must be thought to be hidden for it to be written anew. */
  private static final double LEAST_SHARE = 0.05;

  /**
   * For each table that a purge wrote, the sequence number up to which tombstones above it are used
   * up. A restart forgets them, which costs one purge more each.
   */
  private final Map<Long, Long> purgedUpTo = new HashMap<>();

  /**
   * The purge that is thought to give back the largest share of its table, or null if none is worth
   * it.
   *
   * @param mostBytes how large the table may be
   * @param running plans being carried out; the one returned doesn't conflict with them
   */
  public CompactionPlan pick(Levels levels, long mostBytes, Collection<CompactionPlan> running) {
    RunningPlans others = new RunningPlans(running);
    purgedUpTo.keySet().retainAll(levels.numbers());
    Map<Long, Double> densities = densities(levels);
    CompactionPlan best = null;
    double bestShare = LEAST_SHARE;
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        double share = 0;
        if (table.bytes() <= mostBytes) {
          long usedUp = purgedUpTo.getOrDefault(table.number(), -1L);
          for (Input above : above(levels, level, table)) {
            TableMeta newer = above.table();
            boolean counts = newer.tombstones() > 0 && newer.largestSequence() > usedUp;
            share += counts ? densities.get(newer.number()) : 0;
          }
        }
        if (share > bestShare) {
          CompactionPlan plan =
              new CompactionPlan(Kind.PURGE, List.of(new Input(level, table)), level);
          if (others.allows(plan)) {
            best = plan;
            bestShare = share;
          }
        }
      }
    }
    return best;
  }

  /**
   * Returns, for each table with tombstones, how many it has for each entry beneath it, as if they
   * were spread evenly.
   */
  private static Map<Long, Double> densities(Levels levels) {
    Map<Long, Double> entriesBeneath = new HashMap<>();
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        for (Input newer : above(levels, level, table)) {
          if (newer.table().tombstones() > 0) {
            entriesBeneath.merge(newer.table().number(), (double) table.entries(), Double::sum);
          }
        }
      }
    }
    Map<Long, Double> densities = new HashMap<>();
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        Double beneath = entriesBeneath.get(table.number());
        if (beneath != null) {
          densities.put(table.number(), table.tombstones() / Math.max(1, beneath));
        }
      }
    }
    return densities;
  }

  /** The tables above one that overlap it. */
  static List<Input> above(Levels levels, int level, TableMeta table) {
    List<Input> all = new ArrayList<>();
    for (int above = 0; above <= level; above++) {
      for (TableMeta newer : levels.overlapping(above, table.begin(), table.end())) {
        if (above == level && newer.number() == table.number()) {
          // In level 0, from the newest on; below it there is no other one.
          break;
        }
        all.add(new Input(above, newer));
      }
    }
    return all;
  }

  /**
   * A purge was carried out.
   *
   * @param edit that it made
   * @param newest sequence number in tables when it was picked
   */
  public void purged(VersionEdit edit, long newest) {
    edit.added().forEach(added -> purgedUpTo.put(added.table().number(), newest));
  }
}
