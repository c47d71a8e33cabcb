package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;

/**
 * The indexes of what is due when, one entry a key each. Their entries are laid out alike, after a
 * keyspace of the engine's that is each one's own.
 */
public enum TimeIndex {
  /** When keys expire, by elapsed time. */
  KEYS(0x40, 0, false),
  /** When the first of a hash's fields does, by elapsed time. */
  FIELDS(0x41, 1, false),
  /** When keys expire that do so at a date. */
  KEYS_BY_DATE(0x48, 2, true),
  /** When the first of a hash's fields does that do so at a date. */
  FIELDS_BY_DATE(0x49, 3, true);

  /** The first keyspace after those of all indexes. */
  static final byte END = 0x50;

  private final byte keyspace;
  private final int slot;
  private final boolean byDate;

  TimeIndex(int keyspace, int slot, boolean byDate) {
    this.keyspace = (byte) keyspace;
    this.slot = slot;
    this.byDate = byDate;
  }

  byte keyspace() {
    return keyspace;
  }

  /** Returns the key of an engine's key's entry. */
  public byte[] entry(byte[] key, long millis) {
    byte[] entry = new byte[key.length + Long.BYTES];
    entry[0] = keyspace;
    KeyLayout.LONG.set(entry, 1, millis);
    System.arraycopy(key, 1, entry, KeyLayout.EXPIRY_DATABASE_OFFSET, key.length - 1);
    return entry;
  }

  /** Returns what all entries of deadlines from a millisecond on are at or after. */
  byte[] position(long millis) {
    byte[] key = new byte[1 + Long.BYTES];
    key[0] = keyspace;
    KeyLayout.LONG.set(key, 1, millis);
    return key;
  }

  /** Returns the deadline of an entry, or of a {@linkplain #position position}. */
  static long millisOf(byte[] entry) {
    return (long) KeyLayout.LONG.get(entry, 1);
  }

  /** Returns the id of the database of an entry's key. */
  static int databaseOf(byte[] entry) {
    return (int) KeyLayout.INT.get(entry, KeyLayout.EXPIRY_DATABASE_OFFSET);
  }

  /** Its place in arrays that have one for each. */
  int slot() {
    return slot;
  }

  /** Returns whether its entries are due by the wall clock. */
  public boolean isByDate() {
    return byDate;
  }

  /** Returns whether there are fields that expire. Reads the disk. */
  public static boolean hasFields(ReadView view) {
    return FIELDS.hasAny(view) || FIELDS_BY_DATE.hasAny(view);
  }

  private boolean hasAny(ReadView view) {
    byte[] end = {(byte) (keyspace + 1)};
    try (Cursor cursor = view.cursor(new byte[] {keyspace}, end)) {
      cursor.seekToFirst();
      return cursor.isValid();
    }
  }

  /** Returns the index that a key's deadline is in. */
  public static TimeIndex ofKey(long deadline) {
    return Deadline.isWall(deadline) ? KEYS_BY_DATE : KEYS;
  }
}
