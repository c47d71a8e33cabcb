package dev.varve.storage.repair;

import dev.varve.storage.wal.LogSalvage;
import java.nio.file.Path;
import java.util.List;

/**
 * What a repair has done.
 *
 * @param keptTables tables that are as they were, in the levels where they were, or in level 0
 * @param rewrittenTables tables that were written anew where they were, without the values that
 *     can't be read any more
 * @param mergedTables tables that were merged into new ones, as nothing told any more which of them
 *     are newer
 * @param tablesFromLog tables made of what could be read of a damaged log; the log is kept as it is
 *     if it is sound
 * @param levelsKept whether the manifest could be read
 * @param countsKept whether the numbers of keys are known as before; if not, they are counted when
 *     asked for
 * @param lastSequence the last sequence number that there is
 * @param lost what can't be read any more
 * @param holes operations that are neither in tables nor in the log
 * @param moved where files went
 */
public record RepairReport(
    long keptTables,
    long rewrittenTables,
    long mergedTables,
    long tablesFromLog,
    boolean levelsKept,
    boolean countsKept,
    long lastSequence,
    List<Lost> lost,
    List<LogSalvage.Hole> holes,
    List<Moved> moved) {
  /**
   * A file whose content is lost, in whole or in part.
   *
   * @param content what is known of it
   */
  public record Lost(Path file, String content) {}

  /** A file that was moved aside. */
  public record Moved(Path file, Path to) {}

  /** Copies the lists. */
  public RepairReport {
    lost = List.copyOf(lost);
    holes = List.copyOf(holes);
    moved = List.copyOf(moved);
  }
}
