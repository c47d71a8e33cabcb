package dev.varve.storage.manifest;

import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.sstable.TableReader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Where in the tables of a version something is left of abandoned ranges, and about how much. A
 * range of which no table has anything left is forgotten. Immutable.
 */
final class AbandonedSpace {
  static final AbandonedSpace NONE = new AbandonedSpace(AbandonedRanges.EMPTY, Map.of());

  private final AbandonedRanges ranges;
  private final Map<Long, Share> shares;

  private AbandonedSpace(AbandonedRanges ranges, Map<Long, Share> shares) {
    this.ranges = ranges;
    this.shares = shares;
  }

  /** All abandoned ranges of the tables. */
  static AbandonedSpace of(AbandonedRanges all, Levels levels, TableReader[][] readers) {
    if (all.isEmpty()) {
      return NONE;
    }
    Sweep sweep = new Sweep(levels, readers);
    return new AbandonedSpace(all.only(sweep::isLeft), sweep.shares);
  }

  /** The ranges of which something may be left in a table. */
  AbandonedRanges ranges() {
    return ranges;
  }

  /** About how many bytes of a table's file are of ranges that were abandoned since. */
  long bytes(TableMeta table) {
    Share share = shares.get(table.number());
    return share == null ? 0 : Math.min(table.bytes(), (long) (share.bytes * share.mean()));
  }

  /** Whether there may be anything left in a table of a range up to a sequence number. */
  boolean isAny(TableMeta table, long upTo) {
    Share share = shares.get(table.number());
    return share != null && share.oldest <= upTo;
  }

  /** Whether all that a table holds is abandoned. */
  boolean isAll(TableMeta table) {
    Share share = shares.get(table.number());
    return share != null && share.all;
  }

  /** What of one table is abandoned. */
  private static final class Share {
    /** Up to so many ranges each is looked at; beyond, a few of each doubling of their number. */
    private static final int MEASURED = 64;

    private long ranges;
    private long measured;
    private long bytes;
    private boolean all;
    private long oldest = Long.MAX_VALUE;

    void add(AbandonedRanges.Range range, TableMeta table, TableReader reader) {
      ranges++;
      oldest = Math.min(oldest, range.sequence());
      if (ranges <= MEASURED || ranges % (Long.highestOneBit(ranges) / MEASURED) == 0) {
        measured++;
        bytes += reader.bytesBetween(range.begin(), range.end());
      }
      all |= table.largestSequence() < range.sequence() && table.liesWithin(range);
    }

    /** By how much what was measured is to be multiplied. */
    double mean() {
      return (double) ranges / measured;
    }
  }

  /** Goes over ranges in order, and over the tables of each level beside them. */
  private static final class Sweep {
    private final Levels levels;
    private final TableReader[][] readers;

    /** For each level below 0, the first table that ends after the last range's begin. */
    private final int[] first = new int[Levels.COUNT];

    private final Map<Long, Share> shares = new HashMap<>();

    Sweep(Levels levels, TableReader[][] readers) {
      this.levels = levels;
      this.readers = readers;
    }

    boolean isLeft(AbandonedRanges.Range range) {
      boolean left = false;
      for (int level = 0; level < Levels.COUNT; level++) {
        TableMeta[] tables = levels.array(level);
        if (level > 0) {
          while (first[level] < tables.length
              && Arrays.compareUnsigned(tables[first[level]].end(), range.begin()) <= 0) {
            first[level]++;
          }
        }
        for (int at = first[level]; at < tables.length; at++) {
          if (tables[at].mayHold(range)) {
            shares
                .computeIfAbsent(tables[at].number(), _ -> new Share())
                .add(range, tables[at], readers[level][at]);
            left = true;
          } else if (level > 0 && Arrays.compareUnsigned(tables[at].begin(), range.end()) >= 0) {
            break;
          }
        }
      }
      return left;
    }
  }
}
