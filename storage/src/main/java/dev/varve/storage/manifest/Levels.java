package dev.varve.storage.manifest;

import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.base.Snapshots;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * The tables of each level, and the blob files that they refer to, by what is known without opening
 * them. In level 0 tables may overlap and stand from the newest to the oldest; in each level below
 * they stand by key and don't overlap. What is in a level is newer than what the levels below it
 * have of the same keys. Immutable.
 */
public final class Levels {
  /** How many levels there are. */
  public static final int COUNT = 7;

  /** The last level. */
  public static final int LAST = COUNT - 1;

  /** No tables. */
  public static final Levels EMPTY = new Levels(new TableMeta[COUNT][0], BlobFiles.EMPTY);

  private static final Comparator<TableMeta> NEWEST_FIRST =
      Comparator.comparingLong(TableMeta::largestSequence)
          .thenComparingLong(TableMeta::number)
          .reversed();
  private static final Comparator<TableMeta> BY_KEY =
      Comparator.comparing(TableMeta::begin, Arrays::compareUnsigned);

  private final TableMeta[][] tables;
  private final List<List<TableMeta>> lists;
  private final byte[][][] ends;
  private final long[] bytes;
  private final BlobFiles blobs;

  private Levels(TableMeta[][] tables, BlobFiles blobs) {
    this.tables = tables;
    this.blobs = blobs;
    lists = new ArrayList<>(COUNT);
    ends = new byte[COUNT][][];
    bytes = new long[COUNT];
    for (int level = 0; level < COUNT; level++) {
      lists.add(List.of(tables[level]));
      ends[level] = new byte[tables[level].length][];
      for (int i = 0; i < tables[level].length; i++) {
        ends[level][i] = tables[level][i].end();
        bytes[level] += tables[level][i].bytes();
      }
    }
  }

  /**
   * The levels after an edit.
   *
   * @throws IllegalArgumentException if the edit doesn't go with these levels: a table that is to
   *     leave isn't there, one that is to come is there already, overlaps another or refers to what
   *     isn't there
   */
  public Levels apply(VersionEdit edit) {
    TableMeta[][] changed = tables.clone();
    for (int level = 0; level < COUNT; level++) {
      changed[level] = apply(edit, level);
    }
    settle(edit.settled(), changed);
    stamp(edit.known(), changed);
    Set<Long> numbers = new HashSet<>();
    for (TableMeta[] level : changed) {
      for (TableMeta table : level) {
        if (!numbers.add(table.number())) {
          throw new IllegalArgumentException("table " + table.number() + " would be there twice");
        }
      }
    }
    return new Levels(changed, blobs.with(edit.addedBlobs(), changed));
  }

  private static void settle(Set<Long> settled, TableMeta[][] changed) {
    int found = 0;
    for (int level = 0; level < COUNT && !settled.isEmpty(); level++) {
      changed[level] = changed[level].clone();
      for (int i = 0; i < changed[level].length; i++) {
        if (settled.contains(changed[level][i].number())) {
          changed[level][i] = changed[level][i].asSettled();
          found++;
        }
      }
    }
    if (found < settled.size()) {
      throw new IllegalArgumentException("of the tables " + settled + " some are not there");
    }
  }

  private static void stamp(Map<Long, Long> known, TableMeta[][] changed) {
    for (int level = 0; level < COUNT && !known.isEmpty(); level++) {
      changed[level] = changed[level].clone();
      for (int i = 0; i < changed[level].length; i++) {
        Long stamp = known.get(changed[level][i].number());
        if (stamp != null) {
          changed[level][i] = changed[level][i].withStamp(stamp);
        }
      }
    }
  }

