package dev.varve.storage.engine;

import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ForwardingFileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The file system, for as long as the folder is this database's. Once it was found not to be any
 * more (somebody deleted, moved or replaced it), nothing is changed by name: what has these names
 * by now may be another one's. Files that are open stay so.
 */
final class OwnFiles extends ForwardingFileSystem {
  private final DataDirectory directory;
  private volatile boolean lost;

  OwnFiles(FileSystem files, DataDirectory directory) {
    super(files);
    this.directory = directory;
  }

  /** Looks whether the folder still is this database's; once not, it never is again. */
  boolean look() {
    if (!lost && !directory.isOwn()) {
      lost = true;
    }
    return !lost;
  }

  /** What became of the folder, in words. */
  String loss() {
    return "the data directory "
        + directory.path()
        + " isn't this database's any more: it, or its IDENTITY, was deleted, moved or replaced";
  }

  private void check() throws IOException {
    if (lost) {
      throw new IOException(loss());
    }
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    check();
    return super.create(file);
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    check();
    return super.openForWrite(file);
  }

  @Override
  public ReadableFile openForRead(Path file) throws IOException {
    check();
    return super.openForRead(file);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    check();
    super.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    check();
    super.rename(from, to);
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    check();
    super.link(existing, link);
  }

  @Override
  public void delete(Path file) throws IOException {
    check();
    super.delete(file);
  }
}
