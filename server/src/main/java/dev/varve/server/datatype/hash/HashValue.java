package dev.varve.server.datatype.hash;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.FirstDeadlines;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.datatype.collection.Members;
import dev.varve.server.datatype.collection.Packed;
import dev.varve.server.datatype.collection.StoredCollection;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * The hash that the selected key of a {@link Keyspace} holds. Packed, its fields are in the order
 * in which they were put, each followed by its value; spread, they are {@link Members}.
 *
 * <pre>
 * what a field has := [flags:u8 | [deadline ms:i64]] | the field's value
 * </pre>
 *
 * <p>Flags are those of a key's header that say whether there is a deadline, and by which clock. In
 * a packed hash no field of which was ever given a deadline they are missing. A spread hash has a
 * {@link FieldIndex} besides, and one whose fields were given deadlines, whatever its form, tells
 * the first of them ({@link FirstDeadlines}).
 *
 * <p>A field whose deadline has passed is not there for anybody who looks; what is left of it goes
 * when it is {@linkplain #removeDue removed}, or overwritten. Until then the key is there, be it
 * the last field.
 *
 * <p>It is {@linkplain #find found}; fields are {@linkplain #select selected}, read and changed;
 * and if something has changed it is {@linkplain #store stored}, once. Each thread that executes
 * commands has one, and nothing is allocated for what works on single fields. Not thread-safe.
 */
public final class HashValue {
  private static final int HASH_TABLE = 1;

  /** A field and its value. */
  private static final int PAIR = 2;

  private static final long UNKNOWN = -1;

  private final Keyspace keyspace;
  private final CollectionLimits limits;
  private final StoredCollection stored;
  private final Members fields;
  private final FieldIndex index;
  private final FieldWalks walks;

  /** Whether a field was ever given a deadline. */
  private boolean timed;

  private final FirstDeadlines first = new FirstDeadlines();

  /** How many of the stored fields are past their deadline; {@link #UNKNOWN}: not counted. */
  private long due;

  /** What the field has that was found. */
  private final FieldValue value;

  private boolean isNew;

  /** Whether the value that was put last goes to the batch. */
  private boolean putsToBatch;

  /** Makes one for the keys of a keyspace. */
  public HashValue(Keyspace keyspace, CollectionLimits limits) {
    this.keyspace = keyspace;
    this.limits = limits;
    this.stored = new StoredCollection(keyspace, ValueType.HASH);
    this.fields = new Members(keyspace);
    this.index = new FieldIndex(keyspace, fields);
    this.value = new FieldValue(keyspace);
    this.walks = new FieldWalks(keyspace, stored, fields, this, value);
  }

  /** Takes a field and its value. */
  @FunctionalInterface
  public interface Visitor {
    /** Takes one; what it is given is valid until it returns. */
    void visit(
        byte[] field,
        int fieldOffset,
        int fieldLength,
        MemorySegment value,
        long valueOffset,
        int valueLength);
  }

  /**
   * Looks the selected key up; one that isn't there is a hash without fields.
   *
   * @return whether it is there
   * @throws dev.varve.server.datatype.WrongTypeException if it holds something else
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean find() {
    return found(stored.find());
  }

  /** As {@link #find}, and counts the lookup as a hit or a miss. */
  public boolean findCounted() {
    return found(stored.findCounted());
  }

  /**
   * Begins a hash without fields, that takes the place of whatever the selected key holds, which
   * has been looked up.
   */
  public void begin() {
    stored.begin();
    found(false);
  }

  private boolean found(boolean live) {
    timed = live && keyspace.selected().hasFirstDeadlines();
    due = timed ? UNKNOWN : 0;
    if (timed) {
      first.set(keyspace.selected().firstDeadlines());
    } else {
      first.clear();
    }
    return live;
  }

  /**
   * How many fields it has. If some may be past their deadline, those are counted.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if the disk would have to be read for that
   */
  public long count() {
    return stored.count() - due();
  }

  /** How many fields are stored: {@link #count}, and those past their deadline. */
  public long storedCount() {
    return stored.count();
  }

  private long due() {
    if (due == UNKNOWN) {
      due = countDue();
    }
    return due;
  }

  private long countDue() {
    if (!isAnyDue(false) && !isAnyDue(true)) {
      return 0;
    }
    long counted = 0;
    if (stored.isSpread()) {
      byte[] selected = selected();
      counted = countDue(false) + countDue(true);
      select(selected, 0, selected.length);
    } else {
      for (int place = 0; place < stored.packed().end(); place = behind(place)) {
        if (!isLive(place)) {
          counted++;
        }
      }
    }
    return counted;
  }

  private long now(boolean byDate) {
    return byDate ? keyspace.time().wallNow() : keyspace.time().now();
  }

  /** Whether a field may be due by a clock: the first is. */
  private boolean isAnyDue(boolean byDate) {
    return first.of(byDate) != FirstDeadlines.NONE && first.of(byDate) <= now(byDate);
  }

  private long countDue(boolean byDate) {
    return isAnyDue(byDate) ? index.count(byDate, first.of(byDate), now(byDate)) : 0;
  }

  /** The selected field; one of no bytes if none was ever selected. */
  private byte[] selected() {
    if (fields.length() == 0) {
      return new byte[0];
    }
    return Arrays.copyOfRange(fields.bytes(), Members.OFFSET, Members.OFFSET + fields.length());
  }

  /** Whether all of it is one value, and any number of its fields is at hand. */
  public boolean isPacked() {
    return !stored.isSpread();
  }

  /** Makes a field the one that is worked on. */
  public void select(ByteBuf buffer, int offset, int length) {
    fields.select(buffer, offset, length);
  }

  /** Makes a field the one that is worked on. */
  private void select(byte[] source, int offset, int length) {
    fields.select(source, offset, length);
  }

  // Reading

  /**
   * Looks the selected field up.
   *
   * @return whether it is there
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean findField() {
    return findStored() && value.isLive();
  }

  /** Looks a field up, which is selected then. */
  boolean find(byte[] field) {
    select(field, 0, field.length);
    return findField();
  }

  /** Whether the selected field is stored, be it past its deadline. */
  private boolean findStored() {
    if (!stored.isSpread()) {
      return found(place());
    }
    boolean found = fields.find();
    if (found) {
      Elements elements = stored.elements();
      value.flagged(elements.valueSegment(), elements.valueOffset(), elements.valueLength());
    }
    return found;
  }

  private boolean found(int place) {
    if (place == Packed.NONE) {
      return false;
    }
    Packed packed = stored.packed();
    int its = packed.next(place);
    if (timed) {
      value.flagged(packed.segment(), packed.start(its), packed.length(its));
    } else {
      value.plain(packed.segment(), packed.start(its), packed.length(its));
    }
    return true;
  }

  /** Whether the packed field at a place, whose value this finds, is alive. */
  boolean isLive(int place) {
    found(place);
    return value.isLive();
  }

  /** The place after a packed field and its value. */
  int behind(int place) {
    return stored.packed().next(stored.packed().next(place));
  }

  private int place() {
    return stored.packed().find(fields.bytes(), Members.OFFSET, fields.length(), PAIR);
  }

  /** Returns when the field that was found expires, or {@link KeyLayout#NO_DEADLINE}. */
  public long fieldDeadline() {
    return value.deadline();
  }

  /** Returns the memory that holds the value of the field that was found. */
  public MemorySegment valueSegment() {
    return value.segment();
  }

  /** Returns where the value of the field that was found begins in {@link #valueSegment}. */
  public long valueOffset() {
    return value.offset();
  }

  /** Returns the length in bytes of the value of the field that was found. */
  public int valueLength() {
    return value.length();
  }

  /**
   * Hands all fields to {@code visitor}: as many as there are by {@link #count}.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if the disk would have to be read
   */
  public void forEach(Visitor visitor) {
    walks.forEach(visitor);
  }

  /**
   * Hands about so many fields to {@code visitor}; a packed hash's all. See {@link Members#scan}.
   */
  public long scan(long cursor, long atLeast, Visitor visitor) {
    return walks.scan(cursor, atLeast, visitor);
  }

  /** Hands a field to {@code visitor}, each with the same likelihood; there must be one. */
  public void random(Visitor visitor) {
    walks.random(visitor);
  }

  /** Hands so many fields to {@code visitor}, each picked as by {@link #random(Visitor)}. */
  public void random(long picks, Visitor visitor) {
    walks.random(picks, visitor);
  }

  /**
   * Hands so many different fields to {@code visitor}, each choice of as many with the same
   * likelihood.
   */
  public void sample(long wanted, Visitor visitor) {
    walks.sample(wanted, visitor);
  }

  // Changing

  /**
   * Gives the selected field a value of a length, which the caller writes to {@link #target} from
   * the returned offset on before it does anything else. A deadline that it has had is cleared.
   */
  public int put(int length) {
    return put(NO_DEADLINE, length);
  }

  /**
   * As {@link #put(int)}, of a field that expires.
   *
   * @param deadline when it does, or {@link KeyLayout#NO_DEADLINE}
   */
  public int put(long deadline, int length) {
    if (deadline != NO_DEADLINE) {
      beTimed();
      first.add(deadline);
    }
    int longest = limits.hashValueBytes();
    if (length > longest || fields.length() > longest) {
      stored.atLeast(HASH_TABLE);
    }
    int at =
        stored.isSpread()
            ? putSpread(findStored(), deadline, length)
            : putPacked(place(), deadline, length);
    if (stored.count() > limits.hashEntries()) {
      stored.atLeast(HASH_TABLE);
    }
    return at;
  }

  private int putSpread(boolean known, long deadline, int length) {
    index(known ? value.deadline() : NO_DEADLINE, deadline);
    int at = fields.put(KeyLayout.headerBytes(deadline) + length);
    added(known);
    putsToBatch = true;
    return KeyLayout.putHeader(target(), at, (byte) 0, deadline);
  }

  private void index(long before, long after) {
    if (before != after) {
      if (before != NO_DEADLINE) {
        index.delete(before);
      }
      if (after != NO_DEADLINE) {
        index.put(after);
      }
    }
  }

  private int putPacked(int place, long deadline, int ownLength) {
    Packed packed = stored.packed();
    boolean known = found(place);
    int length = ownLength + (timed ? KeyLayout.headerBytes(deadline) : 0);
    int its = known ? packed.next(place) : packed.end();
    long size =
        (long) packed.end()
            + Packed.sizeOf(length)
            + (known ? its - packed.next(its) : Packed.sizeOf(fields.length()));
    if (size > limits.packedBytes() || (!known && count() >= limits.packedEntries())) {
      spread();
      return putSpread(findStored(), deadline, ownLength);
    }
    if (!known) {
      int at = packed.insert(packed.end(), fields.length());
      System.arraycopy(fields.bytes(), Members.OFFSET, packed.bytes(), at, fields.length());
    }
    int at = known ? packed.replace(its, length) : packed.insert(packed.end(), length);
    added(known);
    stored.changed();
    putsToBatch = false;
    return timed ? KeyLayout.putHeader(target(), at, (byte) 0, deadline) : at;
  }

  private void added(boolean known) {
    isNew = !known || !value.isLive();
    if (!known) {
      stored.add(1);
    } else if (isNew && due != UNKNOWN) {
      due--;
    }
  }

  /** Room for flags comes with the first deadline, and stays. */
  private void beTimed() {
    if (timed) {
      return;
    }
    timed = true;
    due = UNKNOWN;
    Packed packed = stored.packed();
    for (int place = 0; !stored.isSpread() && place < packed.end(); place = behind(place)) {
      int old = packed.next(place);
      byte[] its = Arrays.copyOfRange(packed.bytes(), packed.start(old), packed.next(old));
      int at = packed.replace(old, 1 + its.length);
      packed.bytes()[at] = 0;
      System.arraycopy(its, 0, packed.bytes(), at + 1, its.length);
    }
    stored.changed();
  }

  /**
   * Gives the selected field, which was found, another deadline.
   *
   * @param deadline when it expires, or {@link KeyLayout#NO_DEADLINE}
   */
  public void changeDeadline(long deadline) {
    // A packed one is overwritten where it stands; a long one isn't copied twice.
    MemorySegment its = stored.isSpread() ? null : MemorySegment.ofArray(value.copy());
    int length = value.length();
    int at = put(deadline, length);
    MemorySegment from = its == null ? value.segment() : its;
    MemorySegment.copy(
        from, ValueLayout.JAVA_BYTE, its == null ? value.offset() : 0, target(), at, length);
  }

  /** Makes each packed field an element of its own. */
  private void spread() {
    byte[] selected = selected();
    stored.spread();
    Packed packed = stored.packed();
    for (int place = 0; place < packed.end(); place = behind(place)) {
      select(packed.bytes(), packed.start(place), packed.length(place));
      found(place);
      index(NO_DEADLINE, value.deadline());
      int at = fields.put(KeyLayout.headerBytes(value.deadline()) + value.length());
      byte[] batch = stored.batchBytes();
      int own = KeyLayout.putHeader(batch, at, (byte) 0, value.deadline());
      System.arraycopy(packed.bytes(), (int) value.offset(), batch, own, value.length());
    }
    select(selected, 0, selected.length);
  }

  /** Where {@link #put} wants the value to be written. */
  public byte[] target() {
    return putsToBatch ? stored.batchBytes() : stored.packed().bytes();
  }

  /** Whether the field that was put last wasn't there before. */
  public boolean isNew() {
    return isNew;
  }

  /**
   * Removes the selected field.
   *
   * @return whether it was there
   */
  public boolean remove() {
    if (!findField()) {
      return false;
    }
    removeFound();
    return true;
  }

  private void removeFound() {
    if (stored.isSpread()) {
      index(value.deadline(), NO_DEADLINE);
      fields.delete();
    } else {
      stored.packed().remove(place(), PAIR);
      stored.changed();
    }
    stored.add(-1);
  }

  /** When the first of its fields is due by a clock, or earlier: see {@link FirstDeadlines}. */
  public long firstDeadline(boolean byDate) {
    return first.of(byDate);
  }

  /** Whether a time is the first deadline of its fields by a clock, as far as that is known. */
  public boolean isFirst(boolean byDate, long millis) {
    return timed && first.of(byDate) == millis;
  }

  /**
   * Finds fields whose deadline by a clock has passed, the earliest first. Takes its time, where
   * the disk may be read.
   *
   * @param most so many at most
   * @param place where the last search ended, if it was one of this hash; set to where this one
   *     does
   */
  public DueFields findDue(boolean byDate, int most, DuePlace place) {
    return stored.isSpread()
        ? index.find(byDate, first.of(byDate), now(byDate), most, place)
        : new DueFields(List.of(), first.of(byDate), true);
  }

  /**
   * Removes fields that were found to be due, and are it still; the hash is to be stored then, also
   * if there were none: it may be due another time.
   *
   * @return how many were removed
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows one
   */
  public long removeDue(boolean byDate, DueFields found) {
    due = UNKNOWN;
    long before = stored.count();
    if (stored.isSpread()) {
      for (byte[] field : found.fields()) {
        select(field, 0, field.length);
        if (findStored() && !value.isLive()) {
          removeFound();
        }
      }
      first.put(byDate, found.isAll() ? index.first(byDate, found.next()) : found.next());
    } else {
      int place = 0;
      while (place < stored.packed().end()) {
        if (isLive(place)) {
          place = behind(place);
        } else {
          stored.packed().remove(place, PAIR);
          stored.add(-1);
        }
      }
    }
    stored.changed();
    return before - stored.count();
  }

  /** Stores what has changed; a hash without fields is no more. */
  public void store() {
    if (timed) {
      if (!stored.isSpread()) {
        findFirst();
      }
      if (!first.same(keyspace.selected().firstDeadlines())) {
        stored.changed();
      }
      stored.firstDeadlines(first);
    }
    stored.store();
  }

  private void findFirst() {
    first.clear();
    for (int place = 0; place < stored.packed().end(); place = behind(place)) {
      found(place);
      if (value.deadline() != NO_DEADLINE) {
        first.add(value.deadline());
      }
    }
  }
}
