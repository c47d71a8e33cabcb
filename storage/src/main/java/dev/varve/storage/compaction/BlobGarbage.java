package dev.varve.storage.compaction;

import dev.varve.storage.base.BlobUse;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.manifest.BlobFiles;
import dev.varve.storage.manifest.BlobFiles.BlobFile;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps what no table refers to any more within a share of all blob files. As long as there is more
 * of it, the files that have most of it are <i>worn</i>: as many as must go for the rest to be
 * within that share. Whatever is merged takes its values out of worn files, and tables that refer
 * to them are merged for that alone when nothing else is due.
 */
final class BlobGarbage {
  /** The most garbage that there may be, as a share of what all values take. */
  private static final double MOST = 0.25;

  private BlobGarbage() {}

  /** Numbers of the files that are worn. */
  static Set<Long> worn(BlobFiles blobs) {
    double garbage = blobs.garbageBytes();
    double bytes = blobs.valueBytes();
    if (garbage <= MOST * bytes) {
      return Set.of();
    }
    Set<Long> worn = new HashSet<>();
    List<BlobFile> mostGarbageFirst =
        blobs.all().stream()
            .sorted(Comparator.comparingDouble(BlobGarbage::garbageShare).reversed())
            .toList();
    for (BlobFile blob : mostGarbageFirst) {
      worn.add(blob.meta().number());
      garbage -= blob.garbageBytes();
      bytes -= blob.garbageBytes();
      if (garbage <= MOST * bytes) {
        break;
      }
    }
    return worn;
  }

  private static double garbageShare(BlobFile blob) {
    return (double) blob.garbageBytes() / blob.meta().valueBytes();
  }

  /** What values in worn files take that a table refers to. */
  private static long wornBytes(TableMeta table, Set<Long> worn) {
    return table.blobUses().stream()
        .filter(use -> worn.contains(use.blob()))
        .mapToLong(BlobUse::bytes)
        .sum();
  }

  /** What a plan's tables refer to in worn files, in bytes: it would be written anew. */
  static long wornBytes(CompactionPlan plan, BlobFiles blobs) {
    Set<Long> worn = worn(blobs);
    return plan.inputs().stream().mapToLong(input -> wornBytes(input.table(), worn)).sum();
  }

  /**
   * Rewrites, where it is, the table that refers to most in worn files; null if no files are worn.
   */
  static CompactionPlan collect(Levels levels, RunningPlans running) {
    Set<Long> worn = worn(levels.blobs());
    if (worn.isEmpty()) {
      return null;
    }
    CompactionPlan best = null;
    long most = 0;
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.tables(level)) {
        long bytes = wornBytes(table, worn);
        if (bytes > most) {
          CompactionPlan plan =
              new CompactionPlan(Kind.MERGE, List.of(new Input(level, table)), level);
          if (running.allows(plan)) {
            best = plan;
            most = bytes;
          }
        }
      }
    }
    return best;
  }
}
