package dev.varve.storage.iterator;

import dev.varve.storage.EntryVisitor;
import java.lang.foreign.MemorySegment;

/**
 * An ordered walk over point entries, all versions of a key included: by key in unsigned byte
 * order, then by sequence number from the newest to the oldest.
 *
 * <p>A new cursor is not positioned. What the accessors return stays valid until the cursor is
 * moved or closed, and may be asked for only while {@link #isValid()}. Used by one thread at a
 * time. Moves throw {@link dev.varve.storage.StorageException} when a read fails.
 */
public interface EntryCursor extends AutoCloseable {
  /** Whether the cursor stands on an entry. */
  boolean isValid();

  /**
   * Whether moves may read the disk from now on, or do other work that takes long; a new cursor's
   * may.
   */
  default void mayRead(boolean allowed) {}

  /**
   * Whether the last move ended because it had to read the disk and may not. Then the cursor is not
   * valid, and only a seek may follow.
   */
  default boolean needsRead() {
    return false;
  }

  /**
   * Returns the cursor over a single source on whose entry this one stands, for who asks for much
   * of each entry: it answers without asking others. It may be another one after each move.
   */
  default EntryCursor leaf() {
    return this;
  }

  /** Moves to the first entry. */
  void seekToFirst();

  /** Moves to the last entry. */
  void seekToLast();

  /**
   * Moves to the first entry at or after ({@code key}, {@code sequence}): the newest version of the
   * key that is not newer than {@code sequence}, else the first entry of the next key.
   */
  void seek(byte[] key, int offset, int length, long sequence);

  /** Moves to the last entry whose key is less than {@code key}. */
  void seekBefore(byte[] key, int offset, int length);

  /** Moves to the next entry in order. */
  void next();

  /**
   * The older versions of the current key aren't wanted: the {@link #next} that follows needn't
   * come to those of the same source, if they take time.
   */
  default void leaveOlder() {}

  /** Moves to the entry before, in order. */
  void previous();

  /**
   * Whether the last move, a {@link #next}, has come to another key than that of the entry before.
   * May be wrongly false: then the keys tell. So who walks over keys needn't compare each with the
   * one before.
   */
  default boolean isOnNewKey() {
    return false;
  }

  /**
   * Whether each {@link #next} comes to another key, and to the version of it that is wanted; never
   * to one from the upper bound on that the cursor was made for; and never needs a read. So who
   * walks over keys needn't know what it has left, nor look for the end.
   */
  default boolean goesKeyByKey() {
    return false;
  }

  /**
   * Hands the value that a cursor stands on that goes key by key, and those after it, to {@code
   * visitor}, until the visitor wants no more, or something else than a value that is newer than
   * {@code sequence} comes, or nothing.
   *
   * @return false if the visitor wants no more: the cursor stands on what it took last; otherwise
   *     the cursor stands on what comes, or is not valid
   */
  default boolean forEachValue(long sequence, EntryVisitor visitor) {
    throw new IllegalStateException("doesn't go key by key");
  }

  /**
   * The array whose first {@link #keyLength()} bytes are the key; the caller may not write to it.
   */
  byte[] key();

  /** The key's length in bytes. */
  int keyLength();

  /** The entry's sequence number. */
  long sequence();

  /** The entry's kind, see {@link dev.varve.storage.base.EntryKind}. */
  byte kind();

  /** Which of its sources the entry is from, where there are several; 0 otherwise. */
  default int part() {
    return 0;
  }

  /** The memory that holds the value, or the reference to one that lies apart. */
  MemorySegment valueSegment();

  /** Where in {@link #valueSegment()} the value begins. */
  long valueOffset();

  /** The value's length in bytes; 0 for a tombstone. */
  int valueLength();

  /**
   * Whether the memory that holds the value stays what it is until the cursor is closed, wherever
   * it moves.
   */
  default boolean keepsValue() {
    return false;
  }

  /** Lets go of all that the cursor pins. */
  @Override
  void close();
}
