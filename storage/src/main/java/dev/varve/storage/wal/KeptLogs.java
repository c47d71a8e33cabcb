package dev.varve.storage.wal;

import dev.varve.storage.fs.FileSystem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Log segments that tables hold already, kept in a folder beside the log until somebody has copied
 * them: so what was written between two backups can be replayed. They are bounded, and the oldest
 * go first. Whoever copies them removes them, in another process as a rule.
 *
 * <p>A segment gets there by its renaming, whose durability nobody waits for: if a crash takes it
 * back, recovery finds the segment among the others, sees that it isn't needed, and keeps it again.
 * Used by one thread at a time.
 */
public final class KeptLogs {
  private static final String FOLDER = "kept-log";

  private final FileSystem fileSystem;
  private final Path folder;
  private final long most;

  /**
   * Beside a log.
   *
   * @param most bytes that are kept; 0: none are
   */
  public KeptLogs(FileSystem fileSystem, Path directory, long most) {
    this.fileSystem = fileSystem;
    this.folder = folder(directory);
    this.most = most;
  }

  /** Where those of a database in a directory are. */
  public static Path folder(Path directory) {
    return directory.resolve(FOLDER);
  }

  /** The segments in a folder, the oldest first; none if there is no such folder. */
  public static List<Path> list(FileSystem fileSystem, Path folder) throws IOException {
    if (!fileSystem.exists(folder)) {
      return List.of();
    }
    return fileSystem.list(folder).stream()
        .filter(name -> SegmentFiles.number(name) >= 0)
        .sorted(Comparator.comparingLong(SegmentFiles::number))
        .map(folder::resolve)
        .toList();
  }

  /** Whether any are kept. */
  boolean areKept() {
    return most > 0;
  }

  /**
   * Takes a segment that is not needed any more out of the log.
   *
   * @return false if none are kept: then it is still where it was
   */
  boolean take(Path segment) throws IOException {
    if (!areKept()) {
      return false;
    }
    if (!fileSystem.exists(folder)) {
      fileSystem.createDirectories(folder);
      fileSystem.syncDirectory(folder.getParent());
    }
    Path kept = folder.resolve(segment.getFileName());
    if (fileSystem.exists(kept)) {
      fileSystem.delete(segment); // A crash has left it under both names.
    } else {
      fileSystem.rename(segment, kept);
    }
    removeOldest();
    return true;
  }

  private void removeOldest() throws IOException {
    List<Path> kept = new ArrayList<>();
    Map<Path, Long> sizes = new HashMap<>();
    long bytes = 0;
    for (Path each : list(fileSystem, folder)) {
      try {
        sizes.put(each, fileSystem.size(each));
        bytes += sizes.get(each);
        kept.add(each);
      } catch (NoSuchFileException e) {
        // Somebody has copied and removed it since it was listed.
      }
    }
    for (Path oldest : kept) {
      if (bytes <= most) {
        return;
      }
      bytes -= sizes.get(oldest);
      try {
        fileSystem.delete(oldest);
      } catch (NoSuchFileException e) {
        // As above.
      }
    }
  }
}
