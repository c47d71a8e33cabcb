package dev.varve.server.datatype;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

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

  /** Keys that are looked up side by side: each one that is found pins a block. */
  private static final int AT_ONCE = 64;

  private final ExpirySweep.Search search;
  private final KeyBatch keys = new KeyBatch();
  private long[] deadlines = new long[64];

  /** The deadline that a key had, {@link KeyLayout#NO_DEADLINE}, or {@link #ABSENT}. */
  private long[] held = new long[64];

  /**
   * What a key's value begins with, if more than the deadline must be known to delete the key, as
   * elements or index entries go with it; null: no such key was found.
   */
  private byte[][] heads;

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
    long millis = TimeIndex.millisOf(indexKey);
    deadlines[number] = search.index().isByDate() ? Deadline.ofWall(millis) : millis;
    int at = keys.add(length - KEY_OFFSET);
    System.arraycopy(indexKey, KEY_OFFSET, keys.bytes(), at, length - KEY_OFFSET);
    keys.bytes()[at] = KeyLayout.KEYS;
    bytes += length;
  }

  /** Looks up what the keys hold. */
  void lookUp(ReadView view) {
    sequence = view.sequence();
    KeyBatch some = new KeyBatch();
    Lookups found = new Lookups();
    for (int from = 0; from < keys.size(); from += some.size()) {
      some.clear();
      for (int i = from; i < Math.min(from + AT_ONCE, keys.size()); i++) {
        int at = some.add(keys.length(i));
        System.arraycopy(keys.bytes(), keys.offset(i), some.bytes(), at, keys.length(i));
      }
      view.heads(some, true, found);
      try {
        for (int i = 0; i < some.size(); i++) {
          hold(view, from + i, found.answer(i), found.entry(i));
        }
      } finally {
        found.release();
      }
    }
  }

  private void hold(ReadView view, int number, int answer, EntryReference entry) {
    if (answer == EntryReference.ALONE
        || (answer == EntryReference.FOUND && isSpreadApart(entry))) {
      EntryReference whole = new EntryReference();
      int offset = keys.offset(number);
      if (view.get(keys.bytes(), offset, keys.length(number), true, whole)
          == EntryReference.FOUND) {
        hold(number, whole.valueSegment(), whole.headOffset());
        whole.release();
      } else {
        held[number] = ABSENT;
      }
    } else if (answer == EntryReference.FOUND) {
      hold(number, entry.valueSegment(), entry.headOffset());
    } else {
      held[number] = ABSENT;
    }
  }

  /** Whether more is needed than what stands in front of a value: the head of a collection. */
  private static boolean isSpreadApart(EntryReference entry) {
    return EntryKind.isApart(entry.kind())
        && KeyLayout.isSpread(KeyLayout.typeAndForm(entry.valueSegment(), entry.headOffset()));
  }

  private void hold(int number, MemorySegment value, long offset) {
    held[number] = KeyLayout.deadline(value, offset);
    byte type = KeyLayout.typeAndForm(value, offset);
    if (KeyLayout.isSpread(type) || KeyLayout.hasFirst(type)) {
      if (heads == null) {
        heads = new byte[deadlines.length][];
      }
      int own = KeyLayout.isSpread(type) ? KeyLayout.HEAD_BYTES : 0;
      byte[] head = new byte[KeyLayout.headerBytes(value, offset) + own];
      MemorySegment.copy(value, ValueLayout.JAVA_BYTE, offset, head, 0, head.length);
      heads[number] = head;
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

  /** Returns the index that they are in. */
  public TimeIndex index() {
    return search.index();
  }

  /**
   * With a keyspace that is bound to a batch: makes an entry's key the one that is worked on.
   *
   * @return whether what the entry says is due by the keyspace's time: the time that dates pass by
   *     may have been rebased since it was found
   */
  public boolean select(Keyspace keyspace, int number) {
    keyspace.selectEngineKey(keys.bytes(), keys.offset(number), keys.length(number));
    return keyspace.time().remaining(deadlines[number]) <= 0;
  }

  /** Returns what an entry says is due, in milliseconds by its index's clock. */
  public long millis(int number) {
    return Deadline.millis(deadlines[number]);
  }

  /** Takes the entry of the selected key out of the index. */
  public void deleteEntry(Keyspace keyspace, int number) {
    keyspace.deleteTimeEntry(index(), millis(number));
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
   * Storage thread, with a keyspace that is bound to a batch: takes entries from one number on out
   * of the index, and deletes each one's key if that still has the entry's deadline.
   *
   * @param enough asked between one and the next
   * @return the number after the last one
   * @throws ReadNeeded if tables have come since they were found: search again
   */
  public int remove(Keyspace keyspace, int from, BooleanSupplier enough) {
    if (!warmed) {
      keyspace.view().warm(keys);
      warmed = true;
    }
    storeTime(keyspace);
    int at = from;
    while (at < keys.size() && (at == from || !enough.getAsBoolean())) {
      remove(keyspace, at);
      at++;
    }
    return at;
  }

  private void remove(Keyspace keyspace, int number) {
    if (!select(keyspace, number)) {
      return;
    }
    keyspace.peek();
    if (!keyspace.selected().isKnown()) {
      if (keyspace.view().flushedSequence() > sequence) {
        throw ReadNeeded.INSTANCE;
      }
      byte[] head = heads == null ? null : heads[number];
      keyspace.selected().heldInTables(held[number] != ABSENT, held[number], head);
    }
    if (keyspace.selected().isPresentWithDeadline(deadlines[number])) {
      keyspace.delete();
    } else {
      deleteEntry(keyspace, number);
    }
  }

  /** Has how far the time that dates pass by has got stored with what is removed by it. */
  public void storeTime(Keyspace keyspace) {
    if (index().isByDate()) {
      keyspace.transaction().storeWallTime(keyspace.time().wallNow());
    }
  }
}
