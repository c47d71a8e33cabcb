package dev.varve.server.datatype;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryReference;
import java.util.Arrays;

/**
 * Entries of a time index that are due, and what their keys held when they were found: made by one
 * search of an {@link ExpirySweep} on a thread that may read the disk, then taken away on the
 * storage thread, {@linkplain #remove some at a time}. Used by one thread, then by another to which
 * it is handed safely.
 */
public final class DueKeys {
  /** Says that the key had no value: no deadline is that long ago. */
  private static final long ABSENT = 0;

  /** Where an engine key of the keyspace of keys begins within an entry of the index, but one. */
  private static final int KEY_OFFSET = KeyLayout.EXPIRY_DATABASE_OFFSET - 1;

  private final ExpirySweep.Search search;
  private final KeyBatch keys = new KeyBatch();
  private long[] deadlines = new long[64];

  /** The deadline that a key had, {@link KeyLayout#NO_DEADLINE}, or {@link #ABSENT}. */
  private long[] held = new long[64];

  private long bytes;
  private long sequence;
  private boolean warmed;
  private byte[] next;
  private boolean complete;

  DueKeys(ExpirySweep.Search search) {
    this.search = search;
  }

  /** Adds an entry of the index. */
  void add(byte[] indexKey, int length) {
    int number = keys.size();
    if (number == deadlines.length) {
      deadlines = Arrays.copyOf(deadlines, 2 * number);
      held = Arrays.copyOf(held, 2 * number);
    }
    long millis = ExpirySweep.deadlineOf(indexKey);
    deadlines[number] = search.isOfDates() ? Deadline.ofWall(millis) : millis;
    int at = keys.add(length - KEY_OFFSET);
    System.arraycopy(indexKey, KEY_OFFSET, keys.bytes(), at, length - KEY_OFFSET);
    keys.bytes()[at] = KeyLayout.KEYS;
    bytes += length;
  }

  /** Looks up what the keys hold. Values are let go of at once: they may be large. */
  void lookUp(ReadView view) {
    sequence = view.sequence();
    view.warm(keys);
    EntryReference entry = new EntryReference();
    for (int i = 0; i < keys.size(); i++) {
      int answer = view.get(keys.bytes(), keys.offset(i), keys.length(i), true, entry);
      if (answer == EntryReference.FOUND) {
        held[i] = KeyLayout.deadline(entry.valueSegment(), entry.valueOffset());
        entry.release();
      } else {
        held[i] = ABSENT;
      }
    }
  }

  /**
   * Says where the search ended.
   *
   * @param position nothing live lies before it but these entries
   * @param all whether nothing is due there
   */
  void end(byte[] position, boolean all) {
    next = position;
    complete = all;
  }

  /** Returns how many there are. */
  public int size() {
    return keys.size();
  }

  /** Returns about how many bytes they take. */
  long bytes() {
    return bytes;
  }

  /** Returns the search that found them. */
  ExpirySweep.Search search() {
    return search;
  }

  /** Returns where the next search begins. */
  byte[] next() {
    return next;
  }

  /** Returns whether nothing else was due when these were found. */
  public boolean isComplete() {
    return complete;
  }

  /**
   * Storage thread, with a keyspace that is bound to a batch: takes the entries from one number up
   * to another out of the index, and deletes each one's key if that still has the entry's deadline.
   *
   * @throws ReadNeeded if tables have come since they were found: search again
   */
  public void remove(Keyspace keyspace, int from, int to) {
    if (!warmed) {
      keyspace.view().warm(keys);
      warmed = true;
    }
    if (search.isOfDates()) {
      keyspace.storeWallTime(keyspace.wallNow());
    }
    for (int i = from; i < to; i++) {
      if (keyspace.remaining(deadlines[i]) > 0) {
        // The time that dates pass by was rebased since they were found.
        continue;
      }
      keyspace.selectEngineKey(keys.bytes(), keys.offset(i), keys.length(i));
      keyspace.glance();
      if (!keyspace.isKnown()) {
        if (keyspace.view().flushedSequence() > sequence) {
          throw ReadNeeded.INSTANCE;
        }
        keyspace.heldInTables(held[i] != ABSENT, held[i]);
      }
      if (keyspace.isPresentWithDeadline(deadlines[i])) {
        keyspace.delete();
      } else {
        keyspace.deleteExpiryEntry(deadlines[i]);
      }
    }
  }
}
