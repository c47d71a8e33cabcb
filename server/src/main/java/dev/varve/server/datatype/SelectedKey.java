package dev.varve.server.datatype;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.storage.PartVisitor;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.Varint;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The key that a command works on, and what was found of it: whether it has a value, the value's
 * type and deadline, and the memory that holds it. A lookup goes through what the transaction has
 * done so far, the view, and what rehearsals have read, in this order; each key is looked up once.
 *
 * <p>What it tells of the value holds after a lookup that has found the key, until another key is
 * selected or the {@link Keyspace} is bound anew. Not thread-safe.
 */
public final class SelectedKey {
  /** What is known of the key. */
  enum Found {
    NOT_LOOKED_UP,
    /** Only the disk knows. */
    UNKNOWN,
    ABSENT,
    /** It has a value, be it past its deadline. */
    PRESENT
  }

  /** How far a lookup goes. */
  enum Depth {
    /** Not into tables. */
    MEMTABLES,
    /** To what stands before the value, which isn't read if it lies apart. */
    HEAD,
    VALUE
  }

  private static final int LEAST_KEY_BYTES = 256;
  private static final int RETAINED_KEY_BYTES = 128 * 1024;

  private final Transaction transaction;
  private final CommandTime time;

  /** Keys that the command has looked up; null: nobody wants to know. */
  private List<KeyUse> uses;

  /** The engine key: its first bytes. */
  private byte[] key = new byte[LEAST_KEY_BYTES];

  private int keyLength;
  private int databaseId;

  // What was found.
  private Found found = Found.NOT_LOOKED_UP;

  private EntryReference entry = new EntryReference();

  /** Whether {@link #entry} pins the memory that it refers to. */
  private boolean pinned;

  /** Whether no more than what stands before the value has been asked for, or is at hand. */
  private boolean valueUnread;

  private MemorySegment valueSegment = MemorySegment.NULL;

  private long valueOffset;
  private int valueLength;

  /** Type and form of the value, as its header has them. */
  private byte type;

  /** The first deadlines of a hash's fields; empty if it has none. */
  private final FirstDeadlines first = new FirstDeadlines();

  private long deadline;

  SelectedKey(Transaction transaction, CommandTime time) {
    this.transaction = transaction;
    this.time = time;
  }

  /** Records the keys that are looked up until this is bound anew, each once at least. */
  public List<KeyUse> recordUses() {
    uses = new ArrayList<>();
    return uses;
  }

  /** Returns a copy of the engine key. */
  public byte[] engineKey() {
    return Arrays.copyOf(key, keyLength);
  }

  /** The engine key: its first {@link #length} bytes; valid until another key is selected. */
  byte[] bytes() {
    return key;
  }

  /** Returns the length of the engine key in bytes. */
  int length() {
    return keyLength;
  }

  /** Makes a user key the selected one. */
  void select(int id, ByteBuf buffer, int offset, int length) {
    begin(id, length);
    buffer.getBytes(offset, key, KeyLayout.USER_KEY_OFFSET, length);
  }

  /** Makes an engine key the selected one. */
  void select(byte[] bytes, int offset, int length) {
    begin((int) KeyLayout.INT.get(bytes, offset + 1), length - KeyLayout.USER_KEY_OFFSET);
    System.arraycopy(bytes, offset, key, 0, length);
  }

  private void begin(int id, int userKeyLength) {
    forget();
    keyLength = KeyLayout.USER_KEY_OFFSET + userKeyLength;
    if (key.length < keyLength) {
      key = new byte[Math.max(keyLength, 2 * key.length)];
    }
    key[0] = KeyLayout.KEYS;
    KeyLayout.INT.set(key, 1, id);
    databaseId = id;
  }

  /** Lets go of what was found. */
  void forget() {
    if (pinned) {
      entry.release();
      pinned = false;
    }
    valueSegment = MemorySegment.NULL;
    valueUnread = false;
    found = Found.NOT_LOOKED_UP;
  }

  /**
   * Lets go of what was found, and of memory that a long key took.
   *
   * @return whether one did
   */
  boolean end() {
    forget();
    uses = null;
    if (key.length <= RETAINED_KEY_BYTES) {
      return false;
    }
    key = new byte[LEAST_KEY_BYTES];
    return true;
  }

