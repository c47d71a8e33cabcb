package dev.varve.storage.base;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Where a point lookup found its entry. Reusable: a lookup overwrites it. It may pin the memory
 * that holds the value, so every lookup that returned {@link #FOUND} is followed by {@link
 * #release()} once the value has been used. Used by one thread.
 */
public final class EntryReference {
  /** A lookup's answer: there is no entry for the key. */
  public static final int ABSENT = 0;

  /** A lookup's answer: the reference holds the entry (which may be a tombstone). */
  public static final int FOUND = 1;

  /** A lookup's answer: memory can't tell, a disk read would be needed and was not allowed. */
  public static final int NEEDS_READ = 2;

  /**
   * An answer of lookups of many keys: there is a large value, which lies apart. It is to be looked
   * up by itself, so that there aren't many of them in memory at once.
   */
  public static final int ALONE = 3;

  private static final Runnable NO_PIN = () -> {};

  private static final int LEAST_COPY = 256;

  private byte kind;
  private long sequence;
  private MemorySegment valueSegment = MemorySegment.NULL;
  private long valueOffset;
  private int valueLength;
  private Runnable unpin = NO_PIN;
  private Runnable unpinSource = NO_PIN;

  /** Memory of its own for values that it {@linkplain #copy copies}. */
  private MemorySegment own = MemorySegment.NULL;

  /** Points at an entry whose memory the caller has pinned; {@code unpin} undoes that. */
  public void set(
      byte kind, long sequence, MemorySegment segment, long offset, int length, Runnable unpin) {
    this.kind = kind;
    this.sequence = sequence;
    this.valueSegment = segment;
    this.valueOffset = offset;
    this.valueLength = length;
    this.unpin = unpin;
  }

  /** Points at an entry in memory that outlives the reference by the caller's own pins. */
  public void set(byte kind, long sequence, MemorySegment segment, long offset, int length) {
    set(kind, sequence, segment, offset, length, NO_PIN);
  }

  /** Becomes a copy of an entry, whose memory nobody has pinned. */
  public void copy(byte kind, long sequence, MemorySegment segment, long offset, int length) {
    if (own.byteSize() < length) {
      own = Arena.ofAuto().allocate(Math.max(length, LEAST_COPY));
    }
    MemorySegment.copy(segment, offset, own, 0, length);
    set(kind, sequence, own, 0, length, NO_PIN);
  }

  /**
   * Puts a value in the place of the reference to it, which must have been let go of.
   *
   * @param apartKind the kind that the entry had, with {@link EntryKind#APART_BIT}
   */
  public void resolve(
      byte apartKind, long sequence, MemorySegment segment, int length, Runnable unpin) {
    set((byte) (apartKind & ~EntryKind.APART_BIT), sequence, segment, 0, length, unpin);
  }

  /** Hands over one more pin, of what was looked through, that {@link #release} undoes. */
  public void pinSource(Runnable unpin) {
    unpinSource = unpin;
  }

  /** Lets go of the memory; the reference may be used again. */
  public void release() {
    Runnable pinned = unpin;
    Runnable pinnedSource = unpinSource;
    unpin = NO_PIN;
    unpinSource = NO_PIN;
    valueSegment = MemorySegment.NULL;
    pinned.run();
    pinnedSource.run();
  }

  /** The entry's kind, see {@link dev.varve.storage.base.EntryKind}. */
  public byte kind() {
    return kind;
  }

  /** The entry's sequence number. */
  public long sequence() {
    return sequence;
  }

  /**
   * After a lookup of a value's head: where the value begins in {@link #valueSegment}. {@link
   * #headLength} bytes of it are there.
   */
  public long headOffset() {
    return EntryKind.isApart(kind) ? valueOffset + BlobReference.BYTES : valueOffset;
  }

  /** After a lookup of a value's head: how many of its bytes are there; all, if it isn't apart. */
  public int headLength() {
    return EntryKind.isApart(kind) ? valueLength - BlobReference.BYTES : valueLength;
  }

  /** After a lookup of a value's head: the length of the whole value. */
  public int wholeLength() {
    return EntryKind.isApart(kind)
        ? BlobReference.valueLength(valueSegment, valueOffset)
        : valueLength;
  }

  /** The memory that holds the value. */
  public MemorySegment valueSegment() {
    return valueSegment;
  }

  /** Where in {@link #valueSegment()} the value begins. */
  public long valueOffset() {
    return valueOffset;
  }

  /** The value's length in bytes. */
  public int valueLength() {
    return valueLength;
  }
}
