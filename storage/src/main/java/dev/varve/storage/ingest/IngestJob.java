package dev.varve.storage.ingest;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.iterator.ApartValues;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.manifest.NewBlobs;
import dev.varve.storage.manifest.NewTable;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.VersionEdit;
import dev.varve.storage.sstable.TableProperties;
import dev.varve.storage.sstable.TableReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Copies sorted tables from outside into tables of the database, whose entries have a sequence
 * number of this database. The files are only read. Used by one thread, once; closed at the end.
 */
public final class IngestJob implements AutoCloseable {
  private static final Comparator<TableReader> BY_KEY =
      Comparator.comparing(table -> table.properties().smallestKey(), Arrays::compareUnsigned);

  private final KeyGroups groups;
  private final TableFiles files;
  private final long tableBytes;
  private final BlockCache cache = new BlockCache(0);

  /** By key. */
  private final List<TableReader> sources = new ArrayList<>();

  private final List<TableMeta> outputs = new ArrayList<>();
  private NewBlobs blobs;
  private boolean counted;

  /**
   * Opens the files and reads them from end to end.
   *
   * @param groups which keys are counted
   * @param files where the new tables go
   * @param tableBytes size at which a new table is begun
   * @throws dev.varve.storage.StorageException.Corruption if one is missing, damaged or no table
   * @throws dev.varve.storage.StorageException.FormatTooNew if a newer version wrote one
   * @throws IllegalArgumentException if there are none, one was not made by a {@link
   *     SortedTableWriter}, or the keys of two overlap
   */
  public IngestJob(
      FileSystem fileSystem,
      List<Path> paths,
      KeyGroups groups,
      TableFiles files,
      long tableBytes) {
    this.groups = groups;
    this.files = files;
    this.tableBytes = tableBytes;
    boolean sound = false;
    try {
      if (paths.isEmpty()) {
        throw new IllegalArgumentException("no tables to ingest");
      }
      for (Path path : paths) {
        TableReader table = TableReader.open(fileSystem, path, 1 + sources.size(), cache);
        sources.add(table);
        check(table);
      }
      sources.sort(BY_KEY);
      checkApart();
      sources.forEach(TableReader::verify);
      sound = true;
    } finally {
      if (!sound) {
        close();
      }
    }
  }

  private static void check(TableReader table) {
    TableProperties properties = table.properties();
    if (properties.entries() == 0) {
      throw new IllegalArgumentException(table.name() + " has no entries");
    }
    if (properties.largestSequence() != SortedTableWriter.NO_SEQUENCE
        || properties.rangeTombstones() > 0
        || properties.blindEntries() > 0
        || !properties.blobUses().isEmpty()) {
      throw new IllegalArgumentException(
          table.name() + " is a database's own table, not one that a SortedTableWriter made");
    }
  }

  private void checkApart() {
    for (int i = 1; i < sources.size(); i++) {
      TableReader before = sources.get(i - 1);
      TableReader table = sources.get(i);
      if (Arrays.compareUnsigned(before.properties().largestKey(), table.properties().smallestKey())
          >= 0) {
        throw new IllegalArgumentException(
            "the keys of " + before.name() + " and " + table.name() + " overlap");
      }
    }
  }

  /** Bytes of all the files. */
  public long bytes() {
    return sources.stream().mapToLong(TableReader::fileBytes).sum();
  }

  /**
   * Writes the new tables, durably, and prepares their edit: {@link #outputs} are still to be added
   * to it.
   *
   * @param sequence that of all entries
   * @param level like whose tables the new ones are written
   * @throws dev.varve.storage.StorageException if writing failed; what was written is deleted then
   */
  public VersionEdit run(long sequence, int level) {
    VersionEdit edit = new VersionEdit();
    blobs = files.blobs(level, ApartValues.NONE, Set.of(), _ -> false);
    try {
      sources.forEach(source -> copy(source, sequence, level));
      blobs.finish().forEach(edit::add);
      files.syncNames();
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, this::discardOutputs);
      throw e;
    }
    if (counted) {
      // What the database has of these keys is not looked up.
      edit.countsOpen();
    }
    return edit;
  }

  private void copy(TableReader source, long sequence, int level) {
    try (EntryCursor entries = source.cursor(false)) {
      entries.seekToFirst();
      while (entries.isValid()) {
        outputs.add(copyOne(entries, sequence, level));
      }
    }
  }

  /** One table of the next entries. */
  private TableMeta copyOne(EntryCursor entries, long sequence, int level) {
    NewTable table = files.create(level, blobs);
    try {
      do {
        counted |= groups.groupOf(entries.key(), 0, entries.keyLength()) >= 0;
        table.add(entries, sequence);
        entries.next();
      } while (entries.isValid() && table.estimatedBytes() < tableBytes);
      return table.finish();
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, table::abandon);
      throw e;
    }
  }

  /** The new tables, by key. */
  public List<TableMeta> outputs() {
    return List.copyOf(outputs);
  }

  /**
   * Deletes what was written: for when the edit could not be committed, and surely isn't anywhere.
   */
  public void discardOutputs() {
    List<TableMeta> written = List.copyOf(outputs);
    outputs.clear();
    try {
      files.delete(written);
    } finally {
      blobs.discard();
    }
  }

  /** Closes the files. */
  @Override
  public void close() {
    sources.forEach(TableReader::release);
    sources.clear();
    cache.close();
  }
}
