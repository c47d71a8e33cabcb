package dev.varve.storage.backup;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.varve.storage.Damage;
import dev.varve.storage.StorageException;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.HeldLock;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A folder that backups are kept in:
 *
 * <pre>
 * VARVE-BACKUPS        says that it is one, and its version
 * LOCK                 held by who writes to it
 * files/               the files of backups: 000012.sst-9f86d0…, by name and SHA-256
 * backups/             a list of files for each backup: 20261130T083335.123Z
 * log/4f0c8a52-…/      segments of the log of a database: 000007.log-9f86d0…
 * </pre>
 *
 * Whatever is whole has its name; what isn't ends with {@code .unfinished}. A backup's list comes
 * when all its files are durable, so there is no half backup. Used by one thread.
 */
public final class BackupTarget implements AutoCloseable {
  static final String UNFINISHED = ".unfinished";

  private static final String MARK = "VARVE-BACKUPS";
  private static final String MARK_TEXT = "varve backups 1\n";
  private static final String LOCK = "LOCK";
  private static final Pattern ID = Pattern.compile("\\d{8}T\\d{6}\\.\\d{3}Z");

  private final FileSystem files;
  private final Path path;
  private final HeldLock lock;

  private BackupTarget(FileSystem files, Path path, HeldLock lock) {
    this.files = files;
    this.path = path;
    this.lock = lock;
  }

  /**
   * Opens one to write to it; makes it if there is none.
   *
   * @throws BackupException if there is something else
   * @throws StorageException.Locked if somebody else is writing to it
   */
  public static BackupTarget openForWrite(FileSystem files, Path path) throws BackupException {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      files.createDirectories(absolute);
      boolean marked = files.exists(absolute.resolve(MARK));
      if (!marked && !mayBeMade(files.list(absolute))) {
        throw new BackupException(path + " is not empty, and no folder of backups");
      }
      HeldLock lock = files.tryLock(absolute.resolve(LOCK));
      if (lock == null) {
        throw new StorageException.Locked("another backup to " + path + " is being made");
      }
      try {
        BackupTarget target = new BackupTarget(files, absolute, lock);
        if (marked) {
          target.checkMark();
        }
        target.prepare(marked);
        return target;
      } catch (IOException | RuntimeException | Error e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileErrors.wrap("opening the folder of backups " + path, e);
    }
  }

  /** Whether there is nothing, or what is left of an attempt. */
  private static boolean mayBeMade(List<String> names) {
    return names.stream()
        .allMatch(
            name ->
                name.equals(LOCK) || name.equals(MARK + UNFINISHED) || name.equals("lost+found"));
  }

  /**
   * Opens one to read it.
   *
   * @throws BackupException if there is none
   */
  public static BackupTarget openForRead(FileSystem files, Path path) throws BackupException {
    Path absolute = path.toAbsolutePath().normalize();
    if (!files.exists(absolute.resolve(MARK))) {
      throw new BackupException(path + " is no folder of backups");
    }
    BackupTarget target = new BackupTarget(files, absolute, null);
    try {
      target.checkMark();
    } catch (IOException e) {
      throw FileErrors.wrap("opening the folder of backups " + path, e);
    }
    return target;
  }

  private void checkMark() throws IOException {
    Path mark = path.resolve(MARK);
    byte[] text = FileCopier.read(files, mark);
    if (!Arrays.equals(text, MARK_TEXT.getBytes(US_ASCII))) {
      throw new StorageException.Corruption(mark.toString(), 0, "\"" + MARK_TEXT.strip() + "\"");
    }
  }

  private void prepare(boolean marked) throws IOException {
    if (!marked) {
      FileCopier.write(files, path.resolve(MARK), MARK_TEXT.getBytes(US_ASCII));
      if (path.getParent() != null) {
        files.syncDirectory(path.getParent());
      }
    }
    for (Path folder : List.of(stored(), lists(), path.resolve("log"))) {
      if (files.exists(folder)) {
        removeUnfinished(folder);
      } else {
        files.createDirectories(folder);
      }
    }
    files.syncDirectory(path);
  }

  private void removeUnfinished(Path folder) throws IOException {
    for (String name : files.list(folder)) {
      if (name.endsWith(UNFINISHED)) {
        files.delete(folder.resolve(name));
      }
    }
  }

