package dev.varve.storage.manifest;

import dev.varve.storage.StorageException;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.NoSpaceException;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.record.UnsyncedBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The durable account of a database's versions. An edit is applied wholly or not at all: it is
 * written and synced before the version that it makes becomes the current one.
 *
 * <p>Edits are appended to a manifest file. The first edit after opening, and one that finds the
 * file grown large, begins a new file with all that the new version is, and switches {@code
 * CURRENT} to it; so no file is ever appended to whose end may be torn.
 *
 * <p>One thread at a time commits; {@link #current} may be asked by any.
 */
public final class Manifest implements AutoCloseable {
  /** A file is followed by a new one when it has grown by so many bytes since its first edit. */
  static final long GROWTH_BYTES = 1 << 20;

  private final FileSystem fileSystem;
  private final Path directory;
  private final FileNumbers numbers;
  private final TableSource tables;
  private final Consumer<Path> unused;
  private final long growthBytes;

  /** The file being appended to; null if the next edit begins a new one. */
  private ManifestWriter writer;

  /** The file that CURRENT names; null if there is none yet. */
  private Path inForce;

  /** Whether CURRENT says how long that file is, all edits included. */
  private boolean vouchedFor;

  private long reached;

  private StorageException.Poisoned poison;
  private volatile Version current;

  private Manifest(
      FileSystem fileSystem,
      Path directory,
      FileNumbers numbers,
      TableSource tables,
      Consumer<Path> unused,
      long growthBytes) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.numbers = numbers;
    this.tables = tables;
    this.unused = unused;
    this.growthBytes = growthBytes;
  }

  /**
   * Opens the manifest of a directory, which may be empty. All that it tells is durable when this
   * returns.
   *
   * @param numbers moved on after the number of every file that the directory has or had
   * @param tables opens tables and blob files
   * @param unused given each file that no version has any more, once nobody reads it; on any
   *     thread, so it should leave the deletion to another one
   * @throws StorageException.Corruption if it isn't what was written
   * @throws StorageException.FormatTooNew if a newer version of Varve wrote it
   */
  public static Manifest open(
      FileSystem fileSystem,
      Path directory,
      FileNumbers numbers,
      TableSource tables,
      Consumer<Path> unused) {
    return open(fileSystem, directory, numbers, tables, unused, GROWTH_BYTES);
  }

  static Manifest open(
      FileSystem fileSystem,
      Path directory,
      FileNumbers numbers,
      TableSource tables,
      Consumer<Path> unused,
      long growthBytes) {
    Manifest manifest = new Manifest(fileSystem, directory, numbers, tables, unused, growthBytes);
    try {
      manifest.recover();
      return manifest;
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, manifest::abandon);
      throw e;
    }
  }

  /**
   * Puts a new manifest in force, whatever there was before.
   *
   * @param all what it says
   */
  public static Manifest rebuild(
      FileSystem fileSystem,
      Path directory,
      FileNumbers numbers,
      TableSource tables,
      VersionEdit all) {
    Manifest manifest =
        new Manifest(fileSystem, directory, numbers, tables, file -> {}, GROWTH_BYTES);
    numbers.startFrom(all.nextFileNumber());
    manifest.current = Version.of(all, tables);
    try {
      manifest.beginFile(manifest.current);
      return manifest;
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, manifest::close);
      throw e;
    }
  }

  /**
   * Puts a manifest in force in a directory that has none, saying all that a version does. The
   * version's tables, and the log, are there already.
   *
   * @param reached see {@link #reached()}
   */
  public static void copy(FileSystem fileSystem, Path directory, Version version, long reached) {
    FileNumbers numbers = new FileNumbers();
    try {
      numbers.startFrom(version.nextFileNumber());
      numbers.startBehind(fileSystem.list(directory));
      long number = numbers.next();
      Path file = directory.resolve(FileNames.manifest(number));
      VersionEdit all = allOf(version, numbers, reached);
      try (ManifestWriter written = ManifestWriter.create(fileSystem, file, number, all)) {
        new CurrentFile(file.getFileName().toString(), written.firstEditEnd())
            .prepare(fileSystem, directory);
      }
      CurrentFile.switchOver(fileSystem, directory);
    } catch (IOException e) {
      throw FileErrors.wrap("writing the manifest of " + directory, e);
    }
  }

  private static VersionEdit allOf(Version version, FileNumbers numbers, long reached) {
    VersionEdit all = version.asEdit();
    all.nextFileNumber(numbers.peek());
    if (reached > version.flushedUpTo()) {
      all.reached(reached);
    }
    return all;
  }

  private void recover() {
    try {
      ManifestContents found = ManifestContents.read(fileSystem, directory);
      VersionEdit all = found == null ? new VersionEdit() : found.all();
      if (found != null) {
        inForce = found.file();
        reached = found.reached();
        vouchedFor = !found.isLongerThanStated();
        // What a crash of the process left in the page cache only is built on from here on.
        try (WritableFile file = fileSystem.openForWrite(inForce)) {
          UnsyncedBytes.rewrite(fileSystem, inForce, file, 0, fileSystem.size(inForce));
        }
        fileSystem.syncDirectory(directory);
      }
      numbers.startFrom(all.nextFileNumber());
      numbers.startBehind(fileSystem.list(directory));
      current = Version.of(all, tables);
      if (found == null) {
        beginFile(current);
      }
    } catch (IOException e) {
      throw FileErrors.wrap("reading the manifest in " + directory, e);
    }
  }

  /**
   * Sequence number up to which log and tables together held everything, durably, as far as the
   * manifest tells.
   */
  public long reached() {
    return reached;
  }

  /**
   * Notes how far log and tables have come, and lets CURRENT vouch for all of the manifest: so that
   * whatever is missing when the database is opened next is noticed. Does nothing if all that is
   * noted already, or if the manifest takes no more edits. The disk being full is no error, as
   * nothing is lost by it.
   *
   * @param sequence up to which everything is durable
   */
  public void seal(long sequence) {
    boolean noted = vouchedFor && sequence <= reached;
    if (noted || poison != null) {
      return;
    }
    reached = Math.max(reached, sequence);
    try {
      beginFile(current);
    } catch (StorageException.DiskFull e) {
      // The manifest is what it was. Only a later loss of the log's end might go unnoticed.
      closeWriter();
    }
  }

  /**
   * The newest version. Retain it before use, and ask again if that fails, unless no commit can
   * come between.
   */
  public Version current() {
    return current;
  }

  /**
   * Makes an edit durable and its version the current one.
   *
   * @return the new version; the manifest holds a reference on it until the next commit
   * @throws StorageException.DiskFull if there is no room; nothing has changed
   * @throws StorageException.Poisoned if it isn't known whether the edit is durable. No more edits
   *     are taken, and no file that it names may be deleted.
   * @throws StorageException another one if nothing has changed
   */
  public Version commit(VersionEdit edit) {
    if (poison != null) {
      throw poison;
    }
    edit.nextFileNumber(numbers.peek());
    edit.stampOn(current.stamp());
    Version next = current.apply(edit, tables);
    try {
      if (writer == null || writer.growth() > growthBytes) {
        beginFile(next);
      } else {
        append(edit);
      }
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, next::release);
      throw e;
    }
    Version old = current;
    current = next;
    old.whenReleased(next, directory, unused);
    old.release();
    return next;
  }

  private void append(VersionEdit edit) {
    vouchedFor = false;
    try {
      writer.append(edit);
    } catch (NoSpaceException e) {
      // Part of the record may stand there: the file ends before it, for good.
      closeWriter();
      throw FileErrors.wrap("writing " + inForce, e);
    } catch (IOException e) {
      closeWriter();
      throw poisoned("writing " + inForce, e);
    }
    try {
      writer.sync();
    } catch (IOException e) {
      // Be it for want of space: the edit stands there, and may or may not survive a crash.
      closeWriter();
      throw poisoned("syncing " + inForce, e);
    }
    try {
      writer.mark();
    } catch (IOException e) {
      // The edit is durable. The mark only helps to tell corruption from a torn end; a new file,
      // begun by the next edit, needs none.
      closeWriter();
    }
  }

  private void beginFile(Version next) {
    closeWriter();
    long number = numbers.next();
    Path file = directory.resolve(FileNames.manifest(number));
    VersionEdit all = allOf(next, numbers, reached);
    ManifestWriter created;
    try {
      created = ManifestWriter.create(fileSystem, file, number, all);
      try {
        new CurrentFile(file.getFileName().toString(), created.firstEditEnd())
            .prepare(fileSystem, directory);
      } catch (IOException e) {
        created.close();
        throw e;
      }
    } catch (IOException e) {
      discard(file, e);
      throw FileErrors.wrap("writing " + file, e);
    }
    try {
      CurrentFile.switchOver(fileSystem, directory);
    } catch (IOException e) {
      created.close();
      throw poisoned("switching to " + file, e);
    }
    if (inForce != null) {
      unused.accept(inForce);
    }
    inForce = file;
    vouchedFor = true;
    writer = created;
  }

  /**
   * Deletes a manifest that was not put in force: at once, as after an opening that failed the next
   * one may make a file of the same name. If that fails, too, an opening to come deletes it.
   */
  private void discard(Path file, IOException cause) {
    try {
      if (fileSystem.exists(file)) {
        fileSystem.delete(file);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private StorageException.Poisoned poisoned(String doing, IOException cause) {
    poison =
        new StorageException.Poisoned(
            "the database takes no more changes, as this failed: " + doing,
            FileErrors.wrap(doing, cause));
    return poison;
  }

  /** The files of the directory that belong to no version: left over from what never ended. */
  public List<Path> leftovers() {
    List<Path> leftovers = new ArrayList<>();
    try {
      Set<Path> used = current.levels().files(directory);
      for (String name : fileSystem.list(directory)) {
        Path file = directory.resolve(name);
        boolean unusedData = FileNames.isTableOrBlob(name) && !used.contains(file);
        boolean unusedManifest =
            FileNames.manifestNumber(name) != FileNames.NONE && !file.equals(inForce);
        if (unusedData || unusedManifest || name.equals(FileNames.NEXT_CURRENT)) {
          leftovers.add(file);
        }
      }
    } catch (IOException e) {
      throw FileErrors.wrap("listing " + directory, e);
    }
    return leftovers;
  }

  private void closeWriter() {
    if (writer != null) {
      writer.close();
      writer = null;
    }
  }

  /** Closes the file and lets go of the current version. */
  @Override
  public void close() {
    closeWriter();
    current.release();
  }

  private void abandon() {
    closeWriter();
    if (current != null) {
      current.release();
    }
  }
}
