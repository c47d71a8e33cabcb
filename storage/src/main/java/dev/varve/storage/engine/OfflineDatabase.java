package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.manifest.ManifestContents;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.repair.DatabaseRepair;
import dev.varve.storage.repair.RepairReport;
import dev.varve.storage.verify.DatabaseVerifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    DatabaseVerifier verifier = new DatabaseVerifier(files, path, listener);
    verifier.check(directory.identity(), directory::checkIdentity);
    ManifestContents manifest = verifier.checkManifest();
    if (manifest != null) {
      verifier.expect(manifest.levels());
      verifier.checkTables(manifest.levels());
      verifier.checkLog(manifest.flushedUpTo(), manifest.reached());
    } else {
      verifyLoose(verifier);
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
  private void verifyLoose(DatabaseVerifier verifier) {
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
