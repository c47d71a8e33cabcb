package dev.varve.storage.backup;

import dev.varve.storage.Damage;
import dev.varve.storage.StorageException;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.engine.OfflineDatabase;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.wal.KeptLogs;
import dev.varve.storage.wal.LogHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies a database that nobody writes to, a checkpoint as a rule, to a target. Tables and blob
 * files that are there already, with the same size and sum, aren't copied; the others are verified
 * before. Used once, by one thread.
 */
public final class BackupRun {
  private final FileSystem files;
  private final BackupTarget target;
  private final OfflineDatabase database;
  private final Pace pace;
  private final VerificationListener listener;
  private final FileCopier copier;

  /** Those of the source that the target has. */
  private final Map<Path, StoredFile> known = new HashMap<>();

  private long doneBytes;
  private long totalBytes;
  private long copiedFiles;
  private long copiedBytes;
  private int copiedSegments;

  /** Makes a backup of a database, which stays as it is meanwhile. */
  public BackupRun(
      FileSystem files,
      BackupTarget target,
      OfflineDatabase database,
      Pace pace,
      VerificationListener listener) {
    this.files = files;
    this.target = target;
    this.database = database;
    this.pace = pace;
    this.listener = listener;
    this.copier = new FileCopier(files, this::spend);
  }

  private void spend(long bytes) {
    doneBytes = Math.min(totalBytes, doneBytes + bytes);
    listener.progressed(doneBytes, totalBytes);
    pace.spend(bytes);
  }

  /**
   * Makes a backup.
   *
   * @param nowMillis the wall clock
   * @param names says what it is called
   * @return what it is made of
   * @throws BackupException if the database is damaged, as the listener was told
   * @throws StorageException if something can't be read or written: then there is no backup
   */
  public Backup makeBackup(long nowMillis, BackupIds names) throws BackupException {
    try {
      OfflineDatabase.Contents contents = database.contents();
      findKnown(contents);
      verify(known);
      List<StoredFile> all = new ArrayList<>();
      for (Path file : contents.manifest()) {
        all.add(store(file));
      }
      for (Path file : contents.fixed()) {
        StoredFile there = known.get(file);
        all.add(there == null ? store(file) : there);
      }
      for (Path file : contents.log()) {
        all.add(store(file));
      }
      files.syncDirectory(target.stored());
      LogHistory.Point end = new LogHistory(files, database.path(), contents.flushedUpTo()).end();
      Backup backup =
          new Backup(
              freeId(nowMillis, names),
              nowMillis,
              database.id(),
              end.index(),
              contents.flushedUpTo(),
              end.timeMillis() < 0 ? contents.flushedTimeMillis() : end.timeMillis(),
              List.copyOf(all));
      FileCopier.write(files, target.lists().resolve(backup.id()), backup.encode());
      return backup;
    } catch (IOException e) {
      throw FileErrors.wrap("backing up " + database.path(), e);
    }
  }

  /** Compares the files that the target has by name and size with their sums. */
  private void findKnown(OfflineDatabase.Contents contents) throws IOException {
    Map<String, List<StoredFile>> there = target.list(target.stored());
    Map<Path, List<StoredFile>> candidates = new HashMap<>();
    for (Path file : contents.fixed()) {
      long bytes = files.size(file);
      List<StoredFile> same =
          there.getOrDefault(file.getFileName().toString(), List.of()).stream()
              .filter(stored -> stored.bytes() == bytes)
              .toList();
      totalBytes += bytes; // It is compared, or else copied.
      if (!same.isEmpty()) {
        candidates.put(file, same);
      }
    }
    for (List<Path> other : List.of(contents.manifest(), contents.log())) {
      for (Path file : other) {
        totalBytes += files.size(file);
      }
    }
    totalBytes += verifiedBytes(contents);
    for (Map.Entry<Path, List<StoredFile>> entry : candidates.entrySet()) {
      String sum = copier.sum(entry.getKey(), Long.MAX_VALUE);
      for (StoredFile stored : entry.getValue()) {
        if (stored.sum().equals(sum)) {
          known.put(entry.getKey(), stored);
        }
      }
    }
  }

  private long verifiedBytes(OfflineDatabase.Contents contents) throws IOException {
    long bytes = 0;
    for (List<Path> part : List.of(contents.fixed(), contents.log())) {
      for (Path file : part) {
        bytes += files.size(file);
      }
    }
    return bytes;
  }

