package dev.varve.storage.block;

import dev.varve.storage.Compression;
import dev.varve.storage.PartVisitor;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.StorageStatistics.Operation;
import dev.varve.storage.cache.Block;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.latency.Latencies;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Predicate;
import java.util.zip.CRC32C;

/**
 * A file as blocks: reads them, checks their checksums and decompresses them. Nothing is allocated
 * by a length that a checksum or the file's size doesn't vouch for. Safe for use by many threads.
 */
public final class BlockFile implements Closeable {
  private static final int COMPRESSION_FROM_END = 5;
  private static final int LENGTH_FROM_END = 9;

  /** What {@link #readPart} reads at a time: it stays in the processor's caches. */
  public static final int WINDOW_BYTES = 256 << 10;

  private static final Compression[] COMPRESSIONS = Compression.values();

  private final ReadableFile file;
  private final String name;
  private final Predicate<MemorySegment> wellFormed;

  /**
   * Makes one of an open file, which it owns.
   *
   * @param name its path
   * @param wellFormed whether what a data block holds is sound, so that it can be used unchecked
   */
  public BlockFile(ReadableFile file, String name, Predicate<MemorySegment> wellFormed) {
    this.file = file;
    this.name = name;
    this.wellFormed = wellFormed;
  }

  /** The path. */
  public String name() {
    return name;
  }

  /** The size in bytes. */
  public long size() {
    try {
      return file.size();
    } catch (IOException e) {
      throw FileErrors.wrap("reading " + name, e);
    }
  }

  /** Fills {@code target} from {@code offset}. */
  public void read(ByteBuffer target, long offset) {
    try {
      file.read(target, offset);
    } catch (EOFException e) {
      throw new Corruption(name, offset, target.limit() + " bytes, but the file ends");
    } catch (IOException e) {
      throw FileErrors.wrap("reading " + name, e);
    }
  }

  /**
   * Reads a data block.
   *
   * @param size its size in the file
   * @param cache where its memory comes from; null if it won't be shared
   * @return the block, checked, pinned for the caller
   */
  public Block readBlock(long offset, int size, BlockCache cache) {
    if (cache == null) {
      return readUntimed(offset, size, null);
    }
    Latencies latencies = cache.latencies();
    long begin = latencies.begin();
    Block block = readUntimed(offset, size, cache);
    latencies.end(Operation.READ, begin);
    return block;
  }

  private Block readUntimed(long offset, int size, BlockCache cache) {
    if (size > BufferPool.MAX_POOLED_BYTES && isStoredPlain(offset, size)) {
      return readLargePlain(offset, size, cache);
    }
    try (PooledBuffer raw = BufferPool.borrow(size)) {
      read(raw.bytes().limit(size), offset);
      return decodeBlock(raw, 0, offset, size, cache);
    }
  }

  /** Whether a data block isn't compressed, as far as its trailer, which isn't checked, says. */
  public boolean isStoredPlain(long offset, int size) {
    ByteBuffer trailer = ByteBuffer.allocateDirect(BlockHandle.TRAILER_BYTES);
    read(trailer, offset + size - trailer.capacity());
    return trailer.get(trailer.capacity() - COMPRESSION_FROM_END) == Compression.NONE.id();
  }

  // Spares a large block the copy in a second buffer of its size.
  private Block readLargePlain(long offset, int size, BlockCache cache) {
    int payload = size - BlockHandle.TRAILER_BYTES;
    Block block = allocate(payload, cache);
    try {
      ByteBuffer bytes = block.memory().asByteBuffer();
      read(bytes, offset);
      ByteBuffer trailer = ByteBuffer.allocateDirect(BlockHandle.TRAILER_BYTES);
      read(trailer.order(ByteOrder.LITTLE_ENDIAN), offset + payload);
      CRC32C crc = new CRC32C();
      crc.update(bytes.flip());
      crc.update(trailer.flip().limit(trailer.capacity() - Integer.BYTES));
      trailer.clear();
      if ((int) crc.getValue() != trailer.getInt(trailer.capacity() - Integer.BYTES)) {
        throw new Corruption(name, offset, "a block with a matching checksum");
      }
      checkSound(block, offset);
      return block;
    } catch (RuntimeException e) {
      block.unpin();
      throw e;
    }
  }

