package dev.varve.storage.engine;

import dev.varve.storage.compaction.CompactionPlan;
import dev.varve.storage.compaction.RangeDebris;
import dev.varve.storage.iterator.PassedEntries;
import dev.varve.storage.iterator.PassedEntries.Run;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.memtable.Memtable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/**
 * A few ranges of keys in which walks have passed many dead entries, and what that has cost them.
 * There, memtables are flushed and tables merged before their turn, but never with more work than
 * {@link #WORTH} times what walks have spent: so who deletes and walks all the time causes merges
 * in proportion to the walks, and one walk over a million tombstones is enough to have them cleared
 * away.
 *
 * <p>Each merge uses up what walks have paid. So it ends, whatever the merges gain, and whatever
 * views are held open: what an old view passes is paid for, but merges of newer tables gain it
 * nothing. A range is forgotten when no table and no memtable can have any of its tombstones left.
 * Where there would be too many ranges, neighbours become one.
 *
 * <p>Safe for use by many threads.
 */
final class PassedRanges {
  /** Entries that may be flushed or merged for each one that a walk has passed. */
  static final long WORTH = 4;

  private static final int MOST_RANGES = 8;

  private final int least;
  private final Runnable consider;

  /** Passed since it was last looked whether there is something to merge. */
  private long unconsidered;

  /** Apart from each other. */
  private final List<Range> byKey = new ArrayList<>();

  private static final class Range {
    private final byte[] begin;
    private final byte[] end;

    /** Entries passed, and not spent on merges yet. */
    private long credit;

    private final long inMemtables;
    private final long newest;

    private Range(byte[] begin, byte[] end, long credit, long inMemtables, long newest) {
      this.begin = begin;
      this.end = end;
      this.credit = credit;
      this.inMemtables = inMemtables;
      this.newest = newest;
    }

    /** Whether they overlap, or one ends where the other begins. */
    private boolean touches(Range other) {
      return Arrays.compareUnsigned(begin, other.end) <= 0
          && Arrays.compareUnsigned(other.begin, end) <= 0;
    }

    private Range with(Range other) {
      return new Range(
          Arrays.compareUnsigned(begin, other.begin) <= 0 ? begin : other.begin,
          Arrays.compareUnsigned(end, other.end) >= 0 ? end : other.end,
          credit + other.credit,
          inMemtables + other.inMemtables,
          Math.max(newest, other.newest));
    }

    private boolean overlaps(byte[] from, byte[] to) {
      return Arrays.compareUnsigned(begin, to) < 0 && Arrays.compareUnsigned(from, end) < 0;
    }
  }

  /**
   * None.
   *
   * @param least walks tell of so many at once, or of what there was at their end; once all have
   *     told of so many more, there may be something to merge
   * @param consider has it looked whether there is something to merge
   */
  PassedRanges(int least, Runnable consider) {
    this.least = least;
    this.consider = consider;
  }

  /** What cursors over a version tell, which holds all up to a sequence number. */
  PassedEntries passedIn(long flushedUpTo) {
    return new Passed(flushedUpTo);
  }

  private final class Passed implements PassedEntries {
    private final long flushedUpTo;

    private Passed(long flushedUpTo) {
      this.flushedUpTo = flushedUpTo;
    }

    @Override
    public long least() {
      return least;
    }

    @Override
    public long flushedUpTo() {
      return flushedUpTo;
    }

    @Override
    public void passed(Run run) {
      boolean many =
          add(
              new Range(
                  run.first(),
                  TableMeta.justBehind(run.last()),
                  run.count(),
                  run.inMemtables(),
                  run.newest()));
      if (many) {
        consider.run();
      }
    }
  }

  /** Returns whether enough was told of for a look at what there is to merge. */
  private synchronized boolean add(Range told) {
    Range all = told;
    int at = 0;
    for (Iterator<Range> known = byKey.iterator(); known.hasNext(); ) {
      Range range = known.next();
      if (range.touches(all)) {
        all = all.with(range);
        known.remove();
      } else if (Arrays.compareUnsigned(range.begin, all.begin) < 0) {
        at++;
      }
    }
    byKey.add(at, all);
    if (byKey.size() > MOST_RANGES) {
      joinLeast();
    }
    unconsidered += told.credit;
    if (unconsidered < least) {
      return false;
    }
    unconsidered = 0;
    return true;
  }

  /** Makes one of the two neighbours that have cost least, with what lies between them. */
  private void joinLeast() {
    int best = 0;
    for (int i = 1; i + 1 < byKey.size(); i++) {
      if (creditOfPair(i) < creditOfPair(best)) {
        best = i;
      }
    }
    Range second = byKey.remove(best + 1);
    byKey.set(best, byKey.get(best).with(second));
  }

  private long creditOfPair(int first) {
    return byKey.get(first).credit + byKey.get(first + 1).credit;
  }

  /**
   * Writer: whether the active memtable is to be flushed for what it has in the ranges, as only
   * tables can be merged.
   */
  synchronized boolean areWorthFlushing(Memtable active) {
    long dead = 0;
    boolean deletesRanges = active.rangeCount() > 0;
    for (Range range : byKey) {
      if (active.firstSequence() <= range.newest && active.mayHoldBetween(range.begin, range.end)) {
        dead += range.inMemtables;
      } else if (deletesRanges) {
        // What lies in tables and was passed may be what these hide.
        dead += range.credit;
      }
    }
    return active.lastSequence() != 0 && active.entries() <= WORTH * dead;
  }

  /**
   * The next merge for what has cost walks most, if they have paid for it; null if there is none.
   *
   * @param flushedUpTo what the levels hold
   * @param running plans being carried out; the one returned doesn't conflict with them
   * @param hasRoom whether there is space for what a plan writes
   */
  synchronized CompactionPlan pick(
      Levels levels,
      long flushedUpTo,
      Collection<CompactionPlan> running,
      Predicate<CompactionPlan> hasRoom) {
    byKey.removeIf(
        range -> range.newest <= flushedUpTo && !RangeDebris.isAny(levels, range.begin, range.end));
    List<Range> costliestFirst = new ArrayList<>(byKey);
    costliestFirst.sort(Comparator.comparingLong((Range range) -> range.credit).reversed());
    for (Range range : costliestFirst) {
      CompactionPlan plan =
          RangeDebris.clear(
              levels, range.begin, range.end, each -> isPaid(each) && hasRoom.test(each), running);
      if (plan != null) {
        spend(plan);
        return plan;
      }
    }
    return null;
  }

  /** All ranges into which a plan reaches pay for it. */
  private boolean isPaid(CompactionPlan plan) {
    byte[] begin = plan.begin();
    byte[] end = plan.end();
    long credit = 0;
    for (Range range : byKey) {
      credit += range.overlaps(begin, end) ? range.credit : 0;
    }
    return RangeDebris.work(plan) <= WORTH * credit;
  }

  private void spend(CompactionPlan plan) {
    byte[] begin = plan.begin();
    byte[] end = plan.end();
    long price = (RangeDebris.work(plan) + WORTH - 1) / WORTH;
    for (Range range : byKey) {
      if (range.overlaps(begin, end)) {
        long part = Math.min(price, range.credit);
        range.credit -= part;
        price -= part;
      }
    }
  }

  /** How many ranges are remembered. */
  synchronized int count() {
    return byKey.size();
  }
}
