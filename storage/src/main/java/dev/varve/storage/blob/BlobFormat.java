package dev.varve.storage.blob;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.StorageException.FormatTooNew;
import dev.varve.storage.block.BlockHandle;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The layout of a blob file, format version 1 (see {@code docs/formats/blob.md}):
 *
 * <pre>
 * file    := value block+ | index block | footer
 * value   := value | key | key length:u32                        (the payload of a value's block)
 * index   := size:varint+                 (what each value's block takes in the file; never compressed)
 * footer  := index offset:u64 | index length:u32 | values:u32 | fingerprint:u32
 *            | crc32c of all before:u32 | format version:u32 | magic:8 bytes
 * </pre>
 *
 * <p>Blocks are those of tables. Handles are with the block's last 9 bytes.
 */
final class BlobFormat {
  static final int VERSION = 1;
  static final int FOOTER_BYTES = 36;
  static final int KEY_LENGTH_BYTES = Integer.BYTES;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int CHECKSUM_AT = 20;
  private static final int VERSION_AT = 24;
  private static final int MAGIC_AT = 28;
  private static final byte[] MAGIC = "VarveBLB".getBytes(StandardCharsets.US_ASCII);

  private BlobFormat() {}

  /** What the file ends with. */
  record Footer(BlockHandle index, int values, int fingerprint) {
    byte[] encode() {
      ByteBuffer bytes = ByteBuffer.allocate(FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putLong(index.offset()).putInt(index.length()).putInt(values).putInt(fingerprint);
      bytes.putInt(checksum(bytes)).putInt(VERSION).put(MAGIC);
      return bytes.array();
    }

    /** Reads and checks the footer of the file of that name and size. */
    static Footer decode(ByteBuffer bytes, String file, long fileSize) {
      long at = fileSize - FOOTER_BYTES;
      byte[] magic = new byte[MAGIC.length];
      bytes.get(MAGIC_AT, magic);
      if (!Arrays.equals(magic, MAGIC)) {
        throw new Corruption(file, at + MAGIC_AT, "a blob file ends with \"VarveBLB\"");
      }
      int version = bytes.getInt(VERSION_AT);
      if (version > VERSION) {
        throw new FormatTooNew(file, version, VERSION);
      }
      if (version != VERSION) {
        throw new Corruption(file, at + VERSION_AT, "format version " + VERSION);
      }
      if (bytes.getInt(CHECKSUM_AT) != checksum(bytes)) {
        throw new Corruption(file, at + CHECKSUM_AT, "the footer's checksum");
      }
      BlockHandle index = new BlockHandle(bytes.getLong(0), bytes.getInt(8));
      int values = bytes.getInt(12);
      if (index.offset() <= 0
          || index.length() <= BlockHandle.TRAILER_BYTES
          || index.end() != at
          || values <= 0
          || values > index.length() - BlockHandle.TRAILER_BYTES) {
        throw new Corruption(file, at, "values, and their index right before the footer");
      }
      return new Footer(index, values, bytes.getInt(16));
    }

    private static int checksum(ByteBuffer bytes) {
      CRC32C crc = new CRC32C();
      crc.update(bytes.duplicate().position(0).limit(CHECKSUM_AT));
      return (int) crc.getValue();
    }
  }

  /** Whether a value's block holds a value and a key. */
  static boolean isSound(MemorySegment block) {
    long size = block.byteSize();
    return size >= KEY_LENGTH_BYTES && keyLength(block) >= 0 && valueLength(block) >= 0;
  }

  static int keyLength(MemorySegment block) {
    return block.get(INT, block.byteSize() - KEY_LENGTH_BYTES);
  }

  static long valueLength(MemorySegment block) {
    return block.byteSize() - KEY_LENGTH_BYTES - keyLength(block);
  }

  static void putKeyLength(MemorySegment target, long at, int length) {
    target.set(INT, at, length);
  }
}
