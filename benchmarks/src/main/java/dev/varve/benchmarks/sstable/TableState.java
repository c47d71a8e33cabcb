package dev.varve.benchmarks.sstable;

import dev.varve.storage.Compression;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.sstable.TableFormatOptions;
import dev.varve.storage.sstable.TableProperties;
import dev.varve.storage.sstable.TableReader;
import dev.varve.storage.sstable.TableWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A table of half a million entries (about what a table of the default size holds): 16-byte decimal
 * keys of the even numbers, 100-byte values that compress to half. Misses ask for odd numbers.
 */
@State(Scope.Benchmark)
public class TableState {
  /** Entries in the table. */
  public static final int ENTRIES = 500_000;

  /** Length of the values. */
  public static final int VALUE_BYTES = 100;

  /** Size of the blocks. */
  @Param({"4096", "16384"})
  public int blockBytes;

  /** Entries from one full key to the next. */
  @Param("16")
  public int restartInterval;

  /** How the blocks are compressed. */
  @Param("LZ4")
  public Compression compression;

  /** Bytes of cache: enough for all, or none. */
  @Param("268435456")
  public long cacheBytes;

  FileSystem fileSystem;
  Path directory;
  BlockCache cache;
  TableReader table;
  private MemorySegment values;

  /** Writes and opens the table. */
  @Setup(Level.Trial)
  public void open() throws IOException {
    fileSystem = new DiskFileSystem();
    directory = Files.createTempDirectory("varve-table");
    values = compressibleBytes();
    Path path = directory.resolve("000001.sst");
    TableProperties properties = write(path);
    cache = new BlockCache(cacheBytes);
    table = TableReader.open(fileSystem, path, 1, cache);
    table.loadFilter();
    System.out.printf(
        "# %d bytes, %d blocks, %.2f bits of memory a key%n",
        table.fileBytes(),
        properties.dataBlocks(),
        8.0 * table.memoryBytes() / properties.entries());
  }

  TableFormatOptions options() {
    return TableFormatOptions.DEFAULT
        .withBlockBytes(blockBytes)
        .withRestartInterval(restartInterval)
        .withCompression(compression);
  }

  /** Writes the table once more. */
  TableProperties write(Path path) {
    TableWriter writer = new TableWriter(fileSystem, path, options());
    byte[] key = new byte[16];
    for (int i = 0; i < ENTRIES; i++) {
      key(key, 2L * i);
      long at = (long) i * VALUE_BYTES % (values.byteSize() - VALUE_BYTES);
      writer.add(EntryKind.PUT, i, key, 0, key.length, values, at, VALUE_BYTES);
    }
    return writer.finish();
  }

  private static MemorySegment compressibleBytes() {
    SplittableRandom random = new SplittableRandom(42);
    MemorySegment bytes = Arena.global().allocate(1 << 20);
    var longs = bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    while (longs.remaining() >= 2 * VALUE_BYTES) {
      byte[] half = new byte[VALUE_BYTES / 2];
      random.nextBytes(half);
      longs.put(half).put(half);
    }
    return bytes;
  }

  /** Writes a number in 16 decimal digits. */
  static void key(byte[] key, long number) {
    long rest = number;
    for (int i = key.length - 1; i >= 0; i--) {
      key[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  /** Closes and removes it. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    table.release();
    cache.close();
    Files.delete(directory.resolve("000001.sst"));
    Files.delete(directory);
  }
}
