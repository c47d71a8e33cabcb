package dev.varve.storage.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * Another file system that, where an operation finds no space, has room made and tries once more. A
 * sync is never tried again: what one that failed gave up, no other brings back.
 */
public final class RetryingFileSystem implements FileSystem {
  private final FileSystem delegate;
  private final Runnable makeRoom;

  /** Calls {@code makeRoom} on the thread that found no space. */
  public RetryingFileSystem(FileSystem delegate, Runnable makeRoom) {
    this.delegate = delegate;
    this.makeRoom = makeRoom;
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    try {
      return new Retrying(delegate.create(file));
    } catch (NoSpaceException e) {
      makeRoom.run();
      return new Retrying(delegate.create(file));
    }
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    return new Retrying(delegate.openForWrite(file));
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
    try {
      delegate.rename(from, to);
    } catch (NoSpaceException e) {
      makeRoom.run();
      delegate.rename(from, to);
    }
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    try {
      delegate.link(existing, link);
    } catch (NoSpaceException e) {
      makeRoom.run();
      delegate.link(existing, link);
    }
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
  public Closeable tryLock(Path file) throws IOException {
    return delegate.tryLock(file);
  }

  private final class Retrying implements WritableFile {
    private final WritableFile file;

    Retrying(WritableFile file) {
      this.file = file;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      int from = source.position();
      try {
        file.write(source, position);
      } catch (NoSpaceException e) {
        makeRoom.run();
        file.write(source, position + source.position() - from);
      }
    }

    @Override
    public void sync() throws IOException {
      file.sync();
    }

    @Override
    public void truncate(long size) throws IOException {
      try {
        file.truncate(size);
      } catch (NoSpaceException e) {
        makeRoom.run();
        file.truncate(size);
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
