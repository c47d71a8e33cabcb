package dev.varve.storage.wal;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.fs.FileSystem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Reads a log and changes nothing of it: checks all that recovery checks, and every batch's
 * operations besides. Used by one thread.
 *
 * <p>Methods throw {@link Corruption} at the first thing that isn't as it was written.
 */
public final class LogCheck {
  private final FileSystem fileSystem;
  private final Path directory;
  private final LongConsumer progress;
  private long segments;
  private long lastIndex;

  /**
   * Makes the check of the log in a directory.
   *
   * @param progress told of bytes read
   */
  public LogCheck(FileSystem fileSystem, Path directory, LongConsumer progress) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.progress = progress;
  }

  /** Bytes of all the files of a log. */
  public static long bytes(FileSystem fileSystem, Path directory) throws IOException {
    long bytes = 0;
    for (String name : fileSystem.list(directory)) {
      if (SegmentFiles.number(name) >= 0) {
        try {
          bytes += fileSystem.size(directory.resolve(name));
        } catch (NoSuchFileException e) {
          // The log is in use, and has let go of the file since it was listed.
        }
      }
    }
    return bytes;
  }

  /** What to call the log as a whole. */
  public String name() {
    return LogScan.name(directory).toString();
  }

  /** As {@link Log#replay}, of a log that is not in use. */
  public void readAll(long afterIndex, long reachedIndex) throws IOException {
    LogScan scan =
        new LogScan(fileSystem, directory, afterIndex, batch -> progress.accept(batch.size()));
    scan.readAll(reachedIndex);
    finish(scan);
  }

  /** As {@link #readAll}, from where the oldest segment begins. */
  public void readAlone() throws IOException {
    LogScan scan =
        new LogScan(
            fileSystem, directory, LogScan.BEFORE_ALL, batch -> progress.accept(batch.size()));
    scan.find();
    if (!scan.segments().isEmpty()) {
      readAll(scan.segments().getFirst().header.startIndex(), 0);
    }
  }

  /**
   * The first index, {@code index} or greater, after which recovery could begin with this log: the
   * end of a batch.
   */
  public long resumeBehind(long index) throws IOException {
    LogScan start = new LogScan(fileSystem, directory, LogScan.BEFORE_ALL, batch -> {});
    start.find();
    if (start.segments().isEmpty()) {
      return index;
    }
    long first = start.segments().getFirst().header.startIndex();
    long[] found = {first >= index ? first : LogScan.BEFORE_ALL};
    LogScan scan =
        new LogScan(
            fileSystem,
            directory,
            first,
            batch -> {
              long end = batch.sequence() + batch.operations() - 1;
              if (found[0] == LogScan.BEFORE_ALL && end >= index) {
                found[0] = end;
              }
            });
    scan.readAll(0);
    return found[0] == LogScan.BEFORE_ALL ? index : found[0];
  }

  /** Reads a log that is being written to, up to an index that is known to be durable. */
  public void readLive(long afterIndex, long durableIndex) throws IOException {
    LogScan scan =
        new LogScan(fileSystem, directory, afterIndex, batch -> progress.accept(batch.size()));
    scan.readLive(durableIndex);
    finish(scan);
  }

  private void finish(LogScan scan) {
    segments = scan.segments().size();
    lastIndex = scan.lastIndex();
  }

  /** Segments that recovery needs. */
  public long segments() {
    return segments;
  }

  /** Index of the last batch, in the log or in tables. */
  public long lastIndex() {
    return lastIndex;
  }
}
