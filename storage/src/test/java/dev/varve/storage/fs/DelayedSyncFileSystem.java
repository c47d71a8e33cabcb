package dev.varve.storage.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Another file system on a disk whose syncs take long. */
public final class DelayedSyncFileSystem extends ForwardingFileSystem {
  private final Runnable delay;

  /** Runs {@code delay} in every sync, of files and of directories, on the thread that syncs. */
  public DelayedSyncFileSystem(FileSystem delegate, Runnable delay) {
    super(delegate);
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
    return new Delayed(super.create(file));
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    return new Delayed(super.openForWrite(file));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    delay.run();
    super.syncDirectory(directory);
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
    public void close() {
      file.close();
    }
  }
}
