package dev.varve.storage.repair;

import dev.varve.storage.StorageException;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.blob.BlobReader;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.manifest.FileNames;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.sstable.TableReader;
import dev.varve.storage.verify.DatabaseVerifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds what a manifest names under another name, as names may have been mixed up: a table or blob
 * file is the one whose bytes have the fingerprint that the manifest says. Used by one thread.
 */
final class Misnamed {
  private final FileSystem fileSystem;
  private final Path directory;
  private List<TableMeta> tables;
  private List<BlobMeta> blobs;

  Misnamed(FileSystem fileSystem, Path directory) {
    this.fileSystem = fileSystem;
    this.directory = directory;
  }

  /** The file that is a table; null if there is none. Its bytes aren't verified. */
  Path find(TableMeta wanted) {
    if (tables == null) {
      tables = readTables();
    }
    return tables.stream()
        .filter(found -> found.number() != wanted.number() && wanted.isCopyOf(found))
        .map(found -> FileNames.table(directory, found.number()))
        .findFirst()
        .orElse(null);
  }

  /** The file that is a blob file; null if there is none. Its bytes aren't verified. */
  Path find(BlobMeta wanted) {
    if (blobs == null) {
      blobs = readBlobs();
    }
    return blobs.stream()
        .filter(found -> found.number() != wanted.number() && wanted.isCopyOf(found))
        .map(found -> FileNames.blob(directory, found.number()))
        .findFirst()
        .orElse(null);
  }

  private List<TableMeta> readTables() {
    List<TableMeta> found = new ArrayList<>();
    try (BlockCache none = new BlockCache(0)) {
      for (Path path : DatabaseVerifier.tableFiles(fileSystem, directory)) {
        try {
          long number = FileNames.tableNumber(path.getFileName().toString());
          TableReader table = TableReader.open(fileSystem, path, number, none);
          try {
            found.add(TableMeta.of(table));
          } finally {
            table.release();
          }
        } catch (StorageException.Corruption | StorageException.Io | IllegalArgumentException e) {
          // None that anybody looks for.
        }
      }
      return found;
    } catch (IOException e) {
      throw FileErrors.wrap("looking for tables in " + directory, e);
    }
  }

  private List<BlobMeta> readBlobs() {
    List<BlobMeta> found = new ArrayList<>();
    try (BlockCache none = new BlockCache(0)) {
      for (Path path : DatabaseVerifier.blobFiles(fileSystem, directory)) {
        try {
          long number = FileNames.blobNumber(path.getFileName().toString());
          BlobReader blob = BlobReader.open(fileSystem, path, number, none);
          found.add(blob.meta());
          blob.release();
        } catch (StorageException.Corruption | StorageException.Io e) {
          // None that anybody looks for.
        }
      }
      return found;
    } catch (IOException e) {
      throw FileErrors.wrap("looking for blob files in " + directory, e);
    }
  }
}
