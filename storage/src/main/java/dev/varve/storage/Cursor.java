package dev.varve.storage;

import java.lang.foreign.MemorySegment;

/**
 * An ordered walk over the live keys of a {@link ReadView} within bounds, in unsigned byte order. A
 * new cursor is not positioned. Accessors may be called only while {@link #isValid()}; what they
 * return is valid until the next move. Moves, and what asks for a value's bytes, throw {@link
 * StorageException} when a read fails. Used by one thread at a time.
 */
public interface Cursor extends AutoCloseable {
  /** Whether the cursor stands on a key. */
  boolean isValid();

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
