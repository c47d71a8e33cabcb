package dev.varve.storage.manifest;

import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.SurvivorCursor;
import dev.varve.storage.sstable.TableFormatOptions;
import dev.varve.storage.sstable.TableProperties;
import dev.varve.storage.sstable.TableWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A table being written, by one thread. Ends with {@link #finish} or {@link #abandon}, the latter
 * also after an error.
 */
public final class NewTable {
  private final FileSystem fileSystem;
  private final Path path;
  private final long number;
  private final TableWriter writer;
  private final NewBlobs blobs;
  private byte[] tombstonesBegin;
  private byte[] tombstonesEnd;

  NewTable(
      FileSystem fileSystem, Path path, long number, TableFormatOptions format, NewBlobs blobs) {
    this.fileSystem = fileSystem;
    this.path = path;
    this.number = number;
    this.blobs = blobs;
    writer = new TableWriter(fileSystem, path, format);
  }

  /** Adds the entry on which {@code entries} stands. */
  public void add(SurvivorCursor entries) {
    add(
        entries.kind(),
        entries.sequence(),
        entries.key(),
        entries.keyLength(),
        entries.valueSegment(),
        entries.valueOffset(),
        entries.valueLength());
  }

  /** As {@link #add(SurvivorCursor)}. */
  public void add(EntryCursor entries) {
    add(
        entries.kind(),
        entries.sequence(),
        entries.key(),
        entries.keyLength(),
        entries.valueSegment(),
        entries.valueOffset(),
        entries.valueLength());
  }

  /** As {@link #add(EntryCursor)}, under another sequence number. */
  public void add(EntryCursor entries, long sequence) {
    add(
        entries.kind(),
        sequence,
        entries.key(),
        entries.keyLength(),
        entries.valueSegment(),
        entries.valueOffset(),
        entries.valueLength());
  }

  private void add(
      byte kind,
      long sequence,
      byte[] key,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    EntryReference placed =
        blobs.place(kind, sequence, key, keyLength, value, valueOffset, valueLength);
    try {
      writer.add(
          placed.kind(),
          sequence,
          key,
          0,
          keyLength,
          placed.valueSegment(),
          placed.valueOffset(),
          placed.valueLength());
    } finally {
      placed.release();
    }
  }

  /** Adds a range tombstone; in any order. */
  public void add(RangeTombstone tombstone) {
    writer.addRangeTombstone(tombstone);
    tombstonesBegin = TableMeta.least(tombstonesBegin, tombstone.begin());
    tombstonesEnd = TableMeta.greatest(tombstonesEnd, tombstone.end());
  }

  /** About how large the file would be if it were finished now, in bytes. */
  public long estimatedBytes() {
    return writer.estimatedSize();
  }

  /** Writes the rest and syncs the file; its name is not durable yet. */
  public TableMeta finish() {
    TableProperties properties = writer.finish();
    byte[] begin = tombstonesBegin;
    byte[] end = tombstonesEnd;
    if (properties.entries() > 0) {
      begin = TableMeta.least(begin, properties.smallestKey());
      end = TableMeta.greatest(end, TableMeta.justBehind(properties.largestKey()));
    }
    return TableMeta.of(number, size(), begin, end, properties);
  }

  private long size() {
    try {
      return fileSystem.size(path);
    } catch (IOException e) {
      throw FileErrors.wrap("asking for the size of " + path, e);
    }
  }

  /** Closes and deletes the file, if it is not finished. */
  public void abandon() {
    writer.abandon();
  }
}
