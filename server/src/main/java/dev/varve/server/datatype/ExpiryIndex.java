package dev.varve.server.datatype;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import java.util.Arrays;

/**
 * The {@linkplain TimeIndex indexes} of deadlines, and the count of keys that have one, as far as a
 * transaction changes them. Owned by one thread.
 */
final class ExpiryIndex {
  private static final long NONE = Long.MAX_VALUE;

  private byte[] indexKey = new byte[256];

  /** The earliest that was put into each index since it was asked for. */
  private final long[] earliest = new long[TimeIndex.values().length];

  ExpiryIndex() {
    Arrays.fill(earliest, NONE);
  }

  /** Lets go of room for a long key. */
  void shrink() {
    indexKey = new byte[256];
  }

  /**
   * Lets index and count follow when a key's deadline becomes another.
   *
   * @param key of the engine's, in the keyspace of keys
   * @param before {@link KeyLayout#NO_DEADLINE}, too, if it isn't known: a blind entry owes that to
   *     the count
   */
  void move(WriteBatch batch, byte[] key, int keyLength, long before, long after) {
    if (before != NO_DEADLINE) {
      remove(batch, key, keyLength, TimeIndex.ofKey(before), Deadline.millis(before));
    }
    if (after != NO_DEADLINE) {
      put(batch, key, keyLength, TimeIndex.ofKey(after), Deadline.millis(after));
    }
    if ((before == NO_DEADLINE) != (after == NO_DEADLINE)) {
      int databaseId = (int) KeyLayout.INT.get(key, 1);
      batch.count(KeyLayout.groupOfExpiring(databaseId), before == NO_DEADLINE ? 1 : -1);
    }
  }

  /** Lets the indexes follow when the first deadlines of a hash's fields become others. */
  void moveFields(
      WriteBatch batch, byte[] key, int keyLength, FirstDeadlines before, FirstDeadlines after) {
    moveFields(batch, key, keyLength, TimeIndex.FIELDS, before, after);
    moveFields(batch, key, keyLength, TimeIndex.FIELDS_BY_DATE, before, after);
  }

  private void moveFields(
      WriteBatch batch,
      byte[] key,
      int keyLength,
      TimeIndex index,
      FirstDeadlines before,
      FirstDeadlines after) {
    long from = before.of(index.isByDate());
    long to = after.of(index.isByDate());
    if (from == to) {
      return;
    }
    if (from != FirstDeadlines.NONE) {
      remove(batch, key, keyLength, index, from);
    }
    if (to != FirstDeadlines.NONE) {
      put(batch, key, keyLength, index, to);
    }
  }

  private void put(WriteBatch batch, byte[] key, int keyLength, TimeIndex index, long millis) {
    int length = build(key, keyLength, index, millis);
    batch.putReserved(EntryKind.PUT, indexKey, 0, length, 0);
    stays(index, millis);
  }

  /** Says that an entry that is due stays: it is to be found again. */
  void stays(TimeIndex index, long millis) {
    earliest[index.slot()] = Math.min(earliest[index.slot()], millis);
  }

  /** Removes a key's entry from an index. */
  void remove(WriteBatch batch, byte[] key, int keyLength, TimeIndex index, long millis) {
    int length = build(key, keyLength, index, millis);
    batch.delete(EntryKind.DELETE, indexKey, 0, length);
  }

  private int build(byte[] key, int keyLength, TimeIndex index, long millis) {
    int length = keyLength + Long.BYTES;
    if (indexKey.length < length) {
      indexKey = new byte[Math.max(length, 2 * indexKey.length)];
    }
    indexKey[0] = index.keyspace();
    KeyLayout.LONG.set(indexKey, 1, millis);
    System.arraycopy(key, 1, indexKey, KeyLayout.EXPIRY_DATABASE_OFFSET, keyLength - 1);
    return length;
  }

  /**
   * Returns the earliest deadline in milliseconds that was put into an index since this was asked
   * last; {@link Long#MAX_VALUE} if none was.
   */
  long takeEarliest(TimeIndex index) {
    long taken = earliest[index.slot()];
    earliest[index.slot()] = NONE;
    return taken;
  }
}