  /** Lets go of what was found, but of what the transaction will put in its place. */
  void wasPut() {
    found = Found.NOT_LOOKED_UP;
  }

  /** What was found. */
  Found found() {
    return found;
  }

  /** Looks it up, as {@link Keyspace#find} does; returns what it is for one who watches it. */
  public WatchedKeys.State state() {
    boolean live = find(Depth.HEAD);
    return found == Found.PRESENT
        ? new WatchedKeys.State(true, deadline, !live, isSpread() ? prefixOfElements() : null)
        : WatchedKeys.State.ABSENT;
  }

  /** Returns whether the value is a string. */
  public boolean isString() {
    return type() == ValueType.STRING;
  }

  /**
   * Looks it up, on the disk if memory can't tell.
   *
   * @return whether it is there and its deadline, if any, has not passed
   * @throws ReadNeeded if only the disk knows, and may not be read
   */
  boolean find(Depth depth) {
    look(depth);
    if (found == Found.UNKNOWN) {
      readKey(depth);
    }
    return isLive();
  }

  /** Looks it up as far as the transaction's reads go. */
  void look(Depth depth) {
    if (found != Found.NOT_LOOKED_UP) {
      return;
    }
    Overlay overlay = transaction.overlay();
    if (!overlay.isEmpty() && lookInOverlay(overlay)) {
      return;
    }
    int answer =
        transaction.notesAll() ? EntryReference.NEEDS_READ : lookUp(depth, transaction.mayRead());
    if (answer == EntryReference.NEEDS_READ) {
      lookInMisses();
    } else {
      foundEntry(answer);
    }
    if (uses != null) {
      noteUse();
    }
  }

  private void noteUse() {
    boolean there = found == Found.PRESENT;
    uses.add(
        new KeyUse(
            engineKey(),
            there && isSpread() ? prefixOfElements() : null,
            isLive() ? deadline : NO_DEADLINE));
  }

  private int lookUp(Depth depth, boolean mayRead) {
    ReadView view = transaction.view();
    return switch (depth) {
      case MEMTABLES -> view.probe(key, 0, keyLength, entry);
      case HEAD -> view.head(key, 0, keyLength, mayRead, entry);
      case VALUE -> view.get(key, 0, keyLength, mayRead, entry);
    };
  }

  /** As if a key of other bytes had been selected and looked up, which only its view knows of. */
  void foundOf(int itsDatabaseId, byte[] bytes, int offset, int length) {
    forget();
    databaseId = itsDatabaseId;
    int answer = transaction.view().get(bytes, offset, length, transaction.mayRead(), entry);
    if (answer == EntryReference.NEEDS_READ) {
      throw ReadNeeded.INSTANCE;
    }
    foundEntry(answer);
  }

  /**
   * As if a key had been selected and looked up.
   *
   * @param its what was found, pinned by who has found it; null: the key is absent
   */
  void foundElsewhere(int itsDatabaseId, EntryReference its) {
    forget();
    // Its elements are looked for there.
    databaseId = itsDatabaseId;
    if (its == null) {
      found = Found.ABSENT;
    } else {
      present(its.valueSegment(), its.valueOffset(), its.valueLength());
    }
  }

  private void foundEntry(int answer) {
    if (answer == EntryReference.FOUND) {
      pinned = true;
      present(entry.valueSegment(), entry.headOffset(), entry.wholeLength());
      valueUnread = EntryKind.isApart(entry.kind());
    } else {
      found = Found.ABSENT;
    }
  }

  private boolean lookInOverlay(Overlay overlay) {
    byte[] bytes = transaction.batch().bytes();
    int own = overlay.find(bytes, key, keyLength);
    if (own == Overlay.NONE) {
      return false;
    }
    if (own == Overlay.GONE || overlay.isDelete(own)) {
      found = Found.ABSENT;
    } else {
      present(MemorySegment.ofArray(bytes), overlay.valueOffset(own), overlay.valueLength(own));
    }
    return true;
  }

