package dev.varve.storage.block;

import dev.varve.storage.Compression;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A file of blocks while it is written, from the beginning to the end: bytes go through a buffer,
 * and what is appended between {@link #endBlock} and the one before makes a block. Used by one
 * thread.
 */
public final class BlockOutput implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final WritableFile file;
  private final long syncInterval;
  private final PooledBuffer buffer = BufferPool.borrow(BUFFER_BYTES);
  private final CRC32C crc = new CRC32C();
  private final CRC32C crcOfBlocks = new CRC32C();
  private int buffered;
  private int summed;
  private long written;
  private long synced;
  private long blockStart;

  /** Writes to a new, empty file, which it owns, and syncs it each so many bytes; 0 for never. */
  public BlockOutput(WritableFile file, long syncInterval) {
    this.file = file;
    this.syncInterval = syncInterval;
  }

  /** Bytes appended so far. */
  public long position() {
    return written + buffered;
  }

  /** Appends bytes. */
  public void append(MemorySegment source, long offset, long length) throws IOException {
    long at = offset;
    long end = offset + length;
    while (at < end) {
      int step = (int) Math.min(end - at, BUFFER_BYTES - buffered);
      MemorySegment.copy(source, at, buffer.memory(), buffered, step);
      buffered += step;
      at += step;
      if (buffered == BUFFER_BYTES) {
        writeBuffer();
      }
    }
  }

  private void appendInt(int value, int bytes) throws IOException {
    for (int i = 0; i < bytes; i++) {
      buffer.memory().set(ValueLayout.JAVA_BYTE, buffered++, (byte) (value >>> (8 * i)));
      if (buffered == BUFFER_BYTES) {
        writeBuffer();
      }
    }
  }

  /** Ends the block that was appended with its trailer. */
  public BlockHandle endBlock(int uncompressedLength, Compression compression) throws IOException {
    appendInt(uncompressedLength, Integer.BYTES);
    appendInt(compression.id(), 1);
    sumBuffered();
    int checksum = (int) crc.getValue();
    appendInt(checksum, Integer.BYTES);
    for (int i = 0; i < Integer.BYTES; i++) {
      crcOfBlocks.update(checksum >>> (Byte.SIZE * i));
    }
    crc.reset();
    summed = buffered;
    BlockHandle handle = new BlockHandle(blockStart, Math.toIntExact(position() - blockStart));
    blockStart = position();
    return handle;
  }

  /** The CRC32C of all blocks' checksums so far. */
  public long fingerprint() {
    return crcOfBlocks.getValue();
  }

  private void sumBuffered() {
    crc.update(buffer.bytes().limit(buffered).position(summed));
    summed = buffered;
  }

  private void writeBuffer() throws IOException {
    sumBuffered();
    ByteBuffer bytes = buffer.bytes().limit(buffered).position(0);
    file.write(bytes, written);
    written += buffered;
    buffered = 0;
    summed = 0;
    if (syncInterval > 0 && written - synced >= syncInterval) {
      file.sync();
      synced = written;
    }
  }

  /** Appends bytes that are no block, writes all and makes it durable. */
  public void finish(byte[] footer) throws IOException {
    append(MemorySegment.ofArray(footer), 0, footer.length);
    writeBuffer();
    file.sync();
  }

  /** Gives the buffer back and closes the file, finished or not. */
  @Override
  public void close() {
    buffer.close();
    file.close();
  }
}
