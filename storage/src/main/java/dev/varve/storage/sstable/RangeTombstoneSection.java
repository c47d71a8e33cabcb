package dev.varve.storage.sstable;

import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.Varint;
import java.util.ArrayList;
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
  private RangeTombstoneSection() {}

  static byte[] encode(List<RangeTombstone> tombstones) {
    int size = 0;
    for (RangeTombstone each : tombstones) {
      size += Varint.length(each.begin().length) + each.begin().length;
      size += Varint.length(each.end().length) + each.end().length;
      size += Varint.length(each.sequence());
    }
    byte[] bytes = new byte[size];
    int at = 0;
    for (RangeTombstone each : tombstones) {
      at = putKey(bytes, at, each.begin());
      at = putKey(bytes, at, each.end());
      at = Varint.put(bytes, at, each.sequence());
    }
    return bytes;
  }

  private static int putKey(byte[] bytes, int position, byte[] key) {
    int at = Varint.put(bytes, position, key.length);
    System.arraycopy(key, 0, bytes, at, key.length);
    return at + key.length;
  }

  /**
   * Undoes {@link #encode}.
   *
   * @throws IndexOutOfBoundsException if a length leads out of the array
   * @throws IllegalArgumentException if a number is malformed
   */
  static List<RangeTombstone> decode(byte[] bytes) {
    List<RangeTombstone> tombstones = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      byte[] begin = key(bytes, at);
      at += Varint.length(begin.length) + begin.length;
      byte[] end = key(bytes, at);
      at += Varint.length(end.length) + end.length;
      long sequence = Varint.get(bytes, at);
      at += Varint.length(sequence);
      tombstones.add(new RangeTombstone(begin, end, sequence));
    }
    return List.copyOf(tombstones);
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
