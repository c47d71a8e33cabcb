package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyCount;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryReference;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Which ids the databases' keys are stored under. FLUSHDB gives an index a new id, SWAPDB swaps
 * two: whatever they hold, that is one small batch.
 *
 * <p>The mapping has versions, so that a reader goes by the one that its view saw, and nobody sees
 * a change before it is published. A version stays at least until the one after it is published;
 * who has a view that is older than all that stayed reads the mapping from the view itself. The
 * storage thread changes it; any thread reads it.
 *
 * <pre>
 * 0x00 | 'd' | index:u32 -> id:u32       only for indexes whose id isn't the index itself
 * 0x00 | 'n'             -> id:u32       the next id to give out
 * </pre>
 */
public final class Databases {
  /** The most databases that there can be; ids given out later begin here. */
  public static final int MAX_DATABASES = 1 << 20;

  /** Published versions kept for readers that have just taken their view. */
  private static final int KEPT_VERSIONS = 64;

  /** Keys that are walked over to count them. */
  private static final long MOST_WALKED = 4096;

  private static final byte[] NEXT_ID_KEY = {KeyLayout.INTERNAL, 'n'};

  private final int count;
  private final LongSupplier visible;
  private final CollectionIds collectionIds;
  private final FunctionLibraries libraries;
  private final AccessTimes accessTimes = new AccessTimes();

  /** Versions that readers find, the oldest first; the storage thread's. */
  private final ArrayDeque<Version> kept = new ArrayDeque<>();

  private volatile Version newest;

  /** One version of the mapping; nothing but {@link #older} is ever written to. */
  static final class Version {
    /** The sequence number of the last operation of the batch that made it. */
    private final long sequence;

    private final IdArray ids;
    private final int nextId;

    /** Null: a view that is older still has to be asked itself. */
    private volatile Version older;

    private Version(long sequence, IdArray ids, int nextId, Version older) {
      this.sequence = sequence;
      this.ids = ids;
      this.nextId = nextId;
      this.older = older;
    }

    int id(int index) {
      return ids.get(index);
    }

    /** Whether an id may stand for a database already. */
    boolean isGivenOut(int id) {
      return Integer.compareUnsigned(id, nextId) < 0;
    }
  }

  private Databases(
      Version loaded,
      int count,
      LongSupplier visible,
      CollectionIds collectionIds,
      FunctionLibraries libraries) {
    this.count = count;
    this.visible = visible;
    this.collectionIds = collectionIds;
    this.libraries = libraries;
    newest = loaded;
    kept.add(loaded);
  }

  /**
   * Reads the mapping.
   *
   * @param count databases to serve; at most {@link #MAX_DATABASES}
   * @param visible up to which operation new views see
   */
  public static Databases load(ReadView view, int count, LongSupplier visible) {
    if (count < 1 || count > MAX_DATABASES) {
      throw new IllegalArgumentException(
          count + " databases, where 1 to " + MAX_DATABASES + " are possible");
    }
    int[] ids = new int[count];
    for (int index = 0; index < count; index++) {
      ids[index] = storedId(view, index);
    }
    byte[] next = view.get(NEXT_ID_KEY);
    int nextId = next == null ? MAX_DATABASES : (int) KeyLayout.INT.get(next, 0);
    return new Databases(
        new Version(view.sequence(), IdArray.of(ids), nextId, null),
        count,
        visible,
        CollectionIds.load(view, new SecureRandom()),
        FunctionLibraries.load(view));
  }

