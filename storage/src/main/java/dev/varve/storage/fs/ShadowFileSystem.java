package dev.varve.storage.fs;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Another file system that is only read: whatever is written, created, renamed or deleted stays in
 * memory, and is given up with it. So a database can be opened as a server would open it, the end
 * of its log replayed and all, and is not changed. Locks are the other one's. Safe for use by many
 * threads.
 */
public final class ShadowFileSystem extends ForwardingFileSystem {
  private static final int CHUNK = 1 << 16;

  private final FileSystem delegate;
  private final Map<Path, Shadow> shadows = new HashMap<>();
  private final Set<Path> gone = new HashSet<>();

  /** Over another one. */
  public ShadowFileSystem(FileSystem delegate) {
    super(delegate);
    this.delegate = delegate;
  }

  /** A file as it would be: what is in no chunk is the other file's, or zero. */
  private static final class Shadow {
    private final ReadableFile base;
    private long fromBase;
    private long size;
    private final Map<Long, byte[]> chunks = new HashMap<>();

    Shadow(ReadableFile base) throws IOException {
      this.base = base;
      fromBase = base == null ? 0 : base.size();
      size = fromBase;
    }

    synchronized long size() {
      return size;
    }

    synchronized void read(ByteBuffer target, long position) throws IOException {
      long at = position;
      while (target.hasRemaining()) {
        if (at >= size) {
          throw new EOFException("the file ends " + target.remaining() + " bytes too early");
        }
        int within = (int) (at % CHUNK);
        int length = (int) Math.min(Math.min(CHUNK - within, target.remaining()), size - at);
        target.put(chunk(at / CHUNK, false), within, length);
        at += length;
      }
    }

    private byte[] chunk(long number, boolean isWritten) throws IOException {
      byte[] chunk = chunks.get(number);
      if (chunk == null) {
        chunk = new byte[CHUNK];
        long from = number * CHUNK;
        int length = Math.clamp(fromBase - from, 0, CHUNK);
        if (length > 0) {
          base.read(ByteBuffer.wrap(chunk, 0, length), from);
        }
        if (isWritten) {
          chunks.put(number, chunk);
        }
      }
      return chunk;
    }

    synchronized void write(ByteBuffer source, long position) throws IOException {
      long at = position;
      while (source.hasRemaining()) {
        int within = (int) (at % CHUNK);
        int length = Math.min(CHUNK - within, source.remaining());
        source.get(chunk(at / CHUNK, true), within, length);
        at += length;
        size = Math.max(size, at);
      }
    }

    synchronized void truncate(long newSize) throws IOException {
      if (newSize < size) {
        if (newSize % CHUNK != 0) {
          byte[] last = chunk(newSize / CHUNK, true);
          Arrays.fill(last, (int) (newSize % CHUNK), CHUNK, (byte) 0);
        }
        chunks.keySet().removeIf(number -> number * CHUNK >= newSize);
        fromBase = Math.min(fromBase, newSize);
      }
      size = newSize;
    }
  }

  private static final class Written implements WritableFile {
    private final Shadow shadow;

    Written(Shadow shadow) {
      this.shadow = shadow;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      shadow.write(source, position);
    }

    @Override
    public void sync() {
      // It lasts as long as it is needed.
    }

    @Override
    public void truncate(long size) throws IOException {
      shadow.truncate(size);
    }

    @Override
    public void close() {
      // Its bytes stay.
    }
  }

  private static final class Read implements ReadableFile {
    private final Shadow shadow;

    Read(Shadow shadow) {
      this.shadow = shadow;
    }

    @Override
    public void read(ByteBuffer target, long position) throws IOException {
      shadow.read(target, position);
    }

    @Override
    public long size() {
      return shadow.size();
    }

    @Override
    public void close() {
      // Its bytes stay.
    }
  }

  private static Path normal(Path path) {
    return path.toAbsolutePath().normalize();
  }

  /** The shadow of a file that is there; made if it has none. */
  private synchronized Shadow shadow(Path file) throws IOException {
    Path normal = normal(file);
    Shadow known = shadows.get(normal);
    if (known == null) {
      if (gone.contains(normal)) {
        throw new NoSuchFileException(file.toString());
      }
      known = new Shadow(delegate.openForRead(file));
      shadows.put(normal, known);
    }
    return known;
  }

  @Override
  public synchronized WritableFile create(Path file) throws IOException {
    if (exists(file)) {
      throw new FileAlreadyExistsException(file.toString());
    }
    Shadow made = new Shadow(null);
    link(made, file);
    return new Written(made);
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    return new Written(shadow(file));
  }

  @Override
  public ReadableFile openForRead(Path file) throws IOException {
    Shadow known;
    synchronized (this) {
      known = shadows.get(normal(file));
      if (known == null && gone.contains(normal(file))) {
        throw new NoSuchFileException(file.toString());
      }
    }
    return known == null ? delegate.openForRead(file) : new Read(known);
  }

  @Override
  public synchronized List<String> list(Path directory) throws IOException {
    Set<String> names = new HashSet<>();
    if (delegate.exists(directory)) {
      names.addAll(delegate.list(directory));
    }
    Path normal = normal(directory);
    names.removeIf(name -> gone.contains(normal.resolve(name)));
    for (Path file : shadows.keySet()) {
      if (normal.equals(file.getParent())) {
        names.add(file.getFileName().toString());
      }
    }
    return new ArrayList<>(names);
  }

  @Override
  public void createDirectories(Path directory) {
    // Files have their names whether there are folders or not.
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    link(shadow(from), to);
    if (!normal(from).equals(normal(to))) {
      forget(from);
    }
  }

  @Override
  public synchronized void link(Path existing, Path link) throws IOException {
    if (exists(link)) {
      throw new FileAlreadyExistsException(link.toString());
    }
    link(shadow(existing), link);
  }

  private void link(Shadow shadow, Path name) {
    shadows.put(normal(name), shadow);
    gone.remove(normal(name));
  }

  @Override
  public synchronized void delete(Path file) throws IOException {
    if (!exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    forget(file);
  }

  private void forget(Path file) {
    shadows.remove(normal(file));
    gone.add(normal(file));
  }

  @Override
  public void syncDirectory(Path directory) {
    // It lasts as long as it is needed.
  }

  @Override
  public long size(Path file) throws IOException {
    Shadow known;
    synchronized (this) {
      known = shadows.get(normal(file));
      if (known == null && gone.contains(normal(file))) {
        throw new NoSuchFileException(file.toString());
      }
    }
    return known == null ? delegate.size(file) : known.size();
  }

  @Override
  public synchronized boolean exists(Path path) {
    Path normal = normal(path);
    return shadows.containsKey(normal) || (!gone.contains(normal) && delegate.exists(path));
  }

  @Override
  public long usableSpace(Path path) {
    return Long.MAX_VALUE;
  }
}
