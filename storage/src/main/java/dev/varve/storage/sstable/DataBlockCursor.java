package dev.varve.storage.sstable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A walk over the entries of one data block after another. The key is put together in an array that
 * is kept and grows. Moves return whether they ended on an entry; after one that didn't, the
 * position is undefined. Used by one thread.
 */
final class DataBlockCursor {
  private static final int[] NONE_PASSED = {};

  private MemorySegment block;
  private long headsAt;
  private long headsEnd;
  private int restarts;

  private byte[] key = new byte[64];
  private int keyLength;
  private long sequence;
  private byte kind;
  private long valueAt;

  /** Whether the last move was forward, and has come to another key. */
  private boolean onNewKey;

  // The head read last: the current entry's, but while the key is put together going backward.
  private long head;
  private long control;
  private int shared;
  private int unshared;
  private int valueLength;
  private long suffix;
  private long headEnd;

  // For going backward: where the entries of one restart interval begin, up to the current one's
  // predecessor, which is passed[passedCount - 1]. Emptied by any other move.
  private int[] passed = NONE_PASSED;
  private int passedCount;

  /** Goes over to another block, to be positioned. */
  void open(MemorySegment newBlock) {
    block = newBlock;
    restarts = DataBlock.restarts(newBlock);
    headsAt = DataBlock.restartHead(newBlock, 0);
    headsEnd = DataBlock.headsEnd(newBlock);
    passedCount = 0;
  }

  boolean first() {
    return toRestart(0);
  }

  boolean last() {
    toRestart(restarts - 1);
    while (headEnd < headsEnd) {
      advance();
    }
    onNewKey = false;
    return true;
  }

  /** Moves to the first entry at or after (target, sequence). */
  boolean seek(byte[] target, int offset, int length, long targetSequence) {
    boolean valid =
        toRestart(DataBlock.lastRestartUpTo(block, target, offset, length, targetSequence));
    while (valid) {
      int order = Arrays.compareUnsigned(key, 0, keyLength, target, offset, offset + length);
      if (order > 0 || (order == 0 && sequence <= targetSequence)) {
        onNewKey = false;
        return true;
      }
      valid = next();
    }
    return false;
  }

  boolean next() {
    passedCount = 0;
    if (headEnd >= headsEnd) {
      return false;
    }
    advance();
    return true;
  }

  private void advance() {
    int lengthBefore = keyLength;
    valueAt += valueLength;
    readHead(headEnd);
    takeKey();
    // An equal key shares all its bytes, except at a restart point, where nothing is shared.
    onNewKey = keyLength != lengthBefore || (shared > 0 && unshared > 0);
  }

  private boolean toRestart(int restart) {
    passedCount = 0;
    onNewKey = false;
    valueAt = DataBlock.restartValue(block, restart);
    readHead(DataBlock.restartHead(block, restart));
    takeKey();
    return true;
  }

  boolean previous() {
    if (head == headsAt) {
      return false;
    }
    onNewKey = false;
    int kept = shared;
    if (passedCount == 0) {
      collectPassed();
      kept = 0;
    }
    passedCount--;
    restoreKey(passedCount, kept);
    if (head != passed[passedCount]) {
      readHead(passed[passedCount]);
    }
    valueAt -= valueLength;
    keyLength = shared + unshared;
    takeSequence();
    return true;
  }

  /** Collects the entries from the last restart point before the current entry up to it. */
  private void collectPassed() {
    long current = head;
    int low = 0;
    int high = restarts - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (DataBlock.restartHead(block, middle) < current) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    for (long at = DataBlock.restartHead(block, low); at < current; at = headEnd) {
      if (passedCount == passed.length) {
        passed = Arrays.copyOf(passed, Math.max(32, 2 * passedCount));
      }
      passed[passedCount++] = (int) at;
      readHead(at);
    }
  }

  /**
   * Makes {@code key} that of {@code passed[index]}, its first {@code kept} bytes being right
   * already: bytes that an entry shares with the one before are found there or further before.
   */
  private void restoreKey(int index, int kept) {
    readHead(passed[index]);
    int missing = shared + unshared;
    ensureKey(missing);
    int i = index;
    while (missing > kept) {
      int from = Math.max(kept, shared);
      if (from < missing) {
        MemorySegment.copy(
            block, ValueLayout.JAVA_BYTE, suffix + from - shared, key, from, missing - from);
        missing = from;
      }
      if (missing > kept) {
        readHead(passed[--i]);
      }
    }
  }

  private void readHead(long at) {
    long word = block.get(DataBlock.LONG, at);
    head = at;
    control = word;
    int form = DataBlock.form(word);
    if (form != DataBlock.WIDE_FORM) {
      shared = (int) (word >>> 8) & 0xFF;
      unshared = (int) (word >>> 16) & 0xFF;
      valueLength = DataBlock.narrowValueLength(word, form);
      suffix = at + DataBlock.narrowBytes(form);
    } else {
      shared = block.get(DataBlock.INT, at + 1);
      unshared = block.get(DataBlock.INT, at + 5);
      valueLength = block.get(DataBlock.INT, at + 9);
      suffix = at + DataBlock.WIDE_FORM_BYTES;
    }
    headEnd = suffix + unshared + DataBlock.sequenceBytes(word);
  }

  /** Completes the key of the entry before to that of the entry whose head was read. */
  private void takeKey() {
    keyLength = shared + unshared;
    ensureKey(keyLength);
    MemorySegment.copy(block, ValueLayout.JAVA_BYTE, suffix, key, shared, unshared);
    takeSequence();
  }

  private void takeSequence() {
    sequence = DataBlock.sequence(block, suffix + unshared, DataBlock.sequenceBytes(control));
    kind = DataBlock.kind(control);
  }

  private void ensureKey(int length) {
    if (length > key.length) {
      key = Arrays.copyOf(key, Math.max(length, 2 * key.length));
    }
  }

  boolean isOnNewKey() {
    return onNewKey;
  }

  byte[] key() {
    return key;
  }

  int keyLength() {
    return keyLength;
  }

  long sequence() {
    return sequence;
  }

  byte kind() {
    return kind;
  }

  MemorySegment block() {
    return block;
  }

  long valueOffset() {
    return valueAt;
  }

  int valueLength() {
    return valueLength;
  }
}
