package dev.varve.storage.settle;

import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.memtable.Memtable;
import java.util.List;

/**
 * A memtable, a table of level 0, or a level below: in it a key is newer than in the sources after.
 * Immutable.
 *
 * @param memtable null if it is of tables
 * @param index of the memtable, or the level
 * @param walked the tables all of whose entries are looked at; a memtable is walked if it is one of
 *     {@code owing}
 * @param asked the tables that are asked for single keys only, as they owe nothing
 * @param owing whether it has blind entries
 */
record Source(
    Memtable memtable, int index, List<TableMeta> walked, List<TableMeta> asked, boolean owing) {
  boolean isMemtable() {
    return memtable != null;
  }

  static Source of(Memtable memtable, int index) {
    return new Source(memtable, index, List.of(), List.of(), memtable.openEntries() > 0);
  }

  /**
   * @param tables that don't overlap
   * @param all whether all entries are looked at, blind or not
   */
  static Source of(int level, List<TableMeta> tables, boolean all) {
    List<TableMeta> walked =
        tables.stream().filter(table -> all || table.openEntries() > 0).toList();
    List<TableMeta> asked =
        tables.stream().filter(table -> !all && table.openEntries() == 0).toList();
    return new Source(null, level, walked, asked, !walked.isEmpty());
  }
}