  private void lookInMisses() {
    Misses.Answer answer = transaction.answer(key, keyLength);
    if (answer == null) {
      found = Found.UNKNOWN;
    } else if (answer.isAbsent()) {
      found = Found.ABSENT;
    } else {
      present(MemorySegment.ofArray(answer.bytes()), 0, answer.length());
      valueUnread = !answer.isWhole();
    }
  }

  /** In a rehearsal: reads what an earlier run was given up for. */
  void readWanted(Misses.Wanted wanted) {
    byte[] its = wanted.key();
    select(its, 0, its.length);
    readKey(wanted.value() ? Depth.VALUE : Depth.HEAD);
    if (wanted.value() && found == Found.PRESENT) {
      noteValue();
    }
  }

  /** Reads from the disk what is known of the key, or gives up for want of it. */
  private void readKey(Depth depth) {
    if (!transaction.readsMisses()) {
      throw transaction.wants(key, keyLength, false);
    }
    foundEntry(lookUp(depth, true));
    if (pinned) {
      noteRead();
    } else {
      transaction.misses().absent(key, keyLength);
    }
  }

  private void noteRead() {
    valueUnread = true;
    // Whatever is done with a spread collection needs its head.
    if (isSpread()) {
      noteValue();
    } else {
      transaction
          .misses()
          .head(key, keyLength, entry.valueSegment(), entry.headOffset(), entry.wholeLength());
    }
  }

  /** Gets the bytes of the found key's value, or gives up for want of them. */
  private void readValue() {
    if (pinned && EntryKind.isApart(entry.kind()) && lookUpValue()) {
      return;
    }
    if (!transaction.readsMisses()) {
      throw transaction.wants(key, keyLength, true);
    }
    noteValue();
  }

  /**
   * Looks the value up of a key of which no more than the head was; false if only the disk knows.
   */
  private boolean lookUpValue() {
    entry.release();
    pinned = false;
    if (lookUp(Depth.VALUE, transaction.mayRead()) == EntryReference.FOUND) {
      foundEntry(EntryReference.FOUND);
      return true;
    }
    Misses.Answer known = transaction.answer(key, keyLength);
    if (known == null || known.isAbsent() || !known.isWhole()) {
      return false;
    }
    present(MemorySegment.ofArray(known.bytes()), 0, known.length());
    valueUnread = false;
    return true;
  }

  /** In a rehearsal: reads the found key's value from the disk, if it isn't at hand. */
  private void noteValue() {
    if (pinned && EntryKind.isApart(entry.kind())) {
      entry.release();
      pinned = false;
    }
    if (!pinned) {
      foundEntry(lookUp(Depth.VALUE, true));
    }
    transaction
        .misses()
        .value(key, keyLength, entry.valueSegment(), entry.valueOffset(), entry.valueLength());
    valueUnread = false;
  }

  /** Returns whether memory could tell what it holds; it has been looked up. */
  boolean isKnown() {
    return found != Found.UNKNOWN;
  }

  /**
   * Says what tables hold of it, which memory could not tell: enough to delete it.
   *
   * @param itsDeadline of a key that has a value
   * @param head what a value that more than that must be known of begins with; null: no such one
   */
  void heldInTables(boolean present, long itsDeadline, byte[] head) {
    if (head != null) {
      present(MemorySegment.ofArray(head), 0, head.length);
      return;
    }
    found = present ? Found.PRESENT : Found.ABSENT;
    deadline = itsDeadline;
    type = 0;
    first.clear();
    valueSegment = MemorySegment.NULL;
    valueOffset = 0;
    valueLength = 0;
  }

  /** It was found: its header and its value are these bytes. */
  private void present(MemorySegment segment, long offset, int length) {
    found = Found.PRESENT;
    type = KeyLayout.typeAndForm(segment, offset);
    deadline = KeyLayout.deadline(segment, offset);
    int header = KeyLayout.headerBytes(type, deadline);
    if (KeyLayout.hasFirst(type)) {
      first.load(segment, offset + KeyLayout.headerBytes(deadline));
    } else {
      first.clear();
    }
    valueSegment = segment;
    valueOffset = offset + header;
    valueLength = length - header;
  }

