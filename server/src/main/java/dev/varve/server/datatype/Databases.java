package dev.varve.server.datatype;

import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import java.util.Arrays;

/**
 * Which ids the databases' keys are stored under. FLUSHDB gives an index a new id, SWAPDB swaps
 * two: whatever they hold, that is one small batch.
 *
 * <p>The mapping has versions, so that a reader goes by the one that its view saw, and nobody sees
 * a change before it is published. The storage thread changes it; any thread reads it.
 *
 * <pre>
 * 0x00 | 'd' | index:u32 -> id:u32       only for indexes whose id isn't the index itself
 * 0x00 | 'n'             -> id:u32       the next id to give out
 * </pre>
 */
public final class Databases {
  /** The most databases that there can be; ids given out later begin here. */
  public static final int MAX_DATABASES = 1 << 20;

  /** Older versions kept for readers that have just taken their view. */
  private static final int KEPT_VERSIONS = 64;

  private static final byte[] NEXT_ID_KEY = {KeyLayout.INTERNAL, 'n'};

  private volatile Version newest;

  /**
   * One version of the mapping.
   *
   * @param sequence of the last operation of the batch that made it
   * @param ids by index; never written to
   * @param nextId the next one to give out
   */
  record Version(long sequence, int[] ids, int nextId, Version older) {}

  private Databases(Version loaded) {
    newest = loaded;
  }

  /**
   * Reads the mapping.
   *
   * @param count databases to serve; at most {@link #MAX_DATABASES}
   */
  public static Databases load(ReadView view, int count) {
    if (count < 1 || count > MAX_DATABASES) {
      throw new IllegalArgumentException(
          count + " databases, where 1 to " + MAX_DATABASES + " are possible");
    }
    int[] ids = new int[count];
    for (int index = 0; index < count; index++) {
      byte[] stored = view.get(indexKey(index));
      ids[index] = stored == null ? index : (int) KeyLayout.INT.get(stored, 0);
    }
    byte[] next = view.get(NEXT_ID_KEY);
    int nextId = next == null ? MAX_DATABASES : (int) KeyLayout.INT.get(next, 0);
    return new Databases(new Version(view.sequence(), ids, nextId, null));
  }

  /** Returns the id of a database for a reader whose view ends at {@code sequence}. */
  public int id(int index, long sequence) {
    return at(sequence).ids[index];
  }

  /** Returns whether there is a database of an index. */
  public boolean has(int index) {
    return index >= 0 && index < newest.ids.length;
  }

  private Version at(long sequence) {
    Version version = newest;
    while (version.sequence > sequence && version.older != null) {
      version = version.older;
    }
    return version;
  }

  /** Storage thread: the version that the next change begins from. */
  Version newest() {
    return newest;
  }

  /** Storage thread: makes a version whose batch has been appended the newest. */
  void install(Version prepared, long sequence) {
    newest = new Version(sequence, prepared.ids, prepared.nextId, trimmed(newest, KEPT_VERSIONS));
  }

  private static Version trimmed(Version version, int depth) {
    Version at = version;
    for (int i = 0; i < depth && at != null; i++) {
      at = at.older;
    }
    if (at == null) {
      return version;
    }
    return new Version(version.sequence, version.ids, version.nextId, null);
  }

  /** Adds new ids for some indexes of {@code from} to the batch. */
  static Version withNewIds(Version from, WriteBatch batch, int firstIndex, int endIndex) {
    int[] ids = from.ids.clone();
    int next = from.nextId;
    for (int index = firstIndex; index < endIndex; index++) {
      ids[index] = next++;
      putId(batch, index, ids[index]);
    }
    batch.put(NEXT_ID_KEY, idBytes(next));
    return new Version(from.sequence, ids, next, null);
  }

  /** Adds the swap of two indexes of {@code from} to the batch. */
  static Version swapped(Version from, WriteBatch batch, int one, int other) {
    int[] ids = from.ids.clone();
    ids[one] = from.ids[other];
    ids[other] = from.ids[one];
    putId(batch, one, ids[one]);
    putId(batch, other, ids[other]);
    return new Version(from.sequence, ids, from.nextId, null);
  }

  private static void putId(WriteBatch batch, int index, int id) {
    batch.put(indexKey(index), idBytes(id));
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
    return "databases " + Arrays.toString(version.ids) + " at " + version.sequence;
  }
}
