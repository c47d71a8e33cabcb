package dev.varve.storage.wal;

import dev.varve.storage.StorageException;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.fs.FileErrors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * The segments that the writer doesn't hold: finished ones, kept until tables hold all that is in
 * them, and spare ones, made or recycled ahead of need by a background task. The task is there only
 * while there is something to do, and never twice at once.
 *
 * <p>Spares grow by four from a small one up to the full size, so that a small database doesn't pay
 * for a large one's log. Safe for use by many threads.
 */
final class SegmentPool implements Runnable {
  /**
   * Spares kept for later: as many as a flush gives back at once, so that a steady writer never
   * waits for files to be filled with zeros.
   */
  private static final int SPARES_KEPT = 5;

  /** And if space on the disk is short: the next one, as deletes still need it. */
  private static final int SPARES_KEPT_IF_SHORT = 1;

  private static final String TASK = "making or removing a log segment";

  private static final int GROWTH = 4;
  private static final long RETRY_MILLIS = 1000;

  /** Space is short if there is less than for so many segments. */
  private static final long SHORT_OF = 4;

  /**
   * A segment that takes no more records; its file may be recycled if it has the full size.
   *
   * @param lastIndex index of the last batch of which it holds anything
   * @param wholeEnd offset after its last record that is whole, or {@link Segment#NO_END}
   */
  record Finished(long number, Path path, long bytes, long lastIndex, long wholeEnd) {}

  private final SegmentFiles files;
  private final KeptLogs keptLogs;
  private final long firstBytes;
  private final long segmentBytes;
  private final Executor background;
  private final LongSupplier clockMillis;

  /** Whether anybody syncs the log: whoever never does need not wait for zeros to be durable. */
  private volatile boolean synced;

  // Guarded by this object's monitor.
  private final Deque<Finished> finished = new ArrayDeque<>();
  private final Deque<Finished> obsolete = new ArrayDeque<>();

  /** Finished ones whose files may have other names, so that their bytes must never change. */
  private final Set<Long> shared = new HashSet<>();

  /** How many copies are being made; as long as there are any, nothing is given up. */
  private int retainers;

  private final Deque<Segment> spares = new ArrayDeque<>();
  private List<Runnable> waiting = new ArrayList<>();
  private boolean running;
  private int kept = SPARES_KEPT;
  private boolean refill;
  private long wantedBytes;
  private long nextCapacity;
  private StorageException failure;
  private long failedAt;
  private long changes;
  private long changesSeen;

  SegmentPool(
      SegmentFiles files,
      KeptLogs keptLogs,
      long firstBytes,
      long segmentBytes,
      Executor background,
      LongSupplier clockMillis) {
    this.files = files;
    this.keptLogs = keptLogs;
    this.firstBytes = firstBytes;
    this.segmentBytes = segmentBytes;
    this.background = background;
    this.clockMillis = clockMillis;
    this.nextCapacity = Math.min(segmentBytes, firstBytes * GROWTH);
  }

  /**
   * Whether spares hold so many bytes; if not, they are made. They stay until {@link #settle}.
   *
   * @throws StorageException if making the last one failed; it is tried again after a second
   */
  synchronized boolean reserve(long bytes) {
    wantedBytes = bytes;
    changesSeen = changes;
    if (spareBytes() >= bytes) {
      return true;
    }
    if (failure == null) {
      start();
      return false;
    }
    if (clockMillis.getAsLong() - failedAt >= RETRY_MILLIS) {
      failedAt = clockMillis.getAsLong();
      start();
    }
    throw failure;
  }

  /** Whether spares hold so many bytes. */
  synchronized boolean holds(long bytes) {
    return spareBytes() >= bytes;
  }

  private long spareBytes() {
    long bytes = 0;
    for (Segment spare : spares) {
      bytes += spare.room();
    }
    return bytes;
  }

  /** The next spare; the caller has reserved it. */
  synchronized Segment take() {
    return spares.removeFirst();
  }

  /** What was reserved has been used: spares beyond those kept may go. */
  synchronized void settle() {
    wantedBytes = 0;
    start();
  }

  /** The writer has come far enough to want a spare soon. */
  synchronized void refill() {
    refill = spares.isEmpty();
    start();
  }

  /** The log is being synced: new files are made ready for that from now on. */
  void synced() {
    synced = true;
  }

  /** Runs {@code callback} when {@link #reserve} is worth asking again. */
  void whenChanged(Runnable callback) {
    synchronized (this) {
      if (changes == changesSeen) {
        waiting.add(callback);
        return;
      }
    }
    callback.run();
  }

  /** Keeps a segment until tables hold it. */
  synchronized void retire(Finished segment) {
    finished.addLast(segment);
  }

  /**
   * Keeps a segment that an earlier run wrote until tables hold it. What else names its file isn't
   * known.
   */
  synchronized void retireShared(Finished segment) {
    shared.add(segment.number());
    retire(segment);
  }

  /** Gives nothing up until {@link #letGo}. */
  synchronized void retain() {
    retainers++;
  }

