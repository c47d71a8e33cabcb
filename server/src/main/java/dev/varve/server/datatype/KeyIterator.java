package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyBounds;
import dev.varve.storage.ReadView;
import java.util.Arrays;

/**
 * A walk over a database's user keys in the order of their bytes, expired ones included. A new one
 * is not positioned. Used by one thread, while its view is open; reads the disk.
 */
public final class KeyIterator implements AutoCloseable {
  private static final byte[] NOTHING = {};

  private final Cursor cursor;
  private final int databaseId;
  private final long now;
  private final long wallNow;
  private final byte[] begin;

  private KeyIterator(Cursor cursor, int databaseId, long now, long wallNow, byte[] begin) {
    this.cursor = cursor;
    this.databaseId = databaseId;
    this.now = now;
    this.wallNow = wallNow;
    this.begin = begin;
  }

  /**
   * Walks over the keys that begin with {@code prefix}.
   *
   * @param now the monotone time that decides which keys have expired, in milliseconds
   * @param wallNow the time that decides it of those whose deadline is a date
   */
  public static KeyIterator over(
      ReadView view, int databaseId, byte[] prefix, long now, long wallNow) {
    byte[] begin = KeyLayout.keyOf(databaseId, prefix);
    return new KeyIterator(view.cursor(begin, endOfPrefix(begin)), databaseId, now, wallNow, begin);
  }

  /**
   * Returns user keys that enclose all of a database's; null if it has none. They need not be
   * there, see {@link ReadView#bounds}.
   */
  public static KeyBounds bounds(ReadView view, int databaseId) {
    return bounds(view, databaseId, NOTHING);
  }

  /** As {@link #bounds(ReadView, int)}, of the keys that begin with {@code prefix}. */
  public static KeyBounds bounds(ReadView view, int databaseId, byte[] prefix) {
    byte[] begin = KeyLayout.keyOf(databaseId, prefix);
    return userKeys(view.bounds(begin, endOfPrefix(begin)));
  }

  /** As {@link #bounds(ReadView, int)}, of the keys from {@code userKey} on. */
  public static KeyBounds boundsFrom(ReadView view, int databaseId, byte[] userKey) {
    byte[] end = endOfPrefix(KeyLayout.keyOf(databaseId, NOTHING));
    return userKeys(view.bounds(KeyLayout.keyOf(databaseId, userKey), end));
  }

  private static KeyBounds userKeys(KeyBounds bounds) {
    return bounds == null
        ? null
        : new KeyBounds(userKey(bounds.least()), userKey(bounds.greatest()));
  }

  private static byte[] userKey(byte[] key) {
    return Arrays.copyOfRange(key, KeyLayout.USER_KEY_OFFSET, key.length);
  }

  /** The first key after all that begin with {@code prefix}, whose first byte isn't 0xFF. */
  private static byte[] endOfPrefix(byte[] prefix) {
    int last = prefix.length - 1;
    while (prefix[last] == (byte) 0xFF) {
      last--;
    }
    byte[] end = Arrays.copyOf(prefix, last + 1);
    end[last]++;
    return end;
  }

  /** Bounds what moves pass on their way, see {@link Cursor#passAtMost}. */
  public void passAtMost(long entries) {
    cursor.passAtMost(entries);
  }

  /**
   * Returns whether the last move ended between keys as it may pass no more, see {@link
   * Cursor#isHalted}; {@link #key} tells how far it came.
   */
  public boolean isHalted() {
    return cursor.isHalted();
  }

  /** Moves to the first key. */
  public void first() {
    cursor.seekToFirst();
  }

  /** Moves to the last key. */
  public void last() {
    cursor.seekToLast();
  }

  /** Moves to the first key at or after {@code userKey}. */
  public void seek(byte[] userKey) {
    byte[] key = KeyLayout.keyOf(databaseId, userKey);
    if (Arrays.compareUnsigned(key, begin) < 0) {
      cursor.seekToFirst();
    } else {
      cursor.seek(key, 0, key.length);
    }
  }

  /** Moves to the last key that begins with {@code userKeyPrefix}, or else the last one before. */
  public void seekToLastOf(byte[] userKeyPrefix) {
    byte[] end = endOfPrefix(KeyLayout.keyOf(databaseId, userKeyPrefix));
    cursor.seekBefore(end, 0, end.length);
  }

  /** Moves to the next key. */
  public void next() {
    cursor.next();
  }

  /** Moves to the key before. */
  public void previous() {
    cursor.previous();
  }

  /** Returns whether it stands on a key. */
  public boolean isValid() {
    return cursor.isValid();
  }

  /** Returns whether the key has not expired. */
  public boolean isLive() {
    long deadline = KeyLayout.deadline(cursor.headSegment(), cursor.headOffset());
    return deadline == KeyLayout.NO_DEADLINE
        || Deadline.millis(deadline) > (Deadline.isWall(deadline) ? wallNow : now);
  }

  /** Returns the name of the key's type. */
  public String typeName() {
    byte type = KeyLayout.typeAndForm(cursor.headSegment(), cursor.headOffset());
    return KeyLayout.typeOf(type).label();
  }

  /** Returns the array that has the user key from {@link #keyOffset} on; valid until it moves. */
  public byte[] keyBytes() {
    return cursor.key();
  }

  /** Returns where in {@link #keyBytes} the user key begins. */
  public int keyOffset() {
    return KeyLayout.USER_KEY_OFFSET;
  }

  /** Returns the user key's length in bytes. */
  public int keyLength() {
    return cursor.keyLength() - KeyLayout.USER_KEY_OFFSET;
  }

  /** Returns a copy of the user key. */
  public byte[] key() {
    return Arrays.copyOfRange(cursor.key(), KeyLayout.USER_KEY_OFFSET, cursor.keyLength());
  }

  @Override
  public void close() {
    cursor.close();
  }
}