  private TableMeta[] apply(VersionEdit edit, int level) {
    Set<Long> leaving = new HashSet<>();
    for (VersionEdit.Removed removed : edit.removed()) {
      if (removed.level() == level) {
        leaving.add(removed.number());
      }
    }
    List<TableMeta> staying = new ArrayList<>(tables[level].length);
    for (TableMeta table : tables[level]) {
      if (!leaving.remove(table.number())) {
        staying.add(table);
      }
    }
    if (!leaving.isEmpty()) {
      throw new IllegalArgumentException("no tables " + leaving + " in level " + level);
    }
    boolean comes = false;
    for (VersionEdit.Added added : edit.added()) {
      if (added.level() == level) {
        staying.add(added.table());
        comes = true;
      }
    }
    if (!comes) {
      return staying.size() == tables[level].length
          ? tables[level]
          : staying.toArray(TableMeta[]::new);
    }
    TableMeta[] sorted = staying.toArray(TableMeta[]::new);
    Arrays.sort(sorted, level == 0 ? NEWEST_FIRST : BY_KEY);
    if (level > 0) {
      checkApart(sorted, level);
    }
    return sorted;
  }

  private static void checkApart(TableMeta[] sorted, int level) {
    for (int i = 1; i < sorted.length; i++) {
      if (Arrays.compareUnsigned(sorted[i - 1].end(), sorted[i].begin()) > 0) {
        throw new IllegalArgumentException(
            "tables "
                + sorted[i - 1].number()
                + " and "
                + sorted[i].number()
                + " would overlap in level "
                + level);
      }
    }
  }

  /** The blob files that the tables refer to. */
  public BlobFiles blobs() {
    return blobs;
  }

  /** The files of all tables, and all blob files, in a directory. */
  public Set<Path> files(Path directory) {
    Set<Path> files = new HashSet<>();
    numbers().forEach(number -> files.add(FileNames.table(directory, number)));
    blobs.all().forEach(blob -> files.add(FileNames.blob(directory, blob.meta().number())));
    return files;
  }

  /** The tables of a level. */
  public List<TableMeta> tables(int level) {
    return lists.get(level);
  }

  /** Where each table of a level ends; not to be changed. */
  byte[][] ends(int level) {
    return ends[level];
  }

  /** As {@link #tables(int)}, for lookups; not to be changed. */
  TableMeta[] array(int level) {
    return tables[level];
  }

  /** Bytes of all the tables of a level. */
  public long bytes(int level) {
    return bytes[level];
  }

  /** Bytes of all tables, and of all files of values apart. */
  public long allBytes() {
    long all = blobs.bytes();
    for (long level : bytes) {
      all += level;
    }
    return all;
  }

  /** Bytes of the tables, of all levels, that lie whole in [{@code begin}, {@code end}). */
  public long bytesWithin(byte[] begin, byte[] end) {
    long within = 0;
    for (TableMeta table : tables[0]) {
      within += table.liesWithin(begin, end) ? table.bytes() : 0;
    }
    for (int level = 1; level < COUNT; level++) {
      int at = firstEndingBehind(level, begin, 0, begin.length);
      for (; at < tables[level].length && tables[level][at].overlaps(begin, end); at++) {
        within += tables[level][at].liesWithin(begin, end) ? tables[level][at].bytes() : 0;
      }
    }
    return within;
  }

  /** The file numbers of all tables. */
  public Set<Long> numbers() {
    Set<Long> numbers = new HashSet<>();
    for (TableMeta[] level : tables) {
      for (TableMeta table : level) {
        numbers.add(table.number());
      }
    }
    return numbers;
  }

  /** The file numbers of those whose debts have been paid since they were written. */
  public Set<Long> settled() {
    Set<Long> numbers = new HashSet<>();
    for (TableMeta[] level : tables) {
      for (TableMeta table : level) {
        if (table.settled()) {
          numbers.add(table.number());
        }
      }
    }
    return numbers;
  }

  /**
   * In a level below 0: the index of the first table that ends after {@code key}; the number of
   * tables if none does. It is the only one that may hold the key.
   */
  public int firstEndingBehind(int level, byte[] key, int offset, int length) {
    return firstEndingBehind(ends[level], key, offset, length);
  }

