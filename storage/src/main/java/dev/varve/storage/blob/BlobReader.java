package dev.varve.storage.blob;

import dev.varve.storage.PartVisitor;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.base.KeyHash;
import dev.varve.storage.base.Varint;
import dev.varve.storage.block.BlockFile;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.cache.Block;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import dev.varve.storage.cache.TableBlocks;
import dev.varve.storage.cache.UncachedMemory;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * A blob file open for reading. Values are read when needed and shared through the block cache.
 *
 * <p>Counted references keep it open: {@link #open} gives the first. Everything but {@link
 * #tryRetain} and {@link #release} needs one. Safe for use by many threads. Methods that read throw
 * {@link dev.varve.storage.StorageException} when the file can't be read or is corrupt.
 */
public final class BlobReader {
  private static final Runnable NOTHING = () -> {};

  private final BlockFile file;
  private final BlockCache cache;
  private final TableBlocks blocks;
  private final BlobFormat.Footer footer;
  private final BlobMeta meta;
  private final AtomicInteger references = new AtomicInteger(1);
  private volatile Runnable whenReleased = NOTHING;

  private BlobReader(long number, BlockFile file, BlockCache cache) {
    this.file = file;
    this.cache = cache;
    long bytes = file.size();
    footer = readFooter(file, bytes);
    try {
      meta =
          new BlobMeta(
              number,
              bytes,
              footer.values(),
              footer.index().offset(),
              Integer.toUnsignedLong(footer.fingerprint()));
    } catch (IllegalArgumentException e) {
      throw new Corruption(file.name(), 0, "a blob file: " + e.getMessage());
    }
    blocks = cache.newTable(number, footer.values());
  }

  /**
   * Opens a blob file, checking its footer.
   *
   * @param number of the file
   * @param cache keeps values that are read
   */
  public static BlobReader open(FileSystem fileSystem, Path path, long number, BlockCache cache) {
    BlockFile file;
    try {
      file = new BlockFile(fileSystem.openForRead(path), path.toString(), BlobFormat::isSound);
    } catch (NoSuchFileException e) {
      throw new Corruption(path.toString(), 0, "a blob file, but there is no such file");
    } catch (IOException e) {
      throw FileErrors.wrap("opening blob file " + path, e);
    }
    try {
      return new BlobReader(number, file, cache);
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, file::close);
      throw e;
    }
  }

  private static BlobFormat.Footer readFooter(BlockFile file, long bytes) {
    if (bytes < BlobFormat.FOOTER_BYTES) {
      throw new Corruption(file.name(), bytes, "at least a footer's length");
    }
    try (PooledBuffer buffer = BufferPool.borrow(BlobFormat.FOOTER_BYTES)) {
      file.read(buffer.bytes().limit(BlobFormat.FOOTER_BYTES), bytes - BlobFormat.FOOTER_BYTES);
      return BlobFormat.Footer.decode(buffer.bytes().clear(), file.name(), bytes);
    }
  }

  /**
   * The block that begins with a value that the cache holds, pinned for the caller; null if the
   * cache doesn't hold it.
   *
   * @param reference holds the {@link BlobReference} at {@code at}
   */
  public Block cachedValue(
      byte[] key, int offset, int length, MemorySegment reference, long at, boolean countUse) {
    int ordinal = checkedOrdinal(reference, at);
    Block block = countUse ? blocks.acquire(ordinal) : blocks.peek(ordinal);
    return block == null ? null : checked(block, key, offset, length, reference, at);
  }

  /**
   * The block that begins with a value, read from the file and pinned for the caller.
   *
   * @param reference holds the {@link BlobReference} at {@code at}
   * @param share whether the value is offered to the cache
   */
  public Block readValue(
      byte[] key, int offset, int length, MemorySegment reference, long at, boolean share) {
    int ordinal = checkedOrdinal(reference, at);
    int stored = BlobReference.storedBytes(reference, at);
    long whole = BlobReference.valueLength(reference, at) + (long) length;
    // What is compressed is there twice until it has been read.
    UncachedMemory memory = cache.uncached();
    int taken = memory.take(stored < whole ? whole + stored : whole);
    Block block;
    try {
      block = file.readBlock(BlobReference.offset(reference, at), stored, share ? cache : null);
    } catch (RuntimeException | Error e) {
      memory.give(taken);
      throw e;
    }
    block.countAs(memory, taken);
    checked(block, key, offset, length, reference, at);
    if (share) {
      blocks.publish(ordinal, block);
    }
    return block;
  }

  /**
   * Hands on a part of a large value that the cache wouldn't keep and that isn't compressed,
   * without having all of it in memory. All of it is read and checked: what was handed on counts
   * for nothing if this throws.
   *
   * @param reference holds the {@link BlobReference} at {@code at}
   * @return false, and nothing has been handed on, if it isn't such a value
   */
  public boolean readPart(
      byte[] key,
      int offset,
      int length,
      MemorySegment reference,
      long at,
      int from,
      int count,
      PartVisitor to) {
    checkedOrdinal(reference, at);
    int stored = BlobReference.storedBytes(reference, at);
    long begin = BlobReference.offset(reference, at);
    if (stored <= BlockFile.WINDOW_BYTES
        || cache.keeps(stored)
        || !file.isStoredPlain(begin, stored)) {
      return false;
    }
    int behind = length + BlobFormat.KEY_LENGTH_BYTES;
    int valueLength = BlobReference.valueLength(reference, at);
    if (stored != (long) valueLength + behind + BlockHandle.TRAILER_BYTES) {
      throw notItsValue(begin);
    }
    try (PooledBuffer end = BufferPool.borrow(behind)) {
      file.read(end.bytes().limit(behind), begin + valueLength);
      MemorySegment its = end.memory().asSlice(0, behind);
      if (BlobFormat.keyLength(its) != length || !isKey(its, 0, key, offset, length)) {
        throw notItsValue(begin);
      }
    }
    file.readPart(begin, stored, from, count, to, cache.latencies());
    return true;
  }

  /** See {@link dev.varve.storage.iterator.ApartValues#touch(MemorySegment, long)}. */
  public long touch(MemorySegment reference, long at) {
    int ordinal = BlobReference.ordinal(reference, at);
    return ordinal >= 0 && ordinal < footer.values() ? blocks.touch(ordinal) : 0;
  }

  /** See {@link dev.varve.storage.iterator.ApartValues#touch(MemorySegment, long, int)}. */
  public long touch(MemorySegment reference, long at, int place) {
    int ordinal = BlobReference.ordinal(reference, at);
    Block block = ordinal >= 0 && ordinal < footer.values() ? blocks.peek(ordinal) : null;
    if (block == null) {
      return 0;
    }
    MemorySegment memory = block.memory();
    long read = place < memory.byteSize() ? memory.get(ValueLayout.JAVA_BYTE, place) : 0;
    block.unpin();
    return read;
  }

  private int checkedOrdinal(MemorySegment reference, long at) {
    int ordinal = BlobReference.ordinal(reference, at);
    long offset = BlobReference.offset(reference, at);
    int stored = BlobReference.storedBytes(reference, at);
    if (ordinal < 0
        || ordinal >= footer.values()
        || offset < 0
        || stored <= BlockHandle.TRAILER_BYTES
        || offset > footer.index().offset() - stored) {
      throw new Corruption(file.name(), offset, "the value that a table refers to");
    }
    return ordinal;
  }

  /**
   * Makes sure that it is the value of that key; else gives the pin back. The key stands after the
   * value, where nobody who wants a part of it looks: once it was found there its hash will do,
   * which takes no wait for memory.
   */
  private Block checked(
      Block block, byte[] key, int offset, int length, MemorySegment reference, long at) {
    MemorySegment memory = block.memory();
    int valueLength = BlobReference.valueLength(reference, at);
    long hash = KeyHash.hash(key, offset, length) | 1;
    if (block.ownerHash() == hash
        && memory.byteSize() == (long) valueLength + length + BlobFormat.KEY_LENGTH_BYTES) {
      return block;
    }
    boolean same =
        BlobFormat.keyLength(memory) == length
            && BlobFormat.valueLength(memory) == valueLength
            && isKey(memory, valueLength, key, offset, length);
    if (!same) {
      block.unpin();
      throw notItsValue(BlobReference.offset(reference, at));
    }
    block.belongsTo(hash);
    return block;
  }

  private static boolean isKey(MemorySegment memory, long at, byte[] key, int offset, int length) {
    MemorySegment its = MemorySegment.ofArray(key);
    return MemorySegment.mismatch(memory, at, at + length, its, offset, (long) offset + length)
        == -1;
  }

  private Corruption notItsValue(long offset) {
    return new Corruption(file.name(), offset, "the value of the key that refers to it");
  }

  /** What is known of the file without opening it. */
  public BlobMeta meta() {
    return meta;
  }

  /** The path of the file. */
  public String name() {
    return file.name();
  }

  /**
   * Reads the whole file past the cache and checks it.
   *
   * @param progress told of bytes read, as they are
   * @param damaged told of what is not as it should be
   */
  public void verify(LongConsumer progress, Consumer<Corruption> damaged) {
    long offset = 0;
    byte[] sizes;
    try {
      sizes = readIndex();
    } catch (Corruption e) {
      damaged.accept(e);
      progress.accept(meta.bytes());
      return;
    }
    int at = 0;
    for (int i = 0; i < footer.values(); i++) {
      int size = (int) Varint.get(sizes, at);
      at += Varint.length(size);
      try {
        file.readBlock(offset, size, null).unpin();
      } catch (Corruption e) {
        damaged.accept(e);
      }
      offset += size;
      progress.accept(size);
    }
    progress.accept(meta.bytes() - offset);
  }

  /** The sizes of all values, which are known then to make up the file. */
  private byte[] readIndex() {
    BlockHandle index = footer.index();
    byte[] sizes;
    try (PooledBuffer buffer = BufferPool.borrow(index.length())) {
      sizes =
          file.readSection(index, buffer.memory().asSlice(0, index.length()))
              .toArray(ValueLayout.JAVA_BYTE);
    }
    if (!addUp(sizes)) {
      throw new Corruption(file.name(), index.offset(), "sizes that add up to the file's");
    }
    return sizes;
  }

  private boolean addUp(byte[] sizes) {
    long offset = 0;
    int values = 0;
    int at = 0;
    try {
      while (at < sizes.length) {
        long size = Varint.get(sizes, at);
        at += Varint.length(size);
        if (size <= BlockHandle.TRAILER_BYTES || size > footer.index().offset() - offset) {
          return false;
        }
        offset += size;
        values++;
      }
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      return false;
    }
    return values == footer.values() && offset == footer.index().offset();
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
   * Undoes one reference. The last one takes the values out of the cache, closes the file and runs
   * what {@link #whenReleased} was given.
   */
  public void release() {
    int left = references.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("blob file " + file.name() + " released too often");
    }
    if (left == 0) {
      blocks.drop();
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
