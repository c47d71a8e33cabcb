package dev.varve.storage.manifest;

import dev.varve.storage.base.Cleanup;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.blob.BlobReader;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.sstable.TableReader;
import java.nio.file.Path;

/**
 * Opens tables and blob files for a {@link Version}. Safe for use by many threads.
 *
 * @param directory where they are
 * @param cache shared by all
 */
public record TableSource(FileSystem fileSystem, Path directory, BlockCache cache) {
  /**
   * Opens a table that a version has not had open yet. The reader's first reference goes to the
   * caller.
   *
   * @throws dev.varve.storage.StorageException if it cannot be opened
   */
  TableReader open(TableMeta table) {
    TableReader reader =
        TableReader.open(
            fileSystem, FileNames.table(directory, table.number()), table.number(), cache);
    try {
      table.check(reader);
      return reader;
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, reader::release);
      throw e;
    }
  }

  /** As {@link #open(TableMeta)}. */
  BlobReader open(BlobMeta blob) {
    BlobReader reader =
        BlobReader.open(fileSystem, FileNames.blob(directory, blob.number()), blob.number(), cache);
    try {
      blob.check(reader);
      return reader;
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, reader::release);
      throw e;
    }
  }
}
