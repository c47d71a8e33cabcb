package dev.varve.storage.wal;

import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.record.UnsyncedBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the log that an earlier run left (see {@link LogScan}), and seals it, so that the next
 * recovery finds a log that ends cleanly: segments after its end, or all if it ends before what
 * tables hold, are removed, the last first, each for good before the next, as a gap must never
 * show. Then the last one that is left is cut to its good bytes; what is not known to be durable is
 * written again and synced. New records go to a new segment, never after a sealed end.
 *
 * <p>A crash on the way leaves a log that recovers to the same batches.
 */
final class LogRecovery {
  private final FileSystem fileSystem;
  private final Path directory;
  private final KeptLogs keptLogs;
  private final long reachedIndex;
  private final LogScan scan;

  private final List<SegmentPool.Finished> kept = new ArrayList<>();
  private long lastNumber;

  LogRecovery(
      FileSystem fileSystem,
      Path directory,
      KeptLogs keptLogs,
      long afterIndex,
      long reachedIndex,
      ReplayTarget to) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.keptLogs = keptLogs;
    this.reachedIndex = reachedIndex;
    scan = new LogScan(fileSystem, directory, afterIndex, to);
  }

  /** Hands over what is in the log and seals it. */
  void run() throws IOException {
    scan.readAll(reachedIndex);
    if (!scan.segments().isEmpty()) {
      seal(scan.segments(), scan.left());
    }
    for (LogScan.Found found : scan.obsolete()) {
      if (!keptLogs.take(found.path)) {
        fileSystem.delete(found.path);
      }
    }
    for (Path stray : scan.strays()) {
      fileSystem.delete(stray);
    }
  }

  private void seal(List<LogScan.Found> segments, int left) throws IOException {
    for (int i = segments.size() - 1; i >= left; i--) {
      fileSystem.delete(segments.get(i).path);
      fileSystem.syncDirectory(directory);
    }
    if (left == 0) {
      return;
    }
    for (int i = firstInDoubt(segments, left); i < left; i++) {
      makeDurable(segments.get(i), i == left - 1);
    }
    lastNumber = segments.get(left - 1).header.number();
    for (int i = 0; i < left; i++) {
      LogScan.Found segment = segments.get(i);
      long next = i + 1 < left ? segments.get(i + 1).header.startIndex() : segment.lastIndex;
      kept.add(
          new SegmentPool.Finished(
              segment.header.number(),
              segment.path,
              fileSystem.size(segment.path),
              next,
              segment.completeEnd));
    }
  }

  /** Index of the first segment of which not all is known to be durable. */
  private int firstInDoubt(List<LogScan.Found> segments, int left) throws IOException {
    LogScan.Found last = segments.get(left - 1);
    // One that begins where the log was durable holds nothing that was, its header included.
    if (scan.lastIndex() <= reachedIndex && last.header.startIndex() < reachedIndex) {
      return fileSystem.size(last.path) > last.completeEnd ? left - 1 : left;
    }
    // A promise speaks for all segments before its own.
    int first = left - 1;
    while (first > 0 && segments.get(first).promised == 0) {
      first--;
    }
    return first;
  }

  private void makeDurable(LogScan.Found segment, boolean last) throws IOException {
    long size = fileSystem.size(segment.path);
    // A reader that ends just before a block stands at the block, though the file may be cut there.
    long end = last ? segment.completeEnd : Math.min(segment.end, size);
    try (WritableFile file = fileSystem.openForWrite(segment.path)) {
      if (last && size > end) {
        file.truncate(end);
      }
      // Even if nothing was cut: what was read may be in the page cache only.
      UnsyncedBytes.rewrite(fileSystem, segment.path, file, segment.promised, end);
    }
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
    return scan.lastIndex();
  }
}