  /**
   * Verifies the database.
   *
   * @param read what was read already, and is as it was written
   */
  private void verify(Map<Path, StoredFile> read) throws BackupException {
    long before = doneBytes;
    VerificationListener steps =
        new VerificationListener() {
          private long verified;

          @Override
          public void progressed(long bytes, long ofBytes) {
            long more = bytes - verified;
            verified = bytes;
            doneBytes = Math.min(totalBytes, before + bytes);
            listener.progressed(doneBytes, totalBytes);
            pace.spend(more);
          }

          @Override
          public void damaged(Damage damage) {
            listener.damaged(damage);
          }
        };
    Verification found = database.verify(steps, read::containsKey);
    if (!found.isSound()) {
      throw new BackupException("the data is damaged, so there is no new backup of it");
    }
  }

  private StoredFile store(Path file) throws IOException {
    String name = file.getFileName().toString();
    return store(file, Long.MAX_VALUE, name, target.stored());
  }

  /** Copies a file into one of the target's folders; its name there isn't durable yet. */
  private StoredFile store(Path file, long most, String name, Path folder) throws IOException {
    Path unfinished = folder.resolve(name + BackupTarget.UNFINISHED);
    try {
      StoredFile stored = copier.copy(file, most, unfinished, name);
      Path whole = folder.resolve(stored.storedName());
      if (!files.exists(whole) || files.size(whole) != stored.bytes()) {
        copiedFiles++;
        copiedBytes += stored.bytes();
      }
      files.rename(unfinished, whole);
      return stored;
    } catch (IOException e) {
      throw FileErrors.wrap("copying " + file + " to " + folder, e);
    }
  }

  /** A name after those of all backups, even where the wall clock was set back. */
  private String freeId(long nowMillis, BackupIds names) {
    List<String> ids = target.ids();
    return names.of(
        ids.isEmpty() ? nowMillis : Math.max(nowMillis, names.millis(ids.getLast()) + 1));
  }

  /**
   * Copies the log: what the database has of it, and what was kept of it when that was put into
   * tables. That is removed where it was when its copies are durable.
   *
   * @param kept where it was kept
   * @throws BackupException if the target has a log of the same database with another history
   */
  public void copyLog(Path kept) throws BackupException {
    try {
      String id = database.id();
      Path folder = target.logForWrite(id);
      LogCopies copies = new LogCopies(folder);
      List<Path> old = KeptLogs.list(files, kept);
      List<LogHistory.Part> all = new ArrayList<>();
      for (Path segment : old) {
        all.add(new LogHistory.Part(segment, files.size(segment)));
      }
      all.addAll(new LogHistory(files, database.path(), 0).parts());
      totalBytes += all.stream().mapToLong(LogHistory.Part::bytes).sum();
      for (LogHistory.Part segment : all) {
        copies.add(segment.path(), segment.bytes());
      }
      files.syncDirectory(folder);
      copies.removeOutdone();
      for (Path segment : old) {
        files.delete(segment);
      }
    } catch (IOException e) {
      throw FileErrors.wrap("copying the log of " + database.path(), e);
    }
  }

  /**
   * Copies of segments in the target. Of a segment that was written to when it was copied there is
   * more to come: a longer copy takes the place of a shorter one.
   */
  private final class LogCopies {
    private final Path folder;
    private final Map<String, List<StoredFile>> there;
    private final List<StoredFile> outdone = new ArrayList<>();

    LogCopies(Path folder) throws IOException {
      this.folder = folder;
      there = target.list(folder);
    }

    void add(Path segment, long bytes) throws IOException, BackupException {
      String name = segment.getFileName().toString();
      for (StoredFile other : there.getOrDefault(name, List.of())) {
        if (bytes <= other.bytes()) {
          checkSame(
              name,
              copier.sum(segment, bytes),
              bytes == other.bytes()
                  ? other.sum()
                  : copier.sum(folder.resolve(other.storedName()), bytes));
          return;
        }
        checkSame(name, copier.sum(segment, other.bytes()), other.sum());
        outdone.add(other);
      }
      StoredFile stored = store(segment, bytes, name, folder);
      there.put(name, List.of(stored));
      copiedSegments++;
    }

    private void checkSame(String name, String one, String other) throws BackupException {
      if (!one.equals(other)) {
        throw new BackupException(
            "log segment "
                + name
                + " isn't the one in "
                + folder
                + ": two copies of one database were written to; back this one up to another"
                + " folder");
      }
    }

    void removeOutdone() throws IOException {
      for (StoredFile file : outdone) {
        files.delete(folder.resolve(file.storedName()));
      }
    }
  }

  /** How many files were copied for the backup that weren't there. */
  public long copiedFiles() {
    return copiedFiles;
  }

  /** Their sizes together, those of segments of the log included. */
  public long copiedBytes() {
    return copiedBytes;
  }

  /** How many segments of the log were copied. */
  public int copiedSegments() {
    return copiedSegments;
  }
}
