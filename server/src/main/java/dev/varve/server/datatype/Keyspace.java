package dev.varve.server.datatype;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongPredicate;

/**
 * A database's keys as a command sees them, over the {@link Transaction} that it is part of.
 * Commands {@linkplain #select select} a key, {@linkplain #find find} what it holds, and
 * {@linkplain #reserve put} or {@linkplain #delete} it; the expiry index and the counts of live
 * keys are kept right on the way. A command sees its own changes, and those of the commands before
 * it in the transaction.
 *
 * <p>It knows that values have types. Who works on strings {@linkplain #findString says so}, and
 * meets no other; what changes a value's deadline or place keeps its type.
 *
 * <p>Each thread that executes commands has one and binds it anew for each; nothing is allocated
 * then. What a lookup found is valid until the next select, bind or unbind. Not thread-safe.
 */
public final class Keyspace {
  /** Each key that is found pins the block that holds it. */
  public static final int MOST_TOGETHER = 32;

  private static final int RETAINED_KEY_BYTES = 128 * 1024;

  /** More than a change of one key takes in a batch beside keys and value. */
  private static final int ENTRY_BYTES = 256;

  /** What is known of the selected key. */
  private enum Found {
    NOT_LOOKED_UP,
    /** Only the disk knows. */
    UNKNOWN,
    ABSENT,
    /** It has a value, be it past its deadline. */
    PRESENT
  }

  private final WallTime wallTime;
  private final Transaction transaction;
  private final ExpiryIndex expiryIndex = new ExpiryIndex();

  // The binding.
  private int database;
  private int databaseId;

  /** Whether the command is one of several of a transaction. */
  private boolean ofMany;

  // The selected key.
  private byte[] key = new byte[256];
  private int keyLength;
  private int keyDatabaseId;
  private Found found = Found.NOT_LOOKED_UP;
  private EntryReference entry = new EntryReference();

  /** Pins a value that was {@linkplain #hold held}. */
  private EntryReference heldEntry = new EntryReference();

  private boolean holds;
  private MemorySegment heldSegment = MemorySegment.NULL;
  private long heldOffset;
  private int heldLength;
  private byte heldType;
  private boolean pinned;

  /** Whether no more than what stands before the value has been asked for, or is at hand. */
  private boolean valueUnread;

  private MemorySegment valueSegment = MemorySegment.NULL;
  private long valueOffset;
  private int valueLength;

  /** Type and form of the value, as its header has them. */
  private byte type;

  private long deadline;

  // Keys looked up together.
  private final KeyBatch gathered = new KeyBatch();
  private final Lookups together = new Lookups();

  // Statistics, also read by other threads: a stale value does no harm there.
  private long hits;
  private long misses;
  private long hitsBefore;
  private long missesBefore;

  /** Makes the keyspace of one thread. */
  public Keyspace(Databases databases, WallTime wallTime) {
    this.wallTime = wallTime;
    this.transaction = new Transaction(databases, wallTime);
  }

  // Binding

  /**
   * Reads from {@code view} from now on.
   *
   * @param mayRead whether the disk may be read; if not, lookups may throw {@link ReadNeeded}
   * @param database index of the database
   * @param nowMillis the monotone time that decides which keys have expired
   */
  public void bindRead(ReadView view, boolean mayRead, int database, long nowMillis) {
    unbind();
    transaction.beginRead(view, mayRead, nowMillis);
    bindTo(database);
  }

  /**
   * Begins a transaction that reads from the engine's newest state and {@code answers}, and changes
   * keys through {@code batch}. The storage thread then either appends the batch and says so by
   * {@link #committed}, or drops it.
   */
  public void bindWrite(
      ReadView latest, Misses answers, WriteBatch batch, int database, long nowMillis) {
    unbind();
    hitsBefore = hits;
    missesBefore = misses;
    transaction.beginWrite(latest, answers, batch, nowMillis);
    bindTo(database);
  }

  /**
   * As {@link #bindWrite}, on the read pool, where the disk may be read: the storage thread has
   * lent it the writer's role.
   */
  public void bindLent(ReadView latest, WriteBatch batch, int database, long nowMillis) {
    unbind();
    transaction.beginLent(latest, batch, nowMillis);
    bindTo(database);
  }

