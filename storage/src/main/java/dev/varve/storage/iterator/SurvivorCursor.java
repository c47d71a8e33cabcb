package dev.varve.storage.iterator;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.base.Snapshots;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Iterates over the entries that a flush or a compaction has to write: it reads all versions of
 * each key from its sources, in order, and leaves out those that nobody can need any more.
 *
 * <p>"Beneath" a merge are the tables that hold older versions of its keys and take no part in it;
 * "above" it are those that hold newer ones.
 *
 * <ul>
 *   <li>A version is dropped if no view can see it: every view that is new enough for it also sees
 *       a newer version of the key, or a range tombstone that covers it.
 *   <li>A version of an abandoned key that is older than the abandoning is dropped. Nothing of such
 *       a key is counted.
 *   <li>A tombstone is dropped if there is nothing beneath it that it hides.
 *   <li>A value that owes nothing and is the only version of its key in the merge is also dropped
 *       if entries above the merge hide it.
 *   <li>A blind entry (see {@link EntryKind}) owes the count of live keys what it didn't know when
 *       it was written: whether its key existed. This debt is settled when the next older version
 *       is known. If that is a tombstone, or there is none, one live key is added; if it is a value
 *       that is marked, one marked key is taken away; otherwise nothing was owed. What the value
 *       leads to (see {@link KeyGroups#leadsTo}) is abandoned. If the blind entry is dropped first,
 *       the version that hides it takes the debt over. Debts under a range tombstone are void,
 *       because whoever deletes a range of counted keys also discards their count.
 *   <li>If there is nothing beneath the merge at all, sequence numbers that every view sees are set
 *       to 0, which compresses better; but not of keys that were abandoned.
 * </ul>
 *
 * <p>Debts move from older to newer versions, and whether a tombstone is needed depends on the
 * versions beneath it. Therefore all versions of a key are read before the first of them is
 * returned; values that are kept are copied, unless they lie in memtables. Only the last of the
 * versions that are dropped is remembered, so that a key that was written a million times takes no
 * more memory than the views need.
 *
 * <p>Moves forward only. Not thread-safe; to be closed by the thread that made it.
 */
public final class SurvivorCursor implements AutoCloseable {
  private static final int RETAINED_BYTES = 1 << 20;

  private final EntryCursor entries;
  private final RangeTombstones tombstones;
  private final RangeTombstones allTombstones;
  private final Snapshots snapshots;
  private final KeyGroups groups;
  private final OlderEntries older;
  private final NewerEntries newer;
  private final AbandonedRanges.Cover abandoned;
  private final boolean zeroSequences;

  /** What is older of the current key is abandoned. */
  private long abandonedBefore;

  private final CountChanges owed;

  // The versions of the current key that are kept, from the newest to the oldest, and at the end
  // the one that was read last, if it isn't.
  private byte[] key = new byte[64];
  private int keyLength;
  private int versions;
  private byte[] kinds = new byte[4];
  private long[] sequences = new long[4];
  private boolean[] kept = new boolean[4];

  /** Where values lie that stay where they are; null: copied to {@link #values}. */
  private MemorySegment[] keptValues = new MemorySegment[4];

  private long[] valueOffsets = new long[4];
  private int[] valueLengths = new int[4];
  private int shown;
  private boolean beginsKey;
  private boolean started;

  private Arena arena = Arena.ofConfined();
  private MemorySegment values = arena.allocate(4096);
  private long valuesSize;

  /**
   * Makes a cursor that stands before the first entry.
   *
   * @param entries all versions of all keys in the merge; closed with this cursor
   * @param tombstones the range tombstones of the merge's sources. A key beneath the merge that one
   *     of them covers doesn't exist for the merge
   * @param allTombstones these and all other range tombstones of the database: they also hide
   *     entries that are older than they are
   * @param snapshots the views that are open; each must read the same from the result as from the
   *     sources. No entry may be newer than what a view sees that is opened from now on
   * @param groups which keys are counted, and in which group
   * @param older tells whether there may be an entry of a key beneath the merge
   * @param newer tells whether entries above the merge, which every view sees, hide a key; closed
   *     with this cursor
   * @param abandoned tells what nothing can reach any more
   * @param zeroSequences whether no source beneath the merge overlaps it
   * @param owed what debts turned out to be is added to it
   */
  public SurvivorCursor(
      EntryCursor entries,
      RangeTombstones tombstones,
      RangeTombstones allTombstones,
      Snapshots snapshots,
      KeyGroups groups,
      OlderEntries older,
      NewerEntries newer,
      AbandonedRanges.Cover abandoned,
      boolean zeroSequences,
      CountChanges owed) {
    this.entries = entries;
    this.tombstones = tombstones;
    this.allTombstones = allTombstones;
    this.snapshots = snapshots;
    this.groups = groups;
    this.older = older;
    this.newer = newer;
    this.abandoned = abandoned;
    this.zeroSequences = zeroSequences;
    this.owed = owed;
  }

  /** Moves to the next entry that is kept; false if there is none. */
  public boolean next() {
    if (!started) {
      started = true;
      entries.seekToFirst();
    }
    shown++;
    beginsKey = false;
    while (true) {
      while (shown < versions) {
        if (kept[shown]) {
          return true;
        }
        shown++;
      }
      if (!entries.isValid()) {
        return false;
      }
      readVersions();
      dropIdleTombstones();
      shown = 0;
      beginsKey = true;
    }
  }

  private void readVersions() {
    versions = 0;
    valuesSize = 0;
    if (values.byteSize() > RETAINED_BYTES) {
      growValues(RETAINED_BYTES);
    }
    saveKey();
    abandonedBefore = abandoned.newestOver(key, keyLength);
    boolean alone = true;
    readVersion(0);
    while (entries.isValid() && isOnSameKey()) {
      alone = false;
      int last = versions - 1;
      if (EntryKind.isBlind(kinds[last])) {
        settleByNext(last);
      }
      readVersion(kept[last] ? versions : last);
    }
    settleOldest();
    if (alone && kept[0] && isSettledValue(kinds[0])) {
      kept[0] = !newer.hide(key, keyLength, snapshots.oldestFrom(sequences[0]));
    }
  }

  private boolean isOnSameKey() {
    if (entries.isOnNewKey()) {
      return false;
    }
    EntryCursor entry = entries.leaf();
    return Arrays.equals(entry.key(), 0, entry.keyLength(), key, 0, keyLength);
  }

  /** Reads one, and moves on; one that stands there is dropped, and not needed any more. */
  private void readVersion(int at) {
    if (at == kinds.length) {
      growVersions();
    }
    EntryCursor entry = entries.leaf();
    kept[at] = isNeeded(entry.sequence());
    kinds[at] = entry.kind();
    sequences[at] = entry.sequence();
    versions = at + 1;
    valueLengths[at] = kept[at] ? saveValue(entry, at) : 0;
    if (kept[at] && sequences[at] <= snapshots.oldest() && group() < 0) {
      // No view sees what is older, and it owes nothing.
      entry.leaveOlder();
    }
    entries.next();
  }

  private boolean isMarked() {
    return Marks.isMarked(
        groups,
        entries.kind(),
        entries.valueSegment(),
        entries.valueOffset(),
        entries.valueLength());
  }

  private byte[] leadsTo() {
    return Marks.leadsTo(
        groups,
        entries.kind(),
        entries.valueSegment(),
        entries.valueOffset(),
        entries.valueLength());
  }

  private static boolean isSettledValue(byte kind) {
    return EntryKind.isPut(kind) && !EntryKind.isBlind(kind);
  }

  /**
   * Whether a view sees a version and nothing newer, of which what was read last is the oldest. The
   * oldest view that sees it sees the least.
   */
  private boolean isNeeded(long sequence) {
    long view = snapshots.oldestFrom(sequence);
    boolean shadowed = versions > 0 && sequences[versions - 1] <= view;
    return !shadowed && !isAbandoned(sequence) && newestOfAllOver(view) <= sequence;
  }

  private boolean isAbandoned(long sequence) {
    return sequence < abandonedBefore && abandonedBefore <= snapshots.oldest();
  }

  private boolean wasAbandoned() {
    return abandonedBefore != AbandonedRanges.NONE;
  }

  private long newestOfAllOver(long view) {
    return allTombstones.newestOver(key, 0, keyLength, view);
  }

  private long newestOver(long view) {
    return tombstones.newestOver(key, 0, keyLength, view);
  }

  /** Settles what a blind version owes by the next older one, at which the sources stand. */
  private void settleByNext(int at) {
    kinds[at] &= ~EntryKind.BLIND_BIT;
    if (isVoid(at)) {
      return;
    }
    boolean deleted =
        newestOver(sequences[at] - 1) > entries.sequence() || !EntryKind.isPut(entries.kind());
    if (deleted) {
      Marks.payForNew(group(), owed);
    } else {
      Marks.payForReplaced(groups, group(), isMarked(), leadsTo(), sequences[at], owed);
    }
  }

  /**
   * Settles what the oldest version owes, if what is beneath the merge is known; if not, and it is
   * dropped, the version that hides it takes the debt over.
   */
  private void settleOldest() {
    int at = versions - 1;
    if (!EntryKind.isBlind(kinds[at])) {
      return;
    }
    if (isVoid(at)) {
      kinds[at] &= ~EntryKind.BLIND_BIT;
    } else if (hidesNothing(at)) {
      kinds[at] &= ~EntryKind.BLIND_BIT;
      Marks.payForNew(group(), owed);
    } else if (!kept[at] && at > 0) {
      kinds[at - 1] |= EntryKind.BLIND_BIT;
    }
  }

  /** Whether a version's debts are none. */
  private boolean isVoid(int at) {
    long newestTombstone = Math.max(newestOfAllOver(Snapshots.NEWEST), abandonedBefore);
    return newestTombstone > sequences[at] || group() < 0;
  }

  private long group() {
    return groups.groupOf(key, 0, keyLength);
  }

  private void dropIdleTombstones() {
    for (int i = versions - 1; i >= 0; i--) {
      if (!kept[i]) {
        continue;
      }
      if (kinds[i] != EntryKind.DELETE || !hidesNothing(i)) {
        return;
      }
      kept[i] = false;
    }
  }

  /** For a tombstone with nothing kept beneath it in the merge. */
  private boolean hidesNothing(int at) {
    return newestOver(sequences[at] - 1) != RangeTombstones.NONE
        || !older.mayContain(key, 0, keyLength);
  }

  private void saveKey() {
    EntryCursor entry = entries.leaf();
    keyLength = entry.keyLength();
    if (key.length < keyLength) {
      key = new byte[Math.max(keyLength, 2 * key.length)];
    }
    System.arraycopy(entry.key(), 0, key, 0, keyLength);
  }

  private int saveValue(EntryCursor entry, int at) {
    int length = entry.valueLength();
    if (entry.keepsValue()) {
      keptValues[at] = entry.valueSegment();
      valueOffsets[at] = entry.valueOffset();
      return length;
    }
    keptValues[at] = null;
    valueOffsets[at] = valuesSize;
    if (valuesSize + length > values.byteSize()) {
      growValues(Math.max(valuesSize + length, 2 * values.byteSize()));
    }
    MemorySegment.copy(entry.valueSegment(), entry.valueOffset(), values, valuesSize, length);
    valuesSize += length;
    return length;
  }

  private void growValues(long bytes) {
    Arena larger = Arena.ofConfined();
    MemorySegment target = larger.allocate(bytes);
    MemorySegment.copy(values, 0, target, 0, valuesSize);
    arena.close();
    arena = larger;
    values = target;
  }

  private void growVersions() {
    int more = 2 * versions;
    kinds = Arrays.copyOf(kinds, more);
    sequences = Arrays.copyOf(sequences, more);
    kept = Arrays.copyOf(kept, more);
    keptValues = Arrays.copyOf(keptValues, more);
    valueOffsets = Arrays.copyOf(valueOffsets, more);
    valueLengths = Arrays.copyOf(valueLengths, more);
  }

  /** The array whose first {@link #keyLength()} bytes are the key; read only. */
  public byte[] key() {
    return key;
  }

  /** The key's length in bytes. */
  public int keyLength() {
    return keyLength;
  }

  /** Whether this is the newest version of its key that is kept: a new table may begin here. */
  public boolean beginsKey() {
    return beginsKey;
  }

  /** The entry's kind, its debt settled where that could be. */
  public byte kind() {
    return kinds[shown];
  }

  /** The entry's sequence number, or 0 where nothing can need it any more. */
  public long sequence() {
    // With 0 it would be older than what was abandoned before it.
    boolean idle =
        zeroSequences
            && !wasAbandoned()
            && EntryKind.isPut(kinds[shown])
            && sequences[shown] <= snapshots.oldest();
    return idle ? 0 : sequences[shown];
  }

  /** The memory that holds the value, valid until the next move. */
  public MemorySegment valueSegment() {
    MemorySegment own = keptValues[shown];
    return own == null ? values : own;
  }

  /** Where in {@link #valueSegment()} the value begins. */
  public long valueOffset() {
    return valueOffsets[shown];
  }

  /** The value's length in bytes; 0 for a tombstone. */
  public int valueLength() {
    return valueLengths[shown];
  }

  @Override
  public void close() {
    arena.close();
    entries.close();
    newer.close();
  }
}
