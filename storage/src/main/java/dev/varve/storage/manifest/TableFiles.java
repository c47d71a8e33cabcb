package dev.varve.storage.manifest;

import dev.varve.storage.Compression;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.blob.BlobWriter;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.iterator.ApartValues;
import dev.varve.storage.sstable.TableFormatOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;

/**
 * The tables and blob files of a database: their names, and new ones. Safe for use by many threads.
 */
public final class TableFiles {
  private static final int MORE_FILTER_BITS = 4;

  private final FileSystem fileSystem;
  private final Path directory;
  private final StorageOptions options;
  private final FileNumbers numbers;

  /**
   * Makes those of the database in {@code directory}.
   *
   * @param options say how new tables are written
   * @param numbers gives each file its number
   */
  public TableFiles(
      FileSystem fileSystem, Path directory, StorageOptions options, FileNumbers numbers) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.options = options;
    this.numbers = numbers;
  }

  /** The file of a table. */
  public Path path(long number) {
    return FileNames.table(directory, number);
  }

  /**
   * Begins a table for a level.
   *
   * @param blobs where its values go
   * @throws dev.varve.storage.StorageException if the file cannot be created
   */
  public NewTable create(int level, NewBlobs blobs) {
    long number = numbers.next();
    TableFormatOptions format =
        TableFormatOptions.DEFAULT
            .withBlockBytes(options.blockBytes())
            .withFilterBitsPerKey(filterBits(level))
            .withCompression(compression(level));
    return new NewTable(fileSystem, path(number), number, format, blobs);
  }

  /**
   * A lookup of an absent key asks a filter of each level. Those above the last hold about a tenth
   * of the keys: a few bits more of theirs cost little, and make the last one's the only errors
   * that count.
   */
  private int filterBits(int level) {
    int bits = options.filterBitsPerKey();
    return bits == 0 || level == Levels.LAST
        ? bits
        : Math.min(bits + MORE_FILTER_BITS, TableFormatOptions.MOST_FILTER_BITS);
  }

  /**
   * Decides where the values of new tables go.
   *
   * @param level that the tables are for
   * @param values reads values of blob files
   * @param worn numbers of blob files that the tables are not to refer to
   * @param urgent whether somebody waits, when values of so many bytes have been written: the next
   *     one is compressed as those of upper levels are, then, which is quicker
   */
  public NewBlobs blobs(int level, ApartValues values, Set<Long> worn, LongPredicate urgent) {
    return new NewBlobs(
        this,
        written -> urgent.test(written) ? options.compression() : compression(level),
        options.blobThreshold(),
        options.tableBytes(),
        values,
        worn,
        options.keyGroups());
  }

  BlobWriter createBlob() {
    long number = numbers.next();
    return new BlobWriter(fileSystem, FileNames.blob(directory, number), number);
  }

  private Compression compression(int level) {
    return level == Levels.LAST ? options.bottomCompression() : options.compression();
  }

  /** Makes the names of finished tables durable: an edit may add them only after that. */
  public void syncNames() {
    try {
      fileSystem.syncDirectory(directory);
    } catch (IOException e) {
      throw FileErrors.wrap("syncing folder " + directory, e);
    }
  }

  /** Deletes finished tables that no version has or ever had: all that can be. */
  public void delete(Collection<TableMeta> tables) {
    deleteAll(tables.stream().map(table -> path(table.number())).toList());
  }

  /** As {@link #delete}, of blob files. */
  void deleteBlobs(Collection<BlobMeta> blobs) {
    deleteAll(blobs.stream().map(blob -> FileNames.blob(directory, blob.number())).toList());
  }

  private void deleteAll(List<Path> files) {
    StorageException first = null;
    for (Path file : files) {
      try {
        fileSystem.delete(file);
      } catch (IOException e) {
        StorageException error = FileErrors.wrap("deleting " + file, e);
        if (first == null) {
          first = error;
        } else {
          first.addSuppressed(error);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
