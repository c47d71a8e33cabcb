package dev.varve.storage.verify;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.BlobUse;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.blob.BlobReader;
import dev.varve.storage.cache.Block;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.manifest.FileNames;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.sstable.TableReader;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether blob files hold what tables refer to in them. Where a manifest names both, it says which
 * belong together; where none does, a sound blob file may be another one under its name.
 */
public final class ValueReferences {
  private ValueReferences() {}

  /**
   * The blob files, by number, that don't hold what a table refers to.
   *
   * @param table a sound one
   * @param sound numbers of blob files that are sound
   */
  public static Set<Long> broken(
      FileSystem fileSystem, Path directory, TableMeta table, Set<Long> sound) {
    Set<Long> broken = new TreeSet<>();
    Map<Long, BlobReader> blobs = new HashMap<>();
    try (BlockCache none = new BlockCache(0)) {
      for (BlobUse use : table.blobUses()) {
        if (sound.contains(use.blob())) {
          Path path = FileNames.blob(directory, use.blob());
          blobs.put(use.blob(), BlobReader.open(fileSystem, path, use.blob(), none));
        } else {
          broken.add(use.blob());
        }
      }
      if (!blobs.isEmpty()) {
        Path path = FileNames.table(directory, table.number());
        TableReader reader = TableReader.open(fileSystem, path, table.number(), none);
        try (EntryCursor entries = reader.cursor(false)) {
          for (entries.seekToFirst(); entries.isValid(); entries.next()) {
            check(entries, blobs, broken);
          }
        } finally {
          reader.release();
        }
      }
    } finally {
      blobs.values().forEach(BlobReader::release);
    }
    return broken;
  }

  private static void check(EntryCursor entries, Map<Long, BlobReader> blobs, Set<Long> broken) {
    if (!EntryKind.isApart(entries.kind())) {
      return;
    }
    MemorySegment reference = entries.valueSegment();
    long at = entries.valueOffset();
    long number = BlobReference.blob(reference, at);
    BlobReader blob = blobs.get(number);
    if (blob == null || broken.contains(number)) {
      return;
    }
    try {
      Block value = blob.readValue(entries.key(), 0, entries.keyLength(), reference, at, false);
      try {
        if (!beginsWith(value, reference, at + BlobReference.BYTES, entries.valueLength())) {
          broken.add(number);
        }
      } finally {
        value.unpin();
      }
    } catch (Corruption e) {
      broken.add(number);
    }
  }

  /** Whether the value is what its head, at the end of the entry, says. */
  private static boolean beginsWith(
      Block value, MemorySegment reference, long headAt, int entryLength) {
    int length = entryLength - BlobReference.BYTES;
    return MemorySegment.mismatch(value.memory(), 0, length, reference, headAt, headAt + length)
        == -1;
  }
}
