package dev.varve.storage;

import java.lang.foreign.MemorySegment;

/**
 * Tells which keys are counted together: {@link ReadView#count} is kept for each group. A pure
 * function of bytes, safe for use by many threads.
 *
 * <p>Of a group's keys, those whose values are <i>marked</i> may be counted in another group
 * beside. Whoever writes knows what a key that it replaces counts as, or writes blindly; so both
 * counts are kept right together.
 */
@FunctionalInterface
public interface KeyGroups {
  /** Says that something is not counted. */
  long NOT_COUNTED = -1;

  /** No key is counted. */
  KeyGroups NONE = (key, offset, length) -> NOT_COUNTED;

  /** The group of a key, not negative; or {@link #NOT_COUNTED}. */
  long groupOf(byte[] key, int offset, int length);

  /** The group in which a group's keys with marked values are counted; or {@link #NOT_COUNTED}. */
  default long markedGroupOf(long group) {
    return NOT_COUNTED;
  }

  /**
   * What only this value of a key that is counted leads to: the prefix of keys that nothing can
   * reach any more once the value is replaced by one that was written without knowing of it. The
   * engine abandons them then, see {@link WriteBatch#abandon(byte[], int, int)}; whoever knows what
   * is replaced or deleted does so. No value that lies apart leads to anything, and where keys are
   * deleted by their range those that they lead to are, too, by whoever does that.
   *
   * @return null if it leads to nothing
   */
  default byte[] leadsTo(MemorySegment value, long offset, int length) {
    return null;
  }

  /**
   * How many of a value's first bytes are to be had without the value itself where that lies apart:
   * its <i>head</i>. None, if 0 or more than {@link
   * dev.varve.storage.base.BlobReference#MOST_HEAD_BYTES}.
   */
  default int headLength(MemorySegment value, long offset, int length) {
    return 0;
  }

  /** Whether a value of a key that is counted is marked. */
  default boolean isMarked(MemorySegment value, long offset, int length) {
    return false;
  }
}
