package dev.varve.storage.fs;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Paths of the default file system whose channels a test looks at: what is opened through one is
 * what the test makes of the channel. So what the disk is asked for can be seen without leaving the
 * process.
 */
final class WatchedPath {
  private WatchedPath() {}

  /** A path that is {@code real} to all who ask; channels opened by it pass {@code watch} first. */
  static Path of(Path real, UnaryOperator<FileChannel> watch) {
    return new Files(watch).wrap(real);
  }

  /** What a channel does; a test overrides what it looks at. */
  abstract static class Forwarding extends FileChannel {
    private final FileChannel channel;

    Forwarding(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      return channel.read(target);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
      return channel.read(targets, offset, length);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      return channel.write(source);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
      return channel.write(sources, offset, length);
    }

    @Override
    public long position() throws IOException {
      return channel.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
      return channel.position(position);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      return channel.truncate(size);
    }

    @Override
    public void force(boolean metaData) throws IOException {
      channel.force(metaData);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return channel.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count)
        throws IOException {
      return channel.transferFrom(source, position, count);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return channel.read(target, position);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      return channel.write(source, position);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
      return channel.map(mode, position, size);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
      return channel.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return channel.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      channel.close();
    }
  }

  private static final class Files extends FileSystem {
    private final UnaryOperator<FileChannel> watch;
    private final Provider provider = new Provider();

    Files(UnaryOperator<FileChannel> watch) {
      this.watch = watch;
    }

    Path wrap(Path real) {
      return (Path)
          Proxy.newProxyInstance(
              Path.class.getClassLoader(),
              new Class<?>[] {Path.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("getFileSystem")) {
                  return this;
                }
                try {
                  return method.invoke(real, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    @Override
    public FileSystemProvider provider() {
      return provider;
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public boolean isReadOnly() {
      return false;
    }

    @Override
    public String getSeparator() {
      return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
      return List.of();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
      return List.of();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
      return Set.of("basic");
    }

    @Override
    public Path getPath(String first, String... more) {
      return wrap(Path.of(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
      throw new UnsupportedOperationException();
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
      throw new UnsupportedOperationException();
    }

    @Override
    public WatchService newWatchService() {
      throw new UnsupportedOperationException();
    }

    /** Opens channels, and nothing else. */
    private final class Provider extends FileSystemProvider {
      @Override
      public FileChannel newFileChannel(
          Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
          throws IOException {
        return watch.apply(FileChannel.open(Path.of(path.toString()), options, attributes));
      }

      @Override
      public String getScheme() {
        return "watched";
      }

      @Override
      public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException();
      }

      @Override
      public FileSystem getFileSystem(URI uri) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Path getPath(URI uri) {
        throw new UnsupportedOperationException();
      }

      @Override
      public SeekableByteChannel newByteChannel(
          Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) {
        throw new UnsupportedOperationException();
      }

      @Override
      public DirectoryStream<Path> newDirectoryStream(
          Path directory, DirectoryStream.Filter<? super Path> filter) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void createDirectory(Path directory, FileAttribute<?>... attributes) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void delete(Path path) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void copy(Path source, Path target, CopyOption... options) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void move(Path source, Path target, CopyOption... options) {
        throw new UnsupportedOperationException();
      }

      @Override
      public boolean isSameFile(Path path, Path other) {
        throw new UnsupportedOperationException();
      }

      @Override
      public boolean isHidden(Path path) {
        throw new UnsupportedOperationException();
      }

      @Override
      public FileStore getFileStore(Path path) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void checkAccess(Path path, AccessMode... modes) {
        throw new UnsupportedOperationException();
      }

      @Override
      public <V extends FileAttributeView> V getFileAttributeView(
          Path path, Class<V> type, LinkOption... options) {
        throw new UnsupportedOperationException();
      }

      @Override
      public <A extends BasicFileAttributes> A readAttributes(
          Path path, Class<A> type, LinkOption... options) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Map<String, Object> readAttributes(
          Path path, String attributes, LinkOption... options) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
        throw new UnsupportedOperationException();
      }
    }
  }
}
