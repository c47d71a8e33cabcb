package dev.varve.storage.sstable;

import dev.varve.storage.Compression;

/**
 * How a table is written. A reader needs none of it: what it must know is in the file. A value out
 * of its bounds is an {@link IllegalArgumentException} that names both.
 *
 * @param blockBytes size at which a data block is closed, before compression; 64 B to 1 MiB
 * @param restartInterval entries from one key stored in full to the next; 1 to 1024
 * @param filterBitsPerKey bits of the filter for each distinct key; 0 (no filter) to 32
 * @param compression of data blocks
 * @param syncIntervalBytes the file is synced each time so many bytes were written, so that the
 *     last sync is short and the disk's queue too; 0 means only at the end
 */
public record TableFormatOptions(
    int blockBytes,
    int restartInterval,
    int filterBitsPerKey,
    Compression compression,
    long syncIntervalBytes) {
  /** The most bits of a filter for each key. */
  public static final int MOST_FILTER_BITS = 32;

  /** 4 KiB blocks, LZ4, ten filter bits a key. */
  public static final TableFormatOptions DEFAULT =
      new TableFormatOptions(4 << 10, 16, 10, Compression.LZ4, 8L << 20);

  /** Checks the bounds. */
  public TableFormatOptions {
    check("blockBytes", blockBytes, 64, 1 << 20);
    check("restartInterval", restartInterval, 1, 1024);
    check("filterBitsPerKey", filterBitsPerKey, 0, MOST_FILTER_BITS);
    check("syncIntervalBytes", syncIntervalBytes, 0, Long.MAX_VALUE);
  }

  private static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + ", not from " + least + " to " + most);
    }
  }

  /** The same with another block size. */
  public TableFormatOptions withBlockBytes(int value) {
    return new TableFormatOptions(
        value, restartInterval, filterBitsPerKey, compression, syncIntervalBytes);
  }

  /** The same with another restart interval. */
  public TableFormatOptions withRestartInterval(int value) {
    return new TableFormatOptions(
        blockBytes, value, filterBitsPerKey, compression, syncIntervalBytes);
  }

  /** The same with other filter bits. */
  public TableFormatOptions withFilterBitsPerKey(int value) {
    return new TableFormatOptions(
        blockBytes, restartInterval, value, compression, syncIntervalBytes);
  }

  /** The same with another compression. */
  public TableFormatOptions withCompression(Compression value) {
    return new TableFormatOptions(
        blockBytes, restartInterval, filterBitsPerKey, value, syncIntervalBytes);
  }

  /** The same with another sync interval. */
  public TableFormatOptions withSyncIntervalBytes(long value) {
    return new TableFormatOptions(
        blockBytes, restartInterval, filterBitsPerKey, compression, value);
  }
}