  /** Has {@code held} keep the found value, and what pins it. */
  void holdBy(HeldValue held) {
    MemorySegment segment = valueSegment();
    entry = held.hold(segment, valueOffset, valueLength, type, first, entry);
    pinned = false;
  }

  /** Whether it has a value, and its deadline, if any, has not passed. */
  boolean isLive() {
    return found == Found.PRESENT && (deadline == NO_DEADLINE || time.remaining(deadline) > 0);
  }

  /** Returns whether it has a value whose deadline has passed; it has been looked up. */
  public boolean isPastDeadline() {
    return found == Found.PRESENT && !isLive();
  }

  /** Returns when it expires, or {@link KeyLayout#NO_DEADLINE}. */
  public long deadline() {
    return deadline;
  }

  /** Type and form of the value, as its header has them. */
  byte typeAndForm() {
    return type;
  }

  /** Returns the type of the value. */
  public ValueType type() {
    return KeyLayout.typeOf(type);
  }

  /** Returns the name of the encoding of a value that is no string. */
  public String encodingName() {
    return type()
        .encoding(valueSegment().get(ValueLayout.JAVA_BYTE, valueOffset), hasFirstDeadlines());
  }

  /** Returns whether the value is a hash whose fields were given deadlines. */
  public boolean hasFirstDeadlines() {
    return KeyLayout.hasFirst(type);
  }

  /** Returns the first deadlines of a hash's fields; valid until another key is selected. */
  public FirstDeadlines firstDeadlines() {
    return first;
  }

  /** Returns whether the value is the head of a spread collection. */
  public boolean isSpread() {
    return KeyLayout.isSpread(type);
  }

  /** Returns the memory that holds the value. */
  public MemorySegment valueSegment() {
    if (valueUnread) {
      readValue();
    }
    return valueSegment;
  }

  /**
   * Hands on a part of the found key's value, piece by piece: all of it isn't in memory for that,
   * where the disk may be read.
   *
   * @param from the part's first byte
   * @param count how many bytes it has; there are so many
   * @throws ReadNeeded if only the disk knows, and may not be read
   */
  public void forEachPiece(int from, int count, PartVisitor to) {
    if (valueUnread && pinned && transaction.mayRead()) {
      int header = KeyLayout.headerBytes(type, deadline);
      int answer = transaction.view().readPart(key, 0, keyLength, true, header + from, count, to);
      if (answer != EntryReference.FOUND) {
        throw new IllegalStateException("a value that was found is gone");
      }
      return;
    }
    to.piece(valueSegment(), valueOffset + from, count);
  }

  /** Returns whether no more has to be looked up for the value. */
  public boolean hasValueAtHand() {
    return !valueUnread;
  }

  /** Returns where the value begins in {@link #valueSegment}. */
  public long valueOffset() {
    return valueOffset;
  }

  /** Returns the length of the value in bytes. */
  public int valueLength() {
    return valueLength;
  }

  /** Returns about how many bytes it takes in tables before compression. */
  public long storedBytes() {
    long bytes = keyLength + (long) KeyLayout.headerBytes(type, deadline) + valueLength;
    if (isString() && isSpread()) {
      bytes += chunkedBytes();
    }
    return deadline == NO_DEADLINE ? bytes : bytes + keyLength + Long.BYTES;
  }

  /** The bytes of a string's chunks that are there, about. */
  private long chunkedBytes() {
    long at = valueOffset + KeyLayout.HEAD_BYTES;
    long length = Varint.get(valueSegment(), at);
    at += Varint.length(length);
    long chunkBytes = Varint.get(valueSegment(), at);
    long chunks = Varint.get(valueSegment(), at + Varint.length(chunkBytes));
    return Math.min(length, chunks * chunkBytes);
  }

  /** Returns what the keys of a spread collection's elements begin with. */
  byte[] prefixOfElements() {
    return KeyLayout.elementPrefix(valueSegment(), valueOffset);
  }

  /** Returns whether it has a value with just this deadline; it has been looked up. */
  boolean isPresentWithDeadline(long due) {
    return found == Found.PRESENT && deadline == due;
  }

  /** Returns the id of the key's database. */
  public int databaseId() {
    return databaseId;
  }
}
