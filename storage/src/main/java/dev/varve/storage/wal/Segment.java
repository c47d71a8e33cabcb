package dev.varve.storage.wal;

import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.record.RecordReader;
import dev.varve.storage.record.RecordWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A segment that is being written, or is ready to be. Its file holds {@code capacity} bytes. */
final class Segment {
  /**
   * The most that stays free in a full segment: the unused end of a block, and less than a
   * fragment.
   */
  private static final long UNUSABLE_BYTES = 2L * RecordWriter.FRAGMENT_BYTES;

  /** {@link #wholeWritten}: the segment holds only parts of a record that began before it. */
  static final long NO_END = RecordReader.NONE;

  private final long number;
  private final Path path;
  private final WritableFile file;
  private final long capacity;

  // Owned by the writer, from begin() on.
  private RecordWriter writer;
  private SegmentHeader header;
  private boolean headerWritten;
  private long lastIndex;
  private long writtenBefore;

  /** Offset of the record that is being taken in, {@link #NO_END} if it began before. */
  private long openRecord = Long.MAX_VALUE;

  /** Bytes that the file has taken; set by the writer, after the write. */
  private volatile long written;

  /** Offset after the last record that is whole, of what was written; set after that. */
  private volatile long wholeWritten = NO_END;

  /** Bytes known to be durable; set by who syncs, after the sync. */
  private volatile long synced;

  /** As {@link #wholeWritten}, of what is durable. */
  private volatile long wholeSynced = NO_END;

  Segment(long number, Path path, WritableFile file, long capacity) {
    this.number = number;
    this.path = path;
    this.file = file;
    this.capacity = capacity;
  }

  /** Writer: records go here from now on. */
  void begin(long previous, long startIndex, ByteBuffer buffer, long writtenBefore) {
    this.writtenBefore = writtenBefore;
    header = new SegmentHeader(number, previous, startIndex);
    writer = new RecordWriter(file, number, SegmentHeader.BYTES, capacity, buffer);
    lastIndex = startIndex;
  }

  /** Writer: no more records come; the file ends with a part of a record or after one. */
  void finish(long lastIndex) {
    this.lastIndex = lastIndex;
  }

  /**
   * Writer: takes in a record in parts, which may be written one by one.
   *
   * @param began whether some of it went to the segment before
   */
  void openRecord(boolean began) {
    openRecord = began ? NO_END : writer.position();
  }

  /** Writer: the record taken in last is whole. */
  void closeRecord() {
    openRecord = Long.MAX_VALUE;
  }

  /** Writer: hands what was framed to the file. */
  void write(ByteBuffer headerBuffer) throws IOException {
    if (!headerWritten) {
      header.encode(headerBuffer);
      file.write(headerBuffer, 0);
      headerWritten = true;
    }
    writer.write();
    written = writer.written();
    wholeWritten = Math.min(written, openRecord);
  }

  /** Makes what was written when this was called durable. */
  void sync() throws IOException {
    // In this order: all whole records that are seen here are among the bytes that are covered.
    long whole = wholeWritten;
    long covered = written;
    if (covered > synced) {
      file.sync();
      synced = covered;
    }
    wholeSynced = whole;
  }

  /** Writer: bytes of fragments that the file can still take; at its end some can't be used. */
  long remaining() {
    return capacity - writer.position() - UNUSABLE_BYTES;
  }

  RecordWriter writer() {
    return writer;
  }

  long number() {
    return number;
  }

  Path path() {
    return path;
  }

  long capacity() {
    return capacity;
  }

  /**
   * Bytes of fragments that a segment not yet begun can take, the unusable rest at its end less.
   */
  long room() {
    return capacity - SegmentHeader.BYTES - 2L * RecordWriter.FRAGMENT_BYTES;
  }

  long written() {
    return written;
  }

  /** Bytes that the log's earlier segments have taken since it was opened. */
  long writtenBefore() {
    return writtenBefore;
  }

  long synced() {
    return synced;
  }

  /** Offset after the last record that is written and whole, or {@link #NO_END}. */
  long wholeWritten() {
    return wholeWritten;
  }

  /** Offset after the last record that is durable and whole, or {@link #NO_END}. */
  long wholeSynced() {
    return wholeSynced;
  }

  /** Index of the last batch of which this segment holds anything. */
  long lastIndex() {
    return lastIndex;
  }

  /** Cuts the file after what was written, for good. */
  void trim() throws IOException {
    if (written < capacity) {
      file.truncate(written);
      file.sync();
    }
  }

  /** Lets go of the file, whose bytes are durable or not needed any more: to sync it is no work. */
  void close() {
    synced = written;
    file.close();
  }
}
