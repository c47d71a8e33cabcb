package dev.varve.storage.manifest;

import dev.varve.storage.base.BlobUse;
import dev.varve.storage.base.BlobUses;
import dev.varve.storage.blob.BlobMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The blob files that tables refer to, by number. What of each is in use is what the tables say,
 * added up; the rest is garbage. A file that no table refers to isn't one of these any more.
 * Immutable.
 */
public final class BlobFiles {
  static final BlobFiles EMPTY = new BlobFiles(List.of());

  /**
   * A blob file.
   *
   * @param meta what it is
   * @param usedValues values that tables refer to
   * @param usedBytes what these take in the file
   */
  public record BlobFile(BlobMeta meta, long usedValues, long usedBytes) {
    /** What values take that no table refers to. */
    public long garbageBytes() {
      return meta.valueBytes() - usedBytes;
    }
  }

  private final List<BlobFile> files;
  private final long[] numbers;
  private final long bytes;
  private final long valueBytes;
  private final long garbageBytes;

  private BlobFiles(List<BlobFile> files) {
    this.files = List.copyOf(files);
    numbers = files.stream().mapToLong(file -> file.meta.number()).toArray();
    bytes = files.stream().mapToLong(file -> file.meta.bytes()).sum();
    valueBytes = files.stream().mapToLong(file -> file.meta.valueBytes()).sum();
    garbageBytes = files.stream().mapToLong(BlobFile::garbageBytes).sum();
  }

  /**
   * What is left of these and more when the tables are those.
   *
   * @throws IllegalArgumentException if a file comes that is there, or tables refer to more than
   *     there is
   */
  BlobFiles with(Collection<BlobMeta> added, TableMeta[][] tables) {
    BlobUses uses = new BlobUses();
    for (TableMeta[] level : tables) {
      for (TableMeta table : level) {
        table.blobUses().forEach(use -> uses.add(use.blob(), use.values(), use.bytes()));
      }
    }
    Map<Long, BlobMeta> known = new TreeMap<>();
    files.forEach(file -> known.put(file.meta.number(), file.meta));
    for (BlobMeta blob : added) {
      if (known.put(blob.number(), blob) != null) {
        throw new IllegalArgumentException(blob + " would be there twice");
      }
    }
    List<BlobFile> used = new ArrayList<>();
    for (BlobUse use : uses.toList()) {
      BlobMeta blob = known.get(use.blob());
      if (blob == null || use.values() > blob.values() || use.bytes() > blob.valueBytes()) {
        throw new IllegalArgumentException("tables refer to " + use + ", but there is " + blob);
      }
      used.add(new BlobFile(blob, use.values(), use.bytes()));
    }
    return used.isEmpty() ? EMPTY : new BlobFiles(used);
  }

  /** All, by number. */
  public List<BlobFile> all() {
    return files;
  }

  /** Where in {@link #all} the file of a number is; negative if there is none. */
  int indexOf(long number) {
    return Arrays.binarySearch(numbers, number);
  }

  /** Size of all files. */
  public long bytes() {
    return bytes;
  }

  /** What values take in all files. */
  public long valueBytes() {
    return valueBytes;
  }

  /** What of {@link #valueBytes} no table refers to. */
  public long garbageBytes() {
    return garbageBytes;
  }
}
