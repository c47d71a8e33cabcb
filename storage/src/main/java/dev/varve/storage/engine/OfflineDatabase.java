package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.manifest.FileNames;
import dev.varve.storage.manifest.ManifestContents;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.repair.DatabaseRepair;
import dev.varve.storage.repair.RepairReport;
import dev.varve.storage.verify.DatabaseVerifier;
import dev.varve.storage.wal.LogHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A database that no engine has open, locked, so that none comes to have it open. For operators'
 * tools; used by one thread.
 */
public final class OfflineDatabase implements AutoCloseable {
  private final FileSystem files;
  private final Path path;
  private final DataDirectory directory;

  private OfflineDatabase(FileSystem files, Path path, DataDirectory directory) {
    this.files = files;
    this.path = path;
    this.directory = directory;
  }

  /**
   * Locks the database in a folder.
   *
   * @return null if there is none
   * @throws StorageException.Locked if an engine has it open
   * @throws StorageException if the folder can't be read, or no lock file be made in it
   */
  public static OfflineDatabase open(FileSystem files, Path path) {
    if (!files.exists(path)) {
      return null;
    }
    DataDirectory directory = DataDirectory.lock(files, path);
    try {
      directory.checkFilled();
      if (directory.holdsDatabase()) {
        return new OfflineDatabase(files, path, directory);
      }
    } catch (RuntimeException | Error e) {
      directory.close();
      throw e;
    }
    directory.close();
    return null;
  }

  /**
   * What a copy of the database is made of, beside its identity.
   *
   * @param fixed tables and blob files, which never change; in the order of their names
   * @param log the segments of the log that are needed, the oldest first
   * @param manifest the manifest, and what names it
   * @param flushedUpTo sequence number up to which tables hold everything
   * @param flushedTimeMillis the writer's time when the last of that was written
   */
  public record Contents(
      List<Path> fixed,
      List<Path> log,
      List<Path> manifest,
      long flushedUpTo,
      long flushedTimeMillis) {}

  /**
   * Returns what a copy is made of, as long as this is open.
   *
   * @throws StorageException if the manifest or the log can't be read
   */
  public Contents contents() {
    ManifestContents manifest = ManifestContents.read(files, path);
    if (manifest == null) {
      throw new StorageException.Corruption(path.toString(), 0, "a manifest");
    }
    try {
      return new Contents(
          manifest.levels().files(path).stream().sorted().toList(),
          new LogHistory(files, path, manifest.flushedUpTo()).needed(),
          List.of(path.resolve(FileNames.CURRENT), manifest.file()),
          manifest.flushedUpTo(),
          manifest.lastTimeMillis());
    } catch (IOException e) {
      throw FileErrors.wrap("reading the log in " + path, e);
    }
  }

  /**
   * Returns what tells this database, and copies of it, from all others.
   *
   * @throws StorageException.Corruption if its identity is damaged
   */
  public String id() {
    directory.checkIdentity();
    return directory.id();
  }

  /** Returns where it is. */
  public Path path() {
    return path;
  }

  /**
   * Deletes a checkpoint, finished or not, unless it has been opened: then it is a database of its
   * own.
   *
   * @return whether it was deleted
   * @throws StorageException if it could not be, or holds what no checkpoint has
   */
  public static boolean deleteUnopened(FileSystem files, Path checkpoint) {
    try {
      if (DataDirectory.wasOpened(files, checkpoint)) {
        return false;
      }
      DataDirectory directory = DataDirectory.lock(files, checkpoint);
      try {
        DataDirectory.delete(files, checkpoint);
        return true;
      } finally {
        directory.close();
      }
    } catch (StorageException.Locked e) {
      return false; // It is just being opened.
    } catch (IOException e) {
      throw FileErrors.wrap("deleting the checkpoint " + checkpoint, e);
    }
  }

  /**
   * Returns up to which sequence number a database is known to hold everything, as its manifest
   * says: a checkpoint, all that is in it. Takes no lock.
   *
   * @throws StorageException if that can't be told
   */
  public static long lastSequence(FileSystem files, Path path) {
    ManifestContents manifest = ManifestContents.read(files, path);
    if (manifest == null) {
      throw new StorageException.Corruption(path.toString(), 0, "a manifest");
    }
    return manifest.reached();
  }

  /**
   * Verifies everything: identity, manifest, tables, blob files and log. Changes nothing. Where the
   * manifest is damaged, every table and blob file is verified for itself.
   *
   * @throws StorageException.FormatTooNew if a file is of a newer format than this version knows
   */
  public Verification verify(VerificationListener listener) {
    return verify(listener, file -> false);
  }

  /**
   * As {@link #verify(VerificationListener)}, but for what is in some tables and blob files.
   *
   * @param known tells of those that needn't be read, as they are known to be sound
   */
  public Verification verify(VerificationListener listener, Predicate<Path> known) {
    return verify(files, directory, listener, known);
  }

  /** As {@link #verify(VerificationListener, Predicate)}, of the database in a locked folder. */
  static Verification verify(
      FileSystem files,
      DataDirectory directory,
      VerificationListener listener,
      Predicate<Path> known) {
    DatabaseVerifier verifier = new DatabaseVerifier(files, directory.path(), listener);
    verifier.check(directory.identity(), directory::checkIdentity);
    ManifestContents manifest = verifier.checkManifest();
    if (manifest != null) {
      verifier.expect(manifest.levels());
      verifier.checkTables(manifest.levels(), known);
      verifier.checkLog(manifest.flushedUpTo(), manifest.reached());
    } else {
      verifyLoose(files, directory.path(), verifier);
      verifier.checkLogAlone();
    }
    return verifier.result();
  }

  /**
   * Makes of a damaged database one that opens and holds what was sound, see {@link
   * DatabaseRepair}.
   *
   * @param options say how new tables are written
   * @param random gives the database a new identity if it has lost it
   * @param listener told of what is found on the way
   */
  public RepairReport repair(
      StorageOptions options, RandomGenerator random, VerificationListener listener) {
    DatabaseRepair repair = new DatabaseRepair(files, path, options, listener);
    boolean identified = isIdentified();
    if (!identified) {
      repair.moveAside(directory.identity());
    }
    RepairReport report = repair.run();
    if (!identified) {
      try {
        directory.writeIdentity(random);
      } catch (IOException e) {
        throw FileErrors.wrap("writing " + directory.identity(), e);
      }
    }
    return report;
  }

  private boolean isIdentified() {
    try {
      directory.checkIdentity();
      return true;
    } catch (StorageException.Corruption e) {
      return false;
    }
  }

  /** Every table and blob file for itself, as nothing tells which belong together. */
  private static void verifyLoose(FileSystem files, Path path, DatabaseVerifier verifier) {
    List<Path> tables;
    List<Path> blobs;
    try {
      tables = DatabaseVerifier.tableFiles(files, path);
      blobs = DatabaseVerifier.blobFiles(files, path);
    } catch (IOException e) {
      throw FileErrors.wrap("reading " + path, e);
    }
    List<Path> all = new ArrayList<>(tables);
    all.addAll(blobs);
    verifier.expect(all);
    Map<Long, BlobMeta> sound = new HashMap<>();
    for (Path file : blobs) {
      BlobMeta blob = verifier.checkBlob(file);
      if (blob != null) {
        sound.put(blob.number(), blob);
      }
    }
    for (Path file : tables) {
      TableMeta table = verifier.checkTable(file);
      if (table != null) {
        verifier.checkUses(table, sound);
      }
    }
  }

  /** Gives the lock back. */
  @Override
  public void close() {
    directory.close();
  }
}
