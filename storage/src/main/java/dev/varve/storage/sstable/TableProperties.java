package dev.varve.storage.sstable;

import dev.varve.storage.base.BlobUse;
import dev.varve.storage.base.Varint;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a table says about itself.
 *
 * @param entries point entries, all versions and tombstones included
 * @param puts entries that are values
 * @param tombstones entries that are tombstones
 * @param blindEntries entries whose effect on live counts is open
 * @param rangeTombstones range tombstones
 * @param distinctKeys distinct keys among the entries
 * @param dataBlocks data blocks
 * @param smallestKey the first entry's key; empty if there are no entries. Never written to
 * @param largestKey the last entry's key; empty if there are no entries. Never written to
 * @param smallestSequence the least sequence number, range tombstones' included; 0 if there is none
 * @param largestSequence the greatest sequence number, range tombstones' included
 * @param rawKeyBytes total length of the entries' keys
 * @param rawValueBytes total length of the entries' values, of those apart that of the references
 * @param blockBytes total size of the data blocks before compression
 * @param creationTimeMillis when the table was written, in milliseconds since 1970; 0 if not said
 * @param compression name of the compression that was asked for
 * @param fingerprint the CRC32C of the checksums of all blocks before the properties: tells tables
 *     apart that are alike in all else; 0 if not said
 * @param blobUses what entries refer to of each blob file, by number
 */
public record TableProperties(
    long entries,
    long puts,
    long tombstones,
    long blindEntries,
    long rangeTombstones,
    long distinctKeys,
    long dataBlocks,
    byte[] smallestKey,
    byte[] largestKey,
    long smallestSequence,
    long largestSequence,
    long rawKeyBytes,
    long rawValueBytes,
    long blockBytes,
    long creationTimeMillis,
    String compression,
    long fingerprint,
    List<BlobUse> blobUses) {
  // Each property is id:u8 | length:varint | bytes; numbers are varints. A reader skips ids that it
  // doesn't know, and takes 0 or nothing for those it misses. The ids are part of the format.
  private static final int ENTRIES = 1;
  private static final int PUTS = 2;
  private static final int TOMBSTONES = 3;
  private static final int BLIND_ENTRIES = 4;
  private static final int RANGE_TOMBSTONES = 5;
  private static final int DISTINCT_KEYS = 6;
  private static final int DATA_BLOCKS = 7;
  private static final int SMALLEST_KEY = 8;
  private static final int LARGEST_KEY = 9;
  private static final int SMALLEST_SEQUENCE = 10;
  private static final int LARGEST_SEQUENCE = 11;
  private static final int RAW_KEY_BYTES = 12;
  private static final int RAW_VALUE_BYTES = 13;
  private static final int BLOCK_BYTES = 14;
  private static final int CREATION_TIME = 15;
  private static final int COMPRESSION = 16;
  private static final int FINGERPRINT = 17;
  private static final int BLOB_USES = 18;
  private static final int IDS = 19;

  /** Copies the list. */
  public TableProperties {
    blobUses = List.copyOf(blobUses);
  }

  byte[] encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    putNumber(out, ENTRIES, entries);
    putNumber(out, PUTS, puts);
    putNumber(out, TOMBSTONES, tombstones);
    putNumber(out, BLIND_ENTRIES, blindEntries);
    putNumber(out, RANGE_TOMBSTONES, rangeTombstones);
    putNumber(out, DISTINCT_KEYS, distinctKeys);
    putNumber(out, DATA_BLOCKS, dataBlocks);
    putBytes(out, SMALLEST_KEY, smallestKey);
    putBytes(out, LARGEST_KEY, largestKey);
    putNumber(out, SMALLEST_SEQUENCE, smallestSequence);
    putNumber(out, LARGEST_SEQUENCE, largestSequence);
    putNumber(out, RAW_KEY_BYTES, rawKeyBytes);
    putNumber(out, RAW_VALUE_BYTES, rawValueBytes);
    putNumber(out, BLOCK_BYTES, blockBytes);
    putNumber(out, CREATION_TIME, creationTimeMillis);
    putBytes(out, COMPRESSION, compression.getBytes(StandardCharsets.US_ASCII));
    putNumber(out, FINGERPRINT, fingerprint);
    if (!blobUses.isEmpty()) {
      putBytes(out, BLOB_USES, encodeUses());
    }
    return out.toByteArray();
  }

  private byte[] encodeUses() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (BlobUse use : blobUses) {
      out.writeBytes(varint(use.blob()));
      out.writeBytes(varint(use.values()));
      out.writeBytes(varint(use.bytes()));
    }
    return out.toByteArray();
  }

  private static void putNumber(ByteArrayOutputStream out, int id, long value) {
    putBytes(out, id, varint(value));
  }

  private static void putBytes(ByteArrayOutputStream out, int id, byte[] bytes) {
    out.write(id);
    out.writeBytes(varint(bytes.length));
    out.writeBytes(bytes);
  }

  private static byte[] varint(long value) {
    byte[] bytes = new byte[Varint.length(value)];
    Varint.put(bytes, 0, value);
    return bytes;
  }

  /**
   * Undoes {@link #encode}.
   *
   * @throws IndexOutOfBoundsException if a length leads out of the array
   * @throws IllegalArgumentException if a number is malformed
   */
  static TableProperties decode(byte[] bytes) {
    byte[][] found = new byte[IDS][];
    int at = 0;
    while (at < bytes.length) {
      int id = bytes[at++] & 0xFF;
      long length = Varint.get(bytes, at);
      at += Varint.length(length);
      if (length < 0 || length > bytes.length - at) {
        throw new IndexOutOfBoundsException("property " + id + " of " + length + " bytes");
      }
      if (id < IDS) {
        found[id] = Arrays.copyOfRange(bytes, at, at + (int) length);
      }
      at += (int) length;
    }
    return new TableProperties(
        number(found[ENTRIES]),
        number(found[PUTS]),
        number(found[TOMBSTONES]),
        number(found[BLIND_ENTRIES]),
        number(found[RANGE_TOMBSTONES]),
        number(found[DISTINCT_KEYS]),
        number(found[DATA_BLOCKS]),
        orEmpty(found[SMALLEST_KEY]),
        orEmpty(found[LARGEST_KEY]),
        number(found[SMALLEST_SEQUENCE]),
        number(found[LARGEST_SEQUENCE]),
        number(found[RAW_KEY_BYTES]),
        number(found[RAW_VALUE_BYTES]),
        number(found[BLOCK_BYTES]),
        number(found[CREATION_TIME]),
        new String(orEmpty(found[COMPRESSION]), StandardCharsets.US_ASCII),
        number(found[FINGERPRINT]),
        uses(orEmpty(found[BLOB_USES])));
  }

  private static List<BlobUse> uses(byte[] bytes) {
    List<BlobUse> uses = new ArrayList<>();
    long[] numbers = new long[3];
    int at = 0;
    while (at < bytes.length) {
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Varint.get(bytes, at);
        at += Varint.length(numbers[i]);
      }
      uses.add(new BlobUse(numbers[0], numbers[1], numbers[2]));
    }
    return uses;
  }

  private static long number(byte[] bytes) {
    return bytes == null ? 0 : Varint.get(bytes, 0);
  }

  private static byte[] orEmpty(byte[] bytes) {
    return bytes == null ? new byte[0] : bytes;
  }
}
