package dev.varve.storage.iterator;

import dev.varve.storage.base.EntryReference;

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
}
