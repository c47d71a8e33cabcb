package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Where iterations by SCAN stand: cursors, which are numbers to clients, and the key from which on
 * each goes on. In memory only, bounded in number and bytes. Safe for use by many threads.
 *
 * <p>A number that isn't known any more, as the server was started anew or had too many to keep, or
 * that never was, stands for a place nevertheless, see {@link ScanPosition}: not after the one it
 * was given out for. So what is there from an iteration's begin to its end comes, from any number;
 * some keys may come twice.
 *
 * <p><b>Iterations end.</b> One whose numbers stay known ends, as each call moves on. A sharp
 * number moves on, known or not. What remains are many places of the same few bytes in more
 * iterations than fit: there a call without a known number begins at the first of these keys again.
 * So that this doesn't happen to all of them for ever, an iteration keeps its place in the table: a
 * number that has been used makes room for the next one, and one that waits for its next call does
 * so for a newcomer only when {@link #PATIENCE} times as many as there is room for have come since.
 * As many iterations as fit go through; others get in when they have ended.
 *
 * <p>Blunt numbers have 32 random bits: a number of an earlier process is taken for a place of
 * another one in at most one of 2^32 cases for each known number of the same leading bytes.
 */
public final class ScanCursors {
  private static final int MAX_CURSORS = 16 * 1024;
  private static final long MAX_BYTES = 16 << 20;
  private static final int PATIENCE = 64;

  /** Taken by an entry beside its key, roughly. */
  private static final long ENTRY_BYTES = 160;

  /** What earlier versions stored of cursors lies between these keys. */
  private static final byte[] FIRST_STORED = {KeyLayout.INTERNAL, 'c'};

  private static final byte[] STORED_END = {KeyLayout.INTERNAL, 'c' + 1};

  private final RandomGenerator random;
  private final int maxCursors;
  private final LinkedHashMap<Key, Entry> waiting = new LinkedHashMap<>();
  private final LinkedHashMap<Key, Entry> used = new LinkedHashMap<>();
  private long bytes;
  private long added;

  private record Key(int databaseId, long cursor) {}

  private record Entry(byte[] place, long number) {}

  /** A table without cursors. */
  public ScanCursors(RandomGenerator random) {
    this(random, MAX_CURSORS);
  }

  /** As {@link #ScanCursors(RandomGenerator)}, of a size for tests. */
  public ScanCursors(RandomGenerator random, int maxCursors) {
    this.random = random;
    this.maxCursors = maxCursors;
  }

  /**
   * Makes a cursor.
   *
   * @param least not after any key of the database
   * @param greatest not before any key of the database
   * @param before up to where the walk has come: a key, or where it began. No key lies between it
   *     and {@code place}.
   * @param place the key from which on it is to go on
   * @return the cursor; never 0
   */
  public synchronized long add(
      int databaseId, byte[] least, byte[] greatest, byte[] before, byte[] place) {
    int common = Math.min(ScanPosition.common(least, greatest), ScanPosition.common(least, place));
    long cursor = ScanPosition.sharp(common, before, place);
    if (cursor < 0) {
      do {
        cursor = ScanPosition.blunt(common, place, random.nextInt());
      } while (isKnown(databaseId, cursor));
    }
    put(new Key(databaseId, cursor), place);
    return cursor;
  }

  private boolean isKnown(int databaseId, long cursor) {
    return placeOf(new Key(databaseId, cursor)) != null;
  }

  private byte[] placeOf(Key key) {
    Entry entry = waiting.containsKey(key) ? waiting.get(key) : used.get(key);
    return entry == null ? null : entry.place;
  }

  /**
   * A sharp number may be known already. Whoever made it may have seen keys before this place that
   * the view of this iteration is too old for: the number stands for the first of both places.
   */
  private void put(Key key, byte[] newPlace) {
    byte[] known = placeOf(key);
    byte[] place = known != null && Arrays.compareUnsigned(known, newPlace) < 0 ? known : newPlace;
    remove(waiting, key);
    remove(used, key);
    added++;
    long taken = ENTRY_BYTES + place.length;
    while (waiting.size() + used.size() >= maxCursors || bytes + taken > MAX_BYTES) {
      if (!used.isEmpty()) {
        remove(used, used.firstEntry().getKey());
      } else if (!waiting.isEmpty()
          && added - waiting.firstEntry().getValue().number > (long) PATIENCE * maxCursors) {
        remove(waiting, waiting.firstEntry().getKey());
      } else {
        return;
      }
    }
    waiting.put(key, new Entry(place, added));
    bytes += taken;
  }

  private void remove(Map<Key, Entry> entries, Key key) {
    Entry entry = entries.remove(key);
    if (entry != null) {
      bytes -= ENTRY_BYTES + entry.place.length;
    }
  }

  /** Returns the key from which on a cursor goes on; null if it is not known. */
  public synchronized byte[] find(int databaseId, long cursor) {
    Key key = new Key(databaseId, cursor);
    Entry entry = waiting.remove(key);
    if (entry != null) {
      used.put(key, entry);
    }
    return placeOf(key);
  }

  /**
   * Returns the key from which on a number that isn't known goes on; empty for the first.
   *
   * @param least not after any key of the database
   * @param greatest not before any key of the database
   */
  public static byte[] guess(long cursor, byte[] least, byte[] greatest) {
    return ScanPosition.place(cursor, least, greatest);
  }

  /** Returns whether an earlier version has stored cursors, which nothing reads any more. */
  public static boolean areStored(ReadView view) {
    try (Cursor at = view.cursor(FIRST_STORED, STORED_END)) {
      at.seekToFirst();
      return at.isValid();
    }
  }

  /** Deletes what an earlier version has stored. */
  public static void deleteStored(Keyspace keyspace) {
    keyspace.batch().deleteRange(FIRST_STORED, STORED_END);
  }
}
