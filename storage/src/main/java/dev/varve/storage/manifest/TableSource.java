package dev.varve.storage.manifest;

import dev.varve.storage.sstable.TableReader;

/** Opens tables for a {@link Version}. */
@FunctionalInterface
public interface TableSource {
  /**
   * Opens a table that a version has not had open yet. The reader's first reference goes to the
   * caller.
   *
   * @throws dev.varve.storage.StorageException if it cannot be opened
   */
  TableReader open(TableMeta table);
}
