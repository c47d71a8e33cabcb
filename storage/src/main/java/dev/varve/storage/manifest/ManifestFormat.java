package dev.varve.storage.manifest;

import dev.varve.storage.StorageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * How a manifest begins; records (see {@link dev.varve.storage.record.RecordWriter}) follow:
 *
 * <pre>
 *  0             8          12           16
 * +-------------+----------+------------+----------------------
 * | "VARVEMAN"  | version  | checksum   | record | record | …
 * | 8 bytes     | u32      | u32        |
 * +-------------+----------+------------+----------------------
 * |&lt;-- covered by the ---&gt;|  CRC32C                 all numbers little-endian
 * </pre>
 */
final class ManifestFormat {
  static final int VERSION = 4;

  /** Readable still: it lacks settled tables, and what is abandoned. */
  private static final int FIRST_VERSION = 1;

  /** Earlier ones know nothing of marked values: what their counts say isn't all. */
  private static final int FIRST_WITH_MARKS = 3;

  static final int HEADER_BYTES = 16;

  /** The payload of a record that only promises what stands before it. Tags begin with 1. */
  static final byte MARK = 0;

  private static final long MAGIC = 0x4E414D4556524156L; // "VARVEMAN"
  private static final int CHECKED_BYTES = 12;

  private ManifestFormat() {}

  static ByteBuffer header(int version) {
    ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putInt(version);
    header.putInt(checksum(header)).flip();
    return header;
  }

  /** Whether the counts of a manifest with this header, which was checked, are those of today. */
  static boolean countsMarks(ByteBuffer header) {
    return header.getInt(8) >= FIRST_WITH_MARKS;
  }

  static void checkHeader(ByteBuffer header, String file) {
    ByteBuffer bytes = header.order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.getLong(0) != MAGIC) {
      throw new StorageException.Corruption(file, 0, "the magic number of a manifest");
    }
    if (bytes.getInt(CHECKED_BYTES) != checksum(bytes)) {
      throw new StorageException.Corruption(file, CHECKED_BYTES, "the checksum of the header");
    }
    int version = bytes.getInt(8);
    if (version < FIRST_VERSION || version > VERSION) {
      throw new StorageException.FormatTooNew(file, version, VERSION);
    }
  }

  private static int checksum(ByteBuffer header) {
    CRC32C checksum = new CRC32C();
    checksum.update(header.slice(0, CHECKED_BYTES));
    return (int) checksum.getValue();
  }
}
