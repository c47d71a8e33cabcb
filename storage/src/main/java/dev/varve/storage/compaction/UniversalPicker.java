package dev.varve.storage.compaction;

import dev.varve.storage.StorageOptions;
import dev.varve.storage.UniversalCompaction;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.DeletedRanges;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Picks by size-tiered compaction, RocksDB's universal. The tables of level 0 and the levels below
 * it that hold any are the sorted runs; what is merged are runs that follow one another in age.
 * Their output is the level just above the next older run, so that there is room for as many merges
 * above it as can be; the last level if there is no older one; and one table of level 0 if there is
 * no level left above it. In order of urgency:
 *
 * <ol>
 *   <li>Tables that lie whole under a newer range tombstone that every view sees are dropped.
 *   <li>Once there are as many runs as call for a compaction: if those above the oldest are too
 *       large, to its size, all are merged.
 *   <li>The newest runs of like sizes are merged: each is taken in unless it is larger than all
 *       that are newer in the merge together.
 *   <li>If none are, and there are more runs than should be, the newest are merged whatever their
 *       sizes.
 *   <li>Tables that refer to worn blob files are rewritten, see {@link BlobGarbage}.
 *   <li>Tables below level 0 that are mostly tombstones or unsettled counts are merged downward.
 * </ol>
 *
 * <p>In quiet also what holds many tombstones, level 0 included, see {@link Debris#clearInQuiet}.
 *
 * <p>Runs that overlap nothing in the level where they go are moved, and of the oldest run tables
 * that overlap no newer ones stay as they are.
 */
final class UniversalPicker implements CompactionPicker {
  private final UniversalCompaction options;

  /** Makes the picker of a database with these options. */
  UniversalPicker(StorageOptions options) {
    this.options = options.universal();
  }

  /** A sorted run, in its level. */
  private record Run(int level, List<TableMeta> tables, long bytes, boolean isBusy) {
    static Run of(int level, List<TableMeta> tables, RunningPlans running) {
      return new Run(
          level,
          tables,
          tables.stream().mapToLong(TableMeta::bytes).sum(),
          tables.stream().anyMatch(table -> running.isBusy(level, table)));
    }
  }

  /** All sorted runs, from the newest to the oldest. */
  private static List<Run> runs(Levels levels, RunningPlans running) {
    List<Run> runs = new ArrayList<>();
    for (TableMeta table : levels.tables(0)) {
      runs.add(Run.of(0, List.of(table), running));
    }
    for (int level = 1; level < Levels.COUNT; level++) {
      if (!levels.tables(level).isEmpty()) {
        runs.add(Run.of(level, levels.tables(level), running));
      }
    }
    return runs;
  }

  @Override
  public CompactionPlan pick(
      Levels levels, DeletedRanges deleted, Snapshots snapshots, Collection<CompactionPlan> plans) {
    RunningPlans running = new RunningPlans(plans);
    CompactionPlan plan = CoveredTables.drop(levels, deleted, snapshots, running);
    if (plan != null) {
      return plan;
    }
    List<Run> runs = runs(levels, running);
    if (runs.size() >= options.sortedRuns()) {
      plan = reduceRuns(levels, runs);
      if (plan != null && running.allows(plan)) {
        return plan;
      }
    }
    plan = BlobGarbage.collect(levels, running);
    return plan != null
        ? plan
        : Debris.clear(levels, deleted, snapshots, running, level -> nextFilled(levels, level));
  }

  @Override
  public CompactionPlan pickQuiet(
      Levels levels, DeletedRanges deleted, Snapshots snapshots, Collection<CompactionPlan> plans) {
    return Debris.clearInQuiet(
        levels, deleted, snapshots, new RunningPlans(plans), level -> nextFilled(levels, level));
  }

  private CompactionPlan reduceRuns(Levels levels, List<Run> runs) {
    if (amplification(runs) >= 1 && runs.stream().noneMatch(Run::isBusy)) {
      return merge(levels, runs, 0, runs.size());
    }
    CompactionPlan plan = ofLikeSizes(levels, runs);
    if (plan == null) {
      plan = surplus(levels, runs);
    }
    return plan;
  }

  /** How large all but the oldest run are, to what they may be. */
  private double amplification(List<Run> runs) {
    if (runs.size() < 2) {
      return 0;
    }
    double newer = runs.stream().limit(runs.size() - 1L).mapToLong(Run::bytes).sum();
    double oldest = Math.max(1, runs.getLast().bytes);
    return newer * 100 / oldest / options.maxSizeAmplificationPercent();
  }

  private CompactionPlan ofLikeSizes(Levels levels, List<Run> runs) {
    for (int from = 0; from < runs.size(); from++) {
      double bytes = 0;
      int to = from;
      while (to < runs.size()
          && to - from < options.maxMergeWidth()
          && !runs.get(to).isBusy
          && (to == from || runs.get(to).bytes <= withRatio(bytes))) {
        bytes += runs.get(to++).bytes;
      }
      if (to - from >= options.minMergeWidth()) {
        return merge(levels, runs, from, to);
      }
    }
    return null;
  }

  private double withRatio(double bytes) {
    return bytes * (100 + options.sizeRatioPercent()) / 100;
  }

  /** The newest runs that may be, whatever their sizes, so that no more are left than should be. */
  private CompactionPlan surplus(Levels levels, List<Run> runs) {
    long idle = runs.stream().filter(run -> !run.isBusy).count();
    if (idle <= options.sortedRuns()) {
      return null;
    }
    long width = Math.min(options.maxMergeWidth(), idle - options.sortedRuns() + 1);
    for (int from = 0; from < runs.size(); from++) {
      int to = from;
      while (to < runs.size() && to - from < width && !runs.get(to).isBusy) {
        to++;
      }
      if (to - from >= 2) {
        return merge(levels, runs, from, to);
      }
    }
    return null;
  }

  /** Merges the runs from one index to before another. */
  private static CompactionPlan merge(Levels levels, List<Run> runs, int from, int to) {
    int outputLevel = to == runs.size() ? Levels.LAST : Math.max(0, runs.get(to).level - 1);
    List<Input> inputs = new ArrayList<>();
    for (Run run : runs.subList(from, to)) {
      if (outputLevel == 0 || run.level < outputLevel) {
        run.tables.forEach(table -> inputs.add(new Input(run.level, table)));
      }
    }
    return outputLevel == 0
        ? new CompactionPlan(Kind.MERGE, inputs, 0)
        : Downward.to(levels, inputs, outputLevel);
  }

  private static int nextFilled(Levels levels, int above) {
    int level = above + 1;
    while (level < Levels.LAST && levels.tables(level).isEmpty()) {
      level++;
    }
    return level;
  }

  @Override
  public CompactionPlan pick(
      Levels levels,
      DeletedRanges deleted,
      ManualCompaction wish,
      Collection<CompactionPlan> plans) {
    RunningPlans running = new RunningPlans(plans);
    List<Run> runs = runs(levels, running);
    for (int from = 0; from < runs.size() && runs.get(from).level < Levels.LAST; from++) {
      if (runs.get(from).tables.stream()
          .anyMatch(table -> table.smallestSequence() <= wish.newestSequence())) {
        CompactionPlan plan = merge(levels, runs, from, runs.size());
        return running.allows(plan) ? plan : null;
      }
    }
    return Debris.rewriteLast(levels, deleted, wish, running);
  }

  /**
   * How many runs there are to what may be, or how large the newer ones are to what they may be.
   */
  @Override
  public double pressure(Levels levels) {
    List<Run> runs = runs(levels, new RunningPlans(List.of()));
    double byNumber = runs.size() / (options.sortedRuns() + 1.0);
    double bySize = runs.size() < options.sortedRuns() ? 0 : Math.min(1, amplification(runs));
    return Math.max(byNumber, bySize);
  }

  /** All but the oldest run. */
  @Override
  public long debt(Levels levels) {
    if (pressure(levels) < 1) {
      return 0;
    }
    List<Run> runs = runs(levels, new RunningPlans(List.of()));
    return runs.stream().limit(runs.size() - 1L).mapToLong(Run::bytes).sum();
  }
}
