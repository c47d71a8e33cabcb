package dev.varve.storage.sstable;

import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.EntryKind;
import java.lang.foreign.MemorySegment;

/**
 * Checks that a block's heads, values and restart points lie within it and meet, so that lookups,
 * which check nothing themselves, can't be led astray. It doesn't check the order.
 */
final class DataBlockValidator {
  private DataBlockValidator() {}

  /** Whether the block is sound. */
  static boolean isSound(MemorySegment block) {
    long size = block.byteSize();
    if (size < DataBlock.RESTARTS_AT) {
      return false;
    }
    long restarts = DataBlock.restarts(block);
    long headsAt = DataBlock.RESTARTS_AT + DataBlock.RESTART_BYTES * restarts;
    long headsEnd = DataBlock.headsEnd(block);
    if (restarts < 1 || headsAt >= headsEnd || headsEnd + DataBlock.PADDING_BYTES > size) {
      return false;
    }
    return block.get(DataBlock.LONG, headsEnd) == 0
        && entriesAreSound(block, (int) restarts, headsAt, headsEnd);
  }

  private static boolean entriesAreSound(
      MemorySegment block, int restarts, long headsAt, long headsEnd) {
    long head = headsAt;
    long value = headsEnd + DataBlock.PADDING_BYTES;
    int restart = 0;
    long previousKeyLength = 0;
    while (head < headsEnd) {
      // Within the padding at worst.
      long word = block.get(DataBlock.LONG, head);
      int form = DataBlock.form(word);
      boolean wide = form == DataBlock.WIDE_FORM;
      long suffix = head + (wide ? DataBlock.WIDE_FORM_BYTES : DataBlock.narrowBytes(form));
      if (suffix > headsEnd) {
        return false;
      }
      long shared = wide ? block.get(DataBlock.INT, head + 1) : word >>> 8 & 0xFF;
      long unshared = wide ? block.get(DataBlock.INT, head + 5) : word >>> 16 & 0xFF;
      long valueLength =
          wide ? block.get(DataBlock.INT, head + 9) : DataBlock.narrowValueLength(word, form);
      if (restart < restarts && DataBlock.restartHead(block, restart) == head) {
        if (shared != 0 || DataBlock.restartValue(block, restart) != value) {
          return false;
        }
        restart++;
      } else if (head == headsAt || shared < 0 || shared > previousKeyLength) {
        return false;
      }
      if (unshared < 0 || valueLength < 0 || !isSoundApart(DataBlock.kind(word), valueLength)) {
        return false;
      }
      previousKeyLength = shared + unshared;
      head = suffix + unshared + DataBlock.sequenceBytes(word);
      value += valueLength;
    }
    return head == headsEnd && value == block.byteSize() && restart == restarts;
  }

  private static boolean isSoundApart(byte kind, long valueLength) {
    return !EntryKind.isApart(kind)
        || (EntryKind.isPut(kind)
            && valueLength >= BlobReference.BYTES
            && valueLength <= BlobReference.BYTES + BlobReference.MOST_HEAD_BYTES);
  }
}
