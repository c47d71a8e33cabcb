package dev.varve.storage.compaction;

import dev.varve.storage.StorageOptions;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.manifest.DeletedRanges;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Picks by leveled compaction. In order of urgency:
 *
 * <ol>
 *   <li>Tables that lie whole under a newer range tombstone that every view sees are dropped.
 *   <li>The level that exceeds its limit most (level 0 in number of tables, the others in bytes,
 *       see {@link LevelTargets} and {@link #pressure}) gives tables to the level below: level 0
 *       all it has, the others the table that has the least to be merged with, and those beside it
 *       that come for nothing. What overlaps nothing is moved, not merged.
 *   <li>Tables that refer to worn blob files are rewritten, see {@link BlobGarbage}.
 *   <li>Tables that are mostly tombstones or unsettled counts are merged downward.
 * </ol>
 *
 * <p>In quiet also what holds many tombstones, level 0 included, see {@link Debris#clearInQuiet}.
 */
final class LeveledPicker implements CompactionPicker {
  /** A merge takes no neighbours in beyond so many times the size of a table. */
  private static final int EXPANSION_TABLES = 25;

  /**
   * A level whose bytes exceed its target by this share of the first level's size counts as twice
   * full.
   */
  private static final double EXCESS_SHARE = 0.25;

  private final StorageOptions options;

  /** Makes the picker of a database with these options. */
  LeveledPicker(StorageOptions options) {
    this.options = options;
  }

  /** The picker's view of one state of the database. */
  private record State(Levels levels, LevelTargets targets, RunningPlans running) {}

  private State state(Levels levels, Collection<CompactionPlan> running) {
    return new State(levels, new LevelTargets(levels, options), new RunningPlans(running));
  }

  @Override
  public CompactionPlan pick(
      Levels levels,
      DeletedRanges deleted,
      Snapshots snapshots,
      Collection<CompactionPlan> running) {
    State state = state(levels, running);
    CompactionPlan plan = CoveredTables.drop(levels, deleted, snapshots, state.running);
    if (plan == null) {
      plan = reduceFullest(state);
    }
    if (plan == null) {
      plan = BlobGarbage.collect(levels, state.running);
    }
    return plan != null
        ? plan
        : Debris.clear(levels, deleted, snapshots, state.running, level -> level + 1);
  }

  @Override
  public CompactionPlan pickQuiet(
      Levels levels,
      DeletedRanges deleted,
      Snapshots snapshots,
      Collection<CompactionPlan> running) {
    State state = state(levels, running);
    return Debris.clearInQuiet(
        levels,
        deleted,
        snapshots,
        state.running,
        level -> level == 0 ? state.targets.baseLevel() : level + 1);
  }

  @Override
  public CompactionPlan pick(
      Levels levels,
      DeletedRanges deleted,
      ManualCompaction wish,
      Collection<CompactionPlan> running) {
    State state = state(levels, running);
    for (TableMeta table : levels.tables(0)) {
      if (table.smallestSequence() <= wish.newestSequence()) {
        return fromLevel0(state);
      }
    }
    for (int level = 1; level < Levels.LAST; level++) {
      for (TableMeta table : levels.tables(level)) {
        if (table.smallestSequence() <= wish.newestSequence()) {
          CompactionPlan plan = fromLevel(state, level, table);
          if (state.running.allows(plan)) {
            return plan;
          }
        }
      }
    }
    return Debris.rewriteLast(levels, deleted, wish, state.running);
  }

  /**
   * How full the fullest level is: a compaction is due from 1 on. Level 0 is twice as full with
   * twice the tables that call for a compaction; a level below it when it exceeds its target by a
   * quarter of what the first level may hold. So no level gets far ahead of the others, and what
   * lies above the last level stays about a tenth of it, whatever the load.
   */
  @Override
  public double pressure(Levels levels) {
    State state = state(levels, List.of());
    return IntStream.range(0, Levels.LAST)
        .mapToDouble(level -> score(state, level))
        .max()
        .orElse(0);
  }

  /** All of level 0 if it is due, and what the levels below have beyond their targets. */
  @Override
  public long debt(Levels levels) {
    LevelTargets targets = new LevelTargets(levels, options);
    long debt = levels.tables(0).size() >= options.level0Tables() ? levels.bytes(0) : 0;
    for (int level = 1; level < Levels.LAST; level++) {
      debt += (long) Math.max(0, levels.bytes(level) - targets.bytes(level));
    }
    return debt;
  }

  private CompactionPlan reduceFullest(State state) {
    List<Integer> fullestFirst =
        IntStream.range(0, Levels.LAST)
            .boxed()
            .filter(level -> score(state, level) >= 1)
            .sorted(Comparator.comparingDouble(level -> -score(state, level)))
            .toList();
    for (int level : fullestFirst) {
      CompactionPlan plan = level == 0 ? fromLevel0(state) : leastOverlap(state, level);
      if (plan != null) {
        return plan;
      }
    }
    return null;
  }

  private double score(State state, int level) {
    if (level == 0) {
      return (double) state.levels.tables(0).size() / options.level0Tables();
    }
    double bytes = 0;
    for (TableMeta table : state.levels.tables(level)) {
      bytes += state.running.isBusy(level, table) ? 0 : table.bytes();
    }
    double target = state.targets.bytes(level);
    return bytes < target
        ? bytes / target
        : 1 + (bytes - target) / (EXCESS_SHARE * options.levelBaseBytes());
  }

  /** All of level 0: what is left behind would be older than what went down. */
  private CompactionPlan fromLevel0(State state) {
    CompactionPlan plan = toLevel(state, 0, state.levels.tables(0), state.targets.baseLevel());
    return state.running.allows(plan) ? plan : null;
  }

  private CompactionPlan leastOverlap(State state, int level) {
    CompactionPlan best = null;
    double bestRatio = Double.MAX_VALUE;
    for (TableMeta table : state.levels.tables(level)) {
      double overlap = 0;
      for (TableMeta below : state.levels.overlapping(level + 1, table.begin(), table.end())) {
        overlap += below.bytes();
      }
      double ratio = overlap / Math.max(1, table.bytes());
      if (ratio < bestRatio) {
        CompactionPlan plan = fromLevel(state, level, table);
        if (state.running.allows(plan)) {
          best = plan;
          bestRatio = ratio;
        }
      }
    }
    return best;
  }

  private CompactionPlan fromLevel(State state, int level, TableMeta table) {
    return toLevel(state, level, withNeighbours(state, level, table), level + 1);
  }

  /** The table and those beside it that lie within what it is merged with. */
  private List<TableMeta> withNeighbours(State state, int level, TableMeta table) {
    List<TableMeta> below = state.levels.overlapping(level + 1, table.begin(), table.end());
    if (below.isEmpty()) {
      return List.of(table);
    }
    byte[] begin = least(below.getFirst().begin(), table.begin());
    byte[] end = greatest(below.getLast().end(), table.end());
    List<TableMeta> all = state.levels.tables(level);
    int from = all.indexOf(table);
    int to = from + 1;
    long room = EXPANSION_TABLES * options.tableBytes() - table.bytes();
    while (from > 0
        && Arrays.compareUnsigned(begin, all.get(from - 1).begin()) <= 0
        && all.get(from - 1).bytes() <= room
        && !state.running.isBusy(level, all.get(from - 1))) {
      room -= all.get(--from).bytes();
    }
    while (to < all.size()
        && Arrays.compareUnsigned(all.get(to).end(), end) <= 0
        && all.get(to).bytes() <= room
        && !state.running.isBusy(level, all.get(to))) {
      room -= all.get(to++).bytes();
    }
    return all.subList(from, to);
  }

  private static byte[] least(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b) <= 0 ? a : b;
  }

  private static byte[] greatest(byte[] a, byte[] b) {
    return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
  }

  private static CompactionPlan toLevel(
      State state, int level, List<TableMeta> tables, int outputLevel) {
    List<Input> inputs = new ArrayList<>();
    for (TableMeta table : tables) {
      inputs.add(new Input(level, table));
    }
    return Downward.to(state.levels, inputs, outputLevel);
  }
}
