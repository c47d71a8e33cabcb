package dev.varve.storage.sstable;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.StorageException.FormatTooNew;
import dev.varve.storage.block.BlockHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The outer layout of a table file, format version 1 (see {@code docs/formats/table.md}):
 *
 * <pre>
 * file    := data block* | filter | tombstones | index | properties | footer
 * block   := payload | uncompressed length:u32 | compression:u8 | crc32c of all before:u32
 * footer  := handle * 4 | crc32c of handles and version:u32 | format version:u32 | magic:8 bytes
 * handle  := offset:u64 | length:u32                      (of a block, its last 9 bytes included)
 * </pre>
 *
 * <p>All sections are blocks, the last four never compressed. The handles are those of filter,
 * tombstones, index and properties. Blocks follow one another without gaps.
 */
final class TableFormat {
  /**
   * Version 2: after the reference to a value that lies apart, there may be the value's head.
   * Version 1 has none, and its footer's checksum is of the handles only.
   */
  static final int VERSION = 2;

  private static final int OLDEST_VERSION = 1;
  static final int FOOTER_BYTES = 64;

  private static final int HANDLES_BYTES = 48;
  private static final int VERSION_AT = 52;
  private static final byte[] MAGIC = "VarveSST".getBytes(StandardCharsets.US_ASCII);

  private TableFormat() {}

  /** The sections of a table. */
  record Footer(
      BlockHandle filter, BlockHandle tombstones, BlockHandle index, BlockHandle properties) {
    byte[] encode() {
      ByteBuffer bytes = ByteBuffer.allocate(FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      put(bytes, filter);
      put(bytes, tombstones);
      put(bytes, index);
      put(bytes, properties);
      bytes.putInt(VERSION_AT, VERSION);
      bytes.putInt(checksum(bytes, VERSION)).putInt(VERSION).put(MAGIC);
      return bytes.array();
    }

    private static void put(ByteBuffer bytes, BlockHandle handle) {
      bytes.putLong(handle.offset()).putInt(handle.length());
    }

    /** Reads and checks the footer of the file of that name and size. */
    static Footer decode(ByteBuffer bytes, String file, long fileSize) {
      long at = fileSize - FOOTER_BYTES;
      byte[] magic = new byte[MAGIC.length];
      bytes.get(HANDLES_BYTES + 8, magic);
      if (!Arrays.equals(magic, MAGIC)) {
        throw new Corruption(file, fileSize - MAGIC.length, "a table ends with \"VarveSST\"");
      }
      int version = bytes.getInt(VERSION_AT);
      if (version > VERSION) {
        throw new FormatTooNew(file, version, VERSION);
      }
      if (version < OLDEST_VERSION) {
        throw new Corruption(
            file, at + VERSION_AT, "a format version from " + OLDEST_VERSION + " to " + VERSION);
      }
      if (bytes.getInt(HANDLES_BYTES) != checksum(bytes, version)) {
        throw new Corruption(file, at + HANDLES_BYTES, "the footer's checksum");
      }
      BlockHandle[] handles = new BlockHandle[4];
      for (int i = 0; i < handles.length; i++) {
        handles[i] = new BlockHandle(bytes.getLong(12 * i), bytes.getInt(12 * i + 8));
        boolean follows = i == 0 || handles[i].offset() == handles[i - 1].end();
        if (!follows
            || handles[i].offset() < 0
            || handles[i].length() < BlockHandle.TRAILER_BYTES) {
          throw new Corruption(file, at + 12L * i, "a section behind the one before");
        }
      }
      if (handles[3].end() != at) {
        throw new Corruption(file, at, "the footer right behind the last section");
      }
      return new Footer(handles[0], handles[1], handles[2], handles[3]);
    }

    private static int checksum(ByteBuffer bytes, int version) {
      CRC32C crc = new CRC32C();
      crc.update(bytes.duplicate().position(0).limit(HANDLES_BYTES));
      if (version > OLDEST_VERSION) {
        crc.update(bytes.duplicate().position(VERSION_AT).limit(VERSION_AT + Integer.BYTES));
      }
      return (int) crc.getValue();
    }
  }
}
