package dev.varve.server.datatype;

/**
 * How many keys databases hold, as far as it follows from a count once made and all changes since.
 * The engine's own counts are exact only while no entry is <i>blind</i> (see {@link
 * dev.varve.storage.base.EntryKind}); after a scan has counted a database, this one stays exact
 * until the next blind write to it.
 *
 * <p>Owned by the storage thread.
 */
public final class LiveCounts {
  private static final int TRACKED = 16;

  private final int[] ids = new int[TRACKED];
  private final long[] counts = new long[TRACKED];
  private int size;
  private int nextVictim;

  /** Returns how many live keys a database id has; -1 if unknown. */
  public long of(int databaseId) {
    int at = find(databaseId);
    return at < 0 ? -1 : counts[at];
  }

  /** Notes that a database id has so many live keys now. */
  public void learn(int databaseId, long count) {
    int at = find(databaseId);
    if (at < 0) {
      at = size < TRACKED ? size++ : nextVictim++ % TRACKED;
      ids[at] = databaseId;
    }
    counts[at] = count;
  }

  /** Notes that the count of a database id has moved. */
  void add(int databaseId, long delta) {
    int at = find(databaseId);
    if (at >= 0) {
      counts[at] += delta;
    }
  }

  /** Notes that the count of a database id is no longer known. */
  void forget(int databaseId) {
    int at = find(databaseId);
    if (at >= 0) {
      size--;
      ids[at] = ids[size];
      counts[at] = counts[size];
    }
  }

  private int find(int databaseId) {
    for (int i = 0; i < size; i++) {
      if (ids[i] == databaseId) {
        return i;
      }
    }
    return -1;
  }
}
