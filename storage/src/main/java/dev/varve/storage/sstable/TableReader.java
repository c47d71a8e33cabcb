package dev.varve.storage.sstable;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.KeyHash;
import dev.varve.storage.base.KeySpread;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.block.BlockFile;
import dev.varve.storage.cache.Block;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.cache.TableBlocks;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.iterator.EntryCursor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * A table open for reading. Its filter may be in memory off the heap, and its index is there or, if
 * all together would take too much, in the block cache; its data blocks are read when needed and
 * shared through that cache. Range tombstones are not applied to what lookups and cursors see; they
 * are there to be asked for.
 *
 * <p>Counted references keep it open: {@link #open} gives the first. Everything but {@link
 * #tryRetain} and {@link #release} needs one. Safe for use by many threads. Methods that read throw
 * {@link dev.varve.storage.StorageException} when the file can't be read or is corrupt.
 */
public final class TableReader {
  private static final Runnable NOTHING = () -> {};

  /** What {@link #findBlock} says if the disk had to be read. */
  private static final int NEEDS_READ = -1;

  /** What a range of keys is taken to have where the index isn't in memory. */
  private static final long GUESSED_RANGE_BYTES = 1024;

  private final long number;
  private final BlockFile file;
  private final BlockCache cache;
  private final TableBlocks blocks;
  private final TableSections sections;
  private final FilterMemory filter;
  private final IndexMemory index;

  /** What most lookups go by: the index if it stays in memory; null if not. */
  private final TableIndex resident;

  private final int blockCount;
  private final FilterUse filterUse = new FilterUse();
  private final AtomicInteger references = new AtomicInteger(1);
  private volatile Runnable whenReleased = NOTHING;

  private TableReader(long number, BlockFile file, BlockCache cache, TableSections sections) {
    this.number = number;
    this.file = file;
    this.cache = cache;
    this.sections = sections;
    this.filter = new FilterMemory(file, sections.filter(), cache.tableMemory());
    this.index = new IndexMemory(file, sections, number, cache);
    this.resident = index.resident();
    this.blockCount = index.blocks();
    this.blocks = cache.newTable(number, blockCount);
    cache.tableMemory().addFilter(rangeTombstones().memoryBytes());
  }

  /**
   * Opens a table, checking all but its data blocks and its filter, which it doesn't have in memory
   * yet.
   *
   * @param number tells the table from others in the cache's memory of past use
   */
  public static TableReader open(FileSystem fileSystem, Path path, long number, BlockCache cache) {
    BlockFile file;
    try {
      file =
          new BlockFile(fileSystem.openForRead(path), path.toString(), DataBlockValidator::isSound);
    } catch (NoSuchFileException e) {
      throw new Corruption(path.toString(), 0, "a table, but there is no such file");
    } catch (IOException e) {
      throw FileErrors.wrap("opening table " + path, e);
    }
    try {
      return new TableReader(number, file, cache, TableSections.read(file));
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, file::close);
      throw e;
    }
  }

  /**
   * Looks up the newest version of a key that is not newer than {@code snapshotSequence}.
   *
   * @param mayRead whether the disk may be read
   * @param out set, and to be released by the caller, if the answer is {@link EntryReference#FOUND}
   * @return {@link EntryReference#FOUND}; {@link EntryReference#ABSENT}; or, never if {@code
   *     mayRead}, {@link EntryReference#NEEDS_READ}
   */
  public int get(
      byte[] key,
      int offset,
      int length,
      long snapshotSequence,
      boolean mayRead,
      EntryReference out) {
    if (!passes(KeyHash.hash(key, offset, length))) {
      return EntryReference.ABSENT;
    }
    int first = findBlock(key, offset, length, mayRead);
    return first == NEEDS_READ
        ? EntryReference.NEEDS_READ
        : getFrom(first, key, offset, length, snapshotSequence, mayRead, out);
  }

  /** As {@link #get}, of a key that is in no block before {@code first}. */
  int getFrom(
      int first,
      byte[] key,
      int offset,
      int length,
      long snapshotSequence,
      boolean mayRead,
      EntryReference out) {
    for (int ordinal = first; ordinal < blockCount; ordinal++) {
      Block block = blocks.acquire(ordinal);
      if (block == null) {
        if (!mayRead) {
          return EntryReference.NEEDS_READ;
        }
        block = readShared(ordinal);
      }
      int answer = DataBlock.get(block.memory(), key, offset, length, snapshotSequence, out, block);
      if (answer == EntryReference.FOUND) {
        return answer;
      }
      block.unpin();
      if (answer == EntryReference.ABSENT) {
        filterUse.misled();
        return answer;
      }
    }
    return EntryReference.ABSENT;
  }

  /** Whether a key of that hash may be there; a lookup that goes on says so if it was not. */
  boolean passes(long hash) {
    if (filter.mayContain(hash)) {
      return true;
    }
    filterUse.spared(hash);
    return false;
  }

  /** A block was searched in vain for a key that passed. */
  void misled() {
    filterUse.misled();
  }

  /** About how many lookups the filter spared the search of a block, since the table was opened. */
  public long sparedLookups() {
    return filterUse.sparedLookups();
  }

  /** How many lookups searched a block in vain, since the table was opened. */
  public long misledLookups() {
    return filterUse.misledLookups();
  }

  /** Reads what {@link #block} will read first; the answer depends on it and means nothing. */
  int touch(int ordinal) {
    return hasBlock(ordinal) ? blocks.touch(ordinal) : 0;
  }

  /**
   * A block, pinned; null if there is none, or the disk had to be read and may not be.
   *
   * @param keeps whether its use counts and the cache is offered it, if it is read
   */
  Block block(int ordinal, boolean mayRead, boolean keeps) {
    if (!hasBlock(ordinal)) {
      return null;
    }
    Block block = keeps ? blocks.acquire(ordinal) : blocks.peek(ordinal);
    if (block != null || !mayRead) {
      return block;
    }
    return keeps ? readShared(ordinal) : read(ordinal);
  }

  private boolean hasBlock(int ordinal) {
    return ordinal >= 0 && ordinal < blockCount;
  }

  private Block readShared(int ordinal) {
    Block block = read(ordinal);
    blocks.publish(ordinal, block);
    return block;
  }

  private Block read(int ordinal) {
    TableIndex held = index.acquire(true);
    try {
      long start = held.offset(ordinal);
      return file.readBlock(start, (int) (held.offset(ordinal + 1) - start), cache);
    } finally {
      held.release();
    }
  }

  /**
   * Whether there may be point entries for a key, by bounds and filter alone: false is certain.
   * Only memory is asked.
   */
  public boolean mayContain(byte[] key, int offset, int length) {
    byte[] smallest = sections.properties().smallestKey();
    byte[] largest = sections.properties().largestKey();
    int end = offset + length;
    return blockCount > 0
        && Arrays.compareUnsigned(key, offset, end, smallest, 0, smallest.length) >= 0
        && Arrays.compareUnsigned(key, offset, end, largest, 0, largest.length) <= 0
        && filter.mayContain(KeyHash.hash(key, offset, length));
  }

  /**
   * A cursor over the point entries; it holds a reference of its own.
   *
   * @param fillCache whether the blocks that it reads are offered to the cache
   */
  public EntryCursor cursor(boolean fillCache) {
    return cursor(fillCache, false);
  }

  /**
   * As {@link #cursor(boolean)}.
   *
   * @param settled whether what blind entries owe is paid: none is shown as blind then
   */
  public EntryCursor cursor(boolean fillCache, boolean settled) {
    if (!tryRetain()) {
      throw new IllegalStateException("table " + file.name() + " is closed");
    }
    return new TableCursor(this, fillCache, settled);
  }

  /** Lookups of ascending keys, past the cache; they hold a reference of their own. */
  public AscendingLookup ascendingLookup() {
    if (!tryRetain()) {
      throw new IllegalStateException("table " + file.name() + " is closed");
    }
    try {
      return new AscendingLookup(this);
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, this::release);
      throw e;
    }
  }

  /** About how many bytes of the file the entries in [{@code begin}, {@code end}) take. */
  public long bytesBetween(byte[] begin, byte[] end) {
    if (resident == null) {
      return GUESSED_RANGE_BYTES;
    }
    int first = resident.find(begin, 0, begin.length);
    int last = resident.find(end, 0, end.length);
    if (first == blockCount) {
      return 0;
    }
    long between = resident.offset(last) - resident.offset(first);
    // Less than a block is about half of one.
    return between > 0 ? between : (resident.offset(first + 1) - resident.offset(first)) / 2;
  }

  /**
   * Names keys in [{@code lower}, {@code upper}) among which the table's entries there lie about
   * evenly, as the index tells. Reads nothing: if the index isn't in memory, the table's first key
   * stands for all.
   *
   * @param begin a key not greater than anything in the table
   * @param most how many keys are named at most
   */
  public void spread(byte[] begin, byte[] lower, byte[] upper, int most, KeySpread to) {
    byte[] least = Arrays.compareUnsigned(begin, lower) < 0 ? lower : begin;
    TableIndex held = index.acquire(false);
    if (held == null) {
      to.add(least, (double) properties().entries());
      return;
    }
    try {
      int first = held.find(lower, 0, lower.length);
      int end = Math.min(blockCount, held.find(upper, 0, upper.length) + 1);
      // The first and the last block reach beyond the bounds, by half of each one, say.
      double all = Math.max(0.5, end - first - 1) * properties().entries() / blockCount;
      int parts = Math.min(most, end - first);
      for (int i = 0; i < parts; i++) {
        int middle = first + (int) ((2L * i + 1) * (end - first) / (2L * parts));
        byte[] separator = held.separator(middle);
        to.add(Arrays.compareUnsigned(separator, upper) < 0 ? separator : least, all / parts);
      }
    } finally {
      held.release();
    }
  }

  /** The index, to be released by the caller; null, never if {@code mayRead}, if it isn't there. */
  TableIndex acquireIndex(boolean mayRead) {
    return index.acquire(mayRead);
  }

  ReadAhead readAhead(TableIndex held, boolean fillCache) {
    return new ReadAhead(file, held, fillCache ? cache : null);
  }

  int blockCount() {
    return blockCount;
  }

  /**
   * The only block that can hold a key, but for versions of it that go on in the next; {@link
   * #blockCount} if none can; negative, never if {@code mayRead}, if the disk had to be read.
   */
  int findBlock(byte[] key, int offset, int length, boolean mayRead) {
    if (resident != null) {
      return resident.find(key, offset, length);
    }
    TableIndex held = index.acquire(mayRead);
    if (held == null) {
      return NEEDS_READ;
    }
    try {
      return held.find(key, offset, length);
    } finally {
      held.release();
    }
  }

  Block cachedBlock(int ordinal, boolean countUse) {
    return countUse ? blocks.acquire(ordinal) : blocks.peek(ordinal);
  }

  void publish(int ordinal, Block block) {
    blocks.publish(ordinal, block);
  }

  /** The range tombstones. */
  public RangeTombstoneIndex rangeTombstones() {
    return sections.rangeTombstones();
  }

  /** What the table says about itself. */
  public TableProperties properties() {
    return sections.properties();
  }

  /** The path of its file. */
  public String name() {
    return file.name();
  }

  /** The number that it was opened under. */
  public long number() {
    return number;
  }

  /** Size of the file in bytes. */
  public long fileBytes() {
    return sections.fileBytes();
  }

  /** Bytes of memory that index, filter and range tombstones take beside the cache. */
  public long memoryBytes() {
    return index.residentBytes() + filter.bytes() + rangeTombstones().memoryBytes();
  }

  /** What the filter takes of {@link #memoryBytes}: none if it has yielded. */
  public long filterBytes() {
    return filter.bytes();
  }

  /** What the filter takes when it is in memory. */
  public long fullFilterBytes() {
    return filter.fullBytes();
  }

  /** Reads the filter into memory, unless it is there. */
  public void loadFilter() {
    filter.load();
  }

  /**
   * Gives the memory of the filter back: lookups of keys that the table doesn't have read a block
   * from now on.
   */
  public void dropFilter() {
    filter.drop();
  }

  /**
   * Reads the whole file past the cache and checks checksums, order, index, filter and properties.
   *
   * @throws Corruption if something is not as it should be
   */
  public void verify() {
    verify(
        bytes -> {},
        damage -> {
          throw damage;
        });
  }

  /**
   * As {@link #verify()}, going on after what is damaged.
   *
   * @param progress told of bytes read, as they are
   * @param damaged told of what is not as it should be
   */
  public void verify(LongConsumer progress, Consumer<Corruption> damaged) {
    try (Arena memory = Arena.ofConfined()) {
      TableFilter read;
      TableIndex held;
      try {
        read = FilterMemory.read(file, sections.filter(), memory);
        held = acquireIndex(true);
      } catch (Corruption e) {
        damaged.accept(e);
        return;
      }
      try {
        new TableVerifier(file, sections, held, read, progress, damaged).verify();
      } finally {
        held.release();
      }
    }
  }

  /** Adds a reference, unless the last one is gone already. */
  public boolean tryRetain() {
    int now = references.get();
    while (now > 0) {
      int seen = references.compareAndExchange(now, now + 1);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /**
   * Undoes one reference. The last one takes the table's blocks out of the cache, gives its memory
   * back, closes the file and runs what {@link #whenReleased} was given.
   */
  public void release() {
    int left = references.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("table " + file.name() + " released too often");
    }
    if (left == 0) {
      blocks.drop();
      filter.drop();
      cache.tableMemory().addFilter(-rangeTombstones().memoryBytes());
      index.close();
      file.close();
      whenReleased.run();
    }
  }

  /**
   * Says what to do once the file has been closed, such as deleting it; to be said while a
   * reference is held.
   */
  public void whenReleased(Runnable action) {
    whenReleased = action;
  }
}
