package dev.varve.storage;

import java.lang.foreign.MemorySegment;

/**
 * An ordered walk over the live keys of a {@link ReadView} within bounds, in unsigned byte order. A
 * new cursor is not positioned. Accessors may be called only while {@link #isValid()}; what they
 * return is valid until the next move. Moves, and what asks for a value's bytes, throw {@link
 * StorageException} when a read fails. Used by one thread at a time.
 *
 * <p>A cursor waits for the disk where it must. Whoever can't wait forbids that by {@link
 * #mayRead}; then a move may end because it {@linkplain #needsRead needs a read}, and {@link
 * #resume} takes it up again, on another thread as a rule, where reading is allowed.
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

  /**
   * From now on, moves and {@link #loadValue} may read the disk, or may not and are content with
   * what is in memory. A new cursor may. One that may not doesn't sort more than a few thousand
   * keys, either, that were written to memory since somebody walked there.
   */
  default void mayRead(boolean allowed) {}

  /**
   * Whether the last move ended because it needs to read the disk and may not. The cursor is then
   * neither valid nor {@linkplain #isHalted halted}. Only {@link #resume} or a seek may follow.
   */
  default boolean needsRead() {
    return false;
  }

  /**
   * Goes on with the move that {@linkplain #needsRead needs a read}, from where it came to. What it
   * passed until then isn't passed again. May end in the same way unless reading is allowed now.
   *
   * @throws IllegalStateException if the last move needs no read
   */
  default void resume() {
    throw new IllegalStateException("the last move needs no read");
  }

  /** Moves to the first key. */
  void seekToFirst();

  /** Moves to the last key. */
  void seekToLast();

  /** Moves to the first key at or after {@code key}. */
  void seek(byte[] key, int offset, int length);

  /** Moves to the last key before {@code key}. */
  void seekBefore(byte[] key, int offset, int length);

  /** Moves to the next key. */
  void next();

  /** Moves to the key before. */
  void previous();

  /**
   * Hands the key that the cursor stands on, and those after it, to {@code visitor}, until it wants
   * no more or there are none. Takes less than as many moves, each with its accessors.
   *
   * <p>The cursor stands on the last key that was taken, if the visitor wants no more. Otherwise it
   * is not valid, for the reasons that {@link #next} has; or it stands on a key whose value
   * {@linkplain #loadValue needs a read}, which was not handed over.
   *
   * @return whether the visitor would have taken more
   */
  default boolean forEach(EntryVisitor visitor) {
    while (isValid() && loadValue()) {
      if (!visitor.visit(key(), keyLength(), valueSegment(), valueOffset(), valueLength())) {
        return false;
      }
      next();
    }
    return true;
  }

  /** The array whose first {@link #keyLength()} bytes are the key; read only. */
  byte[] key();

  /** The key's length in bytes. */
  int keyLength();

  /**
   * Makes sure that the value's bytes are in memory: a large one may lie apart, and be read only
   * when it is wanted.
   *
   * @return false if the disk would have to be read for it, and may not be
   */
  default boolean loadValue() {
    return true;
  }

  /**
   * The memory that holds the value. Reads it as {@link #loadValue} does.
   *
   * @throws IllegalStateException if that would have said false
   */
  MemorySegment valueSegment();

  /** Where in {@link #valueSegment()} the value begins. */
  long valueOffset();

  /** The value's length in bytes; never needs a read. */
  int valueLength();

  /**
   * Makes sure that the value's first bytes are in memory, see {@link KeyGroups#headLength}. Where
   * the value lies apart, it isn't read for them.
   *
   * @return false if the disk would have to be read for them, and may not be
   */
  default boolean loadHead() {
    return loadValue();
  }

  /** The memory that holds the value's first bytes, see {@link #loadHead}. */
  default MemorySegment headSegment() {
    return valueSegment();
  }

  /** Where in {@link #headSegment} the value begins. */
  default long headOffset() {
    return valueOffset();
  }

  /** How many of the value's bytes are there; all of them, if it doesn't lie apart. */
  default int headLength() {
    return valueLength();
  }

  /** Lets go of what the cursor pins. */
  @Override
  void close();
}