  /** Whether nothing may be given up. */
  synchronized boolean isRetained() {
    return retainers > 0;
  }

  /** Takes back one {@link #retain}. */
  synchronized void letGo() {
    retainers--;
    start();
  }

  /**
   * Finished segments with anything after an index, from the oldest to the newest. The files of
   * those with a lesser number than {@code sharedBefore} will have another name.
   */
  synchronized List<Finished> share(long afterIndex, long sharedBefore) {
    List<Finished> needed = new ArrayList<>();
    for (Deque<Finished> part : List.of(obsolete, finished)) {
      for (Finished segment : part) {
        if (segment.lastIndex() > afterIndex && segment.number() < sharedBefore) {
          needed.add(segment);
          shared.add(segment.number());
        }
      }
    }
    return needed;
  }

  /** Gives up what tables hold. */
  synchronized void flushedUpTo(long index) {
    while (!finished.isEmpty() && finished.getFirst().lastIndex() <= index) {
      obsolete.addLast(finished.removeFirst());
    }
    start();
  }

  /** Space on the disk is short: spares that can be done without are given up. */
  synchronized void spaceIsShort() {
    kept = SPARES_KEPT_IF_SHORT;
    start();
  }

  /** Bytes of finished segments that are still needed. */
  synchronized long finishedBytes() {
    return finished.stream().mapToLong(Finished::bytes).sum();
  }

  /** How many finished segments are still needed. */
  synchronized int finishedCount() {
    return finished.size();
  }

  private void start() {
    if (!running && hasWork()) {
      running = true;
      background.execute(this);
    }
  }

  private boolean hasWork() {
    return hasObsolete() || needsSpare() || hasSurplus();
  }

  private boolean hasObsolete() {
    return retainers == 0 && !obsolete.isEmpty();
  }

  private boolean needsSpare() {
    return spareBytes() < wantedBytes || (refill && spares.isEmpty());
  }

  private boolean hasSurplus() {
    return wantedBytes == 0 && spares.size() > kept;
  }

  /**
   * One step of the background task after the other, until nothing is left to do. A file that could
   * not be removed stays until the log is opened again.
   */
  @Override
  public void run() {
    boolean more = true;
    while (more) {
      try {
        more = step();
      } catch (IOException e) {
        failed(FileErrors.wrap(TASK, e));
        more = false;
      } catch (RuntimeException | Error e) {
        // The writer is told, not left to wait for a task that is gone.
        StorageException ended = new StorageException.Poisoned(TASK + " failed: " + e, e);
        Cleanup.after(e, () -> failed(ended));
        throw e;
      }
    }
  }

  private boolean step() throws IOException {
    Finished old = null;
    Segment surplus = null;
    boolean recycle = false;
    long capacity;
    boolean isShort = files.usableSpace() < SHORT_OF * segmentBytes;
    synchronized (this) {
      kept = isShort ? SPARES_KEPT_IF_SHORT : SPARES_KEPT;
      if (!hasWork()) {
        running = false;
        return false;
      }
      capacity = capacity(isShort);
      if (hasObsolete()) {
        old = obsolete.removeFirst();
        boolean isShared = shared.remove(old.number());
        recycle = old.bytes() == segmentBytes && spares.size() < kept && !isShared;
      } else if (!needsSpare()) {
        surplus = spares.removeLast();
      }
    }
    if (old != null && keptLogs.take(old.path())) {
      return true;
    }
    if (recycle) {
      add(files.recycle(old.path(), segmentBytes));
    } else if (old != null) {
      files.delete(old.path());
    } else if (surplus != null) {
      surplus.close();
      files.delete(surplus.path());
    } else {
      add(files.create(capacity, synced));
    }
    return true;
  }

  /** Large ones serve a steady writer; where space is short, as little is taken as will do. */
  private long capacity(boolean isShort) {
    if (isShort) {
      return firstBytes;
    }
    return wantedBytes > nextCapacity ? segmentBytes : nextCapacity;
  }

  private void add(Segment spare) {
    List<Runnable> callbacks;
    synchronized (this) {
      spares.addLast(spare);
      nextCapacity = Math.min(segmentBytes, Math.max(nextCapacity, spare.capacity()) * GROWTH);
      refill = false;
      failure = null;
      callbacks = changed();
    }
    callbacks.forEach(Runnable::run);
  }

  private void failed(StorageException error) {
    List<Runnable> callbacks;
    synchronized (this) {
      failure = error;
      failedAt = clockMillis.getAsLong();
      refill = false;
      running = false;
      callbacks = changed();
    }
    callbacks.forEach(Runnable::run);
  }

  private List<Runnable> changed() {
    changes++;
    List<Runnable> callbacks = waiting;
    waiting = new ArrayList<>();
    return callbacks;
  }

  /**
   * Closes the spares; nothing may run any more.
   *
   * @return their files
   */
  synchronized List<Path> close() {
    List<Path> left = spares.stream().map(Segment::path).toList();
    spares.forEach(Segment::close);
    spares.clear();
    return left;
  }
}
