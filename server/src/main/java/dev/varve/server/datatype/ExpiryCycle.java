package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Removal of keys whose deadline has passed, in two steps: {@link #find} walks the expiry index at
 * a view, on any thread that may read the disk; {@link #remove} deletes what it found, on the
 * storage thread. Readers don't wait for it: to them a key is gone when its deadline passes.
 */
public final class ExpiryCycle {
  private static final byte[] INDEX_BEGIN = {KeyLayout.EXPIRY};
  private static final byte[] INDEX_END = {KeyLayout.EXPIRY + 1};

  private ExpiryCycle() {}

  /**
   * An entry of the expiry index that is due.
   *
   * @param deadline when its key was to expire
   * @param engineKey the key
   */
  public record Due(long deadline, byte[] engineKey) {}

  /**
   * What {@link #find} found.
   *
   * @param entries at most as many as it was asked for; fewer if there are no more
   * @param prefetched what their keys hold, for the step that removes them
   */
  public record Found(List<Due> entries, Prefetched prefetched) {}

  /** Returns the earliest deadline in the index; {@link Long#MAX_VALUE} if there is none. */
  public static long nextDeadline(ReadView view) {
    try (Cursor cursor = view.cursor(INDEX_BEGIN, INDEX_END)) {
      cursor.seekToFirst();
      return cursor.isValid() ? (long) KeyLayout.LONG.get(cursor.key(), 1) : Long.MAX_VALUE;
    }
  }

  /** Finds up to {@code limit} entries whose deadline is not behind {@code now}, oldest first. */
  public static Found find(ReadView view, Databases databases, long now, int limit) {
    byte[] end = new byte[1 + Long.BYTES];
    end[0] = KeyLayout.EXPIRY;
    KeyLayout.LONG.set(end, 1, now + 1);
    List<Due> due = new ArrayList<>();
    Prefetched prefetched = Prefetched.from(view, databases);
    EntryReference entry = new EntryReference();
    try (Cursor cursor = view.cursor(INDEX_BEGIN, end)) {
      for (cursor.seekToFirst(); cursor.isValid() && due.size() < limit; cursor.next()) {
        long deadline = (long) KeyLayout.LONG.get(cursor.key(), 1);
        byte[] engineKey =
            Arrays.copyOfRange(
                cursor.key(), KeyLayout.EXPIRY_DATABASE_OFFSET - 1, cursor.keyLength());
        engineKey[0] = KeyLayout.KEYS;
        prefetched.fetchDeadline(engineKey, entry);
        due.add(new Due(deadline, engineKey));
      }
    }
    return new Found(due, prefetched);
  }

  /**
   * Deletes each entry, and its key if that still has the entry's deadline. To be called in a step
   * like {@link dev.varve.server.dispatch.StorageAccess#call}'s, with what was prefetched.
   *
   * @return how many keys were deleted
   * @throws ReadNeeded if what was prefetched no longer holds: find again
   */
  public static int remove(Keyspace keyspace, List<Due> entries) {
    int removed = 0;
    for (Due due : entries) {
      keyspace.selectEngineKey(due.engineKey());
      keyspace.find();
      if (keyspace.isPresentWithDeadline(due.deadline())) {
        keyspace.delete();
        removed++;
      } else {
        keyspace.deleteExpiryEntry(due.deadline());
      }
    }
    return removed;
  }
}
