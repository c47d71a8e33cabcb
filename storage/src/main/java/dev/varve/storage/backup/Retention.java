package dev.varve.storage.backup;

import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.wal.LogSegment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Removes from a target what is older than the newest backups, and files that no backup names. Used
 * by one thread, which has the target open for writing.
 */
public final class Retention {
  private final FileSystem files;
  private final BackupTarget target;
  private int removedBackups;
  private int removedFiles;
  private long removedBytes;

  /** In a target. */
  public Retention(FileSystem files, BackupTarget target) {
    this.files = files;
    this.target = target;
  }

  /**
   * Removes backups, then files that none of the others names, then segments of logs that don't
   * lead on from any of them.
   *
   * @param most so many backups stay, the newest; at least 1
   * @param database of this one the log stays even if there is no backup of it
   */
  public void keepNewest(int most, String database) {
    // All are read before anything is removed: what a damaged list names is not known.
    List<Backup> backups = target.backups();
    List<Backup> kept = backups.subList(Math.max(0, backups.size() - most), backups.size());
    try {
      for (Backup old : backups.subList(0, backups.size() - kept.size())) {
        files.delete(target.lists().resolve(old.id()));
        removedBackups++;
      }
      // A list that comes back must not name files that are gone.
      files.syncDirectory(target.lists());
      removeUnnamed(kept);
      for (String other : target.databasesWithLogs()) {
        removeSegments(other, other.equals(database), kept);
      }
    } catch (IOException e) {
      throw FileErrors.wrap("removing old backups", e);
    }
  }

  private void removeUnnamed(List<Backup> kept) throws IOException {
    Set<StoredFile> named = new HashSet<>();
    kept.forEach(backup -> named.addAll(backup.files()));
    for (List<StoredFile> copies : target.list(target.stored()).values()) {
      for (StoredFile file : copies) {
        if (!named.contains(file)) {
          remove(target.stored().resolve(file.storedName()), file);
        }
      }
    }
  }

  private void removeSegments(String database, boolean isCurrent, List<Backup> kept)
      throws IOException {
    long needed = Long.MAX_VALUE;
    for (Backup backup : kept) {
      if (backup.database().equals(database)) {
        needed = Math.min(needed, backup.flushedUpTo());
      }
    }
    if (needed == Long.MAX_VALUE && isCurrent) {
      return;
    }
    Path folder = target.log(database);
    List<LogSegment> segments = new ArrayList<>();
    for (List<StoredFile> copies : target.list(folder).values()) {
      for (StoredFile file : copies) {
        LogSegment segment = LogSegment.read(files, folder.resolve(file.storedName()));
        if (segment != null) {
          segments.add(segment);
        }
      }
    }
    segments.sort(Comparator.comparingLong(LogSegment::number));
    for (int i = 0; i < segments.size(); i++) {
      LogSegment old = segments.get(i);
      boolean isLast = i + 1 == segments.size();
      if (isLast ? needed == Long.MAX_VALUE : isBehind(segments.get(i + 1), old, needed)) {
        remove(old.path(), StoredFile.of(old.path().getFileName().toString(), old.bytes()));
      }
    }
  }

  /** Whether one segment holds all that is needed of those up to another, older one. */
  private static boolean isBehind(LogSegment next, LogSegment old, long needed) {
    return next.number() > old.number() && next.startIndex() <= needed;
  }

  private void remove(Path path, StoredFile file) throws IOException {
    files.delete(path);
    removedFiles++;
    removedBytes += file.bytes();
  }

  /** How many backups were removed. */
  public int removedBackups() {
    return removedBackups;
  }

  /** How many files were removed. */
  public int removedFiles() {
    return removedFiles;
  }

  /** Their sizes together. */
  public long removedBytes() {
    return removedBytes;
  }
}
