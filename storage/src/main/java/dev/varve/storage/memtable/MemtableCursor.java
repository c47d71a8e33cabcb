package dev.varve.storage.memtable;

import dev.varve.storage.EntryVisitor;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.iterator.EntryCursor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** An ordered walk over a memtable: of each key either one version or all. Pins the memtable. */
final class MemtableCursor implements EntryCursor {
  private static final int NONE = 0;

  private final Memtable memtable;
  private final Records records;
  private final KeyWalk keys;
  private final long snapshot;
  private final boolean allVersions;

  /** Entries up to this sequence number are not shown as blind. */
  private final long settledUpTo;

  private int version;

  // The current version.
  private long address;
  private long head;

  private boolean onNewKey;

  /** Whether the next move forward passes older versions of the key. */
  private boolean leavesOlder;

  private byte[] keyBytes = new byte[32];
  private int keyLength;

  // Backward through a key's versions: chain[0 .. chainLength) from the newest to the oldest, of
  // which `version` is at `chainAt`. Of use only while chainLength > 0.
  private int[] chain = new int[0];
  private int chainLength;
  private int chainAt;
  private boolean closed;

  /** {@code memtable} was retained for the cursor, which releases it. */
  MemtableCursor(
      Memtable memtable,
      Records records,
      KeyWalk keys,
      long snapshot,
      boolean allVersions,
      long settledUpTo) {
    this.memtable = memtable;
    this.records = records;
    this.keys = keys;
    this.snapshot = snapshot;
    this.allVersions = allVersions;
    this.settledUpTo = settledUpTo;
  }

  @Override
  public boolean isValid() {
    return version != NONE;
  }

  /** A walk that may not read doesn't wait until many keys are sorted, either. */
  @Override
  public void mayRead(boolean allowed) {
    keys.mayWait(allowed);
  }

  @Override
  public boolean needsRead() {
    return version == NONE && keys.needsTime();
  }

  @Override
  public void seekToFirst() {
    keys.seekToFirst();
    settleForward();
  }

  @Override
  public void seekToLast() {
    keys.seekToLast();
    settleBackward();
  }

  @Override
  public void seek(byte[] key, int offset, int length, long sequence) {
    keys.seek(key, offset, length);
    settleForward();
    if (version == NONE || sequence() <= sequence) {
      return;
    }
    if (!records.keyEquals(keys.key(), key, offset, length)) {
      return;
    }
    int wanted = allVersions ? records.versionAt(keys.key(), sequence) : NONE;
    if (wanted != NONE) {
      show(wanted);
    } else {
      keys.next();
      settleForward();
    }
  }

  @Override
  public void seekBefore(byte[] key, int offset, int length) {
    keys.seekBefore(key, offset, length);
    settleBackward();
  }

  @Override
  public void next() {
    chainLength = 0;
    int older = allVersions && !leavesOlder ? records.older(version) : NONE;
    leavesOlder = false;
    if (older != NONE) {
      show(older);
      onNewKey = false;
      return;
    }
    keys.next();
    if (allVersions) {
      keys.warmAhead();
    }
    settleForward();
    onNewKey = true;
  }

  /** Each waits for memory that nobody has looked at for long. */
  @Override
  public void leaveOlder() {
    leavesOlder = true;
  }

  @Override
  public void previous() {
    leavesOlder = false;
    if (allVersions) {
      if (chainLength == 0) {
        collectChain();
        while (chain[chainAt] != version) {
          chainAt--;
        }
      }
      if (chainAt > 0) {
        show(chain[--chainAt]);
        return;
      }
    }
    keys.previous();
    settleBackward();
  }

  /**
   * Lands on the newest version in the snapshot of the first key, from the walk's on, that has one.
   */
  private void settleForward() {
    leavesOlder = false;
    chainLength = 0;
    onNewKey = false;
    version = NONE;
    for (int key = keys.key(); key != NONE; key = keys.key()) {
      int found = records.versionAt(key, snapshot);
      if (found != NONE) {
        show(found);
        loadKey(key);
        return;
      }
      keys.next();
    }
  }

  private void settleBackward() {
    leavesOlder = false;
    chainLength = 0;
    onNewKey = false;
    version = NONE;
    for (int key = keys.key(); key != NONE; key = keys.key()) {
      int found = records.versionAt(key, snapshot);
      if (found != NONE) {
        show(found);
        loadKey(key);
        if (allVersions && records.older(version) != NONE) {
          collectChain();
          show(chain[chainAt]);
        }
        return;
      }
      keys.previous();
    }
  }

  /** Lists the current key's versions in the snapshot, and stands on the oldest. */
  private void collectChain() {
    chainLength = 0;
    for (int v = records.versionAt(keys.key(), snapshot); v != NONE; v = records.older(v)) {
      if (chainLength == chain.length) {
        chain = Arrays.copyOf(chain, Math.max(16, 2 * chainLength));
      }
      chain[chainLength++] = v;
    }
    chainAt = chainLength - 1;
  }

  private void show(int shown) {
    version = shown;
    address = records.address(shown);
    head = Memory.getLong(address);
  }

  private void loadKey(int key) {
    keyLength = records.keyLength(key);
    if (keyBytes.length < keyLength) {
      keyBytes = new byte[Math.max(keyLength, 2 * keyBytes.length)];
    }
    Memory.copyOut(records.keyAddress(key), keyLength, keyBytes);
  }

  @Override
  public boolean goesKeyByKey() {
    return !allVersions && keys.isOverOneSpace();
  }

  @Override
  public boolean forEachValue(long sequence, EntryVisitor visitor) {
    while (visitor.visit(keyBytes, keyLength, Memory.ALL, valueOffset(), valueLength())) {
      keys.next();
      settleForward();
      if (version == NONE || !EntryKind.isPut((byte) head) || sequence() <= sequence) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean isOnNewKey() {
    return onNewKey;
  }

  @Override
  public byte[] key() {
    return keyBytes;
  }

  @Override
  public int keyLength() {
    return keyLength;
  }

  @Override
  public long sequence() {
    return Records.sequenceOf(head);
  }

  @Override
  public byte kind() {
    byte kind = (byte) head;
    return EntryKind.isBlind(kind) && sequence() <= settledUpTo
        ? (byte) (kind & ~EntryKind.BLIND_BIT)
        : kind;
  }

  @Override
  public MemorySegment valueSegment() {
    return Memory.ALL;
  }

  /** A version is written once, and its memory is the memtable's until that is released. */
  @Override
  public boolean keepsValue() {
    return true;
  }

  @Override
  public long valueOffset() {
    return Records.valueAt(address);
  }

  @Override
  public int valueLength() {
    return Records.valueLengthAt(address);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      version = NONE;
      memtable.release();
    }
  }
}
