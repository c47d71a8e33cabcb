package dev.varve.storage;

import dev.varve.storage.base.EntryReference;
import java.nio.file.Path;
import java.util.List;

/**
 * A durable, ordered map from byte strings to byte strings: a log-structured merge tree.
 *
 * <p>The engine is passive: it owns no thread. One thread at a time is its <i>writer</i>; flush and
 * compaction run on the executors that it was opened with. A write takes four steps, so that a
 * server can share one sync among many writes:
 *
 * <ol>
 *   <li>{@link #append} logs a batch in memory and applies it to the memtable; only {@link #latest}
 *       sees it;
 *   <li>{@link #write} hands what was appended to the operating system: it survives the process;
 *   <li>{@link #sync} makes what was written durable: it survives the machine;
 *   <li>{@link #publish} lets every reader see it.
 * </ol>
 *
 * {@link #commit} takes them all, as a {@link SyncPolicy} asks.
 *
 * <p>The methods named "writer" are called by the writer's thread only; all others by any thread.
 * What is thrown is a {@link StorageException}.
 */
public interface StorageEngine extends AutoCloseable {
  // Writer

  /**
   * Writer: whether a batch can be appended now. If not, flush, compaction or the making of a log
   * segment is behind: ask again when {@link #whenWritable} calls.
   *
   * @throws StorageException.Poisoned if a write or sync failed before
   * @throws StorageException.DiskFull if there is no room for the log, or if only the reserve is
   *     left and the batch doesn't {@linkplain WriteBatch#takesAway take away}. Reads go on, and so
   *     do writes when there is room again.
   */
  boolean isWritable(WriteBatch batch);

  /** Writer: {@code callback} runs once, on any thread, as soon as it is worth asking again. */
  void whenWritable(Runnable callback);

  /**
   * Writer: logs a batch in memory and applies it to the memtable. Call only after {@link
   * #isWritable} allowed it. The batch may be reused at once.
   */
  void append(WriteBatch batch);

  /** Writer: hands what was appended to the operating system. Never waits for a sync. */
  void write();

  /**
   * Writer: what has been appended, durable or not. What lookups found is valid until the next
   * append. A cursor keeps to what had been appended when it was made, pins it until it is closed,
   * and may be handed to another thread; the writer forbids it to {@linkplain Cursor#mayRead read}.
   * Not closed.
   */
  ReadView latest();

  /** Writer: sequence number of the last operation appended. */
  long appendedSequence();

  /** Writer: every reader sees what was written up to {@code sequence} from now on. */
  void publish(long sequence);

  /** Writer: appends and writes a batch, syncs it if {@code policy} says so, and publishes it. */
  void commit(WriteBatch batch, SyncPolicy policy);

  /**
   * Writer: takes in tables that a {@link dev.varve.storage.ingest.SortedTableWriter} made, all or
   * none: they are there, durable and seen by every later view when this returns, and hide what the
   * database had of their keys. Views opened before don't see them. What had been appended is
   * committed and flushed first. The files are read from end to end and copied, with this
   * database's options; they stay the caller's. A crash on the way leaves all or nothing of them.
   *
   * <p>The writer waits meanwhile, and nobody else may {@link #sync}. Live counts of groups whose
   * keys come are not known from then on, see {@link #countIsExact}.
   *
   * @param files whose keys don't overlap
   * @return false, and nothing was done, if writes have to wait, see {@link #whenWritable}
   * @throws IllegalArgumentException if there are no files, one was not made by such a writer, or
   *     two overlap; nothing has changed
   * @throws StorageException.Corruption if a file is damaged, or no table; nothing has changed
   * @throws StorageException if a file can't be read or written; unless it is {@link
   *     StorageException.Poisoned}, none of them was taken in
   */
  boolean ingest(List<Path> files);

  /** Writer: lets no more writes into the active memtable, so that {@link #flush} can take it. */
  void freeze();

