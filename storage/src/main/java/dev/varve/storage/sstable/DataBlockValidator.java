package dev.varve.storage.sstable;

import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;

/**
 * Checks that a block's entries, lengths and restart points lie within it and meet, so that
 * lookups, which check nothing themselves, can't be led astray. It doesn't check the order.
 */
final class DataBlockValidator {
  private DataBlockValidator() {}

  /** Whether the block is sound. */
  static boolean isSound(MemorySegment block) {
    long size = block.byteSize();
    if (size < 2 * Integer.BYTES) {
      return false;
    }
    int restarts = DataBlock.restarts(block);
    if (restarts < 1 || restarts > (size - Integer.BYTES) / Integer.BYTES) {
      return false;
    }
    try {
      return entriesAreSound(block, restarts, DataBlock.entriesEnd(block, restarts));
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean entriesAreSound(MemorySegment block, int restarts, long end) {
    long position = 0;
    int restart = 0;
    long previousKeyLength = 0;
    while (position < end) {
      boolean atRestart = restart < restarts && DataBlock.restart(block, end, restart) == position;
      long at = position;
      long shared = Varint.get(block, at);
      at += Varint.length(shared);
      long unshared = Varint.get(block, at);
      at += Varint.length(unshared);
      long rest = Varint.get(block, at);
      at += Varint.length(rest);
      if (atRestart ? shared != 0 : shared < 0 || shared > previousKeyLength) {
        return false;
      }
      if (unshared < 0 || unshared > end - at || rest < 1 || rest > end - at - unshared) {
        return false;
      }
      at += unshared;
      if (Varint.length(Varint.get(block, at)) > rest) {
        return false;
      }
      previousKeyLength = shared + unshared;
      position = at + rest;
      if (atRestart) {
        restart++;
      }
    }
    return position == end && restart == restarts && end > 0;
  }
}
