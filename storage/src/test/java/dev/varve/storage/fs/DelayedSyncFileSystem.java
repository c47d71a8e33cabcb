package dev.varve.storage.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Another file system on a disk whose syncs take long. */
public final class DelayedSyncFileSystem implements FileSystem {
  private final FileSystem delegate;
  private final Runnable delay;

  /** Runs {@code delay} in every sync, of files and of directories, on the thread that syncs. */
  public DelayedSyncFileSystem(FileSystem delegate, Runnable delay) {
    this.delegate = delegate;
    this.delay = delay;
  }

  /** A disk whose syncs take {@code time} on the clock of this machine. */
  public static DelayedSyncFileSystem slow(FileSystem delegate, Duration time) {
    return new DelayedSyncFileSystem(
        delegate,
        () -> {
          long end = System.nanoTime() + time.toNanos();
          for (long rest = time.toNanos(); rest > 0; rest = end - System.nanoTime()) {
            LockSupport.parkNanos(rest);
          }
        });
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    return new Delayed(delegate.create(file));
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    return new Delayed(delegate.openForWrite(file));
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
    delay.run();
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

  private final class Delayed implements WritableFile {
    private final WritableFile file;

    Delayed(WritableFile file) {
      this.file = file;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      file.write(source, position);
    }

    @Override
    public void sync() throws IOException {
      delay.run();
      file.sync();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
