package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import java.lang.foreign.MemorySegment;

/**
 * A walk over elements of a spread collection, in the order of their keys, or backwards. A new one
 * stands on the first, or the last. Moves, and what asks for a value, throw {@link ReadNeeded}
 * where the disk would have to be read and may not be. Used by one thread.
 */
public final class ElementWalk implements AutoCloseable {
  /** Where the disk may not be read, so many entries of deleted elements are passed, about. */
  private static final int MOST_PASSED = 512;

  private final Cursor cursor;
  private final Transaction transaction;
  private final boolean backwards;
  private final boolean mayHalt;

  ElementWalk(Cursor cursor, Transaction transaction, boolean backwards, boolean mayHalt) {
    this.cursor = cursor;
    this.transaction = transaction;
    this.backwards = backwards;
    this.mayHalt = mayHalt;
    try {
      if (!transaction.mayWalkDisk()) {
        cursor.mayRead(false);
        cursor.passAtMost(MOST_PASSED);
      }
      if (backwards) {
        cursor.seekToLast();
      } else {
        cursor.seekToFirst();
      }
      checkMoved();
    } catch (RuntimeException | Error e) {
      cursor.close();
      throw e;
    }
  }

  /** Whether it stands on an element. */
  public boolean isValid() {
    return cursor.isValid();
  }

  private void checkMoved() {
    if (cursor.needsRead() || (cursor.isHalted() && !mayHalt)) {
      throw transaction.wantsWalk();
    }
  }

  /**
   * Of a walk that may halt: whether it has passed as much that is deleted as it may. It stands on
   * no element then, but {@link #key} and {@link #keyLength} tell how far it came.
   */
  public boolean isHalted() {
    return cursor.isHalted();
  }

  /** Moves to the next element, or the one before. */
  public void next() {
    if (backwards) {
      cursor.previous();
    } else {
      cursor.next();
    }
    checkMoved();
  }

  /**
   * The array that has the element's key; what is the type's own from {@link Elements#PREFIX_BYTES}
   * on.
   */
  public byte[] key() {
    return cursor.key();
  }

  /** The length of the whole key. */
  public int keyLength() {
    return cursor.keyLength();
  }

  /** The memory that holds the element's value. */
  public MemorySegment valueSegment() {
    if (!cursor.loadValue()) {
      throw transaction.wantsWalk();
    }
    return cursor.valueSegment();
  }

  /** Where the value begins in {@link #valueSegment}. */
  public long valueOffset() {
    return cursor.valueOffset();
  }

  /** The value's length in bytes. */
  public int valueLength() {
    return cursor.valueLength();
  }

  @Override
  public void close() {
    cursor.close();
  }
}