  /**
   * Writer: to be called about once a second, so that what is deleted gives space back even if no
   * more is written (ranges at once, keys after some seconds in which little was), what walks have
   * passed many of isn't passed by the next ones, and it is noticed if the folder is this
   * database's no more.
   */
  void everySecond();

  /**
   * Writer: the monotone time in milliseconds: the larger of the wall clock and the last time
   * issued. Batches are stamped with it, so that it never steps back, not even over restarts.
   */
  long tick();

  // Any thread

  /** The last time that {@link #tick} gave. */
  long timeMillis();

  /**
   * Makes all that had been written when it was called durable. One thread at a time, beside the
   * writer.
   */
  void sync();

  /** Why no more writes are taken until the database is opened anew; null: they are. */
  String poisoned();

  /** Sequence number up to which everything has been handed to the operating system. */
  long writtenSequence();

  /** Sequence number up to which everything is durable. */
  long durableSequence();

  /** Sequence number up to which readers see. */
  long visibleSequence();

  /** The database as it is now, as far as it is published. */
  ReadView view();

  /**
   * The database as far as it lies in tables, see {@link ReadView#flushedSequence}. A {@link #view}
   * keeps the memory of memtables from who writes until it is closed; this one has none.
   */
  ReadView flushedView();

  /**
   * Looks a key up in what is published now, as {@link ReadView#get(byte[], int, int, boolean,
   * EntryReference)} of a {@link #view} made for this one lookup would, without making one.
   */
  int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out);

  /** As {@link #get}, of a value's head, see {@link ReadView#head}. */
  default int head(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    return get(key, offset, length, mayRead, out);
  }

  /**
   * Whether no entry is left whose effect on {@linkplain ReadView#count counts} is open. While the
   * writer has little to do, this comes about by itself.
   */
  boolean countIsExact();

  /**
   * Waits until what has been frozen and published is in tables.
   *
   * @throws StorageException if that failed; it will be tried again
   */
  void flush();

  /** Merges all tables down to the last level and waits for it. */
  void compact();

  /**
   * Reads the manifest, the log up to what is durable, and every table from end to end, and checks
   * all checksums, the order and bounds of all entries, the levels, and that tables are what the
   * manifest says. Goes on after what is damaged. Takes memory for one block at a time. May run
   * beside everything else; what is checked is what was there when it was called.
   *
   * @throws StorageException if a file can't be read or is of a newer format
   */
  Verification verify(VerificationListener listener);

  /**
   * Makes a copy of the database that can be opened: it holds all that had been written when this
   * was called, durable before or not, and perhaps a little more. Tables and finished log segments
   * are not copied but get a second name there (hard links), so it takes about as long whatever the
   * size, and space only for the log's last segment and, as time goes on, for what the database
   * itself has replaced. The two never change what they share: each can be opened, written to and
   * deleted without the other's knowledge. May run beside everything else.
   *
   * @param target the copy's folder: on the file system of the database, and not there yet. It
   *     comes into being whole, at the end, and durable; a crash before leaves at most one whose
   *     name ends with {@code .unfinished}, which the next checkpoint of the same name removes
   * @throws StorageException if {@code target} exists, or if making it failed; nothing is left of
   *     it then
   */
  void checkpoint(Path target);

  /**
   * Any thread, at a small price: bytes that tables, values apart and the log take on the disk.
   * Without what checkpoints and views keep of the past, what a merge under way has written, and
   * files that are kept to be written to again.
   */
  long diskBytes();

  /** Figures of the engine as they are now. */
  StorageStatistics statistics();

  /**
   * Sets the most memory that cached blocks take, in bytes, as {@link
   * StorageOptions#blockCacheBytes} did. What is beyond goes back to the system, soon if blocks are
   * in use.
   */
  void resizeBlockCache(long bytes);

  /** Forgets how long operations took, see {@link StorageStatistics#latencies}. */
  void resetLatencies();

  /**
   * Waits for background work under way, makes everything written durable, and closes all files.
   * The writer must have stopped.
   */
  @Override
  void close();
}