  Path stored() {
    return path.resolve("files");
  }

  Path lists() {
    return path.resolve("backups");
  }

  /** Where the log of a database is kept; what is unfinished there is removed. */
  Path logForWrite(String database) throws IOException {
    Path folder = log(database);
    if (files.exists(folder)) {
      removeUnfinished(folder);
    } else {
      files.createDirectories(folder);
      files.syncDirectory(folder.getParent());
    }
    return folder;
  }

  Path log(String database) {
    return path.resolve("log").resolve(database);
  }

  /** Databases of which logs are kept. */
  List<String> databasesWithLogs() throws IOException {
    return files.exists(path.resolve("log")) ? files.list(path.resolve("log")) : List.of();
  }

  /**
   * The files in one of its folders, by the names that databases call them.
   *
   * @return of each name all that there are
   */
  Map<String, List<StoredFile>> list(Path folder) throws IOException {
    Map<String, List<StoredFile>> found = new HashMap<>();
    if (!files.exists(folder)) {
      return found;
    }
    for (String name : files.list(folder)) {
      try {
        StoredFile file = StoredFile.of(name, files.size(folder.resolve(name)));
        if (file != null) {
          found.computeIfAbsent(file.name(), absent -> new ArrayList<>()).add(file);
        }
      } catch (NoSuchFileException e) {
        // It was a reader's, and has been removed since it was listed.
      }
    }
    return found;
  }

  /**
   * Its backups, the oldest first.
   *
   * @throws StorageException.Corruption if the list of one isn't what was written
   */
  public List<Backup> backups() {
    List<Backup> backups = new ArrayList<>();
    for (String id : ids()) {
      backups.add(read(id));
    }
    return backups;
  }

  /** What its backups are called, the oldest first. */
  List<String> ids() {
    try {
      return files.list(lists()).stream()
          .filter(name -> ID.matcher(name).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileErrors.wrap("reading " + lists(), e);
    }
  }

  /** Reads the list of a backup. */
  Backup read(String id) {
    Path file = lists().resolve(id);
    try {
      return Backup.decode(file, FileCopier.read(files, file));
    } catch (IOException e) {
      throw FileErrors.wrap("reading " + file, e);
    }
  }

  /**
   * Reads everything, and tells what isn't as it was written, or is missing.
   *
   * @return how many files are damaged
   */
  public long check(VerificationListener listener, Pace pace) {
    List<Damage> damages = new ArrayList<>();
    Map<Path, StoredFile> all = new TreeMap<>();
    try {
      for (String id : ids()) {
        try {
          read(id).files().forEach(file -> all.put(stored().resolve(file.storedName()), file));
        } catch (StorageException.Corruption e) {
          damages.add(e.damage());
        }
      }
      for (String database : databasesWithLogs()) {
        list(log(database)).values().stream()
            .flatMap(List::stream)
            .forEach(file -> all.put(log(database).resolve(file.storedName()), file));
      }
      check(all, damages, listener, pace);
    } catch (IOException e) {
      throw FileErrors.wrap("checking " + path, e);
    }
    damages.forEach(listener::damaged);
    return damages.size();
  }

  private void check(
      Map<Path, StoredFile> all, List<Damage> damages, VerificationListener listener, Pace pace)
      throws IOException {
    long total = all.values().stream().mapToLong(StoredFile::bytes).sum();
    long[] done = {0};
    FileCopier reader =
        new FileCopier(
            files,
            bytes -> {
              done[0] = Math.min(total, done[0] + bytes);
              pace.spend(bytes);
              listener.progressed(done[0], total);
            });
    for (Map.Entry<Path, StoredFile> entry : all.entrySet()) {
      Path file = entry.getKey();
      StoredFile expected = entry.getValue();
      try {
        boolean sound =
            files.size(file) == expected.bytes()
                && reader.sum(file, expected.bytes()).equals(expected.sum());
        if (!sound) {
          damages.add(expected.damaged(file.toString()).damage());
        }
      } catch (NoSuchFileException e) {
        damages.add(new Damage(file.toString(), 0, "a file, but it is missing"));
      }
    }
  }

  /** Gives the lock back. */
  @Override
  public void close() {
    if (lock != null) {
      lock.close();
    }
  }
}
