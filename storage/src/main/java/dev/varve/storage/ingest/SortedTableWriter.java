package dev.varve.storage.ingest;

import dev.varve.storage.StorageOptions;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.sstable.TableFormatOptions;
import dev.varve.storage.sstable.TableWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Makes a sorted table outside of any database, for {@link dev.varve.storage.StorageEngine#ingest}.
 * Keys come in strictly ascending order of their unsigned bytes. Values are all kept inline; an
 * ingest puts large ones apart as the database's options say.
 *
 * <pre>{@code
 * try (SortedTableWriter table = new SortedTableWriter(files, path, StorageOptions.DEFAULT)) {
 *   table.put(key1, value1);
 *   table.delete(key2);
 *   table.finish();
 * }
 * }</pre>
 *
 * <p>Closing deletes a file that is not finished. Used by one thread. Methods throw a {@link
 * dev.varve.storage.StorageException} when the file can't be written.
 */
public final class SortedTableWriter implements AutoCloseable {
  /** That of all entries: the database that takes them in gives them theirs. */
  static final long NO_SEQUENCE = 0;

  private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

  private final FileSystem fileSystem;
  private final Path path;
  private final TableWriter writer;
  private byte[] lastKey;
  private boolean finished;

  /**
   * Creates the file, which must not exist.
   *
   * @param options whose block size, filter bits and compression (that of upper levels) are the
   *     file's
   */
  public SortedTableWriter(FileSystem fileSystem, Path path, StorageOptions options) {
    this.fileSystem = fileSystem;
    this.path = path.toAbsolutePath().normalize();
    writer =
        new TableWriter(
            fileSystem,
            this.path,
            TableFormatOptions.DEFAULT
                .withBlockBytes(options.blockBytes())
                .withFilterBitsPerKey(options.filterBitsPerKey())
                .withCompression(options.compression()));
  }

  /**
   * Adds a key and its value.
   *
   * @throws IllegalArgumentException if {@code key} is not greater than the one before; the file
   *     goes on as if it had not been given
   */
  public void put(byte[] key, byte[] value) {
    add(EntryKind.PUT, key, MemorySegment.ofArray(value), value.length);
  }

  /**
   * Adds a key that the database won't have any more.
   *
   * @throws IllegalArgumentException as {@link #put}
   */
  public void delete(byte[] key) {
    add(EntryKind.DELETE, key, NOTHING, 0);
  }

  private void add(byte kind, byte[] key, MemorySegment value, int valueLength) {
    if (finished) {
      throw new IllegalStateException("table " + path + " is finished");
    }
    if (lastKey != null && Arrays.compareUnsigned(lastKey, key) >= 0) {
      throw new IllegalArgumentException(
          "key number " + writer.entries() + " of " + path + " is not greater than the one before");
    }
    writer.add(kind, NO_SEQUENCE, key, 0, key.length, value, 0, valueLength);
    lastKey = key.clone();
  }

  /** Keys added so far. */
  public long entries() {
    return writer.entries();
  }

  /** About the size that the file would have if it were finished now, in bytes. */
  public long estimatedBytes() {
    return writer.estimatedSize();
  }

  /**
   * Writes the rest and makes file and name durable.
   *
   * @throws IllegalStateException if nothing was added
   */
  public void finish() {
    if (writer.entries() == 0) {
      throw new IllegalStateException("table " + path + " has no entries");
    }
    writer.finish();
    finished = true;
    try {
      fileSystem.syncDirectory(path.getParent());
    } catch (IOException e) {
      throw FileErrors.wrap("syncing folder " + path.getParent(), e);
    }
  }

  /** Deletes the file, unless it is finished. */
  @Override
  public void close() {
    if (!finished) {
      finished = true;
      writer.abandon();
    }
  }
}