  static int firstEndingBehind(byte[][] ends, byte[] key, int offset, int length) {
    int to = offset + length;
    int low = 0;
    int high = ends.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      byte[] end = ends[middle];
      if (Arrays.compareUnsigned(end, 0, end.length, key, offset, to) > 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** The tables of a level that overlap [{@code begin}, {@code end}), in the level's order. */
  public List<TableMeta> overlapping(int level, byte[] begin, byte[] end) {
    if (level == 0) {
      return lists.getFirst().stream().filter(table -> table.overlaps(begin, end)).toList();
    }
    int from = firstEndingBehind(level, begin, 0, begin.length);
    int to = from;
    while (to < tables[level].length && tables[level][to].overlaps(begin, end)) {
      to++;
    }
    return lists.get(level).subList(from, to);
  }

  /**
   * Whether of any two of these tables that overlap, one has nothing but newer entries than the
   * other: so that they may all be in level 0.
   */
  public static boolean tellAgeBySequence(List<TableMeta> tables) {
    for (int i = 0; i < tables.size(); i++) {
      for (int j = i + 1; j < tables.size(); j++) {
        TableMeta one = tables.get(i);
        TableMeta other = tables.get(j);
        boolean apart =
            one.smallestSequence() > other.largestSequence()
                || other.smallestSequence() > one.largestSequence();
        if (!apart && one.overlaps(other.begin(), other.end())) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * The deepest level that a table of entries newer than all here may come into: of those in use,
   * and the last one, the deepest above and in which nothing overlaps [{@code begin}, {@code end});
   * 0 if there is none.
   */
  public int deepestFor(byte[] begin, byte[] end) {
    int deepest = 0;
    for (int level = 0; level < COUNT && overlapping(level, begin, end).isEmpty(); level++) {
      if (level == LAST || tables[level].length > 0) {
        deepest = level;
      }
    }
    return deepest;
  }

  /**
   * Whether a table that an edit adds below level 0 overlaps one that stays: such a one has come
   * since the edit was begun.
   */
  public boolean collidesWith(VersionEdit edit) {
    Set<Long> leaving = new HashSet<>();
    edit.removed().forEach(removed -> leaving.add(removed.number()));
    for (VersionEdit.Added added : edit.added()) {
      TableMeta table = added.table();
      if (added.level() > 0
          && overlapping(added.level(), table.begin(), table.end()).stream()
              .anyMatch(other -> !leaving.contains(other.number()))) {
        return true;
      }
    }
    return false;
  }

  /** Whether a table from a depth on overlaps [{@code begin}, {@code end}). */
  public boolean anyOverlapping(Depth from, byte[] begin, byte[] end) {
    for (int at = from.table(); from.level() == 0 && at < tables[0].length; at++) {
      if (tables[0][at].overlaps(begin, end)) {
        return true;
      }
    }
    for (int level = Math.max(1, from.level()); level < COUNT; level++) {
      if (!overlapping(level, begin, end).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns those of a merge's range tombstones that its output needs, in fragments: all but those
   * that every view sees and that have nothing to hide, as the merge itself leaves nothing of what
   * they cover.
   *
   * @param beneath where what is older than the merge begins
   */
  public Iterator<RangeTombstone> stillHiding(
      RangeTombstones tombstones, Snapshots snapshots, Depth beneath) {
    return new StillHiding(tombstones.fragments(snapshots), snapshots, beneath);
  }

  /** Leaves out of fragments what hides nothing. */
  private final class StillHiding implements Iterator<RangeTombstone> {
    private final Iterator<RangeTombstone> fragments;
    private final Snapshots snapshots;
    private final Depth beneath;
    private RangeTombstone next;

    StillHiding(Iterator<RangeTombstone> fragments, Snapshots snapshots, Depth beneath) {
      this.fragments = fragments;
      this.snapshots = snapshots;
      this.beneath = beneath;
    }

    @Override
    public boolean hasNext() {
      while (next == null && fragments.hasNext()) {
        RangeTombstone fragment = fragments.next();
        if (fragment.sequence() > snapshots.oldest()
            || anyOverlapping(beneath, fragment.begin(), fragment.end())) {
          next = fragment;
        }
      }
      return next != null;
    }

    @Override
    public RangeTombstone next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      RangeTombstone shown = next;
      next = null;
      return shown;
    }
  }
}
