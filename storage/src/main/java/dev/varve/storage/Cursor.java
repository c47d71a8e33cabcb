package dev.varve.storage;

import java.lang.foreign.MemorySegment;

/**
 * An ordered walk over the live keys of a {@link ReadView} within bounds, in unsigned byte order. A
 * new cursor is not positioned. Accessors may be called only while {@link #isValid()}; what they
 * return is valid until the next move. Moves, and what asks for a value's bytes, throw {@link
 * StorageException} when a read fails. Used by one thread at a time.
 *
 * <p>On its way from one live key to the next a cursor passes what was deleted there and has not
 * been merged away yet, however much that is. Who can't wait for that bounds it: {@link
 * #passAtMost}.
 */
public interface Cursor extends AutoCloseable {
  /** Whether the cursor stands on a key. */
  boolean isValid();

  /**
   * From now on, moves pass at most about so many dead entries, all together. One that would have
   * to pass more {@linkplain #isHalted halts}. A new cursor may pass any number.
   */
  default void passAtMost(long entries) {}

  /**
   * Whether the last move ended before it came to a live key, as it may pass no more. The cursor is
   * not valid then, but {@link #key} and {@link #keyLength} tell how far it came: there is no live
   * key between that key and where the move began. Only a seek may follow, and halts again unless
   * more may be passed or nothing dead is in its way.
   */
  default boolean isHalted() {
    return false;
  }

  /** Moves to the first key. */
  void seekToFirst();

  /** Moves to the last key. */
  void seekToLast();

  /** Moves to the first key at or behind {@code key}. */
  void seek(byte[] key, int offset, int length);

  /** Moves to the last key before {@code key}. */
  void seekBefore(byte[] key, int offset, int length);

  /** Moves to the next key. */
  void next();

  /** Moves to the key before. */
  void previous();

  /** The array whose first {@link #keyLength()} bytes are the key; read only. */
  byte[] key();

  /** The key's length in bytes. */
  int keyLength();

  /** The memory that holds the value. */
  MemorySegment valueSegment();

  /** Where in {@link #valueSegment()} the value begins. */
  long valueOffset();

  /** The value's length in bytes. */
  int valueLength();

  /** Lets go of what the cursor pins. */
  @Override
  void close();
}
