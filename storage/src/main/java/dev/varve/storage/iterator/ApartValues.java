package dev.varve.storage.iterator;

import dev.varve.storage.base.EntryReference;
import java.lang.foreign.MemorySegment;

/** Reads values that lie apart from their entries, in blob files. */
@FunctionalInterface
public interface ApartValues {
  /** For where there are none. */
  ApartValues NONE =
      (key, offset, length, mayRead, entry) -> {
        throw new IllegalStateException("a reference where none can be");
      };

  /**
   * Puts the value itself in the place of the reference to it.
   *
   * @param mayRead whether the disk may be read
   * @param entry the key's entry, which is {@linkplain dev.varve.storage.base.EntryKind#isApart
   *     apart}; to be released by the caller if the answer is true, else it has been
   * @return false if the disk would have to be read, and may not be
   * @throws dev.varve.storage.StorageException if the value can't be read
   */
  boolean read(byte[] key, int offset, int length, boolean mayRead, EntryReference entry);

  /**
   * Looks where in memory a value is, for who will read it soon; the answer means nothing.
   *
   * @param reference holds what may be a reference at {@code at}, or any bytes
   */
  default long touch(MemorySegment reference, long at) {
    return 0;
  }

  /** As {@link #touch(MemorySegment, long)}, and at one byte of the value, if it is in memory. */
  default long touch(MemorySegment reference, long at, int place) {
    return 0;
  }
}
