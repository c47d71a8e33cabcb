package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.HeldLock;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A checkpoint that stays as long as this is open, whoever deletes the one that it was made of: its
 * files have second names in a folder {@code backup} beside it. One at a time beside the
 * checkpoints of a database; what a process that was killed has left there, the next one removes.
 */
public final class HeldCheckpoint implements AutoCloseable {
  private static final String FOLDER = "backup";
  private static final String LOCK = "backup.lock";
  private static final String IDENTITY = "IDENTITY";

  private final FileSystem files;
  private final Path folder;
  private final HeldLock lock;
  private OfflineDatabase database;

  private HeldCheckpoint(FileSystem files, Path folder, HeldLock lock) {
    this.files = files;
    this.folder = folder;
    this.lock = lock;
  }

  /**
   * Holds one.
   *
   * @return null if it was deleted meanwhile
   * @throws StorageException.Locked if another one is held beside it
   */
  public static HeldCheckpoint of(FileSystem files, Path checkpoint) {
    Path beside = checkpoint.toAbsolutePath().getParent();
    try {
      HeldLock lock = files.tryLock(beside.resolve(LOCK));
      if (lock == null) {
        throw new StorageException.Locked("another backup of the same database is being made");
      }
      HeldCheckpoint held = new HeldCheckpoint(files, beside.resolve(FOLDER), lock);
      try {
        if (held.hold(checkpoint)) {
          return held;
        }
      } catch (IOException | RuntimeException | Error e) {
        held.closeAfter(e);
        throw e;
      }
      held.close();
      return null;
    } catch (IOException e) {
      throw FileErrors.wrap("holding the checkpoint " + checkpoint, e);
    }
  }

  private boolean hold(Path checkpoint) throws IOException {
    if (files.exists(folder)) {
      DataDirectory.delete(files, folder);
    }
    files.createDirectories(folder);
    try {
      String identity = DataDirectory.read(files, checkpoint.resolve(IDENTITY));
      for (String name : files.list(checkpoint)) {
        if (!name.equals(IDENTITY)) {
          files.link(checkpoint.resolve(name), folder.resolve(name));
        }
      }
      if (!files.exists(checkpoint.resolve(IDENTITY))) {
        return false; // That goes first, so something may have gone before it was linked.
      }
      DataDirectory.write(files, folder, identity);
    } catch (NoSuchFileException e) {
      return false;
    }
    database = OfflineDatabase.open(files, folder);
    return true;
  }

  /** The database that it is. */
  public OfflineDatabase database() {
    return database;
  }

  private void closeAfter(Throwable cause) {
    try {
      close();
    } catch (StorageException e) {
      cause.addSuppressed(e);
    }
  }

  /** Lets go of it: its second names are removed. */
  @Override
  public void close() {
    try {
      if (database != null) {
        database.close();
      }
      if (files.exists(folder)) {
        DataDirectory.delete(files, folder);
      }
    } catch (IOException e) {
      throw FileErrors.wrap("removing " + folder, e);
    } finally {
      lock.close();
    }
  }
}
