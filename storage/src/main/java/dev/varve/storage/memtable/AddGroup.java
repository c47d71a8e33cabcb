package dev.varve.storage.memtable;

import java.util.Arrays;

/**
 * Entries that are added to a memtable together, for whoever adds many in a row and has nothing to
 * show in between, like a replay of the log.
 *
 * <p>In a large memtable an add waits for memory again and again: for its slot in the index, then
 * for the key it finds there, then for that key's newest version. A group takes each of these steps
 * for all its entries before the next step, so that the processor waits for many of them at once.
 * The adds that follow then find all they need in its caches. Used by the memtable's writer.
 */
public final class AddGroup {
  private static final int ENTRIES = 64;
  private static final int FIRST_BYTES = 1 << 10;

  /** Copying a larger entry would cost more than its waits do. */
  private static final int LARGEST_COPIED = 4 << 10;

  private final byte[] kinds = new byte[ENTRIES];
  private final long[] sequences = new long[ENTRIES];
  private final int[] keyLengths = new int[ENTRIES];
  private final int[] valueLengths = new int[ENTRIES];
  private final int[] hashes = new int[ENTRIES];
  private final int[] references = new int[ENTRIES];

  /** Keys and values, one after the other. */
  private byte[] bytes = new byte[FIRST_BYTES];

  private int size;
  private int count;

  /** Depends on all that {@link #lookAhead} loads, so that no load is optimized away. */
  private int loaded;

  /** As {@link Memtable#add}, at the latest with the next {@link #drainTo}. */
  public void add(
      Memtable to,
      byte kind,
      long sequence,
      byte[] source,
      int keyOffset,
      int keyLength,
      int valueOffset,
      int valueLength) {
    if ((long) keyLength + valueLength > LARGEST_COPIED) {
      drainTo(to);
      to.add(kind, sequence, source, keyOffset, keyLength, valueOffset, valueLength);
      return;
    }
    if (count == ENTRIES) {
      drainTo(to);
    }
    int end = size + keyLength + valueLength;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
    }
    System.arraycopy(source, keyOffset, bytes, size, keyLength);
    System.arraycopy(source, valueOffset, bytes, size + keyLength, valueLength);
    size = end;
    kinds[count] = kind;
    sequences[count] = sequence;
    keyLengths[count] = keyLength;
    valueLengths[count] = valueLength;
    count++;
  }

  /** Adds what it holds to a memtable, and is empty. */
  public void drainTo(Memtable to) {
    if (to.entries() >= ENTRIES) {
      lookAhead(to);
    }
    int at = 0;
    for (int i = 0; i < count; i++) {
      int value = at + keyLengths[i];
      to.add(kinds[i], sequences[i], bytes, at, keyLengths[i], value, valueLengths[i]);
      at = value + valueLengths[i];
    }
    size = 0;
    count = 0;
  }

  private void lookAhead(Memtable to) {
    HashIndex index = to.index();
    Records records = to.records();
    int at = 0;
    for (int i = 0; i < count; i++) {
      hashes[i] = index.hash(bytes, at, keyLengths[i]);
      at += keyLengths[i] + valueLengths[i];
    }
    int all = loaded;
    for (int i = 0; i < count; i++) {
      all ^= (int) index.home(hashes[i]);
    }
    for (int i = 0; i < count; i++) {
      references[i] = index.candidate(hashes[i]);
    }
    for (int i = 0; i < count; i++) {
      references[i] = references[i] == 0 ? 0 : records.newest(references[i]);
    }
    for (int i = 0; i < count; i++) {
      all ^= references[i] == 0 ? 0 : records.jump(references[i]);
    }
    loaded = all;
  }
}
