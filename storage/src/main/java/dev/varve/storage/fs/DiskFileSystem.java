package dev.varve.storage.fs;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The disk. Files are {@link FileChannel}s, so a thread that is in one of these methods must never
 * be interrupted (that would close the channel for all), and buffers should be direct (others are
 * copied on the way).
 */
public final class DiskFileSystem implements FileSystem {
  /**
   * Lock files held in this process. The system's locks belong to the process: the end of any
   * channel on the file would give the lock up, so a second one is never opened.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private volatile IOException closeError;

  @Override
  public WritableFile create(Path file) throws IOException {
    return new WriteChannel(
        file, open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    return new WriteChannel(file, open(file, StandardOpenOption.WRITE));
  }

  @Override
  public ReadableFile openForRead(Path file) throws IOException {
    return new ReadChannel(file, open(file, StandardOpenOption.READ));
  }

  private static FileChannel open(Path file, OpenOption... options) throws IOException {
    try {
      return FileChannel.open(file, options);
    } catch (IOException e) {
      throw FileErrors.refine(file.toString(), e);
    }
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (IOException e) {
      throw FileErrors.refine(directory.toString(), e);
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw FileErrors.refine(directory.toString(), e);
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw FileErrors.refine(to.toString(), e);
    }
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    try {
      Files.createLink(link, existing);
    } catch (IOException e) {
      throw FileErrors.refine(link.toString(), e);
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    FileChannel channel = open(directory, StandardOpenOption.READ);
    try {
      channel.force(true);
    } catch (IOException e) {
      throw FileErrors.refine(directory.toString(), e);
    } finally {
      close(directory, channel);
    }
  }

  @Override
  public long size(Path file) throws IOException {
    return Files.size(file);
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path);
  }

  @Override
  public long usableSpace(Path path) throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }

  @Override
  public IOException closeError() {
    return closeError;
  }

  private void close(Path path, Closeable file) {
    try {
      file.close();
    } catch (IOException e) {
      closeError = new IOException(path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public HeldLock tryLock(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path real = absolute.getParent().toRealPath().resolve(absolute.getFileName());
    if (!HELD.add(real)) {
      return null;
    }
    FileChannel channel = null;
    HeldLock held = null;
    try {
      channel = open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      Object locked = identity(absolute);
      FileLock lock = channel.tryLock();
      // It may have been replaced since it was opened, and another one be locked by now.
      if (lock != null && Objects.equals(locked, identity(absolute))) {
        held = new DiskLock(real, absolute, locked, channel);
      }
      return held;
    } finally {
      if (held == null) {
        if (channel != null) {
          close(file, channel);
        }
        HELD.remove(real);
      }
    }
  }

  /** What tells a file from all others, whatever their names; null if the system can't tell. */
  private static Object identity(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** A locked file; the lock goes with its channel. */
  private final class DiskLock implements HeldLock {
    private final Path real;
    private final Path file;
    private final Object locked;
    private final FileChannel channel;

    DiskLock(Path real, Path file, Object locked, FileChannel channel) {
      this.real = real;
      this.file = file;
      this.locked = locked;
      this.channel = channel;
    }

    @Override
    public boolean isInForce() {
      try {
        return channel.isOpen() && Objects.equals(locked, identity(file));
      } catch (NoSuchFileException e) {
        return false;
      } catch (IOException e) {
        // Nothing can be told, so nothing tells that another one has it.
        return true;
      }
    }

    @Override
    public synchronized void close() {
      if (channel.isOpen()) {
        DiskFileSystem.this.close(file, channel);
        HELD.remove(real);
      }
    }
  }

  private final class WriteChannel implements WritableFile {
    private final Path path;
    private final FileChannel channel;

    WriteChannel(Path path, FileChannel channel) {
      this.path = path;
      this.channel = channel;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      long at = position;
      try {
        while (source.hasRemaining()) {
          at += channel.write(source, at);
        }
      } catch (IOException e) {
        throw FileErrors.refine(path.toString(), e);
      }
    }

    @Override
    public void sync() throws IOException {
      try {
        channel.force(false);
      } catch (IOException e) {
        throw FileErrors.refine(path.toString(), e);
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      try {
        long before = channel.size();
        if (size < before) {
          channel.truncate(size);
        } else if (size > before) {
          write(ByteBuffer.allocateDirect(1), size - 1);
        }
      } catch (IOException e) {
        throw FileErrors.refine(path.toString(), e);
      }
    }

    @Override
    public void close() {
      DiskFileSystem.this.close(path, channel);
    }
  }

  private final class ReadChannel implements ReadableFile {
    private final Path path;
    private final FileChannel channel;

    ReadChannel(Path path, FileChannel channel) {
      this.path = path;
      this.channel = channel;
    }

    @Override
    public void read(ByteBuffer target, long position) throws IOException {
      long at = position;
      while (target.hasRemaining()) {
        int read = channel.read(target, at);
        if (read < 0) {
          throw new EOFException(
              path + " ends at " + at + ", " + target.remaining() + " bytes too early");
        }
        at += read;
      }
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void close() {
      DiskFileSystem.this.close(path, channel);
    }
  }
}
