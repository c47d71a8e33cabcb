package dev.varve.storage.sstable;

import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The layout of a data block, read in place:
 *
 * <pre>
 * block    := restart count R:u32 | values at:u32 | restart * R | head+ | 8 zero bytes | value*
 * restart  := head at:u32 | value at:u32
 * head     := control:u8 | shared | unshared | value length | key suffix | sequence number
 *
 *   control bit | 0       1      2..4                       5..6   7
 *               | delete  blind  bytes of sequence number   form   apart
 *
 *   form        | shared  unshared  value length
 *   0           | u8      u8        u8
 *   1           | u8      u8        u16
 *   2           | u8      u8        u32
 *   3           | u32     u32       u32
 * </pre>
 *
 * <p>{@code shared} is the <i>exact</i> number of bytes that the key has in common with the one
 * before, the lookup relies on it; at a restart point it is 0 and the key is there in full. The
 * first head is a restart point. Values follow one another as the heads do; that of an entry which
 * is apart is a {@link dev.varve.storage.base.BlobReference}.
 *
 * <p>What a lookup must look at, restart points and heads, is packed together at the front: it
 * costs as many cache misses as it touches lines, and with the values between the keys they were
 * twice as many (see {@code docs/decisions/table-format.md}). The zero bytes let a head be read by
 * whole words.
 */
final class DataBlock {
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A lookup's answer beside those of {@link EntryReference}: look at the next block too. */
  static final int CONTINUES = 3;

  static final int VALUES_AT = 4;
  static final int RESTARTS_AT = 8;
  static final int RESTART_BYTES = 8;
  static final int PADDING_BYTES = 8;

  static final int WIDE_FORM = 3;
  static final int WIDE_FORM_BYTES = 13;

  /** The greatest sequence number that fits. */
  static final long MAX_SEQUENCE = (1L << 56) - 1;

  private static final int DELETE_FLAG = 1;
  private static final int BLIND_FLAG = 2;
  private static final int APART_FLAG = 0x80;
  private static final int APART_SHIFT = 2;
  private static final byte[] KIND_OF_FLAGS = {
    EntryKind.PUT, EntryKind.DELETE, EntryKind.PUT_BLIND, EntryKind.DELETE_BLIND
  };

  private DataBlock() {}

  /** A control byte. */
  static int control(byte kind, long sequence, int form) {
    int sequenceBytes = (Long.SIZE + 7 - Long.numberOfLeadingZeros(sequence)) / Byte.SIZE;
    return (EntryKind.isPut(kind) ? 0 : DELETE_FLAG)
        | (EntryKind.isBlind(kind) ? BLIND_FLAG : 0)
        | (EntryKind.isApart(kind) ? APART_FLAG : 0)
        | sequenceBytes << 2
        | form << 5;
  }

  static byte kind(long control) {
    // The flag of an entry that is apart, moved to where the kind has it.
    return (byte)
        (KIND_OF_FLAGS[(int) control & (BLIND_FLAG | DELETE_FLAG)]
            | (control & APART_FLAG) >>> APART_SHIFT);
  }

  static int sequenceBytes(long control) {
    return (int) (control >>> 2) & 7;
  }

  static int form(long control) {
    return (int) (control >>> 5) & 3;
  }

  /** Length of a head up to its key suffix; not for {@link #WIDE_FORM}. */
  static int narrowBytes(int form) {
    return 3 + (1 << form);
  }

  /** The value length in a head's first eight bytes; not for {@link #WIDE_FORM}. */
  static int narrowValueLength(long word, int form) {
    return (int) (word >>> 24 & ((1L << (Byte.SIZE << form)) - 1));
  }

  static long sequence(MemorySegment block, long position, int bytes) {
    return block.get(LONG, position) & ((1L << (Byte.SIZE * bytes)) - 1);
  }

  static int restarts(MemorySegment block) {
    return block.get(INT, 0);
  }

  static long headsEnd(MemorySegment block) {
    return (long) block.get(INT, VALUES_AT) - PADDING_BYTES;
  }

  static int restartHead(MemorySegment block, int restart) {
    return block.get(INT, RESTARTS_AT + (long) RESTART_BYTES * restart);
  }

  static int restartValue(MemorySegment block, int restart) {
    return block.get(INT, RESTARTS_AT + (long) RESTART_BYTES * restart + Integer.BYTES);
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
    int restart = lastRestartUpTo(block, key, offset, length, snapshot);
    long head = restartHead(block, restart);
    long value = restartValue(block, restart);
    long headsEnd = headsEnd(block);
    // Invariant: every entry passed so far is before what is looked for, and the last one's key
    // begins with exactly `matched` bytes of the key.
    int matched = 0;
    boolean tooNew = false;
    while (head < headsEnd) {
      long word = block.get(LONG, head);
      int form = form(word);
      int shared;
      int unshared;
      int valueLength;
      long suffix;
      if (form != WIDE_FORM) {
        shared = (int) (word >>> 8) & 0xFF;
        unshared = (int) (word >>> 16) & 0xFF;
        valueLength = narrowValueLength(word, form);
        suffix = head + narrowBytes(form);
      } else {
        shared = block.get(INT, head + 1);
        unshared = block.get(INT, head + 5);
        valueLength = block.get(INT, head + 9);
        suffix = head + WIDE_FORM_BYTES;
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
          long sequence = sequence(block, suffix + unshared, sequenceBytes(word));
          if (sequence <= snapshot) {
            out.set(kind(word), sequence, block, value, valueLength, unpin);
            return EntryReference.FOUND;
          }
          tooNew = true;
        }
      }
      head = suffix + unshared + sequenceBytes(word);
      value += valueLength;
    }
    return tooNew ? CONTINUES : EntryReference.ABSENT;
  }

  /** Reads what {@link #get} is likely to read; the answer depends on it and means nothing. */
  static long touch(MemorySegment block) {
    return block.get(LONG, restartHead(block, restarts(block) / 2));
  }

  /** The last restart point whose entry is at or before (key, sequence), or the first one. */
  static int lastRestartUpTo(
      MemorySegment block, byte[] key, int offset, int length, long sequence) {
    int low = 0;
    int high = restarts(block) - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (compare(block, restartHead(block, middle), key, offset, length, sequence) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Compares the entry at a restart point with (key, sequence). */
  private static int compare(
      MemorySegment block, long head, byte[] key, int offset, int length, long sequence) {
    long word = block.get(LONG, head);
    int form = form(word);
    int keyLength = form != WIDE_FORM ? (int) (word >>> 16) & 0xFF : block.get(INT, head + 5);
    long at = head + (form != WIDE_FORM ? narrowBytes(form) : WIDE_FORM_BYTES);
    int comparable = Math.min(keyLength, length);
    int common = KeyBytes.commonPrefix(key, offset, block, at, comparable);
    if (common < comparable) {
      return (block.get(ValueLayout.JAVA_BYTE, at + common) & 0xFF) - (key[offset + common] & 0xFF);
    }
    if (keyLength != length) {
      return keyLength - length;
    }
    return Long.compare(sequence, sequence(block, at + keyLength, sequenceBytes(word)));
  }
}