  /**
   * Begins a rehearsal of what will run on the storage thread: what memory can't tell is read, and
   * added to what was read for it before.
   *
   * @param before what earlier rehearsals have read
   * @param wanted what the last run was given up for; null: nothing
   * @param memory is asked before so many bytes of heap, for all that was read, are taken
   * @return what has been read, when the rehearsal is over
   * @throws Misses.NoMemory if there is no memory for it now
   */
  public Misses bindRehearsal(
      ReadView view,
      Misses before,
      Misses.Wanted wanted,
      LongPredicate memory,
      WriteBatch scratch,
      int database,
      long nowMillis) {
    unbind();
    hitsBefore = hits;
    missesBefore = misses;
    Misses read = before.continuedAt(view, memory);
    transaction.beginRehearsal(view, read, scratch, nowMillis);
    bindTo(database);
    if (wanted != null) {
      // Where the run differs from the rehearsal it comes one key further each time.
      selectEngineKey(wanted.key(), 0, wanted.key().length);
      readKey();
      if (wanted.value() && found == Found.PRESENT) {
        readValue();
      }
    }
    return read;
  }

  /**
   * Binds to a database for the next command of the same transaction, whose beginning is marked.
   */
  public void bindNext(int index) {
    forgetFound();
    forgetHeld();
    transaction.mark();
    ofMany = true;
    bindTo(index);
  }

  private void bindTo(int index) {
    database = index;
    databaseId = transaction.databaseId(index);
  }

  /** Lets go of what the last command pinned. */
  public void unbind() {
    forgetFound();
    forgetHeld();
    if (gathered.size() > 0) {
      forgetGathered();
    }
    transaction.end();
    ofMany = false;
    if (key.length > RETAINED_KEY_BYTES) {
      key = new byte[256];
      expiryIndex.shrink();
    }
  }

  /**
   * The batch has been appended; its last operation has the number {@code sequence}. The binding
   * stays, for who asks for the time.
   */
  public void appended(long sequence) {
    transaction.appended(sequence);
  }

  /** As {@link #appended}, and unbinds. */
  public void committed(long sequence) {
    appended(sequence);
    unbind();
  }

  /** The transaction is given up: what it has counted counts when it runs again. */
  public void givenUp() {
    hits = hitsBefore;
    misses = missesBefore;
  }

  /**
   * Returns what the last transaction was given up for by {@link ReadNeeded}, for the rehearsal;
   * null if for nothing of its own.
   */
  public Misses.Wanted wanted() {
    return transaction.wanted();
  }

  /**
   * Takes back what the command has done; the binding stays. A transaction of one command is then
   * as it began; of many, those before this one stay.
   */
  public void rollBack() {
    forgetFound();
    if (!transaction.isReadOnly()) {
      transaction.rollBack();
      bindTo(database);
    }
  }

  /** Returns the monotone time of the command in milliseconds. */
  public long now() {
    return transaction.now();
  }

  /** Returns the time of the command that deadlines given as dates pass by. */
  public long wallNow() {
    return transaction.wallNow();
  }

  /**
   * Returns the deadline that passes when the wall clock shows so many milliseconds. A date to come
   * that is past by the time that dates pass by, as the clock was set back, would be expired at
   * once: it passes when as much has elapsed.
   */
  public long deadlineAtDate(long millis) {
    if (millis <= wallNow()) {
      // Read last: it is behind what was read before it only if it was set back.
      long clock = wallTime.clockMillis();
      if (millis > clock) {
        return Deadline.later(now(), millis - clock);
      }
    }
    return Deadline.ofWall(millis);
  }

  /** Returns how many milliseconds are left until a deadline; 0 or less if it has passed. */
  public long remaining(long someDeadline) {
    return Deadline.isWall(someDeadline)
        ? Deadline.millis(someDeadline) - wallNow()
        : someDeadline - now();
  }

  /**
   * Returns how many milliseconds are left until a deadline that has not passed: until a date by
   * the wall clock, also while the time that dates pass by is ahead of it.
   */
  public long timeToLive(long someDeadline) {
    long left = remaining(someDeadline);
    return Deadline.isWall(someDeadline)
        ? Math.max(left, Deadline.millis(someDeadline) - wallTime.clockMillis())
        : left;
  }

  /** Returns what the wall clock will show when a deadline passes, as it goes now. */
  public long dateOf(long someDeadline) {
    return Deadline.isWall(someDeadline)
        ? Deadline.millis(someDeadline)
        : Deadline.later(someDeadline, wallTime.offset());
  }

