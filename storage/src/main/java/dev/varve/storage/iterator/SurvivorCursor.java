package dev.varve.storage.iterator;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.base.Snapshots;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * What a flush or compaction keeps of the entries that it merges, in order, forward only.
 *
 * <ul>
 *   <li>A version goes when no view can see it: whoever sees it also sees a newer version or a
 *       range tombstone over it.
 *   <li>A tombstone goes when nothing is left beneath it to hide.
 *   <li>A settled value, of which there is no other version, goes when newer entries hide it with
 *       which it isn't merged.
 *   <li>A blind entry's debt (see {@link EntryKind}) is settled when what is directly beneath it is
 *       known: nothing is owed if that is a value, one live key more if it is a tombstone or
 *       nothing. A version that goes leaves its open debt to the one that shadows it. A range
 *       tombstone voids the debts that it covers: whoever deletes a range of counted keys forgets
 *       their group.
 *   <li>Where nothing at all is beneath the merge, sequence numbers that every view sees become 0.
 * </ul>
 *
 * <p>A debt passes upward and a tombstone's fate depends on what is kept beneath it, so all
 * versions of a key are read, their values copied where they are kept, before the first is shown.
 * Used by one thread, the one that made it.
 */
public final class SurvivorCursor implements AutoCloseable {
  private static final int RETAINED_BYTES = 1 << 20;

  private final EntryCursor entries;
  private final RangeTombstoneIndex tombstones;
  private final RangeTombstoneIndex allTombstones;
  private final Snapshots snapshots;
  private final KeyGroups groups;
  private final OlderEntries older;
  private final NewerEntries newer;
  private final boolean zeroSequences;
  private final LongConsumer countOne;

  // The versions of the current key, from the newest to the oldest.
  private byte[] key = new byte[64];
  private int keyLength;
  private int versions;
  private byte[] kinds = new byte[4];
  private long[] sequences = new long[4];
  private boolean[] kept = new boolean[4];
  private long[] valueOffsets = new long[4];
  private int[] valueLengths = new int[4];
  private int shown;
  private boolean beginsKey;
  private boolean started;

  private Arena arena = Arena.ofConfined();
  private MemorySegment values = arena.allocate(4096);
  private long valuesSize;

  /**
   * What is kept of {@code entries}.
   *
   * @param entries all versions in the merge; owned by this cursor from then on
   * @param tombstones the range tombstones in the merge: what they hide of the sources beneath is
   *     all that there is beneath
   * @param allTombstones these and all others that views see, which hide older entries too
   * @param snapshots at which the result must read as the sources did. No entry may be newer than
   *     the state that views yet to be opened see.
   * @param groups which keys are counted
   * @param older what lies beneath
   * @param newer what lies above, seen by every view; owned by this cursor from then on
   * @param zeroSequences whether no older source overlaps the merge at all
   * @param countOne told the group of each debt that turned out to be one live key more
   */
  public SurvivorCursor(
      EntryCursor entries,
      RangeTombstoneIndex tombstones,
      RangeTombstoneIndex allTombstones,
      Snapshots snapshots,
      KeyGroups groups,
      OlderEntries older,
      NewerEntries newer,
      boolean zeroSequences,
      LongConsumer countOne) {
    this.entries = entries;
    this.tombstones = tombstones;
    this.allTombstones = allTombstones;
    this.snapshots = snapshots;
    this.groups = groups;
    this.older = older;
    this.newer = newer;
    this.zeroSequences = zeroSequences;
    this.countOne = countOne;
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
    do {
      if (versions == kinds.length) {
        growVersions();
      }
      int at = versions++;
      kinds[at] = entries.kind();
      sequences[at] = entries.sequence();
      kept[at] = isNeeded(at);
      valueOffsets[at] = valuesSize;
      valueLengths[at] = kept[at] ? saveValue() : 0;
      entries.next();
    } while (entries.isValid()
        && Arrays.equals(entries.key(), 0, entries.keyLength(), key, 0, keyLength));
    if (versions == 1 && kept[0] && isSettledValue(kinds[0])) {
      kept[0] = !newer.hide(key, keyLength, snapshots.oldestFrom(sequences[0]));
    }
  }

  private static boolean isSettledValue(byte kind) {
    return EntryKind.isPut(kind) && !EntryKind.isBlind(kind);
  }

  /** Whether a view sees the version and nothing newer. The oldest that sees it sees the least. */
  private boolean isNeeded(int at) {
    long view = snapshots.oldestFrom(sequences[at]);
    boolean shadowed = at > 0 && sequences[at - 1] <= view;
    return !shadowed && newestOfAllOver(view) <= sequences[at];
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
    long newestTombstone = newestOfAllOver(Snapshots.NEWEST);
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
    } else if (tombstone != RangeTombstoneIndex.NONE || !older.mayContain(key, 0, keyLength)) {
      deleted = true;
    } else {
      return;
    }
    kinds[at] &= ~EntryKind.BLIND_BIT;
    if (deleted) {
      countOne.accept(group);
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
    return newestOver(sequences[at] - 1) != RangeTombstoneIndex.NONE
        || !older.mayContain(key, 0, keyLength);
  }

  private void saveKey() {
    keyLength = entries.keyLength();
    if (key.length < keyLength) {
      key = new byte[Math.max(keyLength, 2 * key.length)];
    }
    System.arraycopy(entries.key(), 0, key, 0, keyLength);
  }

  private int saveValue() {
    int length = entries.valueLength();
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
    boolean idle =
        zeroSequences && EntryKind.isPut(kinds[shown]) && sequences[shown] <= snapshots.oldest();
    return idle ? 0 : sequences[shown];
  }

  /** The memory that holds the value, valid until the next move. */
  public MemorySegment valueSegment() {
    return values;
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
