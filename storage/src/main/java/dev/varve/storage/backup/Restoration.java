package dev.varve.storage.backup;

import dev.varve.storage.StorageException;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.engine.RestoredDirectory;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.wal.LogHistory;
import dev.varve.storage.wal.LogSegment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;

/**
 * Makes a database of a backup again, and of the log that was kept, if it is to be as it was later
 * than that. Used once, by one thread.
 */
public final class Restoration {
  private final FileSystem files;
  private final BackupTarget target;
  private final VerificationListener listener;
  private final LongFunction<String> dates;
  private final FileCopier copier;

  private long doneBytes;
  private long totalBytes;

  /**
   * Up to where the log is followed after a backup.
   *
   * @param sequence the last operation's sequence number at most
   * @param timeMillis the last operation's time at most, as the writer had it
   */
  public record Limit(long sequence, long timeMillis) {
    /** All there is of the log. */
    public static final Limit NONE = new Limit(Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /**
   * What was restored.
   *
   * @param backup the backup
   * @param sequence sequence number of the last operation
   * @param timeMillis the writer's time of it; -1: nothing was ever written
   * @param verification what was found, all sound
   */
  public record Result(Backup backup, long sequence, long timeMillis, Verification verification) {}

  /**
   * From a target.
   *
   * @param dates writes a time in milliseconds for who reads why something failed
   */
  public Restoration(
      FileSystem files,
      BackupTarget target,
      VerificationListener listener,
      LongFunction<String> dates) {
    this.dates = dates;
    this.files = files;
    this.target = target;
    this.listener = listener;
    this.copier =
        new FileCopier(
            files,
            bytes -> {
              doneBytes = Math.min(totalBytes, doneBytes + bytes);
              listener.progressed(doneBytes, totalBytes);
            });
  }

  /**
   * The backup of that name, or the newest.
   *
   * @param id null: the newest
   * @throws BackupException if there is none
   */
  public Backup find(String id) throws BackupException {
    List<String> ids = target.ids();
    if (ids.isEmpty()) {
      throw new BackupException("there is no backup");
    }
    if (id != null && !ids.contains(id)) {
      throw new BackupException("there is no backup " + id + ", the newest is " + ids.getLast());
    }
    return target.read(id == null ? ids.getLast() : id);
  }

  /**
   * The newest backup that holds nothing beyond a limit.
   *
   * @throws BackupException if there is none
   */
  public Backup findBefore(Limit limit) throws BackupException {
    List<Backup> backups = target.backups();
    for (Backup backup : backups.reversed()) {
      if (backup.sequence() <= limit.sequence() && backup.timeMillis() <= limit.timeMillis()) {
        return backup;
      }
    }
    throw new BackupException(
        backups.isEmpty()
            ? "there is no backup"
            : "no backup is as old as that: the oldest one, "
                + backups.getFirst().id()
                + ", holds operations up to "
                + backups.getFirst().sequence()
                + ", of "
                + dates.apply(backups.getFirst().timeMillis()));
  }

  /**
   * Restores a backup into a directory.
   *
   * @param limit up to where the log is followed after it; null: not at all
   * @throws BackupException if there is anything in the directory, the log doesn't lead as far as
   *     it must, or what was restored is damaged; there is no database then
   * @throws StorageException if something can't be read or written, or isn't what was written
   */
  public Result restore(Backup backup, Path directory, Limit limit, RandomGenerator random)
      throws BackupException {
    try (RestoredDirectory restored = RestoredDirectory.begin(files, directory)) {
      if (restored == null) {
        throw new BackupException(directory + " is not empty");
      }
      try {
        return restore(backup, restored, limit, random);
      } catch (IOException e) {
        throw FileErrors.wrap("restoring into " + directory, e);
      }
    }
  }

  private Result restore(
      Backup backup, RestoredDirectory restored, Limit limit, RandomGenerator random)
      throws IOException, BackupException {
    Log log = limit == null ? Log.NONE : log(backup);
    List<StoredFile> copied = new ArrayList<>();
    for (StoredFile file : backup.files()) {
      if (limit == null || !file.name().endsWith(".log")) {
        copied.add(file);
      }
    }
    totalBytes += copied.stream().mapToLong(StoredFile::bytes).sum();
    totalBytes += log.segments().stream().mapToLong(LogSegment::bytes).sum();
    for (StoredFile file : copied) {
      copy(file, target.stored().resolve(file.storedName()), restored.path());
    }
    for (LogSegment segment : log.segments()) {
      String storedName = segment.path().getFileName().toString();
      copy(StoredFile.of(storedName, segment.bytes()), segment.path(), restored.path());
    }
    LogHistory history = new LogHistory(files, restored.path(), backup.flushedUpTo());
    LogHistory.Point point =
        limit == null
            ? history.end()
            : history.last(limit.sequence(), limit.timeMillis(), backup.sequence());
    if (limit != null) {
      checkReached(backup, limit, point, log);
      history.cutBehind(point.index());
    }
    files.syncDirectory(restored.path());
    Verification found = restored.finish(random, listener);
    if (!found.isSound()) {
      throw new BackupException("what was restored is damaged, so there is no database");
    }
    return new Result(backup, point.index(), time(backup, point), found);
  }

  /**
   * The log after a backup.
   *
   * @param segments those that follow each other, each the longest copy that there is
   * @param newest number of the newest that there is
   */
  private record Log(List<LogSegment> segments, long newest) {
    static final Log NONE = new Log(List.of(), 0);

    long last() {
      return segments.isEmpty() ? 0 : segments.getLast().number();
    }

    /** Whether there are more, but not the one that leads there. */
    boolean breaksOff() {
      return newest > last();
    }

    String end() {
      return segments.isEmpty() ? "the backup" : segments.getLast().name();
    }
  }

  private Log log(Backup backup) throws IOException {
    Map<String, StoredFile> longest = new HashMap<>();
    Map<StoredFile, Path> paths = new HashMap<>();
    for (StoredFile file : backup.files()) {
      if (file.name().endsWith(".log")) {
        addLonger(file, target.stored(), longest, paths);
      }
    }
    for (List<StoredFile> copies : target.list(target.log(backup.database())).values()) {
      for (StoredFile file : copies) {
        addLonger(file, target.log(backup.database()), longest, paths);
      }
    }
    List<LogSegment> segments = new ArrayList<>();
    long newest = 0;
    for (StoredFile file : longest.values()) {
      LogSegment segment = LogSegment.read(files, paths.get(file));
      if (segment == null) {
        throw file.damaged(paths.get(file).toString());
      }
      segments.add(segment);
      newest = Math.max(newest, segment.number());
    }
    return new Log(LogSegment.chain(segments, backup.flushedUpTo()), newest);
  }

  private static void addLonger(
      StoredFile file, Path folder, Map<String, StoredFile> longest, Map<StoredFile, Path> paths) {
    StoredFile other = longest.get(file.name());
    if (other == null || file.bytes() > other.bytes()) {
      longest.put(file.name(), file);
      paths.put(file, folder.resolve(file.storedName()));
    }
  }

  /** What was asked for must be there: no end of a log is taken for it that only lacks the rest. */
  private void checkReached(Backup backup, Limit limit, LogHistory.Point point, Log log)
      throws BackupException {
    String reached = "operation " + point.index() + ", of " + dates.apply(time(backup, point));
    if (point.index() < backup.sequence()) {
      throw new BackupException(
          "the log doesn't hold all of the backup " + backup.id() + ": it leads up to " + reached);
    }
    if (!point.isLast()) {
      return;
    }
    if (log.breaksOff()) {
      throw new BackupException(
          "a segment of the log is missing behind "
              + log.end()
              + ": from the backup "
              + backup.id()
              + " it leads up to "
              + reached);
    }
    if (limit.sequence() != Long.MAX_VALUE && point.index() < limit.sequence()) {
      throw new BackupException("the log that was kept leads up to " + reached);
    }
  }

  private static long time(Backup backup, LogHistory.Point point) {
    return point.timeMillis() < 0 ? backup.timeMillis() : point.timeMillis();
  }

  private void copy(StoredFile file, Path from, Path directory) throws IOException {
    StoredFile copy;
    try {
      copy = copier.copy(from, Long.MAX_VALUE, directory.resolve(file.name()), file.name());
    } catch (IOException e) {
      throw FileErrors.wrap("copying " + from + " to " + directory, e);
    }
    if (!copy.equals(file)) {
      throw file.damaged(from.toString());
    }
  }
}
