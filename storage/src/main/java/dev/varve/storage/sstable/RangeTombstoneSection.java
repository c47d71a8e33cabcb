package dev.varve.storage.sstable;

import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.base.Varint;
import java.util.Arrays;
import java.util.List;

/**
 * The section that holds a table's range tombstones:
 *
 * <pre>
 * section   := tombstone*
 * tombstone := begin length:varint | begin | end length:varint | end | sequence:varint
 * </pre>
 */
final class RangeTombstoneSection {
  private byte[] bytes = new byte[0];
  private int size;
  private int count;

  /** Writes one after the others. */
  void add(RangeTombstone tombstone) {
    int most = tombstone.begin().length + tombstone.end().length + 3 * Varint.MAX_LONG_BYTES;
    if (bytes.length - size < most) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, most), 2 * bytes.length));
    }
    putKey(tombstone.begin());
    putKey(tombstone.end());
    size = Varint.put(bytes, size, tombstone.sequence());
    count++;
  }

  private void putKey(byte[] key) {
    size = Varint.put(bytes, size, key.length);
    System.arraycopy(key, 0, bytes, size, key.length);
    size += key.length;
  }

  /** How many were added. */
  int count() {
    return count;
  }

  /** How many bytes that is. */
  int size() {
    return size;
  }

  /** The section's bytes. */
  byte[] encode() {
    return Arrays.copyOf(bytes, size);
  }

  /**
   * Reads a section.
   *
   * @param count how many tombstones it should hold
   * @throws IndexOutOfBoundsException if a length leads out of the array
   * @throws IllegalArgumentException if a number is malformed, a range is empty, or the count wrong
   */
  static RangeTombstoneIndex decode(byte[] bytes, long count) {
    RangeTombstoneIndex.Builder inOrder = new RangeTombstoneIndex.Builder();
    List<RangeTombstone> others = null;
    long found = 0;
    int at = 0;
    while (at < bytes.length) {
      byte[] begin = key(bytes, at);
      at += Varint.length(begin.length) + begin.length;
      byte[] end = key(bytes, at);
      at += Varint.length(end.length) + end.length;
      long sequence = Varint.get(bytes, at);
      at += Varint.length(sequence);
      if (Arrays.compareUnsigned(begin, end) >= 0) {
        throw new IllegalArgumentException("a range tombstone that ends where it begins");
      }
      found++;
      if (others == null && !inOrder.add(begin, end, sequence)) {
        others = inOrder.build().toList();
      }
      if (others != null) {
        others.add(new RangeTombstone(begin, end, sequence));
      }
    }
    if (found != count) {
      throw new IllegalArgumentException(found + " range tombstones, not " + count);
    }
    return others == null ? inOrder.build() : RangeTombstoneIndex.of(others);
  }

  private static byte[] key(byte[] bytes, int position) {
    long length = Varint.get(bytes, position);
    int from = position + Varint.length(length);
    if (length < 0 || length > bytes.length - from) {
      throw new IndexOutOfBoundsException("key of " + length + " bytes");
    }
    return Arrays.copyOfRange(bytes, from, from + (int) length);
  }
}
