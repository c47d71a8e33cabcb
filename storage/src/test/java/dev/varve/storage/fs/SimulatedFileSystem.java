package dev.varve.storage.fs;

import dev.varve.storage.fs.FaultInjector.Operation;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file system in memory that knows what of it a disk would hold. {@link #crashClone} gives the
 * file system that is found after a loss of power:
 *
 * <ul>
 *   <li>What was synced is there. Of a file's unsynced bytes, each block of 4 KiB is there, lost
 *       (the old bytes, or zeros) or torn between sectors of 512 bytes; so is the file's size.
 *   <li>Each creation, link, rename and deletion since the last sync of its directory took place or
 *       didn't, whatever became of the others. A rename within a directory is one change: a crash
 *       leaves the old name or the new one. New directories are durable at once; the renaming of
 *       one is, once the directory around it was synced, and isn't lost before an earlier one is.
 *   <li>The seed decides; some seeds keep everything, some nothing.
 * </ul>
 *
 * <p>A sync that fails gives the bytes that it should have written up, as Linux does: no later sync
 * writes them, though readers see them until the crash. Operations are counted, and a {@link
 * FaultInjector} is asked before each. Safe for use by many threads. A clone shares bytes with its
 * origin until they are changed, so it costs little.
 */
public final class SimulatedFileSystem implements FileSystem {
  private final Map<Path, Directory> directories = new HashMap<>();
  private final List<DirectoryRename> unsyncedRenames = new ArrayList<>();
  private final Set<SimulatedFile> locks = Collections.newSetFromMap(new IdentityHashMap<>());
  private final AtomicLong operations = new AtomicLong();
  private volatile IOException closeError;
  private volatile FaultInjector injector = FaultInjector.NONE;
  private long capacity = Long.MAX_VALUE;

  /** The names in a directory, as programs see them, and how they differ from the disk's. */
  private static final class Directory {
    final Map<String, SimulatedFile> live = new HashMap<>();
    Map<String, SimulatedFile> durable = new HashMap<>();
    final List<Change> unsynced = new ArrayList<>();
  }

  /** One change of a directory: {@code removed} no longer names the file, {@code added} does. */
  private record Change(String removed, String added, SimulatedFile file) {
    void applyTo(Map<String, SimulatedFile> names) {
      if (removed != null && names.get(removed) == file) {
        names.remove(removed);
      }
      if (added != null) {
        names.put(added, file);
      }
    }
  }

  /** A directory that got another name within the one around it. */
  private record DirectoryRename(Path from, Path to) {
    static void apply(Map<Path, Directory> directories, Path from, Path to) {
      for (Path path : List.copyOf(directories.keySet())) {
        if (path.startsWith(from)) {
          directories.put(to.resolve(from.relativize(path)), directories.remove(path));
        }
      }
    }
  }

  /** Asks {@code injector} before every operation from now on. */
  public void setFaultInjector(FaultInjector injector) {
    this.injector = injector;
  }

  /** Limits the sum of all files' sizes; what would go over it is a {@link NoSpaceException}. */
  public synchronized void setCapacity(long bytes) {
    capacity = bytes;
  }

  /** The sum of all files' sizes. */
  public synchronized long usedBytes() {
    return used();
  }

  /** Operations so far, failed ones included. */
  public long operations() {
    return operations.get();
  }

  /** The file system that is found after a loss of power now, as {@code seed} decides. */
  public SimulatedFileSystem crashClone(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return copy(
        random,
        switch (random.nextInt(5)) {
          case 0 -> 0;
          case 1 -> 1;
          default -> random.nextDouble();
        });
  }

  /** The file system that is found after the process was killed now: nothing is lost. */
  public SimulatedFileSystem killClone() {
    return copy(new SplittableRandom(0), 1);
  }

  private synchronized SimulatedFileSystem copy(SplittableRandom random, double kept) {
    SimulatedFileSystem clone = new SimulatedFileSystem();
    clone.capacity = capacity;
    IdentityHashMap<SimulatedFile, SimulatedFile> crashed = new IdentityHashMap<>();
    for (Path path : directories.keySet().stream().sorted().toList()) {
      Directory directory = directories.get(path);
      Map<String, SimulatedFile> names = new HashMap<>(directory.durable);
      for (Change change : directory.unsynced) {
        if (random.nextDouble() < kept) {
          change.applyTo(names);
        }
      }
      Directory left = new Directory();
      for (String name : names.keySet().stream().sorted().toList()) {
        SimulatedFile file =
            crashed.computeIfAbsent(names.get(name), origin -> origin.crashed(random, kept));
        left.live.put(name, file);
        left.durable.put(name, file);
      }
      clone.directories.put(path, left);
    }
    for (DirectoryRename rename : unsyncedRenames.reversed()) {
      if (random.nextDouble() < kept) {
        break;
      }
      DirectoryRename.apply(clone.directories, rename.to, rename.from);
    }
    return clone;
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    before(Operation.CREATE, file);
    synchronized (this) {
      Directory directory = parent(file);
      if (exists(file)) {
        throw new FileAlreadyExistsException(file.toString());
      }
      SimulatedFile created = new SimulatedFile();
      change(directory, new Change(null, name(file), created));
      return new OpenForWrite(file, created);
    }
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    before(Operation.OPEN_FOR_WRITE, file);
    synchronized (this) {
      return new OpenForWrite(file, existing(file));
    }
  }

  @Override
  public ReadableFile openForRead(Path file) throws IOException {
    before(Operation.OPEN_FOR_READ, file);
    synchronized (this) {
      return new OpenForRead(file, existing(file));
    }
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    before(Operation.LIST, directory);
    synchronized (this) {
      Directory found = directories.get(normal(directory));
      if (found == null) {
        throw new NoSuchFileException(directory.toString());
      }
      List<String> names = new ArrayList<>(found.live.keySet());
      for (Path path : directories.keySet()) {
        if (normal(directory).equals(path.getParent())) {
          names.add(name(path));
        }
      }
      Collections.sort(names);
      return names;
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    before(Operation.CREATE_DIRECTORIES, directory);
    synchronized (this) {
      for (Path path = normal(directory); path != null; path = path.getParent()) {
        Directory parent = directories.get(path.getParent());
        if (parent != null && parent.live.containsKey(name(path))) {
          throw new FileAlreadyExistsException(path.toString());
        }
        directories.computeIfAbsent(path, absent -> new Directory());
      }
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    before(Operation.RENAME, to);
    synchronized (this) {
      if (directories.containsKey(normal(from))) {
        renameDirectory(normal(from), normal(to));
        return;
      }
      SimulatedFile file = existing(from);
      Directory source = parent(from);
      Directory target = parent(to);
      if (target.live.get(name(to)) == file) {
        return; // as POSIX has it: two names of one file stay
      }
      if (source == target) {
        change(source, new Change(name(from), name(to), file));
      } else {
        change(target, new Change(null, name(to), file));
        change(source, new Change(name(from), null, file));
      }
    }
  }

  private void renameDirectory(Path from, Path to) throws IOException {
    if (exists(to)) {
      throw new FileAlreadyExistsException(to.toString());
    }
    if (!from.getParent().equals(to.getParent())) {
      throw new IOException("simulated only within a directory: " + from + " to " + to);
    }
    DirectoryRename.apply(directories, from, to);
    unsyncedRenames.add(new DirectoryRename(from, to));
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    before(Operation.LINK, link);
    synchronized (this) {
      SimulatedFile file = existing(existing);
      Directory directory = parent(link);
      if (exists(link)) {
        throw new FileAlreadyExistsException(link.toString());
      }
      change(directory, new Change(null, name(link), file));
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    before(Operation.DELETE, file);
    synchronized (this) {
      Directory directory = directories.get(normal(file));
      if (directory == null) {
        change(parent(file), new Change(name(file), null, existing(file)));
        return;
      }
      boolean empty =
          directory.live.isEmpty()
              && directories.keySet().stream().noneMatch(p -> normal(file).equals(p.getParent()));
      if (!empty) {
        throw new DirectoryNotEmptyException(file.toString());
      }
      directories.remove(normal(file));
      unsyncedRenames.removeIf(rename -> rename.to.startsWith(normal(file)));
    }
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    before(Operation.SYNC_DIRECTORY, directory);
    synchronized (this) {
      Directory found = directories.get(normal(directory));
      if (found == null) {
        throw new NoSuchFileException(directory.toString());
      }
      if (!found.unsynced.isEmpty()) {
        found.durable = new HashMap<>(found.live);
        found.unsynced.clear();
      }
      unsyncedRenames.removeIf(rename -> rename.to.getParent().equals(normal(directory)));
    }
  }

  @Override
  public long size(Path file) throws IOException {
    before(Operation.SIZE, file);
    synchronized (this) {
      return existing(file).size();
    }
  }

  @Override
  public synchronized boolean exists(Path path) {
    Directory parent = directories.get(normal(path).getParent());
    return directories.containsKey(normal(path))
        || (parent != null && parent.live.containsKey(name(path)));
  }

  @Override
  public synchronized long usableSpace(Path path) {
    return capacity == Long.MAX_VALUE ? capacity : Math.max(0, capacity - used());
  }

  @Override
  public IOException closeError() {
    return closeError;
  }

  @Override
  public HeldLock tryLock(Path file) throws IOException {
    before(Operation.LOCK, file);
    synchronized (this) {
      Directory directory = parent(file);
      if (!directory.live.containsKey(name(file))) {
        change(directory, new Change(null, name(file), new SimulatedFile()));
      }
      SimulatedFile locked = existing(file);
      return locks.add(locked) ? new Lock(file, locked) : null;
    }
  }

  /** The lock on a file, whatever becomes of its name. */
  private final class Lock implements HeldLock {
    private final Path path;
    private final SimulatedFile locked;

    Lock(Path path, SimulatedFile locked) {
      this.path = path;
      this.locked = locked;
    }

    @Override
    public boolean isInForce() {
      synchronized (SimulatedFileSystem.this) {
        Directory directory = directories.get(normal(path).getParent());
        return locks.contains(locked)
            && directory != null
            && directory.live.get(name(path)) == locked;
      }
    }

    @Override
    public void close() {
      synchronized (SimulatedFileSystem.this) {
        locks.remove(locked);
      }
    }
  }

  private void beforeClose(Path path) {
    try {
      before(Operation.CLOSE, path);
    } catch (IOException e) {
      closeError = e;
    }
  }

  private void before(Operation operation, Path path) throws IOException {
    injector.before(operation, path, operations.getAndIncrement());
  }

  private static void change(Directory directory, Change change) {
    change.applyTo(directory.live);
    directory.unsynced.add(change);
  }

  private Directory parent(Path file) throws NoSuchFileException {
    Directory directory = directories.get(normal(file).getParent());
    if (directory == null) {
      throw new NoSuchFileException(file.toString());
    }
    return directory;
  }

  private SimulatedFile existing(Path file) throws NoSuchFileException {
    SimulatedFile found = parent(file).live.get(name(file));
    if (found == null) {
      throw new NoSuchFileException(file.toString());
    }
    return found;
  }

  private long used() {
    Set<SimulatedFile> files = Collections.newSetFromMap(new IdentityHashMap<>());
    directories.values().forEach(directory -> files.addAll(directory.live.values()));
    return files.stream().mapToLong(SimulatedFile::size).sum();
  }

  private static Path normal(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static String name(Path path) {
    Path name = path.getFileName();
    return name == null ? "" : name.toString();
  }

  /** A file open for writing. */
  private final class OpenForWrite implements WritableFile {
    private final Path path;
    private final SimulatedFile file;
    private volatile boolean closed;

    OpenForWrite(Path path, SimulatedFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      before(Operation.WRITE, path);
      int length = source.remaining();
      int taken = Math.min(length, injector.bytesTaken(path, position, length));
      synchronized (SimulatedFileSystem.this) {
        checkOpen();
        long growth = taken == 0 ? 0 : position + taken - file.size();
        if (capacity != Long.MAX_VALUE && growth > 0 && used() + growth > capacity) {
          throw new NoSpaceException(path.toString(), null);
        }
        int limit = source.limit();
        source.limit(source.position() + taken);
        file.write(source, position);
        source.limit(limit);
      }
      if (taken < length) {
        throw new IOException("injected: write cut short after " + taken + " bytes");
      }
    }

    @Override
    public void sync() throws IOException {
      try {
        before(Operation.SYNC, path);
      } catch (IOException e) {
        synchronized (SimulatedFileSystem.this) {
          file.syncFailed();
        }
        throw e;
      }
      synchronized (SimulatedFileSystem.this) {
        checkOpen();
        file.sync();
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      before(Operation.TRUNCATE, path);
      synchronized (SimulatedFileSystem.this) {
        checkOpen();
        file.truncate(size);
      }
    }

    private void checkOpen() throws ClosedChannelException {
      if (closed) {
        throw new ClosedChannelException();
      }
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        beforeClose(path);
      }
    }
  }

  /** A file open for reading. */
  private final class OpenForRead implements ReadableFile {
    private final Path path;
    private final SimulatedFile file;
    private volatile boolean closed;

    OpenForRead(Path path, SimulatedFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public void read(ByteBuffer target, long position) throws IOException {
      before(Operation.READ, path);
      int from = target.position();
      boolean whole;
      synchronized (SimulatedFileSystem.this) {
        checkOpen();
        int wanted = target.remaining();
        int there = Math.clamp(file.size() - position, 0, wanted);
        whole = there == wanted;
        int limit = target.limit();
        target.limit(from + there);
        file.read(target, position);
        target.limit(limit);
      }
      injector.afterRead(path, position, target.duplicate().flip().position(from).slice());
      if (!whole) {
        throw new EOFException(path + " ends " + target.remaining() + " bytes too early");
      }
    }

    @Override
    public long size() throws IOException {
      before(Operation.SIZE, path);
      synchronized (SimulatedFileSystem.this) {
        checkOpen();
        return file.size();
      }
    }

    private void checkOpen() throws ClosedChannelException {
      if (closed) {
        throw new ClosedChannelException();
      }
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        beforeClose(path);
      }
    }
  }
}
