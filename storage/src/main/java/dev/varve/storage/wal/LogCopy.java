package dev.varve.storage.wal;

import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A second log with the same records, up to the end of one of them.
 *
 * <p>The segment that this record ends in is copied: in the original more will come after it, and
 * in the copy a recovery will write to it, as {@link LogRecovery} does to the last one. Nobody
 * writes to those before any more, so that they get a second name only. Used once, by one thread.
 */
final class LogCopy {
  private static final int CHUNK_BYTES = 256 << 10;

  private final FileSystem fileSystem;
  private final Path target;
  private final List<Part> parts = new ArrayList<>();

  /** A segment, and the offset after its last whole record or {@link Segment#NO_END}. */
  private record Part(Path path, long wholeEnd) {}

  /** Into the directory {@code target}, which has no log. */
  LogCopy(FileSystem fileSystem, Path target) {
    this.fileSystem = fileSystem;
    this.target = target;
  }

  /** Takes in the next segments. */
  void addAll(Collection<SegmentPool.Finished> segments) {
    segments.forEach(segment -> add(segment.path(), segment.wholeEnd()));
  }

  /** Takes in the next segment, of which no more than {@code wholeEnd} bytes are durable. */
  void add(Path segment, long wholeEnd) {
    parts.add(new Part(segment, wholeEnd));
  }

  /** Links and copies what was taken in. */
  void make() {
    // What begins in an earlier segment and is not whole in the last is no record yet.
    while (!parts.isEmpty() && parts.getLast().wholeEnd == Segment.NO_END) {
      parts.removeLast();
    }
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      Path to = target.resolve(part.path.getFileName());
      try {
        if (i + 1 < parts.size()) {
          fileSystem.link(part.path, to);
        } else {
          copy(part, to);
        }
      } catch (IOException e) {
        throw FileErrors.wrap("copying the log segment " + part.path + " to " + to, e);
      }
    }
  }

  private void copy(Part part, Path to) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, part.wholeEnd));
    try (ReadableFile source = fileSystem.openForRead(part.path);
        WritableFile copy = fileSystem.create(to)) {
      for (long at = 0; at < part.wholeEnd; at += chunk.limit()) {
        chunk.clear().limit((int) Math.min(chunk.capacity(), part.wholeEnd - at));
        source.read(chunk, at);
        copy.write(chunk.flip(), at);
      }
      copy.sync();
    }
  }
}
