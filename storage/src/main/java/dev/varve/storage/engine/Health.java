package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileErrors;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * What is wrong with an engine. <i>Poisoned</i>: its files may not be what it believes they are, so
 * it takes no more writes until it is reopened. A background <i>error</i>: flush or compaction
 * failed and is tried again, or not, as its kind asks. Safe for use by many threads.
 */
final class Health {
  private final Supplier<IOException> closeError;

  /** Milliseconds until background work that failed is tried again. */
  static final long RETRY_MILLIS = 1000;

  private final AtomicReference<StorageException.Poisoned> poison = new AtomicReference<>();
  private volatile StorageException flushError;
  private volatile StorageException compactionError;
  private volatile StorageException deletionError;
  private volatile StorageException reserveError;
  private volatile StorageException filterError;
  private volatile StorageException settleError;

  /**
   * Begins with an engine that is well; {@code closeError} tells of files that did not close in
   * order.
   */
  Health(Supplier<IOException> closeError) {
    this.closeError = closeError;
  }

  /** Throws if the engine is poisoned. */
  void checkNotPoisoned() {
    StorageException.Poisoned first = poison.get();
    if (first != null) {
      throw new StorageException.Poisoned(first.getMessage(), first);
    }
  }

  /** The engine takes no more writes from now on; the first reason is the one that is told. */
  void poison(String reason, Throwable cause) {
    poison.compareAndSet(null, new StorageException.Poisoned(reason, cause));
  }

  /** A part of the engine is poisoned, so all of it is; the answer is {@code error}. */
  StorageException.Poisoned poisoned(StorageException.Poisoned error) {
    poison.compareAndSet(null, error);
    return error;
  }

  /** Why the engine is poisoned, or null. */
  String poisoned() {
    StorageException.Poisoned first = poison.get();
    return first == null ? null : first.getMessage();
  }

  /** The last flush failed, or (null) did not. */
  void flushed(StorageException error) {
    if (error instanceof StorageException.Poisoned poisoned) {
      poisoned(poisoned);
    }
    flushError = error;
  }

  /** The last compaction failed, or (null) did not. */
  void compacted(StorageException error) {
    compactionError = error;
  }

  /** The disk's reserve could not be seen to, or (null) is in order again. */
  void reserve(StorageException error) {
    reserveError = error;
  }

  /** A file of no use could not be deleted; the next opening will try again. */
  void undeleted(StorageException error) {
    deletionError = error;
  }

  /** A filter could not be read, or (null) all are as they should be. */
  void filtersRead(StorageException error) {
    filterError = error;
  }

  /** What counts are owed could not be found out, or (null) could. */
  void settled(StorageException error) {
    if (error instanceof StorageException.Poisoned poisoned) {
      poisoned(poisoned);
    }
    settleError = error;
  }

  /** The error that an operator should know of, or null. */
  StorageException error() {
    StorageException stopping = stoppingError();
    if (stopping != null) {
      return stopping;
    }
    if (deletionError != null) {
      return deletionError;
    }
    if (reserveError != null) {
      return reserveError;
    }
    IOException unclosed = closeError.get();
    if (unclosed != null) {
      return FileErrors.wrap("closing a file", unclosed);
    }
    return filterError != null ? filterError : settleError;
  }

  private StorageException stoppingError() {
    return flushError != null ? flushError : compactionError;
  }

  /** A write has to wait for background work: throws if that work can't go on. */
  void checkProgress() {
    checkNotPoisoned();
    StorageException error = stoppingError();
    if (error != null) {
      throw error;
    }
  }

  /** Whether the last compaction was not begun for want of space. */
  boolean waitsForSpace() {
    return compactionError instanceof StorageException.DiskFull;
  }

  /** Whether work that failed this way may be tried again: what is corrupt stays so. */
  static boolean isWorthAnotherTry(StorageException error) {
    return !(error instanceof StorageException.Corruption
        || error instanceof StorageException.FormatTooNew
        || error instanceof StorageException.Poisoned);
  }
}
