package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Where iterations by SCAN stand: cursors, which are 64-bit numbers to clients, and the key that
 * each has got to. Bounded in number and bytes; the oldest are forgotten, and a forgotten cursor
 * begins anew. Safe for use by many threads.
 *
 * <p>Cursors outlive the server: each is also written to the engine, behind the back of the SCAN
 * that made it. Their numbers are random, so that one whose write was lost in a crash is not taken
 * for another.
 *
 * <pre>
 * 0x00 | 'c' | cursor:u64 -> order:u64 | user key      order: ascending in the order of creation
 * </pre>
 */
public final class ScanCursors {
  private static final int MAX_CURSORS = 16 * 1024;
  private static final long MAX_BYTES = 16 << 20;

  /** Taken by an entry beside its key, roughly. */
  private static final int ENTRY_BYTES = 100;

  private static final byte[] FIRST_KEY = {KeyLayout.INTERNAL, 'c'};
  private static final byte[] END_KEY = {KeyLayout.INTERNAL, 'c' + 1};

  private final RandomGenerator random;
  private final int maxCursors;
  private final LinkedHashMap<Long, byte[]> lastKeys = new LinkedHashMap<>();
  private long bytes;
  private long nextOrder;

  /** A change of the table that is to be written. */
  public static final class Change {
    private final long cursor;
    private final long order;
    private final byte[] userKey;
    private final List<Long> forgotten;

    private Change(long cursor, long order, byte[] userKey, List<Long> forgotten) {
      this.cursor = cursor;
      this.order = order;
      this.userKey = userKey;
      this.forgotten = forgotten;
    }

    /** Returns the new cursor; never 0. */
    public long cursor() {
      return cursor;
    }

    /** Adds the change to a keyspace's batch. */
    public void write(Keyspace keyspace) {
      WriteBatch batch = keyspace.batch();
      byte[] value = new byte[Long.BYTES + userKey.length];
      KeyLayout.LONG.set(value, 0, order);
      System.arraycopy(userKey, 0, value, Long.BYTES, userKey.length);
      batch.put(engineKey(cursor), value);
      for (long old : forgotten) {
        batch.delete(engineKey(old));
      }
    }
  }

  private record Stored(long cursor, long order, byte[] userKey) {}

  private ScanCursors(RandomGenerator random, int maxCursors) {
    this.random = random;
    this.maxCursors = maxCursors;
  }

  /** Reads the table. */
  public static ScanCursors load(ReadView view, RandomGenerator random) {
    return load(view, random, MAX_CURSORS);
  }

  static ScanCursors load(ReadView view, RandomGenerator random, int maxCursors) {
    ScanCursors cursors = new ScanCursors(random, maxCursors);
    List<Stored> stored = new ArrayList<>();
    try (Cursor at = view.cursor(FIRST_KEY, END_KEY)) {
      for (at.seekToFirst(); at.isValid(); at.next()) {
        byte[] value = new byte[at.valueLength()];
        MemorySegment.copy(
            at.valueSegment(), ValueLayout.JAVA_BYTE, at.valueOffset(), value, 0, value.length);
        stored.add(
            new Stored(
                (long) KeyLayout.LONG.get(at.key(), FIRST_KEY.length),
                (long) KeyLayout.LONG.get(value, 0),
                Arrays.copyOfRange(value, Long.BYTES, value.length)));
      }
    }
    stored.sort(Comparator.comparingLong(Stored::order));
    for (Stored each : stored) {
      cursors.add(each.cursor, each.userKey);
      cursors.nextOrder = each.order + 1;
    }
    return cursors;
  }

  /** Makes a cursor that stands behind {@code userKey}; the change is to be written. */
  public synchronized Change add(byte[] userKey) {
    long cursor;
    do {
      cursor = random.nextLong() >>> 1;
    } while (cursor == 0 || lastKeys.containsKey(cursor));
    add(cursor, userKey);
    List<Long> forgotten = new ArrayList<>();
    var oldest = lastKeys.entrySet().iterator();
    while (lastKeys.size() > maxCursors || (bytes > MAX_BYTES && lastKeys.size() > 1)) {
      Map.Entry<Long, byte[]> victim = oldest.next();
      forgotten.add(victim.getKey());
      bytes -= ENTRY_BYTES + victim.getValue().length;
      oldest.remove();
    }
    return new Change(cursor, nextOrder++, userKey, forgotten);
  }

  private void add(long cursor, byte[] userKey) {
    lastKeys.put(cursor, userKey);
    bytes += ENTRY_BYTES + userKey.length;
  }

  /** Returns the key that a cursor stands behind; null if it is unknown. */
  public synchronized byte[] lastKey(long cursor) {
    return lastKeys.get(cursor);
  }

  private static byte[] engineKey(long cursor) {
    byte[] key = new byte[FIRST_KEY.length + Long.BYTES];
    System.arraycopy(FIRST_KEY, 0, key, 0, FIRST_KEY.length);
    KeyLayout.LONG.set(key, FIRST_KEY.length, cursor);
    return key;
  }
}
