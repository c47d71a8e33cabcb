package dev.varve.storage.compaction;

import dev.varve.storage.StorageOptions;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.manifest.DeletedRanges;
import dev.varve.storage.manifest.Levels;
import java.util.Collection;

/**
 * Decides what to compact next; does nothing itself. The same levels give the same plan. Safe for
 * use by many threads.
 */
public interface CompactionPicker {
  /** That of a database with these options. */
  static CompactionPicker of(StorageOptions options) {
    return switch (options.compactionStyle()) {
      case LEVELED -> new LeveledPicker(options);
      case UNIVERSAL -> new UniversalPicker(options);
    };
  }

  /**
   * The most urgent compaction, or null if none is due.
   *
   * @param deleted what range tombstones in the tables delete
   * @param snapshots at which views read, as a merge needs them
   * @param running plans being carried out; the one returned doesn't conflict with them
   */
  CompactionPlan pick(
      Levels levels,
      DeletedRanges deleted,
      Snapshots snapshots,
      Collection<CompactionPlan> running);

  /** The next step of a manual compaction, or null if nothing is left to do for it. */
  CompactionPlan pick(
      Levels levels,
      DeletedRanges deleted,
      ManualCompaction wish,
      Collection<CompactionPlan> running);

  /**
   * What isn't due, but gives space back where much is deleted and there is little else to do; null
   * if nothing does. Done again and again it comes to an end.
   */
  CompactionPlan pickQuiet(
      Levels levels,
      DeletedRanges deleted,
      Snapshots snapshots,
      Collection<CompactionPlan> running);

  /** How far merging lags behind: a compaction is due from 1 on. */
  double pressure(Levels levels);

  /** Bytes that levels or runs have beyond what they may have; 0 if no compaction is due. */
  long debt(Levels levels);
}
