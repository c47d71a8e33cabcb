package dev.varve.storage.blob;

import dev.varve.storage.Compression;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.Varint;
import dev.varve.storage.block.BlockCodec;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.block.BlockOutput;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Writes a blob file from front to back. Ends with {@link #finish} or {@link #abandon}, the latter
 * also after an error. Used by one thread.
 *
 * <p>Methods throw a {@link dev.varve.storage.StorageException} when the file can't be written.
 */
public final class BlobWriter {
  /** Larger values are stored as they are, so that there is no copy of them in memory. */
  private static final int MOST_COMPRESSED_BYTES = 4 << 20;

  private static final long SYNC_INTERVAL_BYTES = 8L << 20;

  private final FileSystem fileSystem;
  private final Path path;
  private final long number;
  private final BlockOutput output;
  private final ByteArrayOutputStream index = new ByteArrayOutputStream();
  private final byte[] varint = new byte[Varint.MAX_INT_BYTES];
  private final MemorySegment keyLength = MemorySegment.ofArray(new byte[Integer.BYTES]);
  private int values;
  private boolean closed;

  /** Creates the file. */
  public BlobWriter(FileSystem fileSystem, Path path, long number) {
    this.fileSystem = fileSystem;
    this.path = path;
    this.number = number;
    WritableFile file;
    try {
      file = fileSystem.create(path);
    } catch (IOException e) {
      throw FileErrors.wrap("creating blob file " + path, e);
    }
    output = new BlockOutput(file, SYNC_INTERVAL_BYTES);
  }

  /**
   * Adds a key's value. The memory given is free again when the method returns.
   *
   * @param compression of the value, if that makes it smaller
   * @param reference where to put the {@link BlobReference} to it
   */
  public void add(
      byte[] key,
      int offset,
      int length,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Compression compression,
      MemorySegment reference) {
    try {
      int size = Math.addExact(valueLength, length + BlobFormat.KEY_LENGTH_BYTES);
      boolean mayShrink = compression != Compression.NONE && size <= MOST_COMPRESSED_BYTES;
      BlockHandle block =
          mayShrink
              ? compress(key, offset, length, value, valueOffset, valueLength, compression)
              : null;
      if (block == null) {
        output.append(value, valueOffset, valueLength);
        output.append(MemorySegment.ofArray(key), offset, length);
        BlobFormat.putKeyLength(keyLength, 0, length);
        output.append(keyLength, 0, BlobFormat.KEY_LENGTH_BYTES);
        block = output.endBlock(size, Compression.NONE);
      }
      BlobReference.put(reference, number, block.offset(), values, block.length(), valueLength);
      index.write(varint, 0, Varint.put(varint, 0, block.length()));
      values++;
    } catch (IOException e) {
      throw FileErrors.wrap("writing blob file " + path, e);
    }
  }

  /** Writes the value's block compressed; null, with nothing written, if that isn't worth it. */
  private BlockHandle compress(
      byte[] key,
      int offset,
      int length,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Compression compression)
      throws IOException {
    int size = valueLength + length + BlobFormat.KEY_LENGTH_BYTES;
    try (PooledBuffer plain = BufferPool.borrow(size);
        PooledBuffer packed = BlockCodec.borrowTarget(compression, size)) {
      MemorySegment.copy(value, valueOffset, plain.memory(), 0, valueLength);
      MemorySegment.copy(MemorySegment.ofArray(key), offset, plain.memory(), valueLength, length);
      BlobFormat.putKeyLength(plain.memory(), (long) valueLength + length, length);
      int packedSize =
          BlockCodec.compress(compression, plain.bytes().clear(), size, packed.bytes().clear());
      if (packedSize == BlockCodec.NOT_WORTH_IT) {
        return null;
      }
      output.append(packed.memory(), 0, packedSize);
      return output.endBlock(size, compression);
    }
  }

  /** Bytes that all values so far take in the file. */
  public long valueBytes() {
    return output.position();
  }

  /**
   * Writes what is left, makes the file's bytes durable and closes it. Its name becomes durable
   * when the caller syncs the folder.
   */
  public BlobMeta finish() {
    try {
      long valueBytes = output.position();
      byte[] sizes = index.toByteArray();
      output.append(MemorySegment.ofArray(sizes), 0, sizes.length);
      BlockHandle handle = output.endBlock(sizes.length, Compression.NONE);
      int fingerprint = (int) output.fingerprint();
      output.finish(new BlobFormat.Footer(handle, values, fingerprint).encode());
      closed = true;
      output.close();
      return new BlobMeta(
          number,
          handle.end() + BlobFormat.FOOTER_BYTES,
          values,
          valueBytes,
          Integer.toUnsignedLong(fingerprint));
    } catch (IOException e) {
      throw FileErrors.wrap("writing blob file " + path, e);
    }
  }

  /** Closes the file and deletes it. Does nothing after {@link #finish} has succeeded. */
  public void abandon() {
    if (closed) {
      return;
    }
    closed = true;
    output.close();
    try {
      fileSystem.delete(path);
    } catch (IOException e) {
      throw FileErrors.wrap("abandoning blob file " + path, e);
    }
  }
}
