package dev.varve.storage.wal;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads the log that an earlier run left, and seals it, so that the next recovery finds a log that
 * ends cleanly:
 *
 * <ol>
 *   <li>Segments are told from spares by their headers. A segment whose successor began at or
 *       before the index that tables hold is not needed any more.
 *   <li>The needed ones must follow each other without a gap: every header names the segment before
 *       and the index that it starts at. All but the last had been synced whole before the next was
 *       begun, so they must be whole.
 *   <li>The last one ends at the first bad fragment, unless a later promise tells that it had been
 *       durable. A record without an end is dropped.
 *   <li>Segments that held only parts of the dropped record are removed, the last first, each for
 *       good before the next, as a gap must never show. Then the last one that is left is cut to
 *       its good bytes and synced. New records go to a new segment, never behind a sealed end.
 * </ol>
 *
 * A crash on the way leaves a log that recovers to the same batches.
 */
final class LogRecovery {
  private final FileSystem fileSystem;
  private final Path directory;
  private final long afterIndex;
  private final Consumer<WriteBatch> to;

  private final WriteBatch batch = new WriteBatch();
  private final List<SegmentPool.Finished> kept = new ArrayList<>();
  private long lastNumber;
  private long lastIndex;

  /** A segment found; {@code completeEnd} is set while it is read. */
  private static final class Found {
    final SegmentHeader header;
    final Path path;
    long completeEnd;
    long lastIndex;

    Found(SegmentHeader header, Path path) {
      this.header = header;
      this.path = path;
    }
  }

