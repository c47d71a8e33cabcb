package dev.varve.storage.sstable;

import dev.varve.storage.Compression;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.BlobUses;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.KeyHash;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.block.BlockCodec;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.block.BlockOutput;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.sstable.TableFormat.Footer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Writes a table file from entries in order: by key, then from the newest version to the oldest.
 * Ends with {@link #finish} or {@link #abandon}, the latter also after an error. Range tombstones
 * may be added at any time, in any order. Used by one thread.
 *
 * <p>Methods throw a {@link dev.varve.storage.StorageException} when the file can't be written.
 */
public final class TableWriter {
  // An entry this large is a block of its own, not compressed, and goes to the file by pieces.
  private static final int STREAMED_ENTRY_BYTES = 4 << 20;

  // About what a head and a restart point add to key and value.
  private static final int MOST_HEAD_BYTES = 20;

  private final FileSystem fileSystem;
  private final Path path;
  private final TableFormatOptions options;
  private final BlockOutput output;
  private final DataBlockBuilder block;
  private final PooledBuffer compressed;
  private final TableIndexBuilder index = new TableIndexBuilder();
  private final KeyHashes hashes = new KeyHashes();
  private final RangeTombstoneSection rangeTombstones = new RangeTombstoneSection();

  private byte[] lastKey = new byte[64];
  private int lastKeyLength;
  private long lastSequence;
  // Size in the file of a block that waits in the index for the key after it; 0 if none does.
  private int unindexedBlockSize;
  private boolean closed;

  private byte[] smallestKey = new byte[0];
  private long smallestSequence = Long.MAX_VALUE;
  private long largestSequence;
  private long entries;
  private long puts;
  private long blindEntries;
  private long distinctKeys;
  private long rawKeyBytes;
  private long rawValueBytes;
  private long blockBytes;
  private long creationTimeMillis;
  private final BlobUses blobUses = new BlobUses();

  /** Creates the file. */
  public TableWriter(FileSystem fileSystem, Path path, TableFormatOptions options) {
    this.fileSystem = fileSystem;
    this.path = path;
    this.options = options;
    WritableFile file;
    try {
      file = fileSystem.create(path);
    } catch (IOException e) {
      throw FileErrors.wrap("creating table " + path, e);
    }
    output = new BlockOutput(file, options.syncIntervalBytes());
    block = new DataBlockBuilder(options.blockBytes(), options.restartInterval());
    compressed = BlockCodec.borrowTarget(options.compression(), options.blockBytes());
  }

  /** Sets what the properties will say of when the table was written. */
  public void setCreationTime(long millis) {
    creationTimeMillis = millis;
  }

  /**
   * Adds the next entry. The memory given is free again when the method returns.
   *
   * @param kind see {@link EntryKind}; a tombstone has no value, an entry that is apart a {@link
   *     BlobReference} to it
   * @throws IllegalArgumentException if it doesn't belong after the one before
   */
  public void add(
      byte kind,
      long sequence,
      byte[] key,
      int offset,
      int length,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    int shared = KeyBytes.commonPrefix(lastKey, lastKeyLength, key, offset, length);
    if (sequence < 0 || sequence > DataBlock.MAX_SEQUENCE) {
      throw new IllegalArgumentException("sequence number " + sequence);
    }
    boolean newKey = checkOrder(key, offset, length, sequence, shared);
    try {
      long entryBytes = (long) length + valueLength;
      if (!block.isEmpty() && isFullWith(entryBytes)) {
        writeBlock();
      }
      indexWaitingBlock(key, offset, length);
      if (entryBytes >= STREAMED_ENTRY_BYTES) {
        streamEntry(kind, sequence, key, offset, length, value, valueOffset, valueLength);
      } else {
        block.add(kind, sequence, key, offset, length, shared, value, valueOffset, valueLength);
      }
    } catch (IOException e) {
      throw FileErrors.wrap("writing table " + path, e);
    }
    keepKey(key, offset, length, shared);
    lastSequence = sequence;
    count(kind, sequence, length, valueLength);
    if (EntryKind.isApart(kind)) {
      blobUses.add(
          BlobReference.blob(value, valueOffset), 1, BlobReference.storedBytes(value, valueOffset));
    }
    if (newKey) {
      distinctKeys++;
      if (options.filterBitsPerKey() > 0) {
        hashes.add(KeyHash.hash(key, offset, length));
      }
    }
  }

  /** Whether the entry is the first of its key. */
  private boolean checkOrder(byte[] key, int offset, int length, long sequence, int shared) {
    if (entries == 0) {
      smallestKey = Arrays.copyOfRange(key, offset, offset + length);
      return true;
    }
    boolean sameKey = shared == length && shared == lastKeyLength;
    boolean inOrder =
        sameKey
            ? sequence < lastSequence
            : shared == lastKeyLength
                || (shared < length && (lastKey[shared] & 0xFF) < (key[offset + shared] & 0xFF));
    if (!inOrder) {
      throw new IllegalArgumentException("entry " + entries + " is not behind the one before");
    }
    return !sameKey;
  }

  // A block is closed before it outgrows its size, so that it fits a slot of the cache, unless it
  // is far from full yet.
  private boolean isFullWith(long entryBytes) {
    int size = block.finishedSize();
    int target = options.blockBytes();
    return size >= target
        || (size + entryBytes + MOST_HEAD_BYTES > target && size >= target - (target >>> 2))
        || entryBytes >= STREAMED_ENTRY_BYTES;
  }

  private void keepKey(byte[] key, int offset, int length, int shared) {
    if (length > lastKey.length) {
      lastKey = Arrays.copyOf(lastKey, Math.max(length, 2 * lastKey.length));
    }
    System.arraycopy(key, offset + shared, lastKey, shared, length - shared);
    lastKeyLength = length;
  }

  private void count(byte kind, long sequence, int keyLength, int valueLength) {
    entries++;
    if (EntryKind.isPut(kind)) {
      puts++;
    }
    if (EntryKind.isBlind(kind)) {
      blindEntries++;
    }
    countSequence(sequence);
    rawKeyBytes += keyLength;
    rawValueBytes += valueLength;
  }

  private void countSequence(long sequence) {
    smallestSequence = Math.min(smallestSequence, sequence);
    largestSequence = Math.max(largestSequence, sequence);
  }

  private void writeBlock() throws IOException {
    int size = block.finish();
    int compressedSize = BlockCodec.NOT_WORTH_IT;
    if (options.compression() != Compression.NONE) {
      compressedSize = compressBlock(size);
    }
    if (compressedSize == BlockCodec.NOT_WORTH_IT) {
      output.append(block.block().memory(), 0, size);
      endDataBlock(size, Compression.NONE);
    }
    block.clear();
  }

  /** Compresses and appends the block if that is worth it. */
  private int compressBlock(int size) throws IOException {
    boolean fits = BlockCodec.bound(options.compression(), size) <= compressed.capacity();
    PooledBuffer target = fits ? compressed : BlockCodec.borrowTarget(options.compression(), size);
    try {
      int compressedSize =
          BlockCodec.compress(
              options.compression(), block.block().bytes().clear(), size, target.bytes().clear());
      if (compressedSize != BlockCodec.NOT_WORTH_IT) {
        output.append(target.memory(), 0, compressedSize);
        endDataBlock(size, options.compression());
      }
      return compressedSize;
    } finally {
      if (!fits) {
        target.close();
      }
    }
  }

  private void streamEntry(
      byte kind,
      long sequence,
      byte[] key,
      int offset,
      int length,
      MemorySegment value,
      long valueOffset,
      int valueLength)
      throws IOException {
    block.addWithoutValue(kind, sequence, key, offset, length, valueLength);
    int size = block.finish();
    output.append(block.block().memory(), 0, size);
    output.append(value, valueOffset, valueLength);
    endDataBlock(Math.addExact(size, valueLength), Compression.NONE);
    block.clear();
  }

  private void endDataBlock(int size, Compression compression) throws IOException {
    unindexedBlockSize = output.endBlock(size, compression).length();
    blockBytes += size;
  }

  private void indexWaitingBlock(byte[] key, int offset, int length) {
    if (unindexedBlockSize != 0) {
      byte[] separator = KeyBytes.separator(lastKey, lastKeyLength, key, offset, length);
      index.add(separator, unindexedBlockSize);
      unindexedBlockSize = 0;
    }
  }

  /** Adds a range tombstone. */
  public void addRangeTombstone(RangeTombstone tombstone) {
    rangeTombstones.add(tombstone);
    countSequence(tombstone.sequence());
  }

  /** Point entries added so far. */
  public long entries() {
    return entries;
  }

  /** About the size that the file would have if it were finished now, in bytes. */
  public long estimatedSize() {
    return output.position()
        + block.finishedSize()
        + index.finishedSize()
        + rangeTombstones.size()
        + TableFilter.sectionBytes(hashes.size(), options.filterBitsPerKey())
        + TableFormat.FOOTER_BYTES;
  }

  /**
   * Writes what is left, makes the file's bytes durable and closes it. Its name becomes durable
   * when the caller syncs the folder.
   */
  public TableProperties finish() {
    try {
      if (!block.isEmpty()) {
        writeBlock();
      }
      if (unindexedBlockSize != 0) {
        index.add(Arrays.copyOf(lastKey, lastKeyLength), unindexedBlockSize);
        unindexedBlockSize = 0;
      }
      BlockHandle filter = writeFilter();
      BlockHandle tombstones = writeSection(rangeTombstones.encode());
      int blocks = index.blocks();
      BlockHandle indexHandle = writeSection(index.finish());
      TableProperties properties = properties(blocks);
      BlockHandle propertiesHandle = writeSection(properties.encode());
      output.finish(new Footer(filter, tombstones, indexHandle, propertiesHandle).encode());
      closed = true;
      release();
      return properties;
    } catch (IOException e) {
      throw FileErrors.wrap("writing table " + path, e);
    }
  }

  private TableProperties properties(int blocks) {
    boolean anything = entries > 0 || rangeTombstones.count() > 0;
    return new TableProperties(
        entries,
        puts,
        entries - puts,
        blindEntries,
        rangeTombstones.count(),
        distinctKeys,
        blocks,
        smallestKey,
        Arrays.copyOf(lastKey, lastKeyLength),
        anything ? smallestSequence : 0,
        largestSequence,
        rawKeyBytes,
        rawValueBytes,
        blockBytes,
        creationTimeMillis,
        options.compression().name(),
        output.fingerprint(),
        blobUses.toList());
  }

  private BlockHandle writeFilter() throws IOException {
    int bytes = TableFilter.sectionBytes(hashes.size(), options.filterBitsPerKey());
    try (PooledBuffer buffer = BufferPool.borrow(bytes)) {
      MemorySegment section = buffer.memory().asSlice(0, bytes);
      TableFilter.build(hashes, options.filterBitsPerKey(), section);
      output.append(section, 0, bytes);
      return output.endBlock(bytes, Compression.NONE);
    }
  }

  private BlockHandle writeSection(byte[] bytes) throws IOException {
    output.append(MemorySegment.ofArray(bytes), 0, bytes.length);
    return output.endBlock(bytes.length, Compression.NONE);
  }

  private void release() {
    block.close();
    compressed.close();
    hashes.close();
    output.close();
  }

  /** Closes the file and deletes it. Does nothing after {@link #finish} has succeeded. */
  public void abandon() {
    if (closed) {
      return;
    }
    closed = true;
    release();
    try {
      fileSystem.delete(path);
    } catch (IOException e) {
      throw FileErrors.wrap("abandoning table " + path, e);
    }
  }
}
