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
 * returned; values that are kept are copied, unless they lie in memtables.
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

  // The versions of the current key, from the newest to the oldest.
  private byte[] key = new byte[64];
  private int keyLength;
  private int versions;
  private byte[] kinds = new byte[4];
  private long[] sequences = new long[4];
  private boolean[] kept = new boolean[4];

  /** Only of values that lie directly beneath a blind entry. */
  private boolean[] marked = new boolean[4];

  /** As {@link #marked}, what they lead to. */
  private byte[][] leadTo = new byte[4][];

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
      settleDebts();
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
    do {
      if (versions == kinds.length) {
        growVersions();
      }
      int at = versions++;
      kinds[at] = entries.kind();
      sequences[at] = entries.sequence();
      kept[at] = isNeeded(at);
      boolean underBlind = at > 0 && EntryKind.isBlind(kinds[at - 1]) && isCountedValue();
      marked[at] = underBlind && isMarked();
      leadTo[at] = underBlind ? leadsTo() : null;
      valueLengths[at] = kept[at] ? saveValue(at) : 0;
      entries.next();
    } while (entries.isValid()
        && Arrays.equals(entries.key(), 0, entries.keyLength(), key, 0, keyLength));
    if (versions == 1 && kept[0] && isSettledValue(kinds[0])) {
      kept[0] = !newer.hide(key, keyLength, snapshots.oldestFrom(sequences[0]));
    }
  }

  private boolean isCountedValue() {
    return EntryKind.isPut(entries.kind())
        && groups.groupOf(key, 0, keyLength) != KeyGroups.NOT_COUNTED;
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

  /** Whether a view sees the version and nothing newer. The oldest that sees it sees the least. */
  private boolean isNeeded(int at) {
    long view = snapshots.oldestFrom(sequences[at]);
    boolean shadowed = at > 0 && sequences[at - 1] <= view;
    return !shadowed && !isAbandoned(at) && newestOfAllOver(view) <= sequences[at];
  }

  private boolean isAbandoned(int at) {
    return sequences[at] < abandonedBefore && abandonedBefore <= snapshots.oldest();
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

  /** Goes from the oldest version to the newest, as a debt depends on what is beneath. */
  private void settleDebts() {
    boolean anyBlind = false;
    for (int i = 0; i < versions; i++) {
      anyBlind |= EntryKind.isBlind(kinds[i]);
    }
    if (!anyBlind) {
      return;
    }
    long group = groups.groupOf(key, 0, keyLength);
    long newestTombstone = Math.max(newestOfAllOver(Snapshots.NEWEST), abandonedBefore);
    for (int i = versions - 1; i >= 0; i--) {
      if (group < 0 || newestTombstone > sequences[i]) {
        kinds[i] &= ~EntryKind.BLIND_BIT;
        continue;
      }
      if (EntryKind.isBlind(kinds[i])) {
        settle(i, group);
      }
      if (i + 1 < versions && !kept[i + 1] && EntryKind.isBlind(kinds[i + 1])) {
        kinds[i] |= EntryKind.BLIND_BIT;
      }
    }
  }

  private void settle(int at, long group) {
    long tombstone = newestOver(sequences[at] - 1);
    boolean deleted;
    if (at + 1 < versions) {
      deleted = tombstone > sequences[at + 1] || !EntryKind.isPut(kinds[at + 1]);
    } else if (tombstone != RangeTombstones.NONE || !older.mayContain(key, 0, keyLength)) {
      deleted = true;
    } else {
      return;
    }
    kinds[at] &= ~EntryKind.BLIND_BIT;
    if (deleted) {
      Marks.payForNew(group, owed);
    } else {
      Marks.payForReplaced(groups, group, marked[at + 1], leadTo[at + 1], sequences[at], owed);
    }
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
    keyLength = entries.keyLength();
    if (key.length < keyLength) {
      key = new byte[Math.max(keyLength, 2 * key.length)];
    }
    System.arraycopy(entries.key(), 0, key, 0, keyLength);
  }

  private int saveValue(int at) {
    int length = entries.valueLength();
    if (entries.keepsValue()) {
      keptValues[at] = entries.valueSegment();
      valueOffsets[at] = entries.valueOffset();
      return length;
    }
    keptValues[at] = null;
    valueOffsets[at] = valuesSize;
    if (valuesSize + length > values.byteSize()) {
      growValues(Math.max(valuesSize + length, 2 * values.byteSize()));
    }
    MemorySegment.copy(entries.valueSegment(), entries.valueOffset(), values, valuesSize, length);
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
    marked = Arrays.copyOf(marked, more);
    leadTo = Arrays.copyOf(leadTo, more);
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
