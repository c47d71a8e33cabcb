package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Space on the disk that is held back for when all else is taken: the file {@code RESERVE}, full of
 * zeros. With it, what takes nothing but away (deletes, flushes, compactions) can go on.
 *
 * <p>The disk counts as <i>full</i> when what is usable no longer covers what the log holds, which
 * a flush may come to write again, or when an operation found no space, whoever took it. Then the
 * engine takes no writes but deletes. In the second case the file is deleted, so that the operation
 * can be tried again. From then on it is looked every second whether there is room again, reserve
 * included; if so, the reserve is made anew and writes go on.
 *
 * <p>The reserve grows with the log up to the size of one log segment, and has room for one table
 * beyond that, so that one can be written anew without what was deleted; it is never more than an
 * eighth of what is usable. Safe for use by many threads.
 */
final class DiskReserve implements AutoCloseable {
  static final String NAME = "RESERVE";

  private static final long RETRY_MILLIS = 1000;
  private static final long LEAST_BYTES = 1 << 20;
  private static final int ZEROS_BYTES = 256 << 10;
  private static final int LARGEST_PART = 8;

  private final FileSystem files;
  private final Path directory;
  private final Path file;
  private final long most;
  private final long purgeBytes;
  private final long headroom;
  private final Scheduler scheduler;
  private final Health health;
  private final Stalls stalls;
  private volatile boolean full;
  private volatile long held;

  // Guarded by this object's monitor.
  private LongSupplier logBytes = () -> 0;
  private Runnable whenFull = () -> {};
  private boolean watching;
  private boolean closed;

  /** Set when time has passed while the disk was full, so that what was deleted gets flushed. */
  private volatile boolean flushWanted;

  /**
   * Takes over what an earlier run reserved.
   *
   * @param files without any part of this reserve in it
   * @param most bytes to reserve for the log at most
   * @param purgeBytes to reserve for the purge of a table
   */
  DiskReserve(
      FileSystem files,
      Path directory,
      long most,
      long purgeBytes,
      Scheduler scheduler,
      Health health,
      Stalls stalls) {
    this.files = files;
    this.directory = directory;
    this.most = most;
    this.purgeBytes = purgeBytes;
    this.scheduler = scheduler;
    this.health = health;
    this.stalls = stalls;
    headroom = 2 * Math.min(most, LEAST_BYTES);
    file = directory.resolve(NAME);
    try {
      held = files.exists(file) ? files.size(file) : 0;
    } catch (IOException e) {
      throw FileErrors.wrap("asking for the size of " + file, e);
    }
  }

  /**
   * From now on there is a log.
   *
   * @param bytes that it holds, and flushes may have to write again
   * @param giveUp has it give up what it can do without; called when the disk becomes full
   */
  synchronized void covers(LongSupplier bytes, Runnable giveUp) {
    logBytes = bytes;
    whenFull = giveUp;
  }

  /** Whether the disk is full: the engine takes only what takes away. */
  boolean isFull() {
    return full;
  }

  /** Bytes held back. */
  long heldBytes() {
    return held;
  }

  /** What refuses a write while the disk is full. */
  StorageException.DiskFull refusal() {
    return new StorageException.DiskFull(
        "the disk of " + directory + " is full; only deletes are taken until there is room", null);
  }

  /** A compaction waits for space: what was deleted since should get flushed. */
  void wishForFlush() {
    flushWanted = true;
  }

  /** Whether memtables should be flushed as the disk is full; once for each second. */
  boolean takeFlushWish() {
    boolean wanted = flushWanted;
    flushWanted = false;
    return wanted;
  }

  /** An operation found no space: gives up the reserve. It may be tried once more then. */
  synchronized void release() {
    becomeFull();
    if (held > 0) {
      discard();
    }
  }

  private void becomeFull() {
    if (!full) {
      full = true;
      flushWanted = true;
      whenFull.run();
    }
    watch();
  }

  private void discard() {
    held = 0;
    try {
      files.delete(file);
    } catch (IOException e) {
      health.reserve(FileErrors.wrap("deleting " + file, e));
    }
  }

  private void watch() {
    if (!watching && !closed) {
      watching = true;
      scheduler.schedule(Scheduler.Lane.FILES, RETRY_MILLIS, this::look);
    }
  }

  private void look() {
    synchronized (this) {
      watching = false;
      flushWanted = full;
    }
    check();
    stalls.wake();
  }

  /** File lane: looks how much is usable, and sees to the reserve. */
  void check() {
    boolean over = false;
    synchronized (this) {
      if (closed) {
        return;
      }
      try {
        over = see(files.usableSpace(directory));
        if (over) {
          health.reserve(null);
        }
      } catch (IOException e) {
        // No word on what is usable is no reason to stop; if the disk is full, it will show.
        health.reserve(FileErrors.wrap("asking how full the disk of " + directory + " is", e));
      }
      if (full) {
        watch();
      }
    }
    if (over) {
      stalls.wake();
    }
  }

  /** Returns whether the disk was full and is not any more. */
  private boolean see(long usable) {
    long log = logBytes.getAsLong();
    long wanted = Math.min(most, headroom / 2 + log) + purgeBytes;
    long target = Math.min(wanted, (usable + held) / LARGEST_PART);
    long missing = Math.max(0, target - held);
    long needed = log + headroom;
    if (full) {
      if (usable - missing < 2 * needed) {
        return false;
      }
      if (missing > 0 && !reserve(target)) {
        return false;
      }
      full = false;
      flushWanted = false;
      return true;
    }
    if (usable < needed) {
      becomeFull();
    } else if (missing > 0 && usable - missing >= needed) {
      reserve(target);
    }
    return false;
  }

  /** Makes the file so large; if that fails, there is none. */
  private boolean reserve(long bytes) {
    try (WritableFile out = held > 0 ? files.openForWrite(file) : createAnew()) {
      ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ZEROS_BYTES, bytes - held));
      for (long at = held; at < bytes; at += zeros.limit()) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
        out.write(zeros, at);
      }
      out.sync();
      files.syncDirectory(directory);
      held = bytes;
      return true;
    } catch (IOException e) {
      health.reserve(FileErrors.wrap("making " + file, e));
      discard();
      return false;
    }
  }

  private WritableFile createAnew() throws IOException {
    if (files.exists(file)) {
      files.delete(file);
    }
    return files.create(file);
  }

  /**
   * Before a merge or a checkpoint: whether it may begin. It must not need what flushes, or the
   * reserve, will.
   *
   * @param what to call it in the error
   * @param bytes the most that its output takes
   * @throws StorageException.DiskFull if there is too little space
   */
  synchronized void checkRoom(String what, long bytes) {
    long free = usable() - logBytes.getAsLong() - (held > 0 ? 0 : headroom / 2);
    if (bytes > free) {
      throw new StorageException.DiskFull(
          what + " waits for space: it may need " + bytes + " bytes, of " + free, null);
    }
  }

  /** The most bytes that may be written where more is given back for it: the reserve included. */
  synchronized long roomForPurges() {
    return usable() + held - logBytes.getAsLong() - headroom / 2;
  }

  private long usable() {
    try {
      return files.usableSpace(directory);
    } catch (IOException e) {
      throw FileErrors.wrap("asking how full the disk of " + directory + " is", e);
    }
  }

  /** The file stays for the next opening. */
  @Override
  public synchronized void close() {
    closed = true;
  }
}
