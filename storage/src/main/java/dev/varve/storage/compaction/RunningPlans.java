package dev.varve.storage.compaction;

import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.manifest.TableMeta;
import java.util.Collection;

/** Plans that are being carried out, which others have to keep clear of. */
record RunningPlans(Collection<CompactionPlan> plans) {
  /** Whether a plan may be carried out beside these. */
  boolean allows(CompactionPlan plan) {
    return plans.stream().noneMatch(plan::conflictsWith);
  }

  /** Whether one of them takes the table. */
  boolean isBusy(int level, TableMeta table) {
    return plans.stream().anyMatch(plan -> plan.inputs().contains(new Input(level, table)));
  }
}
