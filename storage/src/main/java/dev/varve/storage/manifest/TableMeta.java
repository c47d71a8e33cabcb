package dev.varve.storage.manifest;

import java.util.Arrays;

/**
 * What is known of a table without opening it. Everything in it, range tombstones included, lies in
 * [{@code begin}, {@code end}). The arrays are never written to.
 *
 * @param number of its file
 * @param bytes size of its file
 * @param begin a key not greater than anything in the table
 * @param end a key greater than everything in the table
 * @param smallestSequence of points and range tombstones
 * @param largestSequence of points and range tombstones
 * @param entries points, tombstones included
 * @param tombstones points that are tombstones
 * @param blindEntries points whose debt to their group's count is open
 * @param rangeTombstones range tombstones
 */
public record TableMeta(
    long number,
    long bytes,
    byte[] begin,
    byte[] end,
    long smallestSequence,
    long largestSequence,
    long entries,
    long tombstones,
    long blindEntries,
    long rangeTombstones) {

  /** Checks that it makes sense. */
  public TableMeta {
    if (number <= 0
        || bytes < 0
        || smallestSequence < 0
        || smallestSequence > largestSequence
        || entries < 0
        || tombstones < 0
        || tombstones > entries
        || blindEntries < 0
        || blindEntries > entries
        || rangeTombstones < 0
        || Arrays.compareUnsigned(begin, end) >= 0) {
      throw new IllegalArgumentException("table " + number + " has impossible properties");
    }
  }

  /** The least key that is greater than {@code key}: the end of a range that ends with it. */
  public static byte[] justBehind(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  /** Whether something in the table may lie in [{@code from}, {@code to}). */
  public boolean overlaps(byte[] from, byte[] to) {
    return Arrays.compareUnsigned(begin, to) < 0 && Arrays.compareUnsigned(from, end) < 0;
  }

  /** Whether {@code key} lies within the table's bounds. */
  public boolean spans(byte[] key, int offset, int length) {
    int to = offset + length;
    return Arrays.compareUnsigned(begin, 0, begin.length, key, offset, to) <= 0
        && Arrays.compareUnsigned(key, offset, to, end, 0, end.length) < 0;
  }

  /** Whether the other has the same content in every component. */
  @Override
  public boolean equals(Object other) {
    return other instanceof TableMeta meta
        && number == meta.number
        && bytes == meta.bytes
        && Arrays.equals(begin, meta.begin)
        && Arrays.equals(end, meta.end)
        && smallestSequence == meta.smallestSequence
        && largestSequence == meta.largestSequence
        && entries == meta.entries
        && tombstones == meta.tombstones
        && blindEntries == meta.blindEntries
        && rangeTombstones == meta.rangeTombstones;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(number);
  }
}
