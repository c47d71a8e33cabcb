package dev.varve.storage.iterator;

import dev.varve.storage.Cursor;
import dev.varve.storage.EntryVisitor;
import dev.varve.storage.StorageStatistics.Operation;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.latency.Latencies;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * The live keys that a view at one sequence number sees among all versions of all keys: of each key
 * the newest version that is not newer than the view, unless that is a tombstone or lies under a
 * newer range tombstone that the view sees.
 *
 * <p>Walking forward, the entries stand on the key that the cursor shows. Walking backward, a key's
 * versions come from the oldest to the newest, so which one shows is known only when the entries
 * have left the key: they stand before it. The key is a copy, and so is the value, unless it lies
 * in a memtable.
 *
 * <p>A value that lies apart is read when it is asked for, not when the cursor comes to its key.
 */
public final class VisibleCursor implements Cursor {
  /** What a move has still to come to, by the key that is saved. */
  private enum Place {
    /** Forward, all keys. */
    FIRST,
    /** Forward, the saved key and what comes after it. */
    AT,
    /** Forward, what comes after the saved key. */
    BEHIND,
    /** Backward, all keys. */
    LAST,
    /** Backward, the saved key and what comes before it. */
    UP_TO,
    /** Backward, what comes before the saved key. */
    BEFORE
  }

  private static final int RETAINED_BYTES = 1 << 20;

  /** A walk that passed fewer dead entries has nothing to tell at its end. */
  private static final int FEW_DEAD = 64;

  private static final byte[] NOTHING = {};
  private static final MemorySegment NO_VALUE = MemorySegment.ofArray(NOTHING);
  private static final RangeTombstones[] NO_TOMBSTONES = {};
  private static final int LEAST_SAVED_BYTES = 64;
  private static final Runnable NO_RELEASE = () -> {};

  private final EntryCursor entries;

  /** {@link EntryCursor#goesKeyByKey}. */
  private final boolean keyByKey;

  private final RangeTombstones[] tombstones;
  private final ApartValues apartValues;
  private final long snapshot;
  private final byte[] lower;
  private final byte[] upper;
  private final Latencies latencies;
  private final PassedEntries passedEntries;

  private boolean valid;
  private boolean forward = true;

  /** Whether the last move passed all that it may, and stopped between live keys. */
  private boolean halted;

  /** How many dead entries moves may still pass. */
  private long mayPass = Long.MAX_VALUE;

  /** Whether the value of the key shown lies apart, and if so, whether it has been read. */
  private boolean apart;

  private boolean loaded;

  private boolean mayRead = true;
  private boolean needsRead;

  /** Where the last move goes on if it needs a read. */
  private Place place = Place.FIRST;

  // Many a cursor is made for one seek: what that doesn't need is made when it is needed.

  private EntryReference apartValue;
  private Runnable whenClosed = NO_RELEASE;

  private DeadRun deadRun;

  /** The key shown while walking backward; the one to leave behind while walking forward. */
  private byte[] savedKey = NOTHING;

  private int savedKeyLength;
  private byte[] savedValue = NOTHING;
  private MemorySegment savedValueMemory = NO_VALUE;
  private MemorySegment savedValueSegment = NO_VALUE;
  private long savedValueOffset;
  private int savedValueLength;

  /**
   * A walk over what a view sees.
   *
   * @param sources all versions, from the newest source to the oldest; owned by this cursor from
   *     then on
   * @param apartValues reads values that lie apart
   * @param tombstones the range tombstones of the same sources, in any number of indexes
   * @param snapshot the view's sequence number
   * @param lower least key shown, or null
   * @param upper least key after those shown, or null
   * @param latencies told how long seeks took
   * @param passedEntries told what moves pass
   */
  public VisibleCursor(
      List<? extends EntryCursor> sources,
      ApartValues apartValues,
      List<? extends RangeTombstones> tombstones,
      long snapshot,
      byte[] lower,
      byte[] upper,
      Latencies latencies,
      PassedEntries passedEntries) {
    entries = sources.size() == 1 ? sources.getFirst() : new MergingCursor(sources);
    keyByKey = entries.goesKeyByKey();
    this.tombstones = withoutEmpty(tombstones);
    this.apartValues = apartValues;
    this.snapshot = snapshot;
    this.lower = lower;
    this.upper = upper;
    this.latencies = latencies;
    this.passedEntries = passedEntries;
  }

  /** This cursor, which from now on has {@code release} run when it is closed. */
  public VisibleCursor releasing(Runnable release) {
    whenClosed = release;
    return this;
  }

