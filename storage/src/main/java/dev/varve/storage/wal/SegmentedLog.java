package dev.varve.storage.wal;

import dev.varve.storage.StorageException;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.NoSpaceException;
import dev.varve.storage.record.RecordWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * A write-ahead log in local files of a fixed size, the segments. Space for a segment exists before
 * it is written to: the file was filled with zeros, or held an older segment that is no longer
 * needed. Overwriting space that exists is cheaper to sync than growing a file.
 *
 * <p>A batch takes three steps: {@link #append} copies it to a buffer, {@link #write} hands the
 * buffer to the operating system, {@link #sync} makes the disk keep it. Only the caller of {@code
 * sync} waits for the disk. What has reached a table in the meantime needs no sync of the log.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Segments are synced in the order of their numbers; those whose contents are in tables are
 *       left out.
 *   <li>For one segment number, the bytes at one offset are written once. Recovery never writes to
 *       a segment that it has read.
 *   <li>Every fragment states how much of its own segment was durable when the fragment was framed.
 *       If that isn't zero, all earlier segments that are still needed were durable, too.
 *   <li>{@code durableIndex <= writtenIndex <= appendedIndex}.
 *   <li>A file that may have a second name, because it is part of a checkpoint, is never written to
 *       again.
 * </ol>
 *
 * <p>Appending, writing and replaying belong to one thread, the writer. Any thread may sync, read
 * the indexes and ask for figures.
 *
 * <p>The bytes are drawn in {@code docs/formats/wal.md}.
 */
public final class SegmentedLog implements Log {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final long FIRST_SEGMENT_BYTES = 1 << 20;

  /** A spare is made when this share of a segment is full: one part in so many. */
  private static final int REFILL_SHARE = 4;

  private final FileSystem fileSystem;
  private final Path directory;
  private final KeptLogs kept;
  private final SegmentFiles files;
  private final SegmentPool pool;
  private final long segmentBytes;
  private final int bufferBytes;

  // Owned by the writer.
  private final ByteBuffer header = ByteBuffer.allocateDirect(SegmentHeader.BYTES);
  private ByteBuffer buffer;
  private ByteBuffer otherBuffer;

  /** The segment that is written to; null until there is room for a first one. */
  private Segment current;

  /** The segment before the first one; 0 if there is none. */
  private long sealed;

  /** The segment before {@link #current} while it is not written whole; else null. */
  private Segment finishing;

  private long appendedIndex;
  private long refillAt;

  // Set by the writer, read by all. The segment is set before the index that lies in it.
  private volatile Segment active;
  private volatile long writtenIndex;

  // Set under syncLock, read by all.
  private final Object syncLock = new Object();
  private Segment lastSynced;
  private volatile long durableIndex;

  /**
   * Segments written whole that may have to be synced, the oldest first. Added to by the writer
   * before the next one is active, taken from and closed under syncLock.
   */
  private final Queue<Segment> finished = new ConcurrentLinkedQueue<>();

  /** Why nothing is written any more; null while all is well. */
  private volatile StorageException.Poisoned poison;

  /**
   * A log that is in {@code directory}, or will be; nothing is touched before {@link #replay}.
   *
   * @param segmentBytes size of the segments once the log has grown; the first ones are smaller
   * @param kept takes what tables hold
   * @param nextFileNumber gives numbers that no file in the directory has, nor had since it was
   *     last opened; each larger than the one before. Called by the thread that replays and by
   *     background work
   * @param background runs the making, recycling and removing of files, one task at a time
   * @param clockMillis a clock that tells when to try again after a failure
   */
  public SegmentedLog(
      FileSystem fileSystem,
      Path directory,
      long segmentBytes,
      KeptLogs kept,
      LongSupplier nextFileNumber,
      Executor background,
      LongSupplier clockMillis) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.segmentBytes = Math.min(segmentBytes, RecordWriter.MAX_FILE_BYTES);
    this.bufferBytes = (int) Math.min(BUFFER_BYTES, segmentBytes);
    this.kept = kept;
    this.files = new SegmentFiles(fileSystem, directory, nextFileNumber);
    this.pool =
        new SegmentPool(files, kept, firstBytes(), this.segmentBytes, background, clockMillis);
  }

  private long firstBytes() {
    return Math.min(FIRST_SEGMENT_BYTES, segmentBytes);
  }

  @Override
  public void replay(long afterIndex, long reachedIndex, ReplayTarget to) {
    if (buffer != null) {
      throw new IllegalStateException("the log has been replayed already");
    }
    try {
      LogRecovery recovery =
          new LogRecovery(fileSystem, directory, kept, afterIndex, reachedIndex, to);
      recovery.run();
      recovery.kept().forEach(pool::retireShared);
      appendedIndex = recovery.lastIndex();
      buffer = ByteBuffer.allocateDirect(bufferBytes);
      sealed = recovery.lastNumber();
      beginFirst();
    } catch (IOException e) {
      throw FileErrors.wrap("recovering the log in " + directory, e);
    }
    writtenIndex = appendedIndex;
    durableIndex = appendedIndex;
  }

  /**
   * Made here and not synced: opening a small database is quick, and makes no more of a log than it
   * needs. The first sync takes the zeros along.
   */
  private void beginFirst() throws IOException {
    Segment first;
    try {
      first = files.create(firstBytes(), false);
    } catch (NoSpaceException e) {
      // Reads need no segment. The first write will find that there is none, and have one made.
      return;
    }
    begin(first, sealed, appendedIndex);
  }

  private void begin(Segment segment, long previous, long startIndex) {
    long before = current == null ? 0 : current.writtenBefore() + current.writer().position();
    segment.begin(previous, startIndex, buffer, before);
    current = segment;
    refillAt = segment.capacity() / REFILL_SHARE;
  }

  @Override
  public boolean hasRoom(int batchBytes) {
    checkUsable();
    long framed = framedBytes(batchBytes);
    long remaining = current == null ? 0 : current.remaining();
    return framed <= remaining || pool.reserve(framed - remaining);
  }

  /** The most that a batch takes in segments, fragments that end with the buffer included. */
  private long framedBytes(int batchBytes) {
    long flushes = batchBytes / bufferBytes + 1L;
    return RecordWriter.framedBytes(batchBytes) + flushes * 2 * RecordWriter.FRAGMENT_BYTES;
  }

  @Override
  public void whenRoom(Runnable callback) {
    pool.whenChanged(callback);
  }

  @Override
  public void append(WriteBatch batch) {
    checkUsable();
    if (batch.operations() == 0 || batch.sequence() != appendedIndex + 1) {
      throw new IllegalArgumentException(
          batch.operations()
              + " operations from "
              + batch.sequence()
              + " on, after "
              + appendedIndex);
    }
    if (current == null) {
      begin(pool.take(), sealed, appendedIndex);
    }
    int size = batch.size();
    long lastIndex = appendedIndex + batch.operations();
    RecordWriter writer = current.writer();
    writer.promise(current.synced());
    if (RecordWriter.framedBytes(size) <= Math.min(writer.room(), current.remaining())) {
      writer.append(batch.bytes(), 0, size, true);
    } else {
      appendInParts(batch.bytes(), size, lastIndex);
    }
    appendedIndex = lastIndex;
    if (current.writer().position() >= refillAt) {
      refillAt = Long.MAX_VALUE;
      pool.refill();
    }
  }

  /** Appends a batch for which the buffer or the segment may have too little room. */
  private void appendInParts(byte[] bytes, int size, long lastIndex) {
    long framed = framedBytes(size);
    if (framed > current.remaining() && !pool.holds(framed - current.remaining())) {
      throw new IllegalStateException("append without room, which hasRoom would have told");
    }
    int taken = 0;
    boolean rolled = false;
    current.openRecord(false);
    while (taken < size) {
      if (current.writer().isFull()) {
        roll(taken > 0 ? lastIndex : appendedIndex);
        current.openRecord(taken > 0);
        rolled = true;
      } else if (needsEmptyBuffer(size, taken)) {
        write();
      }
      taken += current.writer().append(bytes, taken, size - taken, taken == 0);
    }
    current.closeRecord();
    if (rolled) {
      pool.settle();
    }
  }

  /** Whether the buffer is full, or the batch would be cut for no other reason than its end. */
  private boolean needsEmptyBuffer(int size, int taken) {
    int room = current.writer().room();
    return room < bufferBytes && framedBytes(size - taken) > room;
  }

  private void roll(long startIndex) {
    if (finishing != null) {
      write();
    }
    finishing = current;
    finishing.finish(startIndex);
    ByteBuffer free = otherBuffer == null ? ByteBuffer.allocateDirect(bufferBytes) : otherBuffer;
    otherBuffer = buffer;
    buffer = free;
    begin(pool.take(), finishing.number(), startIndex);
  }

  @Override
  public void write() {
    checkUsable();
    try {
      if (finishing != null) {
        writeTo(finishing);
        finished.add(finishing);
        pool.retire(
            new SegmentPool.Finished(
                finishing.number(),
                finishing.path(),
                finishing.capacity(),
                finishing.lastIndex(),
                finishing.wholeWritten()));
        finishing = null;
      }
      if (current != null) {
        writeTo(current);
      }
    } catch (IOException e) {
      throw poison("writing the log segment " + active.path(), e);
    }
    writtenIndex = appendedIndex;
  }

  private void writeTo(Segment segment) throws IOException {
    active = segment;
    segment.write(header);
  }

  @Override
  public void sync() {
    synchronized (syncLock) {
      checkUsable();
      long index = writtenIndex;
      // Before the finished ones: if another is active when they are done, the next sync does it.
      Segment last = active;
      if (last == null) {
        return;
      }
      for (Segment each = finished.peek(); each != null; each = finished.peek()) {
        syncOne(each);
        closeFinished();
      }
      syncOne(last);
      lastSynced = last;
      durableIndex = index;
      pool.synced();
    }
  }

  private void syncOne(Segment segment) {
    try {
      segment.sync();
    } catch (IOException e) {
      throw poison("syncing the log segment " + segment.path(), e);
    }
  }

  /** Under syncLock: lets go of the oldest finished segment. */
  private void closeFinished() {
    finished.remove().close();
  }

  @Override
  public Retained retain() {
    pool.retain();
    return new Retained() {
      @Override
      public long copyTo(Path target, long afterIndex) {
        return copy(target, afterIndex);
      }

      @Override
      public void close() {
        pool.letGo();
      }
    };
  }

  private long copy(Path target, long afterIndex) {
    Segment last;
    long end;
    long index;
    synchronized (syncLock) {
      sync();
      last = lastSynced;
      end = last == null ? Segment.NO_END : last.wholeSynced();
      index = durableIndex;
    }
    // If the log is kept, whoever copies the copy wants what tables hold, too.
    long behind = kept.areKept() ? LogScan.BEFORE_ALL : afterIndex;
    if (index > behind) {
      LogCopy copy = new LogCopy(fileSystem, target);
      copy.addAll(pool.share(behind, last == null ? Long.MAX_VALUE : last.number()));
      if (last != null) {
        copy.add(last.path(), end);
      }
      copy.make();
    }
    return index;
  }

  private StorageException.Poisoned poison(String doing, IOException cause) {
    StorageException.Poisoned poisoned =
        new StorageException.Poisoned(
            FileErrors.wrap(doing, cause).getMessage()
                + "; no more writes are taken until the database is opened again",
            cause);
    if (poison == null) {
      poison = poisoned;
    }
    return poisoned;
  }

  private void checkUsable() {
    StorageException.Poisoned poisoned = poison;
    if (poisoned != null) {
      throw new StorageException.Poisoned(poisoned.getMessage(), poisoned);
    }
  }

  @Override
  public long appendedIndex() {
    return appendedIndex;
  }

  @Override
  public long writtenIndex() {
    return writtenIndex;
  }

  @Override
  public long durableIndex() {
    return durableIndex;
  }

  @Override
  public void spaceIsShort() {
    pool.spaceIsShort();
  }

  @Override
  public void flushedUpTo(long index) {
    synchronized (syncLock) {
      while (!finished.isEmpty() && finished.peek().lastIndex() <= index && !pool.isRetained()) {
        closeFinished();
      }
    }
    pool.flushedUpTo(index);
  }

  @Override
  public int segments() {
    return pool.finishedCount() + (active == null ? 0 : 1);
  }

  @Override
  public long bytes() {
    Segment segment = active;
    return pool.finishedBytes() + (segment == null ? 0 : segment.written());
  }

  @Override
  public long writtenBytes() {
    Segment segment = active;
    return segment == null ? 0 : segment.writtenBefore() + segment.written();
  }

  @Override
  public void close() {
    if (buffer == null) {
      return;
    }
    boolean usable = poison == null;
    List<Path> spares;
    try {
      if (usable) {
        write();
        sync();
        if (current != null) {
          current.trim();
        }
      }
    } catch (IOException e) {
      throw FileErrors.wrap("closing the log in " + directory, e);
    } finally {
      spares = closeFiles();
    }
    try {
      for (Path spare : usable ? spares : List.<Path>of()) {
        files.delete(spare);
      }
    } catch (IOException e) {
      throw FileErrors.wrap("removing spare log segments of " + directory, e);
    }
  }

  /** The spares among them are returned. */
  private List<Path> closeFiles() {
    while (!finished.isEmpty()) {
      closeFinished();
    }
    if (finishing != null) {
      finishing.close();
    }
    if (current != null) {
      current.close();
    }
    return pool.close();
  }
}
