package dev.varve.server.writer;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.hash.DueFields;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.storage.ReadView;
import java.util.ArrayList;
import java.util.List;

/**
 * Removes fields of hashes whose deadline has passed, and with the last field its key. The read
 * pool finds them, and rehearses their removal, so that the storage thread only looks up what it
 * was told of.
 */
public final class FieldRemoval implements Removal {
  /** So many fields are removed for one search at most. */
  static final int MOST_FIELDS = 1024;

  private static final int MOST_READ_BYTES = 4 << 20;

  private final CommandContext context;
  private final Rehearsal rehearsal;

  /**
   * Makes one.
   *
   * @param context of the storage thread
   * @param own a context for the read pool, where one search runs at a time
   */
  public FieldRemoval(CommandContext context, CommandContext own) {
    this.context = context;
    this.rehearsal = new Rehearsal(own);
  }

  @Override
  public Prepared prepare(ReadView view, DueKeys due, long nowMillis) {
    Fields fields = new Fields(due);
    fields.read =
        rehearsal.run(view, bytes -> bytes <= MOST_READ_BYTES, fields::rehearse, nowMillis);
    return fields;
  }

  @Override
  public boolean goesByTime() {
    return true;
  }

  /** The due fields of hashes that were found. */
  private final class Fields implements Prepared {
    private final DueKeys due;

    /** Of each hash that was looked at. */
    private final List<DueFields> found = new ArrayList<>();

    private Misses read;

    private Fields(DueKeys due) {
      this.due = due;
    }

    @Override
    public Misses misses() {
      return read;
    }

    @Override
    public int size() {
      return found.size();
    }

    private void rehearse(CommandContext own) {
      found.clear();
      int left = MOST_FIELDS;
      for (int i = 0; i < due.size() && left > 0; i++) {
        HashValue hash = own.hash();
        boolean is = isOfHash(own.keyspace(), hash, i);
        DueFields its = is ? hash.findDue(due.index().isByDate(), left) : DueFields.NONE;
        remove(own.keyspace(), hash, i, is, its);
        found.add(its);
        left -= its.size();
      }
    }

    @Override
    public boolean remove(int from, int to) {
      Keyspace keyspace = context.keyspace();
      HashValue hash = context.hash();
      due.storeTime(keyspace);
      long removed = 0;
      for (int i = from; i < to; i++) {
        removed += remove(keyspace, hash, i, isOfHash(keyspace, hash, i), found.get(i));
      }
      return removed > 0;
    }

    /**
     * Selects an entry's key; returns whether it has a hash whose first deadline is the entry's.
     */
    private boolean isOfHash(Keyspace keyspace, HashValue hash, int number) {
      due.select(keyspace, number);
      return keyspace.find()
          && keyspace.type() == ValueType.HASH
          && hash.find()
          && hash.isFirst(due.index().isByDate(), due.millis(number));
    }

    private long remove(
        Keyspace keyspace, HashValue hash, int number, boolean isOfHash, DueFields its) {
      if (!due.select(keyspace, number)) {
        return 0;
      }
      if (!isOfHash) {
        // A hash past its own deadline takes its entry along when it is removed.
        if (!keyspace.isPastDeadline()) {
          due.deleteEntry(keyspace, number);
        }
        return 0;
      }
      keyspace.find();
      boolean byDate = due.index().isByDate();
      long removed = hash.removeDue(byDate, its);
      hash.store();
      if (hash.firstDeadline(byDate) == due.millis(number)) {
        keyspace.entryStays(due.index(), due.millis(number));
      }
      if (removed > 0) {
        keyspace.happened(KeyEvent.HEXPIRED);
        if (hash.storedCount() == 0) {
          keyspace.happened(KeyEvent.DEL);
        }
      }
      return removed;
    }
  }
}
