package dev.varve.storage.manifest;

import dev.varve.storage.StorageException;
import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.BlobUse;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.sstable.TableProperties;
import dev.varve.storage.sstable.TableReader;
import java.util.Arrays;
import java.util.List;

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
 * @param blindEntries points that say that their debt to their group's count is open
 * @param rangeTombstones range tombstones
 * @param fingerprint tells it from other tables that are alike in all else, see {@link
 *     TableProperties}
 * @param blobUses what it refers to of each blob file, by number
 * @param settled whether the debts of its blind entries have been paid since it was written. What a
 *     database knows of the table, and not the table of itself.
 * @param stamp that of the newest abandoned range that was known when it was written: nothing is
 *     left in it of that range and those before. As {@code settled}, the database's knowledge.
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
    long rangeTombstones,
    long fingerprint,
    List<BlobUse> blobUses,
    boolean settled,
    long stamp) {

  /** A table as it was written: none of its debts has been paid, no abandoned range was known. */
  public TableMeta(
      long number,
      long bytes,
      byte[] begin,
      byte[] end,
      long smallestSequence,
      long largestSequence,
      long entries,
      long tombstones,
      long blindEntries,
      long rangeTombstones,
      long fingerprint,
      List<BlobUse> blobUses) {
    this(
        number,
        bytes,
        begin,
        end,
        smallestSequence,
        largestSequence,
        entries,
        tombstones,
        blindEntries,
        rangeTombstones,
        fingerprint,
        blobUses,
        false,
        0);
  }

  /** Checks that it makes sense. */
  public TableMeta {
    blobUses = List.copyOf(blobUses);
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
        || fingerprint < 0
        || stamp < 0
        || Arrays.compareUnsigned(begin, end) >= 0) {
      throw new IllegalArgumentException("table " + number + " has impossible properties");
    }
  }

  /** What an open table says of itself. */
  public static TableMeta of(TableReader table) {
    TableProperties properties = table.properties();
    byte[] begin = null;
    byte[] end = null;
    if (properties.entries() > 0) {
      begin = properties.smallestKey();
      end = justBehind(properties.largestKey());
    }
    RangeTombstoneIndex tombstones = table.rangeTombstones();
    if (!tombstones.isEmpty()) {
      begin = least(begin, tombstones.begin());
      end = greatest(end, tombstones.end());
    }
    if (begin == null) {
      throw new IllegalArgumentException("table " + table.number() + " is empty");
    }
    return of(table.number(), table.fileBytes(), begin, end, properties);
  }

  static TableMeta of(
      long number, long bytes, byte[] begin, byte[] end, TableProperties properties) {
    return new TableMeta(
        number,
        bytes,
        begin,
        end,
        properties.smallestSequence(),
        properties.largestSequence(),
        properties.entries(),
        properties.tombstones(),
        properties.blindEntries(),
        properties.rangeTombstones(),
        properties.fingerprint(),
        properties.blobUses());
  }

  /** The lesser of two keys, the first of which may be null. */
  static byte[] least(byte[] a, byte[] b) {
    return a == null || Arrays.compareUnsigned(b, a) < 0 ? b : a;
  }

  /** The greater of two keys, the first of which may be null. */
  static byte[] greatest(byte[] a, byte[] b) {
    return a == null || Arrays.compareUnsigned(b, a) > 0 ? b : a;
  }

  /**
   * Makes sure that an open table is the one that this tells of, and not another one under its
   * name.
   *
   * @throws StorageException.Corruption if it isn't
   */
  public void check(TableReader table) {
    TableMeta found = null;
    try {
      found = of(table);
    } catch (IllegalArgumentException e) {
      // It says of itself what cannot be: another one, or none that Varve wrote.
    }
    if (!equals(found)) {
      throw new StorageException.Corruption(
          table.name(), 0, "the table that the manifest names: " + this + ", not " + found);
    }
  }

  /** The same table under another name. */
  public TableMeta withNumber(long other) {
    return new TableMeta(
            other,
            bytes,
            begin,
            end,
            smallestSequence,
            largestSequence,
            entries,
            tombstones,
            blindEntries,
            rangeTombstones,
            fingerprint,
            blobUses)
        .withStamp(stamp);
  }

  /** Whether both tables are the same, under two names. */
  public boolean isCopyOf(TableMeta other) {
    return bytes == other.bytes
        && entries == other.entries
        && smallestSequence == other.smallestSequence
        && largestSequence == other.largestSequence
        && fingerprint == other.fingerprint;
  }

  @Override
  public String toString() {
    return String.format(
        "table %d of %d bytes, %d entries, sequence numbers %d to %d, fingerprint %08x",
        number, bytes, entries, smallestSequence, largestSequence, fingerprint);
  }

  /** The same table, its debts paid. */
  TableMeta asSettled() {
    return settled
        ? this
        : new TableMeta(
            number,
            bytes,
            begin,
            end,
            smallestSequence,
            largestSequence,
            entries,
            tombstones,
            blindEntries,
            rangeTombstones,
            fingerprint,
            blobUses,
            true,
            stamp);
  }

  /** The same table, written in knowledge of the abandoned ranges up to a stamp. */
  public TableMeta withStamp(long known) {
    return new TableMeta(
        number,
        bytes,
        begin,
        end,
        smallestSequence,
        largestSequence,
        entries,
        tombstones,
        blindEntries,
        rangeTombstones,
        fingerprint,
        blobUses,
        settled,
        known);
  }

  /** Whether something may be left in it of an abandoned range. */
  public boolean mayHold(AbandonedRanges.Range abandoned) {
    return stamp < abandoned.stamp()
        && smallestSequence < abandoned.sequence()
        && overlaps(abandoned.begin(), abandoned.end());
  }

  /** Points whose debt to their group's count is open. */
  public long openEntries() {
    return settled ? 0 : blindEntries;
  }

  /** The least key that is greater than {@code key}: the end of a range that ends with it. */
  public static byte[] justBehind(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  /** Whether something in the table may lie in [{@code from}, {@code to}). */
  public boolean overlaps(byte[] from, byte[] to) {
    return Arrays.compareUnsigned(begin, to) < 0 && Arrays.compareUnsigned(from, end) < 0;
  }

  /** Whether everything in the table lies in a range. */
  boolean liesWithin(AbandonedRanges.Range range) {
    return liesWithin(range.begin(), range.end());
  }

  /** As {@link #liesWithin(AbandonedRanges.Range)}, of [{@code from}, {@code to}). */
  boolean liesWithin(byte[] from, byte[] to) {
    return Arrays.compareUnsigned(from, begin) <= 0 && Arrays.compareUnsigned(end, to) <= 0;
  }

  /** As {@link #overlaps}, of bounds that may be null, which bounds nothing. */
  public boolean reachesInto(byte[] lower, byte[] upper) {
    return (upper == null || Arrays.compareUnsigned(begin, upper) < 0)
        && (lower == null || Arrays.compareUnsigned(lower, end) < 0);
  }

  /** Whether {@code key} lies within the table's bounds. */
  public boolean spans(byte[] key, int offset, int length) {
    int to = offset + length;
    return Arrays.compareUnsigned(begin, 0, begin.length, key, offset, to) <= 0
        && Arrays.compareUnsigned(key, offset, to, end, 0, end.length) < 0;
  }

  /** Whether the other is the same table, whatever the database knows of it besides. */
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
        && rangeTombstones == meta.rangeTombstones
        && fingerprint == meta.fingerprint
        && blobUses.equals(meta.blobUses);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(number);
  }
}
