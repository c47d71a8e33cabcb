package dev.varve.storage.repair;

import dev.varve.storage.StorageException;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.BlobUse;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.blob.BlobReader;
import dev.varve.storage.cache.Block;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.iterator.ApartValues;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.manifest.FileNames;
import dev.varve.storage.manifest.NewBlobs;
import dev.varve.storage.manifest.NewTable;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.sstable.TableReader;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes tables anew that refer to blob files which aren't sound: with the values of these that can
 * still be read, without the entries whose value can't. Used by one thread.
 */
final class TableSalvage implements ApartValues, AutoCloseable {
  private final FileSystem fileSystem;
  private final Path directory;
  private final TableFiles files;
  private final Set<Long> unsound;
  private final BlockCache cache = new BlockCache(0);

  /** Unsound blob files that can be opened. */
  private final Map<Long, BlobReader> readable = new HashMap<>();

  private final List<BlobMeta> blobs = new ArrayList<>();
  private long lostValues;

  /**
   * Begins with nothing.
   *
   * @param unsound the blob files that are damaged or missing, by number, and the file of each that
   *     its values may be read from
   */
  TableSalvage(FileSystem fileSystem, Path directory, TableFiles files, Map<Long, Path> unsound) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.files = files;
    this.unsound = unsound.keySet();
    unsound.forEach(
        (number, path) -> {
          try {
            readable.put(number, BlobReader.open(fileSystem, path, number, cache));
          } catch (Corruption | StorageException.Io e) {
            // Nothing of it can be read.
          }
        });
  }

  /** Whether a table refers to a blob file that isn't sound. */
  boolean isNeeded(TableMeta table) {
    return table.blobUses().stream().map(BlobUse::blob).anyMatch(unsound::contains);
  }

  /**
   * Writes a sound table anew.
   *
   * @return the new one; null if nothing of it is left
   */
  TableMeta rewrite(TableMeta table, int level) {
    NewBlobs newBlobs = files.blobs(level, this, unsound, _ -> false);
    NewTable copy = files.create(level, newBlobs);
    try {
      boolean any = copy(table, copy);
      TableMeta meta = any ? copy.finish() : null;
      blobs.addAll(newBlobs.finish());
      if (!any) {
        copy.abandon();
      }
      return meta;
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, copy::abandon);
      throw e;
    }
  }

  private boolean copy(TableMeta table, NewTable copy) {
    boolean any = false;
    TableReader reader =
        TableReader.open(fileSystem, files.path(table.number()), table.number(), cache);
    try (EntryCursor entries = reader.cursor(false)) {
      for (entries.seekToFirst(); entries.isValid(); entries.next()) {
        try {
          copy.add(entries);
          any = true;
        } catch (Corruption e) {
          lostValues++;
        }
      }
      reader.rangeTombstones().toList().forEach(copy::add);
      return any || !reader.rangeTombstones().isEmpty();
    } finally {
      reader.release();
    }
  }

  /** A value of an unsound blob file, or {@link Corruption} whatever keeps it from being read. */
  @Override
  public boolean read(byte[] key, int offset, int length, boolean mayRead, EntryReference entry) {
    if (!mayRead) {
      entry.release();
      return false;
    }
    MemorySegment reference = entry.valueSegment();
    long at = entry.valueOffset();
    long number = BlobReference.blob(reference, at);
    int valueLength = BlobReference.valueLength(reference, at);
    byte kind = entry.kind();
    long sequence = entry.sequence();
    Block value;
    try {
      BlobReader blob = readable.get(number);
      if (blob == null) {
        throw unreadable(number, 0);
      }
      value = blob.readValue(key, offset, length, reference, at, false);
    } catch (StorageException.Io e) {
      throw unreadable(number, BlobReference.offset(reference, at));
    } finally {
      entry.release();
    }
    entry.resolve(kind, sequence, value.memory(), valueLength, value);
    return true;
  }

  private Corruption unreadable(long number, long offset) {
    return new Corruption(
        FileNames.blob(directory, number).toString(), offset, "a value that can be read");
  }

  /** The blob files that new tables refer to. */
  List<BlobMeta> blobs() {
    return blobs;
  }

  /** Entries left out so far. */
  long lostValues() {
    return lostValues;
  }

  /** Closes the blob files. */
  @Override
  public void close() {
    readable.values().forEach(BlobReader::release);
    cache.close();
  }
}
