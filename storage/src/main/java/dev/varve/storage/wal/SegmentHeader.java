package dev.varve.storage.wal;

import dev.varve.storage.StorageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * What a segment begins with, written together with its first records:
 *
 * <pre>
 *  0          8         12       20         28            36         40
 * +----------+---------+--------+----------+-------------+----------+
 * | magic    | version | number | previous | start index | checksum |
 * | VARVELOG | u32 = 2 | u64    | u64      | u64         | u32      |
 * +----------+---------+--------+----------+-------------+----------+
 * |&lt;------------ covered by the checksum (CRC32C) -------&gt;|
 * </pre>
 *
 * @param number the segment's number, which is its file's too; a file that was recycled and not yet
 *     written to has another one
 * @param previous the segment that was written before this one; 0 if there was none
 * @param startIndex index of the last batch that began before this segment
 */
record SegmentHeader(long number, long previous, long startIndex) {
  static final int BYTES = 40;

  /** Where the number is. */
  static final int NUMBER_AT = 12;

  private static final int VERSION = 2;

  /** Readable still: no batch abandons anything. */
  private static final int FIRST_VERSION = 1;

  /** "VARVELOG", read as a little-endian number. */
  private static final long MAGIC = 0x474F_4C45_5652_4156L;

  /** Fills {@code target}, which holds {@link #BYTES} bytes, and sets it up to be written. */
  void encode(ByteBuffer target) {
    target.clear().order(ByteOrder.LITTLE_ENDIAN);
    target.putLong(MAGIC).putInt(VERSION).putLong(number).putLong(previous).putLong(startIndex);
    target.putInt(checksum(target)).flip();
  }

  /**
   * The header whose bytes these are, from position 0; null if they are not those of a header.
   *
   * @param file what to call the file in errors
   */
  static SegmentHeader decode(ByteBuffer source, String file) {
    source.clear().order(ByteOrder.LITTLE_ENDIAN);
    if (source.getLong(0) != MAGIC || source.getInt(BYTES - 4) != checksum(source)) {
      return null;
    }
    int version = source.getInt(8);
    if (version < FIRST_VERSION || version > VERSION) {
      throw new StorageException.FormatTooNew(file, version, VERSION);
    }
    return new SegmentHeader(source.getLong(NUMBER_AT), source.getLong(20), source.getLong(28));
  }

  private static int checksum(ByteBuffer header) {
    CRC32C checksum = new CRC32C();
    checksum.update(header.duplicate().position(0).limit(BYTES - 4));
    return (int) checksum.getValue();
  }
}
