package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A folder that somebody fills with the files of a database. Until they are all there nobody takes
 * it for one: it is locked, and if its filler is killed, a file in it says that. Used by one
 * thread.
 */
public final class RestoredDirectory implements AutoCloseable {
  private static final String NOTE = "A backup is being restored here, or that was broken off.\n";

  private final FileSystem files;
  private final Path path;
  private final DataDirectory directory;

  private RestoredDirectory(FileSystem files, Path path, DataDirectory directory) {
    this.files = files;
    this.path = path;
    this.directory = directory;
  }

  /**
   * Begins to fill a folder, which is made if it isn't there. What a filler has left that was
   * broken off is removed.
   *
   * @return null if there is anything else in it
   * @throws StorageException.Locked if somebody is just filling it
   */
  public static RestoredDirectory begin(FileSystem files, Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      if (!files.exists(absolute)) {
        files.createDirectories(absolute);
        files.syncDirectory(absolute.getParent());
      }
      if (!mayBeFilled(files.list(absolute))) {
        return null;
      }
      DataDirectory directory = DataDirectory.lock(files, absolute);
      try {
        empty(files, absolute);
        return new RestoredDirectory(files, absolute, directory);
      } catch (IOException | RuntimeException | Error e) {
        directory.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileErrors.wrap("restoring into " + absolute, e);
    }
  }

  /** Whether there is nothing, or what a filler has left; a lock alone is nothing. */
  private static boolean mayBeFilled(List<String> names) {
    String note = DataDirectory.unfilled(Path.of("")).toString();
    // A disk of its own has a folder for what its repair finds.
    return names.contains(note)
        || names.stream().allMatch(name -> name.equals("LOCK") || name.equals("lost+found"));
  }

  private static void empty(FileSystem files, Path path) throws IOException {
    Path note = DataDirectory.unfilled(path);
    if (!files.exists(note)) {
      try (WritableFile file = files.create(note)) {
        file.write(ByteBuffer.wrap(NOTE.getBytes(StandardCharsets.US_ASCII)), 0);
        file.sync();
      }
      files.syncDirectory(path);
    }
    for (String name : files.list(path)) {
      if (DataDirectory.isOfDatabase(name)) {
        files.delete(path.resolve(name));
      }
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /**
   * Makes it a database, when all files are there and durable, and verifies it. It is another
   * database than the one that it comes from, as from here on it has another history.
   *
   * @return what was found; if that isn't sound, it is still no database
   */
  public Verification finish(RandomGenerator random, VerificationListener listener) {
    try {
      directory.writeIdentity(random);
      Verification found = OfflineDatabase.verify(files, directory, listener, file -> false);
      if (found.isSound()) {
        files.delete(DataDirectory.unfilled(path));
        files.syncDirectory(path);
      }
      return found;
    } catch (IOException e) {
      throw FileErrors.wrap("restoring into " + path, e);
    }
  }

  /** Gives the lock back. */
  @Override
  public void close() {
    directory.close();
  }
}