  /**
   * Reads a data block that {@linkplain #isStoredPlain is stored plain} a piece at a time, checks
   * its checksum, and hands a part of what it holds on: that counts for nothing if this throws.
   *
   * @param size the block's size in the file
   * @param from the part's first byte
   * @param count how many bytes the part has; the block has so many
   */
  public void readPart(
      long offset, int size, int from, int count, PartVisitor to, Latencies latencies) {
    long begin = latencies.begin();
    int payload = size - BlockHandle.TRAILER_BYTES;
    CRC32C crc = new CRC32C();
    try (PooledBuffer window = BufferPool.borrow(WINDOW_BYTES)) {
      ByteBuffer bytes = window.bytes();
      for (int at = 0; at < payload; at += WINDOW_BYTES) {
        int its = Math.min(WINDOW_BYTES, payload - at);
        read(bytes.clear().limit(its), offset + at);
        crc.update(bytes.flip());
        int first = Math.max(from, at);
        int behind = (int) Math.min((long) from + count, (long) at + its);
        if (first < behind) {
          to.piece(window.memory(), first - at, behind - first);
        }
      }
      read(bytes.clear().limit(BlockHandle.TRAILER_BYTES), offset + payload);
      crc.update(bytes.flip().limit(BlockHandle.TRAILER_BYTES - Integer.BYTES));
      bytes.clear();
      if ((int) crc.getValue() != bytes.getInt(BlockHandle.TRAILER_BYTES - Integer.BYTES)
          || bytes.get(BlockHandle.TRAILER_BYTES - COMPRESSION_FROM_END) != Compression.NONE.id()) {
        throw new Corruption(name, offset, "a block with a matching checksum");
      }
    }
    latencies.end(Operation.READ, begin);
  }

  /**
   * As {@link #readBlock}, from bytes that were read before: those at {@code at} in {@code raw}.
   */
  public Block decodeBlock(PooledBuffer raw, int at, long offset, int size, BlockCache cache) {
    checkSum(raw.bytes(), at, offset, size);
    Compression compression = compression(raw.bytes(), at, offset, size);
    int payload = size - BlockHandle.TRAILER_BYTES;
    int uncompressed = raw.bytes().getInt(at + size - LENGTH_FROM_END);
    if (uncompressed < 0 || (compression == Compression.NONE && uncompressed != payload)) {
      throw new Corruption(name, offset, "a block that says its length rightly");
    }
    Block block = allocate(uncompressed, cache);
    try {
      MemorySegment memory = block.memory();
      if (compression == Compression.NONE) {
        MemorySegment.copy(raw.memory(), at, memory, 0, payload);
      } else if (!BlockCodec.decompress(
          compression, raw.bytes().clear(), at, payload, memory.asByteBuffer())) {
        throw new Corruption(name, offset, uncompressed + " bytes compressed by " + compression);
      }
      checkSound(block, offset);
      return block;
    } catch (RuntimeException e) {
      block.unpin();
      throw e;
    }
  }

  private static Block allocate(int bytes, BlockCache cache) {
    return cache == null ? Block.unshared(bytes) : cache.allocate(bytes);
  }

  private void checkSum(ByteBuffer bytes, int at, long offset, int size) {
    CRC32C crc = new CRC32C();
    int end = at + size - Integer.BYTES;
    crc.update(bytes.clear().position(at).limit(end));
    bytes.clear();
    if ((int) crc.getValue() != bytes.getInt(end)) {
      throw new Corruption(name, offset, "a block with a matching checksum");
    }
  }

  private Compression compression(ByteBuffer bytes, int at, long offset, int size) {
    int id = bytes.get(at + size - COMPRESSION_FROM_END);
    for (Compression each : COMPRESSIONS) {
      if (each.id() == id) {
        return each;
      }
    }
    throw new Corruption(name, offset, "a known compression, not " + id);
  }

  private void checkSound(Block block, long offset) {
    if (!wellFormed.test(block.memory())) {
      throw new Corruption(name, offset, "a well-formed data block");
    }
  }

  /**
   * Reads a section that is stored plain, with its trailer, and checks it.
   *
   * @param target as large as the section
   * @return the section without its trailer
   */
  public MemorySegment readSection(BlockHandle handle, MemorySegment target) {
    ByteBuffer bytes = target.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    read(bytes, handle.offset());
    checkSum(bytes, 0, handle.offset(), handle.length());
    int payload = handle.length() - BlockHandle.TRAILER_BYTES;
    if (compression(bytes, 0, handle.offset(), handle.length()) != Compression.NONE
        || bytes.getInt(payload) != payload) {
      throw new Corruption(name, handle.offset(), "a section stored plain");
    }
    return target.asSlice(0, payload);
  }

  @Override
  public void close() {
    file.close();
  }
}