  /** Returns the id that the database's keys are stored under. */
  public int databaseId() {
    return databaseId;
  }

  /**
   * Returns how many keys a database has that {@link #databaseId(int)} gave the id of, see {@link
   * Databases#keys}. Between the commands of a transaction it is the count as it is kept, with what
   * those before have changed.
   *
   * @throws ReadNeeded if only a walk tells, and the disk may not be read
   */
  public long keyCount(int id) {
    return ofMany ? transaction.keyCount(id) : Databases.keys(view(), id, mayRead());
  }

  /**
   * Returns the id that the keys of another database are stored under.
   *
   * @throws ReadNeeded if only the disk knows
   */
  public int databaseId(int index) {
    return transaction.databaseId(index);
  }

  /** Returns whether reads may wait for the disk; if not, they may throw {@link ReadNeeded}. */
  public boolean mayRead() {
    return transaction.mayRead();
  }

  /** Returns what is read from. */
  public ReadView view() {
    return transaction.view();
  }

  /**
   * Returns what walks go over: what is read from, with what the transaction has done so far. It is
   * of no use once the command changes something.
   */
  public ReadView walkedView() {
    return transaction.walkedView();
  }

  // Selecting and reading

  /** Makes a user key the one that is worked on. */
  public void select(ByteBuf buffer, int offset, int length) {
    beginSelect(databaseId, length);
    buffer.getBytes(offset, key, KeyLayout.USER_KEY_OFFSET, length);
  }

  /** Makes a user key of the database of an index, not the bound one, the one worked on. */
  public void selectIn(int index, ByteBuf buffer, int offset, int length) {
    beginSelect(transaction.databaseId(index), length);
    buffer.getBytes(offset, key, KeyLayout.USER_KEY_OFFSET, length);
  }

  /** As {@link #selectIn(int, ByteBuf, int, int)}; returns the engine key. */
  byte[] selectIn(int index, byte[] userKey) {
    byte[] engineKey = KeyLayout.keyOf(transaction.databaseId(index), userKey);
    selectEngineKey(engineKey, 0, engineKey.length);
    return engineKey;
  }

  /** Whether this is the storage thread, and the command runs to count. */
  public boolean isOfWriter() {
    return !transaction.isReadOnly() && !transaction.isRehearsal() && !transaction.mayRead();
  }

  /** Makes an engine key of any database id, dead ones included, the one that is worked on. */
  void selectEngineKey(byte[] bytes, int offset, int length) {
    beginSelect((int) KeyLayout.INT.get(bytes, offset + 1), length - KeyLayout.USER_KEY_OFFSET);
    System.arraycopy(bytes, offset, key, 0, length);
  }

  private void beginSelect(int id, int userKeyLength) {
    forgetFound();
    keyLength = KeyLayout.USER_KEY_OFFSET + userKeyLength;
    if (key.length < keyLength) {
      key = new byte[Math.max(keyLength, 2 * key.length)];
    }
    key[0] = KeyLayout.KEYS;
    KeyLayout.INT.set(key, 1, id);
    keyDatabaseId = id;
  }

  private void forgetFound() {
    if (pinned) {
      entry.release();
      pinned = false;
    }
    valueSegment = MemorySegment.NULL;
    valueUnread = false;
    found = Found.NOT_LOOKED_UP;
  }

  /**
   * Keeps the value that was found readable while other keys are selected, to be given to one of
   * them by {@link #putHeld}: its bytes are copied once, into the batch.
   */
  public void hold() {
    MemorySegment segment = valueSegment();
    forgetHeld();
    if (pinned) {
      EntryReference free = heldEntry;
      heldEntry = entry;
      entry = free;
      pinned = false;
    }
    holds = true;
    heldSegment = segment;
    heldOffset = valueOffset;
    heldLength = valueLength;
    heldType = type;
  }

  private void forgetHeld() {
    if (holds) {
      holds = false;
      heldEntry.release();
      heldSegment = MemorySegment.NULL;
    }
  }

  /**
   * Looks the selected key up.
   *
   * @return whether it is there and its deadline, if any, has not passed
   * @throws ReadNeeded if only the disk knows
   */
  public boolean find() {
    look(false);
    if (found == Found.UNKNOWN) {
      readKey();
    }
    return isLive();
  }

