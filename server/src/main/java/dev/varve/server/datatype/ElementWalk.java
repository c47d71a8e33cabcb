package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.EntryVisitor;
import java.lang.foreign.MemorySegment;

/**
 * A walk over elements of a spread collection, in the order of their keys, or backwards. A new one
 * stands on the first, or the last, unless it was made to seek. Moves, and what asks for a value,
 * throw {@link ReadNeeded} where the disk would have to be read and may not be. Used by one thread.
 */
public final class ElementWalk implements ElementView, AutoCloseable {
  /** Where the disk may not be read, so many entries of deleted elements are passed, about. */
  private static final int MOST_PASSED = 512;

  private final Cursor cursor;
  private final Transaction transaction;
  private final boolean backwards;
  private final boolean mayHalt;

  /** Stands on no element until it is told where to. */
  ElementWalk(Cursor cursor, Transaction transaction, boolean backwards, boolean mayHalt) {
    this.cursor = cursor;
    this.transaction = transaction;
    this.backwards = backwards;
    this.mayHalt = mayHalt;
    if (!transaction.mayWalkDisk()) {
      cursor.mayRead(false);
      cursor.passAtMost(MOST_PASSED);
    }
  }

  /** Moves to where it begins. */
  ElementWalk begin() {
    try {
      if (backwards) {
        cursor.seekToLast();
      } else {
        cursor.seekToFirst();
      }
      checkMoved();
      return this;
    } catch (RuntimeException | Error e) {
      cursor.close();
      throw e;
    }
  }

  /** Whether it stands on an element. */
  public boolean isValid() {
    return cursor.isValid();
  }

  /** Gives up the walk if the cursor, which stands on no element, has stopped before the end. */
  private void checkMoved() {
    if (cursor.needsRead() || (cursor.isHalted() && !mayHalt)) {
      throw transaction.wantsWalk();
    }
  }

  /**
   * Whether a walk that may halt has done so, as it has passed as much that is deleted as it may.
   * It stands on no element then, but {@link #key} and {@link #keyLength} tell how far it came.
   */
  public boolean isHalted() {
    return cursor.isHalted();
  }

  /**
   * Moves to the first element from a key on. Where the disk may not be read, it may pass as many
   * entries of deleted elements as a new walk.
   */
  public void seek(byte[] key, int length) {
    if (!transaction.mayWalkDisk()) {
      cursor.passAtMost(MOST_PASSED);
    }
    cursor.seek(key, 0, length);
    checkMoved();
  }

  /** Moves to the next element, or the one before. */
  public void next() {
    if (backwards) {
      cursor.previous();
    } else {
      cursor.next();
    }
    if (!cursor.isValid()) {
      checkMoved();
    }
  }

  /**
   * Hands the element that it stands on, and those after it, to {@code visitor}, until it wants no
   * more or there are none. Of a walk that doesn't go backwards, nor may halt.
   *
   * @return whether the visitor would have taken more: then it stands on no element any more
   */
  public boolean forEach(EntryVisitor visitor) {
    if (!cursor.forEach(visitor)) {
      return false;
    }
    if (cursor.isValid()) {
      throw transaction.wantsWalk();
    }
    checkMoved();
    return true;
  }

  @Override
  public byte[] key() {
    return cursor.key();
  }

  @Override
  public int keyLength() {
    return cursor.keyLength();
  }

  @Override
  public MemorySegment valueSegment() {
    if (!cursor.loadValue()) {
      throw transaction.wantsWalk();
    }
    return cursor.valueSegment();
  }

  @Override
  public long valueOffset() {
    return cursor.valueOffset();
  }

  @Override
  public int valueLength() {
    return cursor.valueLength();
  }

  @Override
  public void close() {
    cursor.close();
  }
}
