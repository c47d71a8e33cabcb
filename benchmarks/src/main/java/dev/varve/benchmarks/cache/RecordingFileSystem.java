package dev.varve.benchmarks.cache;

import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ForwardingFileSystem;
import dev.varve.storage.fs.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A file system that tells of each read. */
final class RecordingFileSystem extends ForwardingFileSystem {
  private final Listener listener;

  /** Told of reads, by the thread that reads. */
  @FunctionalInterface
  interface Listener {
    void read(Path file, long position, int length);
  }

  RecordingFileSystem(FileSystem files, Listener listener) {
    super(files);
    this.listener = listener;
  }

  @Override
  public ReadableFile openForRead(Path file) throws IOException {
    ReadableFile opened = super.openForRead(file);
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
      public void close() {
        opened.close();
      }
    };
  }
}
