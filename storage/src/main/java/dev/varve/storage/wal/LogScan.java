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

/**
 * Reads a log from the first batch that is needed to the last, and changes nothing:
 *
 * <ol>
 *   <li>Segments are told from spares by their headers. A segment whose successor began at or
 *       before the index that tables hold is not needed any more.
 *   <li>The needed ones follow each other without a gap: every header names the segment before and
 *       the index that it starts at.
 *   <li>The log ends at the first bad fragment, or where a segment doesn't go on from the one
 *       before. A fragment after that promises anything of its own segment tells that all before
 *       had been durable: then it is not the end but corruption. A record without an end is
 *       dropped.
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
  private final ReplayTarget to;

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
    long end;
    long completeEnd;
    long promised;
    long lastIndex;

    Found(SegmentHeader header, Path path) {
      this.header = header;
      this.path = path;
    }
  }

  /**
   * Makes the scan of the log in a directory.
   *
   * @param afterIndex up to which tables hold everything
   * @param to given every batch after that
   */
  LogScan(FileSystem fileSystem, Path directory, long afterIndex, ReplayTarget to) {
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
    if (promised(path, number) > 0) {
      throw new Corruption(path.toString(), 0, "the header of log segment " + number);
    }
  }

  /** Hands over the batches, up to the one that reaches {@code upTo} if that comes first. */
  private void read(long upTo) throws IOException {
    SegmentHeader first = segments.getFirst().header;
    if (first.startIndex() > afterIndex) {
      endBehind(
          first.previous() - 1,
          first.previous(),
          new Corruption(
              segments.getFirst().path.toString(),
              0,
              "a start at or before index "
                  + afterIndex
                  + ", which tables hold, but it is "
                  + first.startIndex()
                  + "; log segment "
                  + SegmentFiles.name(first.previous())
                  + " is missing"));
      return;
    }
    long bytes = 0;
    for (Found segment : segments) {
      bytes += fileSystem.size(segment.path);
    }
    to.expect(bytes);
    List<ReadableFile> open = new ArrayList<>();
    try {
      lastIndex = first.startIndex();
      RecordReader reader = null;
      boolean more = true;
      while (more) {
        Found segment = segments.get(left);
        ReadableFile file = fileSystem.openForRead(segment.path);
        open.add(file);
        String name = segment.path.toString();
        long number = segment.header.number();
        if (reader == null) {
          reader = new RecordReader(file, name, number, SegmentHeader.BYTES, true);
        } else {
          reader.continueIn(file, name, number, SegmentHeader.BYTES);
        }
        boolean whole = readOne(segment, reader, upTo);
        left++;
        more = whole && lastIndex < upTo && goesOn(segment, reader);
      }
      while (left > 0 && segments.get(left - 1).completeEnd == RecordReader.NONE) {
        left--;
      }
    } finally {
      for (ReadableFile file : open) {
        file.close();
      }
    }
  }

  /** Whether the log goes on after a segment that was read; if not, it may have ended there. */
  private boolean goesOn(Found segment, RecordReader reader) throws IOException {
    reader.checkEnd();
    if (left == segments.size()) {
      return false;
    }
    SegmentHeader next = segments.get(left).header;
    long number = segment.header.number();
    if (next.previous() != number) {
      endBehind(
          number,
          next.previous(),
          new Corruption(
              segments.get(left).path.toString(),
              0,
              "log segment "
                  + SegmentFiles.name(next.previous())
                  + " before it, which is missing"));
      return false;
    }
    // A segment that has a successor holds all up to the successor's start, or its file is full.
    boolean whole = reader.isPartial() ? reader.isFileFull() : lastIndex == next.startIndex();
    if (!whole) {
      endBehind(
          number,
          number,
          new Corruption(
              segment.path.toString(),
              reader.position(),
              "batches up to index " + next.startIndex()));
    }
    return whole;
  }

  /**
   * The log ends with a segment, unless one after it promises anything: only what had been durable
   * before that can be missing then.
   *
   * @param present number of a segment whose file is there at least, as files are made durably
   *     before they are written to
   * @param corruption thrown if that is not so
   */
  private void endBehind(long number, long present, Corruption corruption) throws IOException {
    boolean there = false;
    for (String name : fileSystem.list(directory)) {
      long other = SegmentFiles.number(name);
      there |= other == present;
      if (other > number && promised(directory.resolve(name), other) > 0) {
        throw corruption;
      }
    }
    if (!there) {
      throw corruption;
    }
  }

  /** The greatest promise of a segment's own fragments, wherever in its file they are. */
  private long promised(Path path, long number) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      return new RecordReader(file, path.toString(), number, SegmentHeader.BYTES, true)
          .promisedBehind();
    }
  }

  /** Hands over the batches that end in a segment; false: the log ends before one of them. */
  private boolean readOne(Found segment, RecordReader reader, long upTo) throws IOException {
    boolean whole = true;
    try {
      while (lastIndex < upTo && nextBatch(segment, reader)) {
        take(segment, reader.offset());
      }
    } catch (BrokenRecord e) {
      endWithin(reader, e.corruption);
      whole = false;
    }
    segment.end = reader.position();
    segment.completeEnd = whole ? reader.completeEnd() : RecordReader.NONE;
    segment.promised = reader.promised();
    segment.lastIndex = lastIndex;
    return whole;
  }

  /** Fragments that are good each for itself don't make a batch. */
  private static final class BrokenRecord extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Corruption corruption;

    BrokenRecord(Corruption corruption) {
      super(corruption);
      this.corruption = corruption;
    }
  }

  private boolean nextBatch(Found segment, RecordReader reader) throws IOException, BrokenRecord {
    try {
      if (!reader.next()) {
        return false;
      }
    } catch (Corruption e) {
      throw new BrokenRecord(e);
    }
    try {
      batch.load(reader.bytes(), 0, reader.length());
      return true;
    } catch (IllegalArgumentException e) {
      throw new BrokenRecord(new Corruption(segment.path.toString(), reader.offset(), "a batch"));
    }
  }

  private void take(Found segment, long offset) {
    if (batch.sequence() != lastIndex + 1) {
      throw new Corruption(
          segment.path.toString(),
          offset,
          "the batch that begins with " + (lastIndex + 1) + ", not " + batch.sequence());
    }
    lastIndex += batch.operations();
    if (lastIndex > afterIndex) {
      to.accept(batch);
    }
  }

  /**
   * The log ends with a record that goes through several files if one of them lacks a part of it.
   * The size of a file that was never synced may be lost: it then looks full where its part of the
   * record ends short, and the next one seems to go on with it.
   *
   * @param corruption thrown if there is another reason, or if anything after was durable
   */
  private void endWithin(RecordReader reader, Corruption corruption) throws IOException {
    if (!reader.spansFiles()) {
      throw corruption;
    }
    int begin = left - 1;
    while (segments.get(begin).completeEnd == RecordReader.NONE) {
      begin--;
    }
    long number = segments.get(begin).header.number();
    endBehind(number, number, corruption);
  }

  private void checkReached(long reachedIndex) {
    if (lastIndex() >= reachedIndex) {
      return;
    }
    Found end = segments.isEmpty() ? null : segments.get(Math.max(0, left - 1));
    throw new Corruption(
        (end == null ? name(directory) : end.path).toString(),
        end == null ? 0 : Math.max(0, end.completeEnd),
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

  /**
   * Once read: how many of the needed segments, from the first on, are the log; none if it ends
   * before what tables hold. Those after are what a crash left of records that were never durable.
   */
  int left() {
    return lastIndex < afterIndex ? 0 : left;
  }

  /** Index of the last batch, in the log or in tables. */
  long lastIndex() {
    return Math.max(lastIndex, afterIndex);
  }
}
