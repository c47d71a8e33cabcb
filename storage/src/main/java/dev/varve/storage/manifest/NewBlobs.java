package dev.varve.storage.manifest;

import dev.varve.storage.Compression;
import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.blob.BlobWriter;
import dev.varve.storage.iterator.ApartValues;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Decides where the values of new tables go, and writes the blob files of those that lie apart: a
 * value of the threshold's size or more goes to a blob file. One that is in a blob file already
 * stays there, unless the file is worn; then it is treated as a new one. Ends with {@link #finish}
 * or {@link #discard}, the latter also after an error. Used by one thread.
 */
public final class NewBlobs {
  private final TableFiles files;
  private final LongFunction<Compression> compression;
  private final int threshold;
  private final long fileBytes;
  private final ApartValues values;
  private final Set<Long> worn;
  private final KeyGroups groups;
  private final EntryReference placed = new EntryReference();
  private final MemorySegment reference =
      MemorySegment.ofArray(new byte[BlobReference.BYTES + BlobReference.MOST_HEAD_BYTES]);
  private final List<BlobMeta> finished = new ArrayList<>();
  private BlobWriter open;
  private long placedBytes;
  private long relocatedBytes;

  /**
   * Begins with none.
   *
   * @param compression asked for each value, when values of so many bytes have been written
   * @param threshold the least bytes of a value that goes to a blob file; 0: none does
   * @param fileBytes size at which a new blob file is begun
   * @param values reads what lies in worn files
   * @param worn numbers of blob files that nothing is to refer to any more
   * @param groups tells which values are marked
   */
  NewBlobs(
      TableFiles files,
      LongFunction<Compression> compression,
      int threshold,
      long fileBytes,
      ApartValues values,
      Set<Long> worn,
      KeyGroups groups) {
    this.groups = groups;
    this.files = files;
    this.compression = compression;
    this.threshold = threshold;
    this.fileBytes = fileBytes;
    this.values = values;
    this.worn = worn;
  }

  /** The entry as it goes into a table, its value placed; the caller releases it. */
  EntryReference place(
      byte kind,
      long sequence,
      byte[] key,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    placed.set(kind, sequence, value, valueOffset, valueLength);
    if (EntryKind.isApart(kind) && worn.contains(BlobReference.blob(value, valueOffset))) {
      relocatedBytes += BlobReference.storedBytes(value, valueOffset);
      values.read(key, 0, keyLength, true, placed);
    }
    boolean belongsApart = threshold > 0 && placed.valueLength() >= threshold;
    if (belongsApart
        && EntryKind.isPut(kind)
        && !EntryKind.isApart(placed.kind())
        && !leadsSomewhere(key, keyLength)) {
      putApart(key, keyLength);
    }
    return placed;
  }

  /**
   * What such a value leads to must be known without reading it, where a blind put has hidden it.
   */
  private boolean leadsSomewhere(byte[] key, int keyLength) {
    return groups.groupOf(key, 0, keyLength) != KeyGroups.NOT_COUNTED
        && groups.leadsTo(placed.valueSegment(), placed.valueOffset(), placed.valueLength())
            != null;
  }

  private void putApart(byte[] key, int keyLength) {
    byte kind = (byte) (placed.kind() | EntryKind.APART_BIT);
    long sequence = placed.sequence();
    boolean marked =
        groups.groupOf(key, 0, keyLength) != KeyGroups.NOT_COUNTED
            && groups.isMarked(placed.valueSegment(), placed.valueOffset(), placed.valueLength());
    int headLength = headLength();
    try {
      if (open == null) {
        open = files.createBlob();
      }
      open.add(
          key,
          0,
          keyLength,
          placed.valueSegment(),
          placed.valueOffset(),
          placed.valueLength(),
          compression.apply(placedBytes),
          reference);
      placedBytes += placed.valueLength();
      MemorySegment.copy(
          placed.valueSegment(), placed.valueOffset(), reference, BlobReference.BYTES, headLength);
    } finally {
      placed.release();
    }
    if (marked) {
      BlobReference.mark(reference);
    }
    placed.set(kind, sequence, reference, 0, BlobReference.BYTES + headLength);
    if (open.valueBytes() >= fileBytes) {
      finishFile();
    }
  }

  private int headLength() {
    int length =
        groups.headLength(placed.valueSegment(), placed.valueOffset(), placed.valueLength());
    // Part of a head would be taken for one; without any, who asks for it reads the value.
    return length > BlobReference.MOST_HEAD_BYTES ? 0 : Math.clamp(length, 0, placed.valueLength());
  }

  private void finishFile() {
    finished.add(open.finish());
    open = null;
  }

  /** What was read of worn files so far, in bytes of the files. */
  public long relocatedBytes() {
    return relocatedBytes;
  }

  /** Writes and syncs the rest; the blob files' names are not durable yet. */
  public List<BlobMeta> finish() {
    if (open != null) {
      finishFile();
    }
    return List.copyOf(finished);
  }

  /** Deletes all blob files: for when no table that refers to them comes to be. */
  public void discard() {
    BlobWriter unfinished = open;
    List<BlobMeta> written = List.copyOf(finished);
    open = null;
    finished.clear();
    try {
      files.deleteBlobs(written);
    } finally {
      if (unfinished != null) {
        unfinished.abandon();
      }
    }
  }
}
