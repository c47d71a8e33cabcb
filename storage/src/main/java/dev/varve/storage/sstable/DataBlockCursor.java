package dev.varve.storage.sstable;

import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A walk over the entries of one data block after another. The key is put together in an array that
 * is kept and grows. Moves return whether they ended on an entry; after one that didn't, the
 * position is undefined. Used by one thread.
 */
final class DataBlockCursor {
  private static final int MORE_THAN_ONE_BYTE_EACH = 0x808080;

  private MemorySegment block;
  private long entriesEnd;
  private int restarts;

  private byte[] key = new byte[64];
  private int keyLength;
  private long position;
  private long end;
  private long tag;
  private long valueOffset;
  private int valueLength;

  // Header of the entry read last.
  private int shared;
  private int unshared;
  private int rest;
  private long suffix;

  // For going backward: where the entries of one restart interval begin, up to the current one's
  // predecessor, which is passed[passedCount - 1]. Emptied by any other move.
  private int[] passed = new int[32];
  private int passedCount;

  /** Goes over to another block, to be positioned. */
  void open(MemorySegment newBlock) {
    block = newBlock;
    restarts = DataBlock.restarts(newBlock);
    entriesEnd = DataBlock.entriesEnd(newBlock, restarts);
    passedCount = 0;
  }

  boolean first() {
    return readFrom(0);
  }

  boolean last() {
    readFrom(DataBlock.restart(block, entriesEnd, restarts - 1));
    while (end < entriesEnd) {
      read(end);
    }
    return true;
  }

  /** Moves to the first entry at or behind (target, sequence). */
  boolean seek(byte[] target, int offset, int length, long sequence) {
    int restart =
        DataBlock.lastRestartUpTo(block, restarts, entriesEnd, target, offset, length, sequence);
    boolean valid = readFrom(DataBlock.restart(block, entriesEnd, restart));
    while (valid) {
      int order = Arrays.compareUnsigned(key, 0, keyLength, target, offset, offset + length);
      if (order > 0 || (order == 0 && sequence() <= sequence)) {
        return true;
      }
      valid = next();
    }
    return false;
  }

  boolean next() {
    passedCount = 0;
    if (end >= entriesEnd) {
      return false;
    }
    read(end);
    return true;
  }

  boolean previous() {
    if (position == 0) {
      return false;
    }
    int kept = shared;
    if (passedCount == 0) {
      collectPassed();
      kept = 0;
    }
    passedCount--;
    long target = passed[passedCount];
    restoreKey(passedCount, kept);
    readHeader(target);
    readTagAndValue(target);
    return true;
  }

  /** Collects the entries from the last restart point before the current entry up to it. */
  private void collectPassed() {
    int low = 0;
    int high = restarts - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (DataBlock.restart(block, entriesEnd, middle) < position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    long at = DataBlock.restart(block, entriesEnd, low);
    while (at < position) {
      if (passedCount == passed.length) {
        passed = Arrays.copyOf(passed, 2 * passedCount);
      }
      passed[passedCount++] = (int) at;
      readHeader(at);
      at = suffix + unshared + rest;
    }
  }

  /**
   * Makes {@code key} that of {@code passed[index]}, its first {@code kept} bytes being right
   * already: bytes that an entry shares with the one before are found there or further before.
   */
  private void restoreKey(int index, int kept) {
    readHeader(passed[index]);
    int missing = shared + unshared;
    ensureKey(missing);
    for (int i = index; missing > kept; i--) {
      readHeader(passed[i]);
      int from = Math.max(kept, shared);
      if (from < missing) {
        MemorySegment.copy(
            block, ValueLayout.JAVA_BYTE, suffix + from - shared, key, from, missing - from);
        missing = from;
      }
    }
  }

  private boolean readFrom(long restart) {
    passedCount = 0;
    read(restart);
    return true;
  }

  private void read(long at) {
    readHeader(at);
    ensureKey(shared + unshared);
    MemorySegment.copy(block, ValueLayout.JAVA_BYTE, suffix, key, shared, unshared);
    readTagAndValue(at);
  }

  private void readHeader(long at) {
    int header = block.get(DataBlock.INT, at);
    if ((header & MORE_THAN_ONE_BYTE_EACH) == 0) {
      shared = header & 0x7F;
      unshared = header >>> 8 & 0x7F;
      rest = header >>> 16 & 0x7F;
      suffix = at + 3;
      return;
    }
    long next = at;
    shared = (int) Varint.get(block, next);
    next += Varint.length(shared);
    unshared = (int) Varint.get(block, next);
    next += Varint.length(unshared);
    rest = (int) Varint.get(block, next);
    suffix = next + Varint.length(rest);
  }

  private void readTagAndValue(long at) {
    position = at;
    keyLength = shared + unshared;
    long tagAt = suffix + unshared;
    tag = Varint.get(block, tagAt);
    int tagLength = Varint.length(tag);
    valueOffset = tagAt + tagLength;
    valueLength = rest - tagLength;
    end = tagAt + rest;
  }

  private void ensureKey(int length) {
    if (length > key.length) {
      key = Arrays.copyOf(key, Math.max(length, 2 * key.length));
    }
  }

  byte[] key() {
    return key;
  }

  int keyLength() {
    return keyLength;
  }

  long sequence() {
    return DataBlock.sequenceOf(tag);
  }

  byte kind() {
    return DataBlock.kindOf(tag);
  }

  MemorySegment block() {
    return block;
  }

  long valueOffset() {
    return valueOffset;
  }

  int valueLength() {
    return valueLength;
  }
}
