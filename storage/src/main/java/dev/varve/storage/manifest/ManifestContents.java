package dev.varve.storage.manifest;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

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

  /** There is a manifest before there is any other file with a number. */
  private static void checkNew(FileSystem fileSystem, Path directory) throws IOException {
    for (String name : fileSystem.list(directory)) {
      if (FileNames.isTableOrLog(name)) {
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

  /** Bytes of the file that were read; what is behind them says nothing. */
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

  /** All of it, as an edit of the empty version. */
  VersionEdit all() {
    return all;
  }

  /** Whether CURRENT doesn't vouch for all of the manifest. */
  boolean isLongerThanStated() {
    return bytes > statedBytes;
  }
}
