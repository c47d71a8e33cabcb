package dev.varve.storage.settle;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.memtable.SettledDebts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Finds out what the blind entries of memtables and tables owe to counts: what a blind entry owes
 * follows from what lies directly beneath it. Writes nothing.
 *
 * <p>What an entry owes never changes, whatever flushes and merges do meanwhile: they pay it, or
 * hand it on. So the result holds for each source as long as it is there. What a table's entries
 * owe is found in tables alone: of what is only in memory a crash may leave nothing.
 *
 * <p>The keys are divided into ranges, which may be walked side by side, by a thread each.
 */
public final class SettleJob {
  /** Keys from {@code begin} to {@code end}, not included; null is no bound. */
  public record Range(byte[] begin, byte[] end) {}

  private final List<Memtable> memtables;
  private final List<SettledDebts> paidBefore;
  private final Version version;
  private final long visible;
  private final KeyGroups groups;

  /** From the newest that has blind entries to the oldest of all. */
  private final List<Source> sources;

  /** For each memtable, its own range tombstones and those of older memtables. */
  private final List<RangeTombstones> tombstones = new ArrayList<>();

  // Guarded by the monitor: what ranges have come to.
  private final Map<Long, CountChanges> ofTables = new HashMap<>();
  private final CountChanges[] ofMemtables;
  private final int[] entriesOfMemtables;
  private final CountChanges alive = new CountChanges();

  /**
   * Prepares the work.
   *
   * @param memtables from the newest to the oldest, directly above what {@code version} holds; the
   *     caller keeps them and the version pinned until the job has run
   * @param visible what memtables hold after this sequence number is left for the next time
   * @param groups which keys are counted
   */
  public SettleJob(List<Memtable> memtables, Version version, long visible, KeyGroups groups) {
    this.memtables = memtables;
    this.version = version;
    this.visible = visible;
    this.groups = groups;
    paidBefore = memtables.stream().map(Memtable::settled).toList();
    ofMemtables = new CountChanges[memtables.size()];
    Arrays.setAll(ofMemtables, i -> new CountChanges());
    entriesOfMemtables = new int[memtables.size()];
    sources = sources();
    List<RangeTombstones> seen = new ArrayList<>();
    for (Memtable memtable : memtables.reversed()) {
      // Those that aren't visible yet, too: the memtable's counts have forgotten what they cover.
      seen.add(memtable.rangeTombstones());
      tombstones.addFirst(RangeTombstones.union(seen));
    }
  }

  private List<Source> sources() {
    List<Source> all = new ArrayList<>();
    for (int i = 0; i < memtables.size(); i++) {
      all.add(Source.of(memtables.get(i), i));
    }
    boolean countsOpen = version.areCountsOpen();
    for (TableMeta table : version.levels().tables(0)) {
      all.add(Source.of(0, List.of(table), countsOpen));
    }
    for (int level = 1; level < Levels.COUNT; level++) {
      List<TableMeta> tables = version.levels().tables(level);
      if (!tables.isEmpty()) {
        all.add(Source.of(level, tables, countsOpen));
      }
    }
    while (!all.isEmpty() && !all.getFirst().owing()) {
      all.removeFirst();
    }
    return all;
  }

  /** Ranges of about the same size that together are all keys, in their order. */
  public List<Range> ranges(int most) {
    List<TableMeta> tables = new ArrayList<>();
    for (int level = 1; level < Levels.COUNT; level++) {
      tables.addAll(version.levels().tables(level));
    }
    tables.sort(Comparator.comparing(TableMeta::begin, Arrays::compareUnsigned));
    long share = tables.stream().mapToLong(TableMeta::bytes).sum() / most + 1;
    List<Range> ranges = new ArrayList<>();
    byte[] begin = null;
    long bytes = 0;
    for (TableMeta table : tables) {
      if (bytes >= share && !Arrays.equals(begin, table.begin())) {
        ranges.add(new Range(begin, table.begin()));
        begin = table.begin();
        bytes = 0;
      }
      bytes += table.bytes();
    }
    ranges.add(new Range(begin, null));
    return ranges;
  }

  /** Sorts what walks need sorted, which each would have to otherwise. */
  public void prepare() {
    for (Source source : sources) {
      if (source.isMemtable() && source.owing()) {
        source.memtable().sortKeys();
      }
    }
  }

  /**
   * Walks over a range.
   *
   * @param cancelled asked now and then whether to give up
   * @return false if it was given up: then there is no result
   * @throws dev.varve.storage.StorageException if a table can't be read; then neither
   */
  public boolean run(Range range, BooleanSupplier cancelled) {
    try (SettleWalk walk = new SettleWalk(this, range)) {
      if (!walk.run(cancelled)) {
        return false;
      }
      add(walk);
      return true;
    }
  }

  private synchronized void add(SettleWalk walk) {
    walk.ofTables()
        .forEach(
            (table, changes) ->
                ofTables.computeIfAbsent(table, _ -> new CountChanges()).addAll(changes));
    for (int i = 0; i < ofMemtables.length; i++) {
      ofMemtables[i].addAll(walk.ofMemtable(i));
      entriesOfMemtables[i] += walk.entriesOfMemtable(i);
    }
    alive.addAll(walk.alive());
  }

  List<Source> owingSources() {
    return sources;
  }

  Version version() {
    return version;
  }

  KeyGroups groups() {
    return groups;
  }

  long visible() {
    return visible;
  }

  int memtables() {
    return memtables.size();
  }

  SettledDebts paidBefore(int memtable) {
    return paidBefore.get(memtable);
  }

  /** The newest one over a key in a source and beneath that is not newer than {@code view}. */
  long newestTombstone(Source source, byte[] key, int length, long view) {
    long inTables = version.rangeTombstones().newestOver(key, 0, length, view);
    return source.isMemtable()
        ? Math.max(inTables, tombstones.get(source.index()).newestOver(key, 0, length, view))
        : inTables;
  }

  /** What the debts of a table came to. */
  public synchronized CountChanges ofTable(long number) {
    return ofTables.getOrDefault(number, SettledDebts.NONE.counts());
  }

  /** Returns all that is paid of a memtable's debts from now on. */
  public synchronized SettledDebts ofMemtable(int index) {
    SettledDebts before = paidBefore.get(index);
    CountChanges counts = new CountChanges();
    before.addTo(counts);
    counts.addAll(ofMemtables[index]);
    return new SettledDebts(
        Math.max(visible, before.upTo()),
        before.entries() + entriesOfMemtables[index],
        counts.immutableCopy());
  }

  /** The live keys in tables, if the version's counts were not known. */
  public synchronized CountChanges alive() {
    return alive;
  }
}
