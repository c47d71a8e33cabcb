package dev.varve.benchmarks.cache;

import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** A file system that tells of each read. */
record RecordingFileSystem(FileSystem files, Listener listener) implements FileSystem {
  /** Told of reads, by the thread that reads. */
  @FunctionalInterface
  interface Listener {
    void read(Path file, long position, int length);
  }

  @Override
  public ReadableFile openForRead(Path file) throws IOException {
    ReadableFile opened = files.openForRead(file);
    return new ReadableFile() {
      @Override
      public void read(ByteBuffer target, long position) throws IOException {
        listener.read(file, position, target.remaining());
        opened.read(target, position);
      }

      @Override
      public long size() throws IOException {
        return opened.size();
      }

      @Override
      public void close() throws IOException {
        opened.close();
      }
    };
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    return files.create(file);
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    return files.openForWrite(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return files.list(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    files.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    files.rename(from, to);
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    files.link(existing, link);
  }

  @Override
  public void delete(Path file) throws IOException {
    files.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    files.syncDirectory(directory);
  }

  @Override
  public long size(Path file) throws IOException {
    return files.size(file);
  }

  @Override
  public boolean exists(Path path) {
    return files.exists(path);
  }

  @Override
  public long usableSpace(Path path) throws IOException {
    return files.usableSpace(path);
  }

  @Override
  public Closeable tryLock(Path file) throws IOException {
    return files.tryLock(file);
  }
}