  /** Looks the selected key up, as {@link #find} does; returns what it is for one who watches. */
  public WatchedKeys.State state() {
    boolean live = find();
    return found == Found.PRESENT
        ? new WatchedKeys.State(true, deadline, !live)
        : new WatchedKeys.State(false, NO_DEADLINE, false);
  }

  /**
   * As {@link #find}, for a command that works on strings.
   *
   * @throws WrongTypeException if it is there and no string
   */
  public boolean findString() {
    return checked(find());
  }

  private boolean checked(boolean live) {
    if (live && !isString()) {
      throw new WrongTypeException();
    }
    return live;
  }

  /** Of a key that was found: whether it holds a string. */
  public boolean isString() {
    return (type & KeyLayout.TYPE_MASK) == KeyLayout.STRING;
  }

  /**
   * Whether keys can be {@linkplain #gather gathered}: not where a batch may hide what is there.
   */
  public boolean canGather() {
    return transaction.isReadOnly();
  }

  /** Adds a user key to those that are looked up together; at most {@link #MOST_TOGETHER}. */
  public void gather(ByteBuf buffer, int offset, int length) {
    int at = gathered.add(KeyLayout.USER_KEY_OFFSET + length);
    byte[] bytes = gathered.bytes();
    bytes[at] = KeyLayout.KEYS;
    KeyLayout.INT.set(bytes, at + 1, databaseId);
    buffer.getBytes(offset, bytes, at + KeyLayout.USER_KEY_OFFSET, length);
  }

  /**
   * Looks up what was gathered, so that {@link #findGathered} can be asked of each.
   *
   * @throws ReadNeeded if only the disk knows one of them
   */
  public void lookUpGathered() {
    transaction.view().get(gathered, transaction.mayRead(), together);
    for (int i = 0; i < together.size(); i++) {
      if (together.answer(i) == EntryReference.NEEDS_READ) {
        forgetGathered();
        throw ReadNeeded.INSTANCE;
      }
    }
  }

  /**
   * As {@link #findCounted}, of the key that was gathered as the number given, from 0 on.
   *
   * @throws ReadNeeded if only the disk knows its value
   */
  public boolean findGathered(int number) {
    forgetFound();
    switch (together.answer(number)) {
      case EntryReference.FOUND -> {
        EntryReference its = together.entry(number);
        present(its.valueSegment(), its.valueOffset(), its.valueLength());
      }
      case EntryReference.ALONE -> lookAlone(gathered.offset(number), gathered.length(number));
      default -> found = Found.ABSENT;
    }
    boolean live = isLive();
    count(live);
    return live;
  }

  private void lookAlone(int offset, int length) {
    int answer =
        transaction.view().get(gathered.bytes(), offset, length, transaction.mayRead(), entry);
    if (answer == EntryReference.NEEDS_READ) {
      throw ReadNeeded.INSTANCE;
    }
    foundEntry(answer);
  }

  /** Lets go of what was gathered. */
  public void forgetGathered() {
    forgetFound();
    together.release();
    gathered.clear();
  }

  /** As {@link #find}, and counts the lookup as a hit or a miss. */
  public boolean findCounted() {
    boolean live = find();
    count(live);
    return live;
  }

  /** As {@link #findString}, and counts the lookup as a hit or a miss. */
  public boolean findStringCounted() {
    return checked(findCounted());
  }

  private void count(boolean hit) {
    if (hit) {
      hits++;
    } else {
      misses++;
    }
  }

  /**
   * Looks the selected key up as far as that takes no disk, for a command that overwrites it
   * whatever it holds.
   */
  public void probe() {
    look(false);
  }

  /**
   * As {@link #probe}, but doesn't search tables either: half of a SET's time went there. Whether
   * the key lived is then settled by a merge, and an old deadline's entry in the index goes when it
   * is due.
   */
  public void glance() {
    look(true);
  }

  private void look(boolean glance) {
    if (found != Found.NOT_LOOKED_UP) {
      return;
    }
    Overlay overlay = transaction.overlay();
    if (!overlay.isEmpty() && lookInOverlay(overlay)) {
      return;
    }
    ReadView view = transaction.view();
    int answer =
        glance
            ? view.probe(key, 0, keyLength, entry)
            : view.get(key, 0, keyLength, transaction.mayRead(), entry);
    if (answer == EntryReference.NEEDS_READ) {
      lookInMisses();
    } else {
      foundEntry(answer);
    }
  }

