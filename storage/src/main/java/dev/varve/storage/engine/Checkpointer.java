package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.manifest.Manifest;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.wal.Log;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Makes checkpoints, see {@link dev.varve.storage.StorageEngine#checkpoint}. A checkpoint is built
 * in a folder of another name; of its files the identity is written last, and without it a folder
 * holds no database. Then the folder gets its name.
 *
 * <p>Its parts go together because of the order in which they are taken: first the log is kept from
 * giving anything up, then a version is pinned, then the log is synced and copied. So the log
 * begins no later than the version ends, and ends no earlier.
 */
final class Checkpointer {
  private static final String UNFINISHED = ".unfinished";

  private final Parts parts;
  private final Installer installer;
  private final Gate gate;

  /** Without the database's reserve: that is not for checkpoints. */
  private final FileSystem files;

  Checkpointer(Parts parts, Installer installer) {
    this.parts = parts;
    this.installer = installer;
    gate = parts.gate();
    files = parts.environment().fileSystem();
  }

  /** Makes one; one at a time. */
  synchronized void make(Path target) {
    Path absolute = target.toAbsolutePath().normalize();
    if (!gate.enter()) {
      throw new IllegalStateException("the database is closed");
    }
    try {
      parts.health().checkNotPoisoned();
      if (files.exists(absolute)) {
        throw new FileAlreadyExistsException(absolute.toString());
      }
      parts.reserve().checkRoom("a checkpoint", parts.options().logSegmentBytes());
      build(absolute);
    } catch (IOException e) {
      throw FileErrors.wrap("making the checkpoint " + absolute, e);
    } finally {
      gate.leave();
    }
  }

  private void build(Path target) throws IOException {
    Path unfinished = target.resolveSibling(target.getFileName() + UNFINISHED);
    if (files.exists(unfinished)) {
      DataDirectory.delete(files, unfinished);
    }
    Path current = unfinished;
    try {
      createParents(target);
      files.createDirectories(unfinished);
      fill(unfinished);
      files.rename(unfinished, target);
      current = target;
      files.syncDirectory(target.getParent());
    } catch (IOException | RuntimeException | Error e) {
      discard(current, e);
      throw e;
    }
  }

  /** Makes the folders above, where they are missing, durably. */
  private void createParents(Path target) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path path = target.getParent(); !files.exists(path); path = path.getParent()) {
      missing.push(path);
    }
    for (Path path : missing) {
      files.createDirectories(path);
      files.syncDirectory(path.getParent());
    }
  }

  private void fill(Path directory) throws IOException {
    try (Log.Retained log = parts.log().retain()) {
      Version version = installer.acquireVersion();
      try {
        link(version.levels().files(parts.directory()), directory);
        Manifest.copy(files, directory, version, copyLog(log, directory, version));
      } finally {
        version.release();
      }
    }
    parts.ownDirectory().copyIdentity(directory);
  }

  private void link(Set<Path> existing, Path directory) throws IOException {
    for (Path file : existing) {
      files.link(file, directory.resolve(file.getFileName()));
    }
  }

  private long copyLog(Log.Retained log, Path directory, Version version) {
    try {
      return log.copyTo(directory, version.flushedUpTo());
    } catch (StorageException.Poisoned e) {
      throw parts.health().poisoned(e);
    }
  }

  /** What of it can't be deleted is no database: its identity goes first. */
  private void discard(Path directory, Throwable cause) {
    try {
      if (files.exists(directory)) {
        DataDirectory.delete(files, directory);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
