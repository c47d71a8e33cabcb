package dev.varve.storage.wal;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A log that nobody has open, as the history of a database: which of its batches was written when,
 * and how it was until one of them. Used by one thread.
 *
 * <p>Methods throw {@link Corruption} if the log isn't as it was written.
 */
public final class LogHistory {
  private final FileSystem fileSystem;
  private final Path directory;
  private final long afterIndex;

  /**
   * A batch.
   *
   * @param index sequence number of its last operation
   * @param timeMillis the writer's time; -1 if that isn't in the log
   * @param isLast whether the log holds nothing after it
   */
  public record Point(long index, long timeMillis, boolean isLast) {}

  /**
   * Makes that of the log in a directory.
   *
   * @param afterIndex up to which tables hold everything
   */
  public LogHistory(FileSystem fileSystem, Path directory, long afterIndex) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.afterIndex = afterIndex;
  }

  /**
   * A segment's file.
   *
   * @param bytes the first so many bytes hold all that is whole
   */
  public record Part(Path path, long bytes) {}

  /**
   * The segments that recovery reads, the oldest first; none if tables hold all that is in them.
   */
  public List<Path> needed() throws IOException {
    if (end().index() <= afterIndex) {
      return List.of();
    }
    LogScan scan = new LogScan(fileSystem, directory, afterIndex, batch -> {});
    scan.find();
    return scan.segments().stream().map(segment -> segment.path).toList();
  }

  /** All segments in the directory up to the end of the log, the oldest first. */
  public List<Part> parts() throws IOException {
    LogScan start = new LogScan(fileSystem, directory, LogScan.BEFORE_ALL, batch -> {});
    start.find();
    List<Part> parts = new ArrayList<>();
    if (start.segments().isEmpty()) {
      return parts;
    }
    long first = start.segments().getFirst().header.startIndex();
    LogScan scan = new LogScan(fileSystem, directory, first, batch -> {});
    scan.readAll(0);
    for (int i = 0; i < scan.left(); i++) {
      LogScan.Found segment = scan.segments().get(i);
      boolean last = i == scan.left() - 1;
      parts.add(new Part(segment.path, last ? segment.completeEnd : fileSystem.size(segment.path)));
    }
    return parts;
  }

  /** The last batch, or the end of what tables hold. */
  public Point end() throws IOException {
    return last(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /**
   * The last batch before the first that is beyond an index or a time.
   *
   * @param mostIndex the greatest index
   * @param mostTimeMillis the latest time
   * @param heldIndex up to which tables may have been ingested, as all of them are there
   * @throws Corruption if tables were ingested in between, as the log doesn't say what was in them
   */
  public Point last(long mostIndex, long mostTimeMillis, long heldIndex) throws IOException {
    Finder finder = new Finder(mostIndex, mostTimeMillis, heldIndex);
    new LogScan(fileSystem, directory, afterIndex, finder).readAll(0);
    if (finder.ingested >= 0) {
      throw new Corruption(
          LogScan.name(directory).toString(),
          0,
          "all that was written, but operation "
              + finder.ingested
              + " put tables into the database that the log doesn't hold");
    }
    return new Point(finder.index, finder.timeMillis, !finder.ended);
  }

  /** Takes batches until one is beyond the bounds. */
  private final class Finder implements ReplayTarget, WriteBatch.PartialVisitor {
    private final long mostIndex;
    private final long mostTimeMillis;
    private final long heldIndex;
    private long index = afterIndex;
    private long timeMillis = -1;
    private boolean ended;
    private long ingested = -1;

    Finder(long mostIndex, long mostTimeMillis, long heldIndex) {
      this.mostIndex = mostIndex;
      this.mostTimeMillis = mostTimeMillis;
      this.heldIndex = heldIndex;
    }

    @Override
    public void accept(WriteBatch batch) {
      long last = batch.sequence() + batch.operations() - 1;
      ended = ended || last > mostIndex || batch.timeMillis() > mostTimeMillis;
      if (ended) {
        return;
      }
      index = last;
      timeMillis = batch.timeMillis();
      if (index > heldIndex) {
        batch.forEach(this);
      }
    }

    @Override
    public void skip(long sequence) {
      if (ingested < 0) {
        ingested = sequence;
      }
    }
  }

  /**
   * Removes all batches after one, durably but for the names of the files.
   *
   * @param index that of a batch in the log
   */
  public void cutBehind(long index) throws IOException {
    LogScan scan = new LogScan(fileSystem, directory, afterIndex, batch -> {});
    scan.readLive(index);
    List<LogScan.Found> segments = scan.segments();
    for (int i = segments.size() - 1; i >= scan.left(); i--) {
      fileSystem.delete(segments.get(i).path);
    }
    if (scan.left() == 0) {
      return;
    }
    LogScan.Found last = segments.get(scan.left() - 1);
    try (WritableFile file = fileSystem.openForWrite(last.path)) {
      file.truncate(last.completeEnd);
      file.sync();
    }
  }
}
