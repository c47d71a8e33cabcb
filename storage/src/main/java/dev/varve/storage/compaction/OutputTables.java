package dev.varve.storage.compaction;

import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.iterator.SurvivorCursor;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.NewBlobs;
import dev.varve.storage.manifest.NewTable;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.TableMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Writes a merge's output, in as many tables as it takes. All versions of a key go into one table.
 * A table ends when it is large enough; when it is half as large and a table of the level beneath
 * ends there too, so that a later merge of the two takes in less; or when it has come to overlap so
 * much of the level beneath that its own merge would be a burden. In level 0 there is one table.
 * Range tombstones are cut where tables are.
 */
final class OutputTables implements AutoCloseable {
  /** A table overlaps at most about so many times its size in the level beneath. */
  private static final int MAX_OVERLAP_TABLES = 10;

  private final TableFiles files;
  private final NewBlobs blobs;
  private final int level;
  private final long tableBytes;
  private final List<TableMeta> beneath;

  /** By begin; those that overlap have equal bounds. */
  private final Iterator<RangeTombstone> tombstones;

  /** The next one of them; null if there are no more. */
  private RangeTombstone nextTombstone;

  /** Those that begin in a table before the open one and go on in it. */
  private List<RangeTombstone> begun = List.of();

  private final List<TableMeta> finished;

  private NewTable open;

  /** Where the open table begins to take in range tombstones; null: with the first of all. */
  private byte[] from;

  private int nextBeneath;
  private long overlapped;

  /** Adds every table that it finishes to {@code finished}. */
  OutputTables(
      TableFiles files,
      NewBlobs blobs,
      Levels levels,
      int level,
      long tableBytes,
      Iterator<RangeTombstone> tombstones,
      List<TableMeta> finished) {
    this.files = files;
    this.blobs = blobs;
    this.level = level;
    this.tableBytes = level == 0 ? Long.MAX_VALUE : tableBytes;
    this.tombstones = tombstones;
    moveOn();
    this.finished = finished;
    beneath = level == 0 || level == Levels.LAST ? List.of() : levels.tables(level + 1);
  }

  void add(SurvivorCursor entries) {
    if (entries.beginsKey()) {
      boolean crossed = passBordersUpTo(entries.key(), entries.keyLength());
      if (open != null && endsHere(crossed)) {
        end(Arrays.copyOf(entries.key(), entries.keyLength()));
      }
    }
    if (open == null) {
      open = files.create(level, blobs);
    }
    open.add(entries);
  }

  private boolean passBordersUpTo(byte[] key, int length) {
    boolean crossed = false;
    while (nextBeneath < beneath.size() && endsBefore(beneath.get(nextBeneath), key, length)) {
      overlapped += open == null ? 0 : beneath.get(nextBeneath).bytes();
      nextBeneath++;
      crossed = true;
    }
    return crossed;
  }

  private static boolean endsBefore(TableMeta table, byte[] key, int length) {
    byte[] end = table.end();
    return Arrays.compareUnsigned(end, 0, end.length, key, 0, length) <= 0;
  }

  private boolean endsHere(boolean atBorder) {
    long size = open.estimatedBytes();
    return size >= tableBytes
        || (atBorder && size >= tableBytes / 2)
        || overlapped / MAX_OVERLAP_TABLES > tableBytes;
  }

  /** Ends the open table before key {@code to}, or for good if that is null. */
  private void end(byte[] to) {
    List<RangeTombstone> goingOn = new ArrayList<>(0);
    begun.forEach(tombstone -> add(tombstone, to, goingOn));
    while (nextTombstone != null
        && (to == null || Arrays.compareUnsigned(nextTombstone.begin(), to) < 0)) {
      add(nextTombstone, to, goingOn);
      moveOn();
    }
    begun = goingOn;
    finished.add(open.finish());
    open = null;
    from = to;
    overlapped = 0;
  }

  private void moveOn() {
    nextTombstone = tombstones.hasNext() ? tombstones.next() : null;
  }

  private void add(RangeTombstone tombstone, byte[] to, List<RangeTombstone> goingOn) {
    open.add(cut(tombstone, to));
    if (to != null && Arrays.compareUnsigned(tombstone.end(), to) > 0) {
      goingOn.add(tombstone);
    }
  }

  private RangeTombstone cut(RangeTombstone whole, byte[] to) {
    boolean begun = from != null && Arrays.compareUnsigned(whole.begin(), from) < 0;
    boolean goesOn = to != null && Arrays.compareUnsigned(whole.end(), to) > 0;
    return new RangeTombstone(
        begun ? from : whole.begin(), goesOn ? to : whole.end(), whole.sequence());
  }

  /** Ends the last table. */
  void finish() {
    if (open == null && (nextTombstone != null || !begun.isEmpty())) {
      open = files.create(level, blobs);
    }
    if (open != null) {
      end(null);
    }
  }

  /** Abandons what is not finished. */
  @Override
  public void close() {
    if (open != null) {
      open.abandon();
    }
  }
}