  /**
   * Returns an index of {@code count} or more whose database holds keys: the greatest one; -1 if
   * there is none. Reads the disk.
   */
  public static int inUseBeyond(ReadView view, int count) {
    Map<Integer, Integer> stored = new HashMap<>();
    byte[] end = {KeyLayout.INTERNAL, 'd' + 1};
    try (Cursor cursor = view.cursor(indexKey(count), end)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        stored.put(
            (int) KeyLayout.INT.get(cursor.key(), 2),
            cursor.valueSegment().get(KeyLayout.INT_LAYOUT, cursor.valueOffset()));
      }
    }
    int found = -1;
    for (Map.Entry<Integer, Integer> entry : stored.entrySet()) {
      if (entry.getKey() > found && firstIdFrom(view, entry.getValue()) == entry.getValue()) {
        found = entry.getKey();
      }
    }
    // Others have the id that is their index.
    for (int id = firstIdFrom(view, count);
        id >= count && id < MAX_DATABASES;
        id = firstIdFrom(view, id + 1)) {
      if (!stored.containsKey(id)) {
        found = Math.max(found, id);
      }
    }
    return found;
  }

  /** The first id from {@code id} on that has keys; -1 if none has. */
  private static int firstIdFrom(ReadView view, int id) {
    try (Cursor cursor = view.cursor(KeyLayout.firstKeyOf(id), new byte[] {KeyLayout.KEYS + 1})) {
      cursor.seekToFirst();
      return cursor.isValid() ? (int) KeyLayout.INT.get(cursor.key(), 1) : -1;
    }
  }

  /**
   * Returns the id of a database for a reader of a view.
   *
   * @param mayRead whether the disk may be read
   * @throws ReadNeeded if only the disk knows
   */
  public int id(int index, ReadView view, boolean mayRead) {
    Version version = at(view.sequence());
    if (version != null) {
      return version.id(index);
    }
    if (mayRead) {
      return storedId(view, index);
    }
    byte[] key = indexKey(index);
    EntryReference entry = new EntryReference();
    int answer = view.get(key, 0, key.length, false, entry);
    if (answer == EntryReference.NEEDS_READ) {
      throw ReadNeeded.INSTANCE;
    }
    if (answer != EntryReference.FOUND) {
      return index;
    }
    int id = entry.valueSegment().get(KeyLayout.INT_LAYOUT, entry.valueOffset());
    entry.release();
    return id;
  }

  /** Returns the libraries of functions, which belong to no database. */
  public FunctionLibraries libraries() {
    return libraries;
  }

  /** Returns the id of a database after all that has been appended, be it published or not. */
  public int newestId(int index) {
    return newest.id(index);
  }

  /**
   * Returns how many keys the database of an id has. Exact where a walk over so few is quick;
   * otherwise off by at most {@link #uncertainKeys}. As in Redis, a key whose deadline has passed
   * counts until it is removed.
   *
   * @param mayRead whether the disk may be read
   * @throws ReadNeeded if there are few, and only a walk can tell how many
   */
  public static long keys(ReadView view, int id, boolean mayRead) {
    KeyCount count = count(view, id, KeyLayout.groupOfKeys(id));
    // A key may be counted as deleted before it has been counted as there.
    long keys = Math.max(0, count.keys());
    if (count.uncertain() == 0 || keys > MOST_WALKED) {
      return keys;
    }
    if (!mayRead) {
      throw ReadNeeded.INSTANCE;
    }
    long walked = view.countByWalk(KeyLayout.firstKeyOf(id), KeyLayout.endOf(id), MOST_WALKED);
    return walked == ReadView.TOO_MANY ? keys : walked;
  }

  /** Returns how many keys of a database have a deadline: too many by {@link #uncertainKeys}. */
  public static long expiringKeys(ReadView view, int id) {
    return Math.max(0, count(view, id, KeyLayout.groupOfExpiring(id)).keys());
  }

  /** Returns the most by which counts of a database's keys may be off. */
  public static long uncertainKeys(ReadView view, int id) {
    return count(view, id, KeyLayout.groupOfKeys(id)).uncertain();
  }

  private static KeyCount count(ReadView view, int id, long group) {
    return view.count(group, KeyLayout.firstKeyOf(id), KeyLayout.endOf(id));
  }

  /** Returns the index that an id stands for in a version; -1 if it stands for none. */
  int indexOf(int id, Version version) {
    for (int index = 0; index < count; index++) {
      if (version.id(index) == id) {
        return index;
      }
    }
    return -1;
  }

  /** Returns whether there is a database of an index. */
  public boolean has(int index) {
    return index >= 0 && index < count;
  }

  /** The version that views up to {@code sequence} see; null if it isn't kept any more. */
  private Version at(long sequence) {
    Version version = newest;
    while (version != null && version.sequence > sequence) {
      version = version.older;
    }
    return version;
  }

  /** Storage thread: the version that the next change begins from. */
  Version newest() {
    return newest;
  }

  /** When keys were used last. */
  AccessTimes accessTimes() {
    return accessTimes;
  }

  /** Returns the hash by which the members of collections are ordered. */
  public MemberHash memberHash() {
    return collectionIds.hash();
  }

  /** The ids of collections. */
  CollectionIds collectionIds() {
    return collectionIds;
  }

  /** Returns how many databases there are. */
  int count() {
    return count;
  }

  /** Storage thread: makes a version whose batch has been appended the newest. */
  void install(Version prepared, long sequence) {
    Version installed = new Version(sequence, prepared.ids, prepared.nextId, newest);
    newest = installed;
    kept.add(installed);
    long published = visible.getAsLong();
    while (kept.size() > KEPT_VERSIONS) {
      Version oldest = kept.poll();
      if (kept.peek().sequence > published) {
        // New views see it.
        kept.addFirst(oldest);
        return;
      }
      kept.peek().older = null;
    }
  }

  /** Storage thread: makes libraries whose batch has been appended the newest. */
  void install(Map<String, FunctionLibraries.Library> appended, long sequence) {
    libraries.install(appended, sequence, visible.getAsLong());
  }

  /**
   * Storage thread: what was appended and isn't published never will be, as writing has ended. What
   * reads by the newest databases and libraries goes by the published ones from now on.
   */
  public void takeBackUnpublished() {
    long published = visible.getAsLong();
    while (newest.sequence > published) {
      kept.removeLast();
      newest = newest.older;
    }
    libraries.takeBack(published);
  }

  /** Returns how many versions are kept for readers; the storage thread's. */
  int versions() {
    return kept.size();
  }

  /** Adds new ids for some indexes of {@code from} to the batch. */
  static Version withNewIds(Version from, WriteBatch batch, int firstIndex, int endIndex) {
    int[] ids = new int[endIndex - firstIndex];
    int next = from.nextId;
    for (int i = 0; i < ids.length; i++) {
      ids[i] = next++;
      putId(batch, firstIndex + i, ids[i]);
    }
    batch.put(NEXT_ID_KEY, idBytes(next));
    return new Version(from.sequence, from.ids.with(firstIndex, ids), next, null);
  }

  /** Adds the swap of two indexes of {@code from} to the batch. */
  static Version swapped(Version from, WriteBatch batch, int one, int other) {
    int first = from.id(one);
    int second = from.id(other);
    putId(batch, one, second);
    putId(batch, other, first);
    IdArray ids = from.ids.with(one, second).with(other, first);
    return new Version(from.sequence, ids, from.nextId, null);
  }

  private static void putId(WriteBatch batch, int index, int id) {
    batch.put(indexKey(index), idBytes(id));
  }

  private static int storedId(ReadView view, int index) {
    byte[] stored = view.get(indexKey(index));
    return stored == null ? index : (int) KeyLayout.INT.get(stored, 0);
  }

  private static byte[] indexKey(int index) {
    byte[] key = new byte[2 + Integer.BYTES];
    key[0] = KeyLayout.INTERNAL;
    key[1] = 'd';
    KeyLayout.INT.set(key, 2, index);
    return key;
  }

  private static byte[] idBytes(int id) {
    byte[] bytes = new byte[Integer.BYTES];
    KeyLayout.INT.set(bytes, 0, id);
    return bytes;
  }

  @Override
  public String toString() {
    Version version = newest;
    return count + " databases at " + version.sequence;
  }

  /** Ids by index; a changed copy shares all but the pieces that differ. */
  private static final class IdArray {
    private static final int PIECE = 256;

    private final int[][] pieces;

    private IdArray(int[][] pieces) {
      this.pieces = pieces;
    }

    static IdArray of(int[] ids) {
      int[][] pieces = new int[(ids.length + PIECE - 1) / PIECE][];
      for (int i = 0; i < pieces.length; i++) {
        pieces[i] = Arrays.copyOfRange(ids, i * PIECE, Math.min(ids.length, (i + 1) * PIECE));
      }
      return new IdArray(pieces);
    }

    int get(int index) {
      return pieces[index / PIECE][index % PIECE];
    }

    @SuppressWarnings("ReferenceEquality") // of what is shared
    IdArray with(int from, int... ids) {
      int[][] changed = pieces.clone();
      for (int i = 0; i < ids.length; i++) {
        int piece = (from + i) / PIECE;
        if (changed[piece] == pieces[piece]) {
          changed[piece] = pieces[piece].clone();
        }
        changed[piece][(from + i) % PIECE] = ids[i];
      }
      return new IdArray(changed);
    }
  }
}
