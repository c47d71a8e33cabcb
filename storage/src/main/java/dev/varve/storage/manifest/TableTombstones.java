package dev.varve.storage.manifest;

import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.sstable.TableReader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * The range tombstones of all tables of a version, each table's for itself: so a new version costs
 * no more for them, however many there are. Immutable.
 */
public final class TableTombstones implements RangeTombstones {
  static final TableTombstones EMPTY =
      new TableTombstones(Levels.EMPTY, new TableReader[Levels.COUNT][0]);

  /** The tombstones of those tables that have any, by level; below level 0 in the order of keys. */
  private final RangeTombstoneIndex[][] tables;

  /** Where each of them ends. */
  private final byte[][][] ends;

  private final List<RangeTombstoneIndex> all = new ArrayList<>();
  private final long newest;

  /** Makes those of these tables. */
  TableTombstones(Levels levels, TableReader[][] readers) {
    tables = new RangeTombstoneIndex[Levels.COUNT][];
    ends = new byte[Levels.COUNT][][];
    for (int level = 0; level < Levels.COUNT; level++) {
      List<RangeTombstoneIndex> filled = new ArrayList<>();
      for (int i = 0; i < readers[level].length; i++) {
        if (levels.tables(level).get(i).rangeTombstones() > 0) {
          filled.add(readers[level][i].rangeTombstones());
        }
      }
      all.addAll(filled);
      tables[level] = filled.toArray(RangeTombstoneIndex[]::new);
      ends[level] = filled.stream().map(RangeTombstoneIndex::end).toArray(byte[][]::new);
    }
    newest = all.stream().mapToLong(RangeTombstoneIndex::newest).max().orElse(NONE);
  }

  @Override
  public boolean isEmpty() {
    return all.isEmpty();
  }

  @Override
  public long newest() {
    return newest;
  }

  @Override
  public long newestOver(byte[] key, int offset, int length, long snapshotSequence) {
    if (all.isEmpty()) {
      return NONE;
    }
    long over = NONE;
    for (RangeTombstoneIndex table : tables[0]) {
      if (table.newest() > over) {
        over = Math.max(over, table.newestOver(key, offset, length, snapshotSequence));
      }
    }
    for (int level = 1; level < Levels.COUNT; level++) {
      RangeTombstoneIndex[] byKey = tables[level];
      if (byKey.length > 0) {
        int at = Levels.firstEndingBehind(ends[level], key, offset, length);
        if (at < byKey.length && byKey[at].newest() > over) {
          over = Math.max(over, byKey[at].newestOver(key, offset, length, snapshotSequence));
        }
      }
    }
    return over;
  }

  @Override
  public Pieces pieces() {
    return RangeTombstones.union(all).pieces();
  }

  /**
   * Whether all keys of [{@code begin}, {@code end}) are covered by the tombstones of one table,
   * and everywhere the newest one's sequence number is {@code wanted}.
   */
  public boolean covers(byte[] begin, byte[] end, LongPredicate wanted) {
    for (RangeTombstoneIndex table : tables[0]) {
      if (table.covers(begin, end, wanted)) {
        return true;
      }
    }
    for (int level = 1; level < Levels.COUNT; level++) {
      int at = Levels.firstEndingBehind(ends[level], begin, 0, begin.length);
      if (at < tables[level].length && tables[level][at].covers(begin, end, wanted)) {
        return true;
      }
    }
    return false;
  }
}
