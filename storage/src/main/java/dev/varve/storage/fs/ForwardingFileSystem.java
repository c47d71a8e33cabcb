package dev.varve.storage.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file system that is another one but for what a subclass does differently. */
public abstract class ForwardingFileSystem implements FileSystem {
  private final FileSystem delegate;

  /** Before {@code delegate}. */
  protected ForwardingFileSystem(FileSystem delegate) {
    this.delegate = delegate;
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    return delegate.create(file);
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    return delegate.openForWrite(file);
  }

  @Override
  public ReadableFile openForRead(Path file) throws IOException {
    return delegate.openForRead(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return delegate.list(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    delegate.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    delegate.rename(from, to);
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    delegate.link(existing, link);
  }

  @Override
  public void delete(Path file) throws IOException {
    delegate.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    delegate.syncDirectory(directory);
  }

  @Override
  public long size(Path file) throws IOException {
    return delegate.size(file);
  }

  @Override
  public boolean exists(Path path) {
    return delegate.exists(path);
  }

  @Override
  public long usableSpace(Path path) throws IOException {
    return delegate.usableSpace(path);
  }

  @Override
  public IOException closeError() {
    return delegate.closeError();
  }

  @Override
  public HeldLock tryLock(Path file) throws IOException {
    return delegate.tryLock(file);
  }
}
