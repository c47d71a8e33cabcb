package dev.varve.storage.wal;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads a log from the first batch that is needed to the last, and changes nothing:
 *
 * <ol>
 *   <li>Segments are told from spares by their headers. A segment whose successor began at or
 *       before the index that tables hold is not needed any more.
 *   <li>The needed ones must follow each other without a gap: every header names the segment before
 *       and the index that it starts at. All but the last had been synced whole before the next was
 *       begun, so they must be whole.
 *   <li>The last one ends at the first bad fragment, unless a later promise tells that it had been
 *       durable. A record without an end is dropped.
 *   <li>What is known to have been durable must be there.
 * </ol>
 *
 * Used once, by one thread.
 */
final class LogScan {
  /** An index before every batch's. */
  static final long BEFORE_ALL = -1;

  private final FileSystem fileSystem;
  private final Path directory;
  private final long afterIndex;
  private final Consumer<WriteBatch> to;

  private final WriteBatch batch = new WriteBatch();
  private final List<Found> segments = new ArrayList<>();
  private final List<Found> obsolete = new ArrayList<>();
  private final List<Path> strays = new ArrayList<>();
  private int left;
  private long lastIndex;

  /** A segment found; the rest is set while it is read. */
  static final class Found {
    final SegmentHeader header;
    final Path path;
    long completeEnd;
    long promised;
    long lastIndex;

    Found(SegmentHeader header, Path path) {
      this.header = header;
      this.path = path;
    }
  }

  /**
   * Of the log in a directory.
   *
   * @param afterIndex up to which tables hold everything
   * @param to given every batch behind that
   */
  LogScan(FileSystem fileSystem, Path directory, long afterIndex, Consumer<WriteBatch> to) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.afterIndex = afterIndex;
    this.to = to;
    this.lastIndex = afterIndex;
  }

  /**
   * Reads all of a log that nobody writes to.
   *
   * @param reachedIndex up to which it is known to have been durable
   */
  void readAll(long reachedIndex) throws IOException {
    find();
    long newest = segments.isEmpty() ? 0 : segments.getLast().header.number();
    for (Path stray : strays) {
      if (SegmentFiles.number(stray.getFileName().toString()) > newest) {
        checkStray(stray);
      }
    }
    if (!segments.isEmpty()) {
      checkChain();
      read(Long.MAX_VALUE);
    }
    checkReached(reachedIndex);
  }

  /** What to call all segments together. */
  static Path name(Path directory) {
    return directory.resolve("*.log");
  }

  /** Reads a log that is being written to, up to an index that is known to be durable. */
  void readLive(long durableIndex) throws IOException {
    find();
    if (!segments.isEmpty() && durableIndex > afterIndex) {
      checkChain();
      read(durableIndex);
    }
    checkReached(durableIndex);
  }

  /** Tells segments from other files, and those that are needed from those that are not. */
  void find() throws IOException {
    List<Long> numbers =
        fileSystem.list(directory).stream()
            .map(SegmentFiles::number)
            .filter(number -> number >= 0)
            .sorted()
            .toList();
    for (long number : numbers) {
      Path path = directory.resolve(SegmentFiles.name(number));
      SegmentHeader header = header(path, number);
      if (header != null) {
        segments.add(new Found(header, path));
      } else {
        strays.add(path);
      }
    }
    while (segments.size() > 1 && segments.get(1).header.startIndex() <= afterIndex) {
      obsolete.add(segments.removeFirst());
    }
  }

  /** The header of a segment; null if the file is a spare, which has none or that of another. */
  private SegmentHeader header(Path path, long number) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      if (file.size() < SegmentHeader.BYTES) {
        return null;
      }
      ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.BYTES);
      file.read(bytes, 0);
      SegmentHeader header = SegmentHeader.decode(bytes, path.toString());
      if (header != null && header.number() > number) {
        // A recycled file has a greater number than the one in its header, never a lesser one.
        throw new Corruption(
            path.toString(),
            SegmentHeader.NUMBER_AT,
            "the header of log segment " + number + ", not of " + header.number());
      }
      return header != null && header.number() == number ? header : null;
    }
  }

  /** A file without a header is a spare or was never synced, unless its records tell otherwise. */
  private void checkStray(Path path) throws IOException {
    long number = SegmentFiles.number(path.getFileName().toString());
    try (ReadableFile file = fileSystem.openForRead(path)) {
      RecordReader reader =
          new RecordReader(file, path.toString(), number, SegmentHeader.BYTES, true);
      if (reader.promisedBehind() > 0) {
        throw new Corruption(path.toString(), 0, "the header of log segment " + number);
      }
    }
  }

  private void checkChain() {
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

  /** Hands over the batches, up to the one that reaches {@code upTo} if that comes first. */
  private void read(long upTo) throws IOException {
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
        readOne(segment, reader, upTo);
        if (lastIndex >= upTo) {
          break;
        }
        if (i + 1 < segments.size()) {
          checkWhole(segment, segments.get(i + 1).header.startIndex(), reader);
        } else if (upTo == Long.MAX_VALUE) {
          reader.checkEnd();
        }
      }
      left = segments.size();
      while (segments.get(left - 1).completeEnd == RecordReader.NONE) {
        left--;
      }
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

  private void readOne(Found segment, RecordReader reader, long upTo) throws IOException {
    while (lastIndex < upTo && reader.next()) {
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
    segment.promised = reader.promised();
    segment.lastIndex = lastIndex;
  }

  private void checkReached(long reachedIndex) {
    if (lastIndex() >= reachedIndex) {
      return;
    }
    boolean any = !segments.isEmpty();
    throw new Corruption(
        (any ? segments.getLast().path : name(directory)).toString(),
        any ? Math.max(0, segments.getLast().completeEnd) : 0,
        "batches up to index "
            + reachedIndex
            + ", which had been durable, but the log ends with "
            + lastIndex());
  }

  /** The segments that are needed, from the oldest to the newest. */
  List<Found> segments() {
    return segments;
  }

  /** Segments whose batches are all in tables. */
  List<Found> obsolete() {
    return obsolete;
  }

  /** Files that are no segments: spares, and what never became one. */
  List<Path> strays() {
    return strays;
  }

  /** Once read: how many of the needed segments hold whole batches or their beginnings. */
  int left() {
    return left;
  }

  /** Index of the last batch, in the log or in tables. */
  long lastIndex() {
    return Math.max(lastIndex, afterIndex);
  }
}
