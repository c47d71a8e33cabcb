package dev.varve.storage.wal;

import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A file that a log segment is in, whatever it is called, by what the segment's header says.
 *
 * @param number the segment's number
 * @param previous that of the segment before; 0 if there was none
 * @param startIndex index of the last batch that began before it
 * @param bytes size of the file
 */
public record LogSegment(Path path, long number, long previous, long startIndex, long bytes) {
  /**
   * Reads a file's header.
   *
   * @return null if it has none: then it is no segment
   * @throws dev.varve.storage.StorageException.FormatTooNew if a newer version of Varve wrote it
   */
  public static LogSegment read(FileSystem fileSystem, Path path) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      if (file.size() < SegmentHeader.BYTES) {
        return null;
      }
      ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.BYTES);
      file.read(bytes, 0);
      SegmentHeader header = SegmentHeader.decode(bytes, path.toString());
      return header == null
          ? null
          : new LogSegment(
              path, header.number(), header.previous(), header.startIndex(), file.size());
    }
  }

  /** What a log calls it. */
  public String name() {
    return SegmentFiles.name(number);
  }

  /**
   * Those segments that a recovery goes through which begins after an index, the oldest first, up
   * to the first that is missing.
   *
   * @param segments of one log, each number once, in any order
   * @return empty if the one that it would begin with is missing
   */
  public static List<LogSegment> chain(Collection<LogSegment> segments, long afterIndex) {
    LogSegment next = null;
    Map<Long, LogSegment> byPrevious = new HashMap<>();
    for (LogSegment segment : segments) {
      byPrevious.put(segment.previous, segment);
      if (segment.startIndex <= afterIndex && (next == null || segment.number > next.number)) {
        next = segment;
      }
    }
    List<LogSegment> chain = new ArrayList<>();
    while (next != null) {
      chain.add(next);
      next = byPrevious.get(next.number);
    }
    return chain;
  }
}