  LogRecovery(FileSystem fileSystem, Path directory, long afterIndex, Consumer<WriteBatch> to) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.afterIndex = afterIndex;
    this.to = to;
    this.lastIndex = afterIndex;
  }

  /** Hands over what is in the log and seals it. */
  void run() throws IOException {
    List<Found> segments = new ArrayList<>();
    List<Long> strays = new ArrayList<>();
    for (long number : numbers()) {
      SegmentHeader header = header(number);
      if (header != null) {
        segments.add(new Found(header, path(number)));
      } else {
        strays.add(number);
      }
    }
    List<Found> obsolete = new ArrayList<>();
    while (segments.size() > 1 && segments.get(1).header.startIndex() <= afterIndex) {
      obsolete.add(segments.removeFirst());
    }
    long newest = segments.isEmpty() ? 0 : segments.getLast().header.number();
    for (long stray : strays) {
      if (stray > newest) {
        checkStray(stray);
      }
    }
    if (!segments.isEmpty()) {
      checkChain(segments);
      seal(segments, read(segments));
    }
    for (Found found : obsolete) {
      fileSystem.delete(found.path);
    }
    for (long stray : strays) {
      fileSystem.delete(path(stray));
    }
  }

  private List<Long> numbers() throws IOException {
    return fileSystem.list(directory).stream()
        .map(SegmentFiles::number)
        .filter(number -> number >= 0)
        .sorted()
        .toList();
  }

  private Path path(long number) {
    return directory.resolve(SegmentFiles.name(number));
  }

  /** The header of a segment; null if the file is a spare, which has none or that of another. */
  private SegmentHeader header(long number) throws IOException {
    Path path = path(number);
    try (ReadableFile file = fileSystem.openForRead(path)) {
      if (file.size() < SegmentHeader.BYTES) {
        return null;
      }
      ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.BYTES);
      file.read(bytes, 0);
      SegmentHeader header = SegmentHeader.decode(bytes, path.toString());
      return header != null && header.number() == number ? header : null;
    }
  }

  /** A file without a header is a spare or was never synced, unless its records tell otherwise. */
  private void checkStray(long number) throws IOException {
    Path path = path(number);
    try (ReadableFile file = fileSystem.openForRead(path)) {
      RecordReader reader =
          new RecordReader(file, path.toString(), number, SegmentHeader.BYTES, true);
      if (reader.promisedBehind() > 0) {
        throw new Corruption(path.toString(), 0, "the header of log segment " + number);
      }
    }
  }

  private void checkChain(List<Found> segments) {
    Found first = segments.getFirst();
    if (first.header.startIndex() > afterIndex) {
      throw new Corruption(
          first.path.toString(),
          0,
          "a start at or before index "
              + afterIndex
              + ", which tables hold, but it is "
              + first.header.startIndex()
              + "; log segment "
              + SegmentFiles.name(first.header.previous())
              + " is missing");
    }
    for (int i = 1; i < segments.size(); i++) {
      SegmentHeader header = segments.get(i).header;
      if (header.previous() != segments.get(i - 1).header.number()) {
        throw new Corruption(
            segments.get(i).path.toString(),
            0,
            "log segment " + SegmentFiles.name(header.previous()) + " before it, which is missing");
      }
    }
  }

  /**
   * Hands over the batches; returns how many of the segments hold whole ones or their beginnings.
   */
  private int read(List<Found> segments) throws IOException {
    List<ReadableFile> open = new ArrayList<>();
    try {
      lastIndex = segments.getFirst().header.startIndex();
      RecordReader reader = null;
      for (int i = 0; i < segments.size(); i++) {
        Found segment = segments.get(i);
        ReadableFile file = fileSystem.openForRead(segment.path);
        open.add(file);
        String name = segment.path.toString();
        long number = segment.header.number();
        if (reader == null) {
          reader = new RecordReader(file, name, number, SegmentHeader.BYTES, true);
        } else {
          reader.continueIn(file, name, number, SegmentHeader.BYTES);
        }
        readOne(segment, reader);
        if (i + 1 == segments.size()) {
          reader.checkEnd();
        } else {
          checkWhole(segment, segments.get(i + 1).header.startIndex(), reader);
        }
      }
      int left = segments.size();
      while (segments.get(left - 1).completeEnd == RecordReader.NONE) {
        left--;
      }
      return left;
    } finally {
      for (ReadableFile file : open) {
        file.close();
      }
    }
  }

  /** A segment that has a successor holds all up to the successor's start, or its file is full. */
  private void checkWhole(Found segment, long nextStart, RecordReader reader) {
    boolean whole = reader.isPartial() ? reader.isFileFull() : lastIndex == nextStart;
    if (!whole) {
      throw new Corruption(
          segment.path.toString(), reader.position(), "batches up to index " + nextStart);
    }
  }

  private void readOne(Found segment, RecordReader reader) throws IOException {
    while (reader.next()) {
      try {
        batch.load(reader.bytes(), 0, reader.length());
      } catch (IllegalArgumentException e) {
        throw new Corruption(segment.path.toString(), reader.offset(), "a batch");
      }
      if (batch.sequence() != lastIndex + 1) {
        throw new Corruption(
            segment.path.toString(),
            reader.offset(),
            "the batch that begins with " + (lastIndex + 1) + ", not " + batch.sequence());
      }
      lastIndex += batch.operations();
      if (lastIndex > afterIndex) {
        to.accept(batch);
      }
    }
    segment.completeEnd = reader.completeEnd();
    segment.lastIndex = lastIndex;
  }

  private void seal(List<Found> segments, int left) throws IOException {
    for (int i = segments.size() - 1; i >= left; i--) {
      fileSystem.delete(segments.get(i).path);
      fileSystem.syncDirectory(directory);
    }
    Found last = segments.get(left - 1);
    try (WritableFile file = fileSystem.openForWrite(last.path)) {
      if (fileSystem.size(last.path) > last.completeEnd) {
        file.truncate(last.completeEnd);
      }
      // Even if nothing was cut: what was read may be in the page cache only.
      file.sync();
    }
    lastNumber = last.header.number();
    for (int i = 0; i < left; i++) {
      Found segment = segments.get(i);
      long next = i + 1 < left ? segments.get(i + 1).header.startIndex() : segment.lastIndex;
      kept.add(new SegmentPool.Finished(segment.path, fileSystem.size(segment.path), next));
    }
    lastIndex = Math.max(lastIndex, afterIndex);
  }

  /** The segments that are still needed. */
  List<SegmentPool.Finished> kept() {
    return kept;
  }

  /** Number of the newest segment kept; 0 if there is none. */
  long lastNumber() {
    return lastNumber;
  }

  /** Index of the last batch, in the log or in tables. */
  long lastIndex() {
    return lastIndex;
  }
}
