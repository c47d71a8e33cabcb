package dev.varve.storage.iterator;

import dev.varve.storage.base.EntryReference;

/** Reads values that lie apart from their entries, in blob files. */
@FunctionalInterface
public interface ApartValues {
  /** For where there are none. */
  ApartValues NONE =
      (key, offset, length, entry) -> {
        throw new IllegalStateException("a reference where none can be");
      };

  /**
   * Puts the value itself in the place of the reference to it.
   *
   * @param entry the key's entry, which is {@linkplain dev.varve.storage.base.EntryKind#isApart
   *     apart}; to be released by the caller, but after an error, when it has been
   * @throws dev.varve.storage.StorageException if the value can't be read
   */
  void read(byte[] key, int offset, int length, EntryReference entry);
}
