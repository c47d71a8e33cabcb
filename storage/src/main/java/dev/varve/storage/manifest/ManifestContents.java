package dev.varve.storage.manifest;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** What the manifest in force says, without opening a table. Immutable. */
public final class ManifestContents {
  private final Path file;
  private final long bytes;
  private final long statedBytes;
  private final VersionEdit all;
  private final Levels levels;

  private ManifestContents(Path file, long bytes, long statedBytes, VersionEdit all) {
    this.file = file;
    this.bytes = bytes;
    this.statedBytes = statedBytes;
    this.all = all;
    this.levels = Levels.EMPTY.apply(all);
  }

  /**
   * Reads it; changes nothing.
   *
   * @return null if there is none, as the directory holds no database yet
   * @throws StorageException.Corruption if it isn't what was written
   * @throws StorageException.FormatTooNew if a newer version of Varve wrote it
   */
  public static ManifestContents read(FileSystem fileSystem, Path directory) {
    try {
      if (!fileSystem.exists(directory.resolve(FileNames.CURRENT))) {
        checkNew(fileSystem, directory);
        return null;
      }
      CurrentFile current = CurrentFile.read(fileSystem, directory);
      Path file = directory.resolve(current.manifest());
      ManifestReader reader = new ManifestReader(fileSystem, file);
      VersionEdit all = reader.read(current.bytes());
      return new ManifestContents(file, reader.end(), current.bytes(), all);
    } catch (NoSuchFileException e) {
      throw new StorageException.Corruption(
          e.getFile(), 0, "the manifest that CURRENT names, but there is no such file");
    } catch (IOException e) {
      throw FileErrors.wrap("reading the manifest in " + directory, e);
    }
  }

  /**
   * The newest manifest that can be read and whose tables are all there, for when it is {@code
   * CURRENT} that can't be read.
   *
   * @return null if there is none, or if {@code CURRENT} can be read
   */
  public static ManifestContents findUnnamed(FileSystem fileSystem, Path directory) {
    try {
      if (fileSystem.exists(directory.resolve(FileNames.CURRENT))) {
        try {
          CurrentFile.read(fileSystem, directory);
          return null;
        } catch (StorageException.Corruption e) {
          // It is not it that tells: the manifests themselves may.
        }
      }
      List<String> newestFirst =
          fileSystem.list(directory).stream()
              .filter(FileNames::isManifest)
              .sorted(Comparator.comparingLong(FileNames::manifestNumber).reversed())
              .toList();
      for (String name : newestFirst) {
        ManifestContents found = readUnnamed(fileSystem, directory.resolve(name));
        if (found != null && found.hasAllTables(fileSystem, directory)) {
          return found;
        }
      }
      return null;
    } catch (IOException e) {
      throw FileErrors.wrap("reading the manifests in " + directory, e);
    }
  }

  private static ManifestContents readUnnamed(FileSystem fileSystem, Path file) throws IOException {
    try {
      ManifestReader reader = new ManifestReader(fileSystem, file);
      VersionEdit all = reader.read(0);
      return new ManifestContents(file, reader.end(), 0, all);
    } catch (StorageException.Corruption e) {
      return null;
    }
  }

  private boolean hasAllTables(FileSystem fileSystem, Path directory) {
    return levels.files(directory).stream().allMatch(fileSystem::exists);
  }

  /** There is a manifest before there is any other file with a number. */
  private static void checkNew(FileSystem fileSystem, Path directory) throws IOException {
    for (String name : fileSystem.list(directory)) {
      if (FileNames.isData(name)) {
        throw new StorageException.Corruption(
            directory.resolve(FileNames.CURRENT).toString(),
            0,
            "the name of a manifest, but the file is missing though " + name + " is there");
      }
    }
  }

  /** The manifest's file. */
  public Path file() {
    return file;
  }

  /** Bytes of the file that were read; what comes after them says nothing. */
  public long bytes() {
    return bytes;
  }

  /** The tables. */
  public Levels levels() {
    return levels;
  }

  /** Sequence number up to which tables hold everything. */
  public long flushedUpTo() {
    return Math.max(0, all.flushedUpTo());
  }

  /**
   * Sequence number up to which log and tables together held everything, durably, when it was
   * written.
   */
  public long reached() {
    return Math.max(flushedUpTo(), all.reached());
  }

  /** The writer's time in milliseconds when the last of what is flushed was written. */
  public long lastTimeMillis() {
    return Math.max(0, all.lastTimeMillis());
  }

  /**
   * What the database is without some tables, as an edit of the empty version. How far the log
   * reached is left out.
   */
  public VersionEdit without(Set<Long> numbers) {
    VersionEdit edit = new VersionEdit();
    for (VersionEdit.Added added : all.added()) {
      if (!numbers.contains(added.table().number())) {
        edit.add(added.level(), added.table());
      }
    }
    all.addedBlobs().forEach(edit::add);
    edit.counts().addAll(all.counts());
    if (all.areCountsOpen()) {
      edit.countsOpen();
    }
    edit.abandon(all.abandoned()).stamp(all.stamp());
    return edit.lastTimeMillis(lastTimeMillis()).nextFileNumber(all.nextFileNumber());
  }

  /** All of it, as an edit of the empty version. */
  VersionEdit all() {
    return all;
  }

  /** Whether CURRENT doesn't vouch for all of the manifest. */
  boolean isLongerThanStated() {
    return bytes > statedBytes;
  }
}