  private static RangeTombstones[] withoutEmpty(List<? extends RangeTombstones> sets) {
    RangeTombstones[] kept = NO_TOMBSTONES;
    for (int i = 0; i < sets.size(); i++) {
      if (!sets.get(i).isEmpty()) {
        kept = Arrays.copyOf(kept, kept.length + 1);
        kept[kept.length - 1] = sets.get(i);
      }
    }
    return kept;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public void passAtMost(long count) {
    mayPass = count;
  }

  @Override
  public boolean isHalted() {
    return halted;
  }

  @Override
  public void mayRead(boolean allowed) {
    mayRead = allowed;
    entries.mayRead(allowed);
  }

  @Override
  public boolean needsRead() {
    return needsRead;
  }

  @Override
  public void resume() {
    if (!needsRead) {
      throw new IllegalStateException("the last move needs no read");
    }
    switch (place) {
      case FIRST -> goToFirst();
      case AT -> goTo(savedKey, 0, savedKeyLength);
      case BEHIND -> goBehindSavedKey();
      case LAST -> goToLast();
      case UP_TO -> {
        // The least key after the saved one; what follows that in its array are remains.
        byte[] behind = new byte[savedKeyLength + 1];
        System.arraycopy(savedKey, 0, behind, 0, savedKeyLength);
        saveKey(behind, 0, behind.length);
        goBefore(savedKey, 0, savedKeyLength);
      }
      case BEFORE -> goBefore(savedKey, 0, savedKeyLength);
    }
  }

  @Override
  public void seekToFirst() {
    long begin = latencies.beginSampled();
    goToFirst();
    latencies.end(Operation.SEEK, begin);
  }

  private void goToFirst() {
    endRun();
    place = Place.FIRST;
    if (lower == null) {
      entries.seekToFirst();
    } else {
      entries.seek(lower, 0, lower.length, snapshot);
    }
    showForward();
  }

  @Override
  public void seekToLast() {
    long begin = latencies.beginSampled();
    goToLast();
    latencies.end(Operation.SEEK, begin);
  }

  private void goToLast() {
    endRun();
    place = Place.LAST;
    if (upper == null) {
      entries.seekToLast();
    } else {
      entries.seekBefore(upper, 0, upper.length);
    }
    showBackward();
  }

  @Override
  public void seek(byte[] key, int offset, int length) {
    long begin = latencies.beginSampled();
    if (lower != null && compare(key, offset, length, lower) < 0) {
      goToFirst();
    } else {
      goTo(key, offset, length);
    }
    latencies.end(Operation.SEEK, begin);
  }

  @Override
  public void seekBefore(byte[] key, int offset, int length) {
    long begin = latencies.beginSampled();
    if (upper != null && compare(key, offset, length, upper) > 0) {
      goToLast();
    } else {
      goBefore(key, offset, length);
    }
    latencies.end(Operation.SEEK, begin);
  }

  private void goTo(byte[] key, int offset, int length) {
    endRun();
    entries.seek(key, offset, length, snapshot);
    if (!mayRead) {
      saveKey(key, offset, length);
      place = Place.AT;
    }
    showForward();
  }

  private void goBefore(byte[] key, int offset, int length) {
    endRun();
    entries.seekBefore(key, offset, length);
    if (!mayRead) {
      saveKey(key, offset, length);
      place = Place.BEFORE;
    }
    showBackward();
  }

  @Override
  public void next() {
    if (forward && keyByKey) {
      entries.next();
      if (!showsLive()) {
        showForward();
      }
    } else if (forward) {
      saveKey();
      entries.next();
      showBehindSavedKey();
    } else {
      goBehindSavedKey();
    }
  }

  @Override
  public boolean forEach(EntryVisitor visitor) {
    if (!forward || !keyByKey) {
      return Cursor.super.forEach(visitor);
    }
    // Entries that go key by key are a memtable's, whose values don't lie apart.
    long newestDelete = newestRangeDelete();
    // Once dead entries were passed, each live key after them is told of by a move of its own.
    while (valid && deadRun == null) {
      if (!entries.forEachValue(newestDelete, visitor)) {
        return false;
      }
      if (!showsLive()) {
        showForward();
      }
    }
    return Cursor.super.forEach(visitor);
  }

  /** What is newer is in no range that was deleted. */
  private long newestRangeDelete() {
    long newest = 0;
    for (RangeTombstones each : tombstones) {
      newest = Math.max(newest, each.newest());
    }
    return newest;
  }

  private void goBehindSavedKey() {
    if (!forward) {
      endRun();
    }
    entries.seek(savedKey, 0, savedKeyLength, 0);
    showBehindSavedKey();
  }

  private void showBehindSavedKey() {
    place = Place.BEHIND;
    while (entries.isValid() && isStillOnSavedKey()) {
      entries.next();
    }
    showForward();
  }

  @Override
  public void previous() {
    if (forward) {
      endRun();
      saveKey();
      entries.seekBefore(savedKey, 0, savedKeyLength);
    }
    place = Place.BEFORE;
    showBackward();
  }

  /**
   * After a step from a key that was shown, where each comes to another key: whether that is seen,
   * and nothing is to be told of those before. It is shown then; this is {@link #showForward} for
   * nearly all steps, and has little for the compiler to inline.
   */
  private boolean showsLive() {
    if (!valid || loaded || deadRun != null || !entries.isValid()) {
      return false;
    }
    byte kind = entries.kind();
    apart = EntryKind.isApart(kind);
    return EntryKind.isPut(kind) && !mayBeRangeDeleted(entries.sequence());
  }

  private boolean mayBeRangeDeleted(long sequence) {
    for (RangeTombstones each : tombstones) {
      if (each.newest() > sequence) {
        return true;
      }
    }
    return false;
  }

  /** Goes forward to the first key that is seen, from the newest version of one. */
  private void showForward() {
    forward = true;
    hide();
    long passed = 0;
    while (entries.isValid() && !isBehindUpper()) {
      if (entries.sequence() > snapshot) {
        saveKey();
        place = Place.AT;
        entries.next();
        continue;
      }
      byte kind = entries.kind();
      if (EntryKind.isPut(kind)
          && !isRangeDeleted(entries.key(), entries.keyLength(), entries.sequence())) {
        show(kind);
        break;
      }
      if (passed >= mayPass) {
        halted = true;
        break;
      }
      saveKey();
      place = Place.BEHIND;
      long sequence = entries.sequence();
      int versions = 0;
      do {
        versions++;
        entries.next();
      } while (entries.isValid() && isStillOnSavedKey());
      pass(versions, sequence);
      passed += versions;
    }
    needsRead = !valid && entries.needsRead();
    passed(passed);
  }

  /** Goes backward to the first key that is seen, from the oldest version of one. */
  private void showBackward() {
    forward = false;
    hide();
    long passed = 0;
    needsRead = entries.needsRead();
    while (!valid && !halted && !needsRead && entries.isValid() && !isBeforeLower()) {
      saveKey();
      place = Place.UP_TO;
      int versions = 0;
      byte kind = 0;
      long sequence = 0;
      while (entries.isValid() && standsOnSavedKey()) {
        if (entries.sequence() <= snapshot) {
          versions++;
          sequence = entries.sequence();
          kind = entries.kind();
          if (EntryKind.isPut(kind)) {
            saveValue();
          }
        }
        entries.previous();
      }
      needsRead = entries.needsRead();
      if (needsRead) {
        // There may be newer versions of the key.
        break;
      }
      if (versions > 0
          && EntryKind.isPut(kind)
          && !isRangeDeleted(savedKey, savedKeyLength, sequence)) {
        show(kind);
      } else {
        pass(versions, sequence);
        passed += versions;
        halted = passed > mayPass;
      }
    }
    passed(passed);
  }

  /** The key that was saved shows nothing of its versions. */
  private void pass(int versions, long newest) {
    if (deadRun == null) {
      deadRun = new DeadRun();
    }
    deadRun.add(savedKey, savedKeyLength, versions, newest, passedEntries.flushedUpTo());
  }

  /** So many entries were passed by the move that ends here. */
  private void passed(long count) {
    mayPass -= Math.min(count, mayPass);
    if (deadRun == null) {
      return;
    }
    if (deadRun.count() >= passedEntries.least()) {
      tell();
    } else if (valid) {
      deadRun.meetLive();
    }
  }

  /** The cursor goes elsewhere, or turns round. */
  private void endRun() {
    if (deadRun == null) {
      return;
    }
    if (deadRun.count() >= Math.min(FEW_DEAD, passedEntries.least())) {
      tell();
    }
    deadRun.clear();
  }

  private void tell() {
    // Forward the saved key is the last that was passed, or what led to a live one after it.
    boolean atEntry = forward && (valid || halted);
    byte[] last = atEntry ? entries.key() : savedKey;
    int length = atEntry ? entries.keyLength() : savedKeyLength;
    passedEntries.passed(deadRun.to(last, length, forward));
    deadRun.clear();
  }

  private void show(byte kind) {
    valid = true;
    apart = EntryKind.isApart(kind);
  }

  private void hide() {
    valid = false;
    halted = false;
    needsRead = false;
    if (loaded) {
      loaded = false;
      apartValue.release();
    }
  }

  private boolean isRangeDeleted(byte[] key, int length, long sequence) {
    for (RangeTombstones each : tombstones) {
      if (each.newest() > sequence && each.newestOver(key, 0, length, snapshot) > sequence) {
        return true;
      }
    }
    return false;
  }

  private boolean isBehindUpper() {
    return !keyByKey && upper != null && compare(entries.key(), 0, entries.keyLength(), upper) >= 0;
  }

  private boolean isBeforeLower() {
    return lower != null && compare(entries.key(), 0, entries.keyLength(), lower) < 0;
  }

  private static int compare(byte[] key, int offset, int length, byte[] bound) {
    return Arrays.compareUnsigned(key, offset, offset + length, bound, 0, bound.length);
  }

  /** After a move forward from an entry of the saved key, or a seek. */
  private boolean isStillOnSavedKey() {
    return !entries.isOnNewKey() && standsOnSavedKey();
  }

  private boolean standsOnSavedKey() {
    return Arrays.equals(entries.key(), 0, entries.keyLength(), savedKey, 0, savedKeyLength);
  }

  private void saveKey() {
    saveKey(entries.key(), 0, entries.keyLength());
  }

  private void saveKey(byte[] key, int offset, int length) {
    savedKeyLength = length;
    if (savedKey.length < savedKeyLength) {
      savedKey =
          new byte[Math.max(savedKeyLength, Math.max(LEAST_SAVED_BYTES, 2 * savedKey.length))];
    }
    System.arraycopy(key, offset, savedKey, 0, savedKeyLength);
  }

  private void saveValue() {
    savedValueLength = entries.valueLength();
    if (entries.keepsValue()) {
      savedValueSegment = entries.valueSegment();
      savedValueOffset = entries.valueOffset();
      return;
    }
    if (savedValue.length < savedValueLength
        || (savedValue.length > RETAINED_BYTES && savedValueLength <= RETAINED_BYTES)) {
      savedValue = new byte[savedValueLength];
      savedValueMemory = MemorySegment.ofArray(savedValue);
    }
    savedValueSegment = savedValueMemory;
    savedValueOffset = 0;
    MemorySegment.copy(
        entries.valueSegment(), entries.valueOffset(), savedValueSegment, 0, savedValueLength);
  }

  @Override
  public byte[] key() {
    return forward ? entries.key() : savedKey;
  }

  @Override
  public int keyLength() {
    return forward ? entries.keyLength() : savedKeyLength;
  }

  @Override
  public boolean loadValue() {
    if (apart && !loaded) {
      if (apartValue == null) {
        apartValue = new EntryReference();
      }
      byte kind = EntryKind.PUT | EntryKind.APART_BIT;
      apartValue.set(kind, 0, ownSegment(), ownOffset(), BlobReference.BYTES);
      loaded = apartValues.read(key(), 0, keyLength(), mayRead, apartValue);
    }
    return !apart || loaded;
  }

  @Override
  public MemorySegment valueSegment() {
    return apart ? apartValue().valueSegment() : ownSegment();
  }

  @Override
  public long valueOffset() {
    return apart ? apartValue().valueOffset() : ownOffset();
  }

  @Override
  public int valueLength() {
    if (apart) {
      return BlobReference.valueLength(ownSegment(), ownOffset());
    }
    return ownLength();
  }

  private int ownLength() {
    return forward ? entries.valueLength() : savedValueLength;
  }

  @Override
  public boolean loadHead() {
    return hasHead() || loadValue();
  }

  @Override
  public MemorySegment headSegment() {
    return hasHead() ? ownSegment() : valueSegment();
  }

  @Override
  public long headOffset() {
    return hasHead() ? ownOffset() + BlobReference.BYTES : valueOffset();
  }

  @Override
  public int headLength() {
    return hasHead() ? ownLength() - BlobReference.BYTES : valueLength();
  }

  /** Whether the value lies apart, but its first bytes stand beside the reference to it. */
  private boolean hasHead() {
    return apart && ownLength() > BlobReference.BYTES;
  }

  /** Where the entry's own value is, or its reference. */
  private MemorySegment ownSegment() {
    return forward ? entries.valueSegment() : savedValueSegment;
  }

  private long ownOffset() {
    return forward ? entries.valueOffset() : savedValueOffset;
  }

  private EntryReference apartValue() {
    if (!loadValue()) {
      throw new IllegalStateException("the value isn't in memory, and may not be read");
    }
    return apartValue;
  }

  @Override
  public void close() {
    endRun();
    hide();
    entries.close();
    Runnable release = whenClosed;
    whenClosed = NO_RELEASE;
    release.run();
  }
}
