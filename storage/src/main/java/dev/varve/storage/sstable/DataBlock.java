package dev.varve.storage.sstable;

import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The layout of a data block, read in place:
 *
 * <pre>
 * block  := entry+ | restart:u32 * R | R:u32
 * entry  := shared:varint | unshared:varint | rest:varint | key suffix | tag:varint | value
 * tag    := sequence &lt;&lt; 2 | blind &lt;&lt; 1 | delete
 * </pre>
 *
 * <p>{@code shared} is the <i>exact</i> number of bytes that the key has in common with the one
 * before, the lookup relies on it; at a restart point it is 0 and the key is there in full. {@code
 * rest} is the length of tag and value together, so that a scan steps over entries without reading
 * them. A restart is the offset of an entry in the block; the first is 0.
 */
final class DataBlock {
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A lookup's answer beside those of {@link EntryReference}: look at the next block too. */
  static final int CONTINUES = 3;

  /** Set in a little-endian word of three bytes if one of them is not a varint in itself. */
  private static final int MORE_THAN_ONE_BYTE_EACH = 0x808080;

  private static final int DELETE_FLAG = 1;
  private static final int BLIND_FLAG = 2;
  private static final int FLAG_BITS = 2;
  private static final byte[] KIND_OF_FLAGS = {
    EntryKind.PUT, EntryKind.DELETE, EntryKind.PUT_BLIND, EntryKind.DELETE_BLIND
  };

  private DataBlock() {}

  static long tag(byte kind, long sequence) {
    return (sequence << FLAG_BITS)
        | (EntryKind.isBlind(kind) ? BLIND_FLAG : 0)
        | (EntryKind.isPut(kind) ? 0 : DELETE_FLAG);
  }

  static long sequenceOf(long tag) {
    return tag >>> FLAG_BITS;
  }

  static byte kindOf(long tag) {
    return KIND_OF_FLAGS[(int) tag & (BLIND_FLAG | DELETE_FLAG)];
  }

  static int restarts(MemorySegment block) {
    return block.get(INT, block.byteSize() - Integer.BYTES);
  }

  /** Where the entries end and the restart points begin. */
  static long entriesEnd(MemorySegment block, int restarts) {
    return block.byteSize() - Integer.BYTES - (long) Integer.BYTES * restarts;
  }

  static int restart(MemorySegment block, long entriesEnd, int index) {
    return block.get(INT, entriesEnd + (long) Integer.BYTES * index);
  }

  /**
   * Looks up the newest version of a key that is not newer than {@code snapshot}.
   *
   * @param unpin handed to {@code out} if it is found
   * @return {@link EntryReference#FOUND}, {@link EntryReference#ABSENT}, or {@link #CONTINUES} if
   *     the block ends with a version of the key that is too new
   */
  static int get(
      MemorySegment block,
      byte[] key,
      int offset,
      int length,
      long snapshot,
      EntryReference out,
      Runnable unpin) {
    int restarts = restarts(block);
    long entriesEnd = entriesEnd(block, restarts);
    long position =
        restart(
            block,
            entriesEnd,
            lastRestartUpTo(block, restarts, entriesEnd, key, offset, length, snapshot));
    // Invariant: every entry passed so far is before what is looked for, and the last one's key
    // begins with exactly `matched` bytes of the key.
    int matched = 0;
    boolean tooNew = false;
    while (position < entriesEnd) {
      int header = block.get(INT, position);
      int shared;
      int unshared;
      int rest;
      long suffix;
      if ((header & MORE_THAN_ONE_BYTE_EACH) == 0) {
        shared = header & 0x7F;
        unshared = (header >>> 8) & 0x7F;
        rest = header >>> 16 & 0x7F;
        suffix = position + 3;
      } else {
        shared = (int) Varint.get(block, position);
        suffix = position + Varint.length(shared);
        unshared = (int) Varint.get(block, suffix);
        suffix += Varint.length(unshared);
        rest = (int) Varint.get(block, suffix);
        suffix += Varint.length(rest);
      }
      if (shared < matched) {
        if (shared != 0) {
          return EntryReference.ABSENT;
        }
        matched = 0;
      }
      if (shared == matched) {
        int comparable = Math.min(unshared, length - matched);
        int common = KeyBytes.commonPrefix(key, offset + matched, block, suffix, comparable);
        matched += common;
        if (common < comparable) {
          int here = block.get(ValueLayout.JAVA_BYTE, suffix + common) & 0xFF;
          if (here > (key[offset + matched] & 0xFF)) {
            return EntryReference.ABSENT;
          }
        } else if (unshared > comparable) {
          return EntryReference.ABSENT;
        } else if (matched == length) {
          long tagAt = suffix + unshared;
          long tag = Varint.get(block, tagAt);
          if (sequenceOf(tag) <= snapshot) {
            int tagLength = Varint.length(tag);
            out.set(
                kindOf(tag), sequenceOf(tag), block, tagAt + tagLength, rest - tagLength, unpin);
            return EntryReference.FOUND;
          }
          tooNew = true;
        }
      }
      position = suffix + unshared + rest;
    }
    return tooNew ? CONTINUES : EntryReference.ABSENT;
  }

  /** The last restart point whose entry is at or before (key, sequence), or the first one. */
  static int lastRestartUpTo(
      MemorySegment block,
      int restarts,
      long entriesEnd,
      byte[] key,
      int offset,
      int length,
      long sequence) {
    int low = 0;
    int high = restarts - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      int at = restart(block, entriesEnd, middle);
      if (compareRestart(block, at, key, offset, length, sequence) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static int compareRestart(
      MemorySegment block, int position, byte[] key, int offset, int length, long sequence) {
    long at = position + 1L;
    int keyLength = (int) Varint.get(block, at);
    at += Varint.length(keyLength);
    at += Varint.length(Varint.get(block, at));
    int comparable = Math.min(keyLength, length);
    int common = KeyBytes.commonPrefix(key, offset, block, at, comparable);
    if (common < comparable) {
      return (block.get(ValueLayout.JAVA_BYTE, at + common) & 0xFF) - (key[offset + common] & 0xFF);
    }
    if (keyLength != length) {
      return keyLength - length;
    }
    return Long.compare(sequence, sequenceOf(Varint.get(block, at + keyLength)));
  }
}
