package dev.varve.storage.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Another file system that, where an operation finds no space, has room made and tries once more. A
 * sync is never tried again: what one that failed gave up, no other brings back.
 */
public final class RetryingFileSystem extends ForwardingFileSystem {
  private final Runnable makeRoom;

  /** Calls {@code makeRoom} on the thread that found no space. */
  public RetryingFileSystem(FileSystem delegate, Runnable makeRoom) {
    super(delegate);
    this.makeRoom = makeRoom;
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    try {
      return new Retrying(super.create(file));
    } catch (NoSpaceException e) {
      makeRoom.run();
      return new Retrying(super.create(file));
    }
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    return new Retrying(super.openForWrite(file));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    try {
      super.rename(from, to);
    } catch (NoSpaceException e) {
      makeRoom.run();
      super.rename(from, to);
    }
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    try {
      super.link(existing, link);
    } catch (NoSpaceException e) {
      makeRoom.run();
      super.link(existing, link);
    }
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
    public void close() {
      file.close();
    }
  }
}
