package dev.varve.storage.wal;

import dev.varve.storage.WriteBatch;
import java.nio.file.Path;

/**
 * An ordered, durable list of batches. The <i>index</i> of a batch is the sequence number of its
 * last operation; every batch holds at least one, and the first operation of a batch follows the
 * last one of the batch before without a gap.
 *
 * <p>A batch goes from {@linkplain #append appended} (in memory) over {@linkplain #write written}
 * (survives the process) to {@linkplain #sync durable} (survives the machine). {@link #replay}
 * comes before all else, once.
 *
 * <p>The methods named "writer" are called by one thread at a time. All throw {@link
 * dev.varve.storage.StorageException}. After a failed write or sync the log is poisoned: what has
 * been appended since the last sync has an unknown outcome, nothing is retried, and every later
 * call to write or sync is refused with {@link dev.varve.storage.StorageException.Poisoned}.
 */
public interface Log extends AutoCloseable {
  /**
   * Recovery: hands over every batch whose index is larger than {@code afterIndex}, in order, and
   * makes the log ready for appends. A tail that was never promised durable may be missing; what is
   * handed over is durable when this returns.
   *
   * @param afterIndex up to which tables hold everything
   * @param reachedIndex up to which the log is known to have been durable
   * @throws dev.varve.storage.StorageException.Corruption if bytes that had been durable are not
   *     what was written, or a part of the log is missing
   */
  void replay(long afterIndex, long reachedIndex, ReplayTarget to);

  /**
   * Writer: whether a batch of so many bytes can be appended now. If not, room is being made in the
   * background: ask again when {@link #whenRoom} calls.
   *
   * @throws dev.varve.storage.StorageException.DiskFull if there is no space for it; it is tried
   *     again from time to time as long as this is asked
   * @throws dev.varve.storage.StorageException.Poisoned if a write or sync has failed
   */
  boolean hasRoom(int batchBytes);

  /**
   * Any thread: {@code callback} runs once, on any thread, when {@link #hasRoom} is worth asking.
   */
  void whenRoom(Runnable callback);

  /**
   * Writer: takes a stamped batch into memory; it may be reused at once. Call only after {@link
   * #hasRoom} allowed it. A batch that is larger than the log's buffer is handed on to the file
   * while it is taken in.
   */
  void append(WriteBatch batch);

  /** Writer: hands what was appended to the operating system. Never waits for a sync. */
  void write();

  /** Writer: index of the last batch appended. */
  long appendedIndex();

  /** Any thread: index up to which everything has been handed to the operating system. */
  long writtenIndex();

  /**
   * Any thread, beside the writer: makes everything durable that had been written when it was
   * called.
   */
  void sync();

  /** Any thread: index up to which everything is durable. */
  long durableIndex();

  /**
   * Any thread: tables hold everything up to {@code index}, durably, so that replay will begin
   * after it or later. What the log holds of it is given up in the background; what of that was not
   * durable in the log never will be.
   */
  void flushedUpTo(long index);

  /** Any thread: how many segments recovery would read. */
  int segments();

  /** Any thread: space on the disk is short; what was made ahead of need is given up. */
  void spaceIsShort();

  /**
   * Any thread: gives nothing up from now on, until the answer is closed. So what tables don't hold
   * at any moment from now on can be copied.
   */
  Retained retain();

  /** A log of which nothing is given up. Used by one thread. */
  interface Retained extends AutoCloseable {
    /**
     * Makes all that was written when this was called durable, and in another directory, which has
     * no log, a log that {@link Log#replay} finds all of it in. The copy may share files with the
     * original; neither ever changes them. Its files are durable, their names aren't yet.
     *
     * @param afterIndex up to which tables hold everything, there
     * @return index up to which the copy holds everything
     */
    long copyTo(Path directory, long afterIndex);

    @Override
    void close();
  }

  /** Any thread: bytes that recovery would read. */
  long bytes();

  /** Any thread: bytes written since the log was opened. */
  long writtenBytes();

  /**
   * Makes everything appended durable, unless the log is poisoned, and closes its files. The writer
   * and the background work must have stopped.
   */
  @Override
  void close();
}
