package dev.varve.storage.compaction;

import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Plans that bring tables down to a level where tables don't overlap. */
final class Downward {
  private Downward() {}

  /**
   * Brings tables to a level from 1 on: as they are if they overlap nothing, else merged with what
   * overlaps them there.
   *
   * @param inputs from levels above it, with all that is older and overlaps them there
   */
  static CompactionPlan to(Levels levels, List<Input> inputs, int outputLevel) {
    CompactionPlan alone = new CompactionPlan(Kind.MOVE, inputs, outputLevel);
    List<TableMeta> below = levels.overlapping(outputLevel, alone.begin(), alone.end());
    if (below.isEmpty() && mayMove(inputs, outputLevel)) {
      return alone;
    }
    List<Input> all = new ArrayList<>(inputs);
    below.forEach(table -> all.add(new Input(outputLevel, table)));
    return new CompactionPlan(Kind.MERGE, all, outputLevel);
  }

  /**
   * In the last level there is nothing beneath: what a merge would clear away isn't moved there.
   */
  private static boolean mayMove(List<Input> inputs, int outputLevel) {
    if (outputLevel == Levels.LAST
        && !inputs.stream().allMatch(input -> Debris.isClean(input.table()))) {
      return false;
    }
    List<TableMeta> byKey =
        inputs.stream()
            .map(Input::table)
            .sorted(Comparator.comparing(TableMeta::begin, Arrays::compareUnsigned))
            .toList();
    for (int i = 1; i < byKey.size(); i++) {
      if (Arrays.compareUnsigned(byKey.get(i - 1).end(), byKey.get(i).begin()) > 0) {
        return false;
      }
    }
    return true;
  }
}