  private void foundEntry(int answer) {
    if (answer == EntryReference.FOUND) {
      pinned = true;
      present(entry.valueSegment(), entry.valueOffset(), entry.valueLength());
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

  /** Reads from the disk what is known of the key, or gives up for want of it. */
  private void readKey() {
    if (!transaction.isRehearsal()) {
      throw transaction.wants(key, keyLength, false);
    }
    if (readEntry()) {
      transaction
          .misses()
          .head(key, keyLength, entry.valueSegment(), entry.valueOffset(), entry.valueLength());
      valueUnread = true;
    } else {
      transaction.misses().absent(key, keyLength);
    }
  }

  /** Reads the found key's value from the disk, or gives up for want of it. */
  private void readValue() {
    if (!valueUnread) {
      return;
    }
    if (!transaction.isRehearsal()) {
      throw transaction.wants(key, keyLength, true);
    }
    if (!pinned) {
      readEntry();
    }
    transaction
        .misses()
        .value(key, keyLength, entry.valueSegment(), entry.valueOffset(), entry.valueLength());
    valueUnread = false;
  }

  private boolean readEntry() {
    foundEntry(transaction.view().get(key, 0, keyLength, true, entry));
    return pinned;
  }

  /** Whether memory could tell what the selected key holds; it has been looked up. */
  boolean isKnown() {
    return found != Found.UNKNOWN;
  }

  /**
   * Says what tables hold of the selected key, of which memory could not tell: enough to delete it.
   *
   * @param itsDeadline of a key that has a value
   */
  void heldInTables(boolean present, long itsDeadline) {
    found = present ? Found.PRESENT : Found.ABSENT;
    deadline = itsDeadline;
    valueLength = 0;
  }

  private void present(MemorySegment segment, long offset, int length) {
    found = Found.PRESENT;
    type = KeyLayout.typeAndForm(segment, offset);
    deadline = KeyLayout.deadline(segment, offset);
    int header = KeyLayout.headerBytes(deadline);
    valueSegment = segment;
    valueOffset = offset + header;
    valueLength = length - header;
  }

  private boolean isLive() {
    return found == Found.PRESENT && (deadline == NO_DEADLINE || remaining(deadline) > 0);
  }

  /** Of a key that was found: when it expires, or {@link KeyLayout#NO_DEADLINE}. */
  public long deadline() {
    return deadline;
  }

  /** Of a key that was found: its type's name. */
  public String typeName() {
    return KeyLayout.typeName(type);
  }

  /** Of a key that was found: the memory that holds its value. */
  public MemorySegment valueSegment() {
    if (valueUnread) {
      readValue();
    }
    return valueSegment;
  }

  /** Of a key that was found: where its value begins in {@link #valueSegment}. */
  public long valueOffset() {
    return valueOffset;
  }

  /** Of a key that was found: the length of its value in bytes. */
  public int valueLength() {
    return valueLength;
  }

  /** Of a key that was found: about how many bytes it takes in tables before compression. */
  public long storedBytes() {
    long bytes = keyLength + (long) KeyLayout.headerBytes(deadline) + valueLength;
    return deadline == NO_DEADLINE ? bytes : bytes + keyLength + Long.BYTES;
  }

  // Changing

  /**
   * Gives the selected key, which has been looked up, a string of {@code length} bytes, which the
   * caller writes to {@link #batchBytes} from the returned offset on before it does anything else.
   * The value that was found stays readable until then.
   *
   * @param newDeadline when the key expires, or {@link KeyLayout#NO_DEADLINE}
   */
  public int reserve(long newDeadline, int length) {
    return reserve(KeyLayout.STRING, newDeadline, length);
  }

  private int reserve(byte newType, long newDeadline, int length) {
    WriteBatch batch = transaction.batch();
    // What else is put into the batch on the way: entries of the expiry index, a count.
    batch.expect(length + 4L * (keyLength + Long.BYTES) + ENTRY_BYTES);
    moveDeadline(newDeadline);
    byte kind = EntryKind.PUT;
    switch (found) {
      case UNKNOWN -> kind = EntryKind.PUT_BLIND;
      case ABSENT -> count(KeyLayout.groupOfKeys(keyDatabaseId), 1);
      case PRESENT -> {}
      case NOT_LOOKED_UP -> throw new IllegalStateException("put before it was looked up");
    }
    int stored = KeyLayout.headerBytes(newDeadline) + length;
    int at = batch.putReserved(kind, key, 0, keyLength, stored);
    transaction.overlay().put(keyLength, at, stored);
    int value = KeyLayout.putHeader(batch.bytes(), at, newType, newDeadline);
    found = Found.NOT_LOOKED_UP;
    return value;
  }

  /** Gives the selected key, which has been looked up, a string. */
  public void put(long newDeadline, byte[] value, int offset, int length) {
    int at = reserve(newDeadline, length);
    System.arraycopy(value, offset, batchBytes(), at, length);
  }

  /** Gives the selected key, which has been looked up, the value that is held. */
  public void putHeld(long newDeadline) {
    int at = reserve(heldType, newDeadline, heldLength);
    MemorySegment.copy(
        heldSegment, ValueLayout.JAVA_BYTE, heldOffset, batchBytes(), at, heldLength);
  }

  /** Gives the selected key, which was found, another deadline or none. */
  public void changeDeadline(long newDeadline) {
    MemorySegment segment = valueSegment();
    int length = valueLength;
    int at = reserve(type, newDeadline, length);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, valueOffset, batchBytes(), at, length);
  }

  /** Where {@link #reserve} wants the value to be written. */
  public byte[] batchBytes() {
    return transaction.batch().bytes();
  }

  /** Removes the selected key, which was found, be it past its deadline. */
  public void delete() {
    if (found != Found.PRESENT) {
      throw new IllegalStateException("delete of a key that was not found");
    }
    moveDeadline(NO_DEADLINE);
    WriteBatch batch = transaction.batch();
    batch.delete(EntryKind.DELETE, key, 0, keyLength);
    transaction.overlay().delete(keyLength, batch.size());
    count(KeyLayout.groupOfKeys(keyDatabaseId), -1);
    forgetFound();
  }

  private void count(long group, int delta) {
    transaction.batch().count(group, delta);
  }

  private void moveDeadline(long newDeadline) {
    long oldDeadline = found == Found.PRESENT ? deadline : NO_DEADLINE;
    if (oldDeadline == newDeadline) {
      return;
    }
    expiryIndex.move(transaction.batch(), key, keyLength, oldDeadline, newDeadline);
    if (oldDeadline != NO_DEADLINE && remaining(oldDeadline) <= 0) {
      transaction.removesExpired();
    }
  }

  /**
   * Returns the earliest deadline of elapsed time that was given to a key since this was asked
   * last; {@link Long#MAX_VALUE} if none was.
   */
  public long takeEarliestDeadline() {
    return expiryIndex.takeEarliestDeadline();
  }

  /** As {@link #takeEarliestDeadline}, of deadlines that are dates. */
  public long takeEarliestDate() {
    return expiryIndex.takeEarliestDate();
  }

  /** Stores how far the time that dates pass by has got, see {@link WallTime}. */
  public void storeWallTime(long millis) {
    transaction.storeWallTime(millis);
  }

  /** Removes the selected key's entry for a deadline from the expiry index. */
  void deleteExpiryEntry(long dueDeadline) {
    expiryIndex.remove(transaction.batch(), key, keyLength, dueDeadline);
  }

  /** Whether the selected key has a value with just this deadline; it has been looked up. */
  boolean isPresentWithDeadline(long due) {
    return found == Found.PRESENT && deadline == due;
  }

  // Databases as a whole

  /** Empties the database: O(1). Its entries of the expiry index go when they are due. */
  public void flushDatabase() {
    transaction.flushDatabase(database);
    bindTo(database);
  }

  /** Empties all databases: a few range deletes. */
  public void flushAll() {
    transaction.flushAll();
    bindTo(database);
  }

  /** Swaps what two indexes stand for. */
  public void swapDatabases(int one, int other) {
    transaction.swapDatabases(one, other);
    bindTo(database);
  }

  /** Returns the batch, for what isn't a database's. */
  WriteBatch batch() {
    return transaction.batch();
  }

  /** Returns lookups that found a live key. */
  public long hits() {
    return hits;
  }

  /** Returns lookups that found none. */
  public long misses() {
    return misses;
  }

  /** Returns how many keys went because their deadline had passed, whoever removed them. */
  public long expired() {
    return transaction.expired();
  }
}
