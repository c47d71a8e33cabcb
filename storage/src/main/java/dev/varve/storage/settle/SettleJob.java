package dev.varve.storage.settle;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.MergingCursor;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.memtable.SettledDebts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Finds out what the blind entries of memtables and tables owe to counts, by one walk over all
 * keys: what a blind entry owes follows from what lies directly beneath it. Writes nothing.
 *
 * <p>What an entry owes never changes, whatever flushes and merges do meanwhile: they pay it, or
 * hand it on. So the result holds for each source as long as it is there. What a table's entries
 * owe is found in tables alone: of what is only in memory a crash may leave nothing.
 *
 * <p>Used by one thread, once.
 */
public final class SettleJob {
  private static final int STEP = 4096;

  private final List<Memtable> memtables;
  private final List<SettledDebts> paidBefore;
  private final Version version;
  private final long visible;
  private final KeyGroups groups;
  private final BooleanSupplier cancelled;

  /** The tables of each child cursor, those of memtables having none. */
  private final List<List<TableMeta>> tables = new ArrayList<>();

  /** Of each memtable: its own range tombstones and those of the older memtables. */
  private final List<RangeTombstoneIndex> tombstones = new ArrayList<>();

  private final Map<Long, CountChanges> ofTables = new HashMap<>();
  private final CountChanges[] ofMemtables;
  private final int[] entriesOfMemtables;
  private final CountChanges alive = new CountChanges();

  // The versions of the current key, from the newest to the oldest.
  private byte[] key = new byte[64];
  private int keyLength;
  private int versions;
  private byte[] kinds = new byte[4];
  private long[] sequences = new long[4];
  private int[] children = new int[4];
  private int[] parts = new int[4];

  /**
   * Prepares a walk.
   *
   * @param memtables from the newest to the oldest, directly above what {@code version} holds; the
   *     caller keeps them and the version pinned until the job has run
   * @param visible what memtables hold behind this sequence number is left for the next time
   * @param groups which keys are counted
   * @param cancelled asked now and then whether to give up
   */
  public SettleJob(
      List<Memtable> memtables,
      Version version,
      long visible,
      KeyGroups groups,
      BooleanSupplier cancelled) {
    this.memtables = memtables;
    this.version = version;
    this.visible = visible;
    this.groups = groups;
    this.cancelled = cancelled;
    paidBefore = memtables.stream().map(Memtable::settled).toList();
    ofMemtables = new CountChanges[memtables.size()];
    Arrays.setAll(ofMemtables, i -> new CountChanges());
    entriesOfMemtables = new int[memtables.size()];
    List<RangeTombstone> seen = new ArrayList<>();
    for (Memtable memtable : memtables.reversed()) {
      // Those that aren't visible yet, too: the memtable's counts have forgotten what they cover.
      seen.addAll(memtable.rangeTombstones());
      tombstones.addFirst(RangeTombstoneIndex.of(seen));
    }
  }

  /**
   * Does the work.
   *
   * @return false if it was given up, with no result
   * @throws dev.varve.storage.StorageException if a table can't be read
   */
  public boolean run() {
    try (MergingCursor entries = new MergingCursor(cursors())) {
      entries.seekToFirst();
      int seen = 0;
      while (entries.isValid()) {
        readVersions(entries);
        settle();
        seen += versions;
        if (seen >= STEP) {
          seen = 0;
          if (cancelled.getAsBoolean()) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private List<EntryCursor> cursors() {
    List<EntryCursor> cursors = new ArrayList<>();
    for (int i = 0; i < memtables.size(); i++) {
      cursors.add(memtables.get(i).versions(paidBefore.get(i)));
      tables.add(List.of());
    }
    for (int level = 0; level < Levels.COUNT; level++) {
      List<TableMeta> all = version.levels().tables(level);
      List<EntryCursor> added = version.cursors(level, all, false);
      cursors.addAll(added);
      for (int i = 0; i < added.size(); i++) {
        tables.add(added.size() == 1 ? all : List.of(all.get(i)));
      }
    }
    return cursors;
  }

  private void readVersions(MergingCursor entries) {
    versions = 0;
    keyLength = entries.keyLength();
    if (key.length < keyLength) {
      key = new byte[Math.max(keyLength, 2 * key.length)];
    }
    System.arraycopy(entries.key(), 0, key, 0, keyLength);
    do {
      boolean later = entries.child() < ofMemtables.length && entries.sequence() > visible;
      if (!later) {
        if (versions == kinds.length) {
          growVersions();
        }
        kinds[versions] = entries.kind();
        sequences[versions] = entries.sequence();
        children[versions] = entries.child();
        parts[versions] = entries.part();
        versions++;
      }
      entries.next();
    } while (entries.isValid()
        && Arrays.equals(entries.key(), 0, entries.keyLength(), key, 0, keyLength));
  }

  private void growVersions() {
    int more = 2 * versions;
    kinds = Arrays.copyOf(kinds, more);
    sequences = Arrays.copyOf(sequences, more);
    children = Arrays.copyOf(children, more);
    parts = Arrays.copyOf(parts, more);
  }

  private void settle() {
    boolean newestInTables = true;
    for (int i = 0; i < versions; i++) {
      boolean inMemtable = children[i] < ofMemtables.length;
      if (EntryKind.isBlind(kinds[i])) {
        settle(i, inMemtable);
      }
      if (!inMemtable && newestInTables) {
        newestInTables = false;
        countIfAlive(i);
      }
    }
  }

  private void settle(int at, boolean inMemtable) {
    int child = children[at];
    if (inMemtable) {
      entriesOfMemtables[child]++;
    }
    long group = groups.groupOf(key, 0, keyLength);
    if (group < 0 || newestTombstone(at, inMemtable, Long.MAX_VALUE) > sequences[at]) {
      return;
    }
    boolean livesBeneath =
        at + 1 < versions
            && EntryKind.isPut(kinds[at + 1])
            && newestTombstone(at, inMemtable, sequences[at]) <= sequences[at + 1];
    if (!livesBeneath) {
      changes(at, inMemtable).add(group, 1);
    }
  }

  private CountChanges changes(int at, boolean inMemtable) {
    return inMemtable
        ? ofMemtables[children[at]]
        : ofTables.computeIfAbsent(
            tables.get(children[at]).get(parts[at]).number(), _ -> new CountChanges());
  }

  /** In the entry's source and beneath: the newest one that is not newer than {@code view}. */
  private long newestTombstone(int at, boolean inMemtable, long view) {
    long inTables = version.rangeTombstones().newestOver(key, 0, keyLength, view);
    return inMemtable
        ? Math.max(inTables, tombstones.get(children[at]).newestOver(key, 0, keyLength, view))
        : inTables;
  }

  /** Only counted anew if counts are lost. */
  private void countIfAlive(int at) {
    if (version.areCountsOpen()
        && EntryKind.isPut(kinds[at])
        && newestTombstone(at, false, Long.MAX_VALUE) <= sequences[at]) {
      long group = groups.groupOf(key, 0, keyLength);
      if (group >= 0) {
        alive.add(group, 1);
      }
    }
  }

  /** What the debts of a table came to. */
  public CountChanges ofTable(long number) {
    return ofTables.getOrDefault(number, SettledDebts.NONE.counts());
  }

  /** Of a memtable: all that is paid of its debts from now on. */
  public SettledDebts ofMemtable(int index) {
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
  public CountChanges alive() {
    return alive;
  }
}
