package dev.varve.server.writer;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.hash.DueFields;
import dev.varve.server.datatype.hash.DuePlace;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.storage.ReadView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Removes fields of hashes whose deadline has passed, and with the last field its key. The read
 * pool finds them, and rehearses their removal, so that the storage thread only looks up what it
 * was told of.
 */
public final class FieldRemoval implements Removal {
  /** How many fields are removed for one search at most. */
  static final int MOST_FIELDS = 1024;

  /** How many are removed at once: what takes about as long as a step may. */
  static final int FIELDS_A_PIECE = 64;

  private static final int MOST_READ_BYTES = 4 << 20;

  private final CommandContext context;
  private final Rehearsal rehearsal;

  /** The read pool's, where one search runs at a time. */
  private final DuePlace place = new DuePlace();

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

  /**
   * Due fields of one hash, or of nothing.
   *
   * @param entry the number of the index entry that led there
   * @param isLast whether no others of them follow
   */
  private record Piece(int entry, DueFields fields, boolean isLast) {}

  /** The due fields of hashes that were found. */
  private final class Fields implements Prepared {
    private final DueKeys due;
    private final List<Piece> pieces = new ArrayList<>();

    /** How many entries they are of. */
    private int entries;

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
      return pieces.size();
    }

    @Override
    public boolean isAll() {
      return entries == due.size();
    }

    private void rehearse(CommandContext own) {
      pieces.clear();
      int left = MOST_FIELDS;
      for (entries = 0; entries < due.size() && left > 0; entries++) {
        HashValue hash = own.hash();
        boolean is = isOfHash(own.keyspace(), hash, entries);
        DueFields its = is ? hash.findDue(due.index().isByDate(), left, place) : DueFields.NONE;
        left -= its.size();
        DueFields rest = its;
        while (rest.size() > FIELDS_A_PIECE) {
          rehearse(own, new Piece(entries, rest.first(FIELDS_A_PIECE, due.millis(entries)), false));
          rest = rest.behind(FIELDS_A_PIECE);
        }
        rehearse(own, new Piece(entries, rest, true));
      }
    }

    private void rehearse(CommandContext own, Piece piece) {
      remove(own.keyspace(), own.hash(), piece);
      pieces.add(piece);
    }

    @Override
    public Removed remove(int from, BooleanSupplier enough) {
      Keyspace keyspace = context.keyspace();
      due.storeTime(keyspace);
      int removed = 0;
      int at = from;
      while (at < pieces.size() && (at == from || !enough.getAsBoolean())) {
        removed += remove(keyspace, context.hash(), pieces.get(at));
        at++;
      }
      return new Removed(at, removed);
    }

    /**
     * Selects an entry's key; returns whether it has a hash whose first deadline is the entry's.
     */
    private boolean isOfHash(Keyspace keyspace, HashValue hash, int number) {
      due.select(keyspace, number);
      return keyspace.find()
          && keyspace.selected().type() == ValueType.HASH
          && hash.find()
          && hash.isFirst(due.index().isByDate(), due.millis(number));
    }

    private int remove(Keyspace keyspace, HashValue hash, Piece piece) {
      int number = piece.entry();
      boolean isOfHash = isOfHash(keyspace, hash, number);
      if (!due.select(keyspace, number)) {
        return 0;
      }
      if (!isOfHash) {
        // A hash past its own deadline takes its entry along when it is removed.
        if (!keyspace.selected().isPastDeadline()) {
          due.deleteEntry(keyspace, number);
        }
        return 0;
      }
      keyspace.find();
      boolean byDate = due.index().isByDate();
      int removed = Math.toIntExact(hash.removeDue(byDate, piece.fields()));
      hash.store();
      if (piece.isLast() && hash.firstDeadline(byDate) == due.millis(number)) {
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
