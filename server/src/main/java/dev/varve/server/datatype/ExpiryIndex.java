package dev.varve.server.datatype;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;

/**
 * Writes the time index of keys' deadlines, and the count of keys that have one, as far as a
 * transaction changes them. Owned by one thread.
 */
final class ExpiryIndex {
  private byte[] indexKey = new byte[256];
  private long earliestDeadline = Long.MAX_VALUE;
  private long earliestDate = Long.MAX_VALUE;

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
      remove(batch, key, keyLength, before);
    }
    if (after != NO_DEADLINE) {
      int length = build(key, keyLength, after);
      batch.putReserved(EntryKind.PUT, indexKey, 0, length, 0);
      if (Deadline.isWall(after)) {
        earliestDate = Math.min(earliestDate, Deadline.millis(after));
      } else {
        earliestDeadline = Math.min(earliestDeadline, after);
      }
    }
    if ((before == NO_DEADLINE) != (after == NO_DEADLINE)) {
      int databaseId = (int) KeyLayout.INT.get(key, 1);
      batch.count(KeyLayout.groupOfExpiring(databaseId), before == NO_DEADLINE ? 1 : -1);
    }
  }

  /** Removes a key's entry for a deadline. */
  void remove(WriteBatch batch, byte[] key, int keyLength, long deadline) {
    int length = build(key, keyLength, deadline);
    batch.delete(EntryKind.DELETE, indexKey, 0, length);
  }

  private int build(byte[] key, int keyLength, long deadline) {
    int length = keyLength + Long.BYTES;
    if (indexKey.length < length) {
      indexKey = new byte[Math.max(length, 2 * indexKey.length)];
    }
    indexKey[0] = KeyLayout.indexOf(deadline);
    KeyLayout.LONG.set(indexKey, 1, Deadline.millis(deadline));
    System.arraycopy(key, 1, indexKey, KeyLayout.EXPIRY_DATABASE_OFFSET, keyLength - 1);
    return length;
  }

  /**
   * Returns the earliest deadline of elapsed time that was given to a key since this was asked
   * last; {@link Long#MAX_VALUE} if none was.
   */
  long takeEarliestDeadline() {
    long earliest = earliestDeadline;
    earliestDeadline = Long.MAX_VALUE;
    return earliest;
  }

  /** As {@link #takeEarliestDeadline}, of deadlines that are dates. */
  long takeEarliestDate() {
    long earliest = earliestDate;
    earliestDate = Long.MAX_VALUE;
    return earliest;
  }
}
