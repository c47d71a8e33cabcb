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

/**
 * A database's keys as a command sees them: over a view and, on the storage thread, with a batch
 * that takes its changes. Commands {@linkplain #select select} a key, {@linkplain #find find} what
 * it holds, and {@linkplain #reserve put} or {@linkplain #delete} it; the expiry index and the
 * count of live keys are kept right on the way. A command sees its own changes.
 *
 * <p>Each thread that executes commands has one and binds it anew for each; nothing is allocated
 * then. What a lookup found is valid until the next select, bind or unbind. Not thread-safe.
 */
public final class Keyspace {
  /** Each key that is found pins the block that holds it. */
  public static final int MOST_TOGETHER = 32;

  private static final long NOT_READ = Long.MIN_VALUE;
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

  private final Databases databases;
  private final WallTime wallTime;

  // The binding.
  private ReadView view;
  private boolean mayRead;
  private Prefetched prefetched = Prefetched.NONE;
  private WriteBatch batch;
  private long batchMark;
  private int database;
  private int databaseId;
  private long now;

  /** What {@link #wallNow} has read; {@link #NOT_READ} before. */
  private long wallNow;

  // The selected key.
  private byte[] key = new byte[256];
  private int keyLength;
  private int keyDatabaseId;
  private byte[] expiryKey = new byte[256];
  private Found found = Found.NOT_LOOKED_UP;
  private EntryReference entry = new EntryReference();

  /** Pins a value that was {@linkplain #hold held}. */
  private EntryReference heldEntry = new EntryReference();

  private boolean holds;
  private MemorySegment heldSegment = MemorySegment.NULL;
  private long heldOffset;
  private int heldLength;
  private boolean pinned;
  private MemorySegment valueSegment = MemorySegment.NULL;
  private long valueOffset;
  private int valueLength;
  private int type;
  private long deadline;

  // Keys looked up together.
  private final KeyBatch gathered = new KeyBatch();
  private final Lookups together = new Lookups();

  // The batch's effects so far.
  private final BatchIndex written = new BatchIndex();
  private Databases.Version pendingDatabases;

  /** The {@link WallTime} that the batch stores; {@link #NOT_READ} if none. */
  private long pendingWallTime = NOT_READ;

  private long earliestDeadline = Long.MAX_VALUE;
  private long earliestDate = Long.MAX_VALUE;

  /** Keys past their deadline that the batch removes or overwrites. */
  private int pendingExpired;

  // Statistics, also read by other threads: a stale value does no harm there.
  private long hits;
  private long misses;
  private long expired;

  /** Makes the keyspace of one thread. */
  public Keyspace(Databases databases, WallTime wallTime) {
    this.databases = databases;
    this.wallTime = wallTime;
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
    bind(view, database, nowMillis);
    this.mayRead = mayRead;
    this.databaseId = databases.id(database, view, mayRead);
  }

  /**
   * Reads from the engine's newest state and {@code prefetched}, and changes keys through {@code
   * batch}, from now on. The storage thread then either appends the batch and says so by {@link
   * #committed}, or takes back what was added to it by {@link #rollBack}.
   */
  public void bindWrite(
      ReadView latest, Prefetched prefetched, WriteBatch batch, int database, long nowMillis) {
    bind(latest, database, nowMillis);
    this.prefetched = prefetched;
    this.batch = batch;
    this.batchMark = batch.mark();
    this.databaseId = databases.newestId(database);
  }

  private void bind(ReadView view, int database, long nowMillis) {
    unbind();
    this.view = view;
    this.database = database;
    this.now = nowMillis;
    this.wallNow = NOT_READ;
  }

  /** Lets go of what the last command pinned. */
  public void unbind() {
    forgetFound();
    forgetHeld();
    if (gathered.size() > 0) {
      forgetGathered();
    }
    written.clear();
    pendingExpired = 0;
    pendingDatabases = null;
    pendingWallTime = NOT_READ;
    view = null;
    mayRead = false;
    batch = null;
    prefetched = Prefetched.NONE;
    if (key.length > RETAINED_KEY_BYTES) {
      key = new byte[256];
      expiryKey = new byte[256];
    }
  }

  /** The batch has been appended; its last operation has the number {@code sequence}. */
  public void committed(long sequence) {
    expired += pendingExpired;
    if (pendingDatabases != null) {
      databases.install(pendingDatabases, sequence);
    }
    if (pendingWallTime != NOT_READ) {
      wallTime.stored(pendingWallTime);
    }
    unbind();
  }

  /** Takes back what was added to the batch since {@link #bindWrite}; the binding stays. */
  public void rollBack() {
    forgetFound();
    written.clear();
    pendingExpired = 0;
    pendingDatabases = null;
    pendingWallTime = NOT_READ;
    if (batch != null) {
      databaseId = databases.newestId(database);
      batch.rollBack(batchMark);
    }
  }

  /** Returns the monotone time of the command in milliseconds. */
  public long now() {
    return now;
  }

  /** Returns the time of the command that deadlines given as dates pass by. */
  public long wallNow() {
    if (wallNow == NOT_READ) {
      wallNow = wallTime.at(view.sequence());
    }
    return wallNow;
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
        return Deadline.later(now, millis - clock);
      }
    }
    return Deadline.ofWall(millis);
  }

  /** Returns how many milliseconds are left until a deadline; 0 or less if it has passed. */
  public long remaining(long someDeadline) {
    return Deadline.isWall(someDeadline)
        ? Deadline.millis(someDeadline) - wallNow()
        : someDeadline - now;
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

  /** Returns what is read from. */
  public ReadView view() {
    return view;
  }

  // Selecting and reading

  /** Makes a user key the one that is worked on. */
  public void select(ByteBuf buffer, int offset, int length) {
    beginSelect(databaseId, length);
    buffer.getBytes(offset, key, KeyLayout.USER_KEY_OFFSET, length);
  }

  /** Makes a user key of the database of an index, not the bound one, the one worked on. */
  public void selectIn(int index, ByteBuf buffer, int offset, int length) {
    beginSelect(idOf(index), length);
    buffer.getBytes(offset, key, KeyLayout.USER_KEY_OFFSET, length);
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
    found = Found.NOT_LOOKED_UP;
  }

  /**
   * Keeps the value that was found readable while other keys are selected, to be given to one of
   * them by {@link #putHeld}: its bytes are copied once, into the batch.
   */
  public void hold() {
    forgetHeld();
    if (pinned) {
      EntryReference free = heldEntry;
      heldEntry = entry;
      entry = free;
      pinned = false;
    }
    holds = true;
    heldSegment = valueSegment;
    heldOffset = valueOffset;
    heldLength = valueLength;
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
    look();
    if (found == Found.UNKNOWN) {
      throw ReadNeeded.INSTANCE;
    }
    return isLive();
  }

  /**
   * Whether keys can be {@linkplain #gather gathered}: not where a batch may hide what is there.
   */
  public boolean canGather() {
    return batch == null;
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
    view.get(gathered, mayRead, together);
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
    int answer = view.get(gathered.bytes(), offset, length, mayRead, entry);
    if (answer == EntryReference.NEEDS_READ) {
      throw ReadNeeded.INSTANCE;
    }
    pinned = answer == EntryReference.FOUND;
    if (pinned) {
      present(entry.valueSegment(), entry.valueOffset(), entry.valueLength());
    } else {
      found = Found.ABSENT;
    }
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
    look();
  }

  /**
   * As {@link #probe}, but doesn't search tables either: half of a SET's time went there. Whether
   * the key lived is then settled by a merge, and an old deadline's entry in the index goes when it
   * is due.
   */
  public void glance() {
    look(true);
  }

  private void look() {
    look(false);
  }

  private void look(boolean glance) {
    if (found != Found.NOT_LOOKED_UP) {
      return;
    }
    forgetFound();
    if (!written.isEmpty()) {
      int own = written.find(batch.bytes(), key, keyLength);
      if (own != BatchIndex.NONE) {
        if (written.isDelete(own)) {
          found = Found.ABSENT;
        } else {
          present(
              MemorySegment.ofArray(batch.bytes()),
              written.valueOffset(own),
              written.valueLength(own));
        }
        return;
      }
    }
    int answer =
        glance ? view.probe(key, 0, keyLength, entry) : view.get(key, 0, keyLength, mayRead, entry);
    if (answer == EntryReference.FOUND) {
      pinned = true;
      present(entry.valueSegment(), entry.valueOffset(), entry.valueLength());
    } else if (answer == EntryReference.ABSENT) {
      found = Found.ABSENT;
    } else {
      lookInPrefetched();
    }
  }

  private void lookInPrefetched() {
    if (prefetched == Prefetched.NONE
        || !prefetched.holdsFor(view)
        || !prefetched.has(key, keyLength)) {
      found = Found.UNKNOWN;
      return;
    }
    byte[] value = prefetched.value(key, keyLength);
    if (value == null) {
      found = Found.ABSENT;
    } else {
      present(MemorySegment.ofArray(value), 0, value.length);
    }
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
    type = KeyLayout.type(segment, offset);
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
    return typeName(type);
  }

  static String typeName(int type) {
    if (type == KeyLayout.STRING) {
      return "string";
    }
    throw new IllegalStateException("a value of unknown type " + type);
  }

  /** Of a key that was found: the memory that holds its string. */
  public MemorySegment valueSegment() {
    return valueSegment;
  }

  /** Of a key that was found: where its string begins in {@link #valueSegment}. */
  public long valueOffset() {
    return valueOffset;
  }

  /** Of a key that was found: the length of its string in bytes. */
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
    written.put(keyLength, at, stored);
    int value = KeyLayout.putHeader(batch.bytes(), at, KeyLayout.STRING, newDeadline);
    found = Found.NOT_LOOKED_UP;
    return value;
  }

  /** Gives the selected key, which has been looked up, a string. */
  public void put(long newDeadline, byte[] value, int offset, int length) {
    int at = reserve(newDeadline, length);
    System.arraycopy(value, offset, batch.bytes(), at, length);
  }

  /** Gives the selected key, which has been looked up, the string that is held. */
  public void putHeld(long newDeadline) {
    int at = reserve(newDeadline, heldLength);
    MemorySegment.copy(
        heldSegment, ValueLayout.JAVA_BYTE, heldOffset, batch.bytes(), at, heldLength);
  }

  /** Gives the selected key, which was found, another deadline or none. */
  public void changeDeadline(long newDeadline) {
    int length = valueLength;
    int at = reserve(newDeadline, length);
    MemorySegment.copy(valueSegment, ValueLayout.JAVA_BYTE, valueOffset, batch.bytes(), at, length);
  }

  /** Where {@link #reserve} wants the value to be written. */
  public byte[] batchBytes() {
    return batch.bytes();
  }

  /** Removes the selected key, which was found, be it past its deadline. */
  public void delete() {
    if (found != Found.PRESENT) {
      throw new IllegalStateException("delete of a key that was not found");
    }
    moveDeadline(NO_DEADLINE);
    batch.delete(EntryKind.DELETE, key, 0, keyLength);
    written.delete(keyLength, batch.size());
    count(KeyLayout.groupOfKeys(keyDatabaseId), -1);
    forgetFound();
  }

  private void count(long group, int delta) {
    batch.count(group, delta);
  }

  /**
   * Lets the expiry index, and the count of keys that have a deadline, follow when the selected
   * key's becomes another. If it isn't known what it was, a blind entry owes that to the count.
   */
  private void moveDeadline(long newDeadline) {
    long oldDeadline = found == Found.PRESENT ? deadline : NO_DEADLINE;
    if (oldDeadline == newDeadline) {
      return;
    }
    if (oldDeadline != NO_DEADLINE) {
      batch.delete(EntryKind.DELETE, expiryKey, 0, buildExpiryKey(oldDeadline));
      if (newDeadline == NO_DEADLINE) {
        count(KeyLayout.groupOfExpiring(keyDatabaseId), -1);
      }
      if (remaining(oldDeadline) <= 0) {
        pendingExpired++;
      }
    }
    if (newDeadline != NO_DEADLINE) {
      int length = buildExpiryKey(newDeadline);
      batch.putReserved(EntryKind.PUT, expiryKey, 0, length, 0);
      if (oldDeadline == NO_DEADLINE) {
        count(KeyLayout.groupOfExpiring(keyDatabaseId), 1);
      }
      if (Deadline.isWall(newDeadline)) {
        earliestDate = Math.min(earliestDate, Deadline.millis(newDeadline));
      } else {
        earliestDeadline = Math.min(earliestDeadline, newDeadline);
      }
    }
  }

  /**
   * Returns the earliest deadline of elapsed time that was given to a key since this was asked
   * last; {@link Long#MAX_VALUE} if none was.
   */
  public long takeEarliestDeadline() {
    long earliest = earliestDeadline;
    earliestDeadline = Long.MAX_VALUE;
    return earliest;
  }

  /** As {@link #takeEarliestDeadline}, of deadlines that are dates. */
  public long takeEarliestDate() {
    long earliest = earliestDate;
    earliestDate = Long.MAX_VALUE;
    return earliest;
  }

  /** Stores how far the time that dates pass by has got, see {@link WallTime}. */
  public void storeWallTime(long millis) {
    byte[] value = new byte[Long.BYTES];
    KeyLayout.LONG.set(value, 0, millis);
    batch.put(WallTime.KEY, value);
    pendingWallTime = millis;
  }

  /** Removes the selected key's entry for a deadline from the expiry index. */
  void deleteExpiryEntry(long dueDeadline) {
    batch.delete(EntryKind.DELETE, expiryKey, 0, buildExpiryKey(dueDeadline));
  }

  private int buildExpiryKey(long due) {
    int length = keyLength + Long.BYTES;
    if (expiryKey.length < length) {
      expiryKey = new byte[Math.max(length, 2 * expiryKey.length)];
    }
    expiryKey[0] = KeyLayout.indexOf(due);
    KeyLayout.LONG.set(expiryKey, 1, Deadline.millis(due));
    System.arraycopy(key, 1, expiryKey, KeyLayout.EXPIRY_DATABASE_OFFSET, keyLength - 1);
    return length;
  }

  /** Whether the selected key has a value with just this deadline; it has been looked up. */
  boolean isPresentWithDeadline(long due) {
    return found == Found.PRESENT && deadline == due;
  }

  // Databases as a whole

  /** What indexes stand for behind all that was appended and this batch's own changes. */
  private Databases.Version mapping() {
    return pendingDatabases == null ? databases.newest() : pendingDatabases;
  }

  private int idOf(int index) {
    return batch == null ? databases.id(index, view, mayRead) : mapping().id(index);
  }

  private void changeDatabases(Databases.Version changed) {
    pendingDatabases = changed;
    databaseId = changed.id(database);
  }

  /** Empties the database: O(1). Its entries of the expiry index go when they are due. */
  public void flushDatabase() {
    int emptied = databaseId;
    changeDatabases(Databases.withNewIds(mapping(), batch, database, database + 1));
    forgetCounts(emptied);
    batch.deleteRange(KeyLayout.firstKeyOf(emptied), KeyLayout.endOf(emptied));
  }

  private void forgetCounts(int id) {
    batch.forget(KeyLayout.groupOfKeys(id));
    batch.forget(KeyLayout.groupOfExpiring(id));
  }

  /** Empties all databases: two range deletes. */
  public void flushAll() {
    Databases.Version before = mapping();
    changeDatabases(Databases.withNewIds(before, batch, 0, databases.count()));
    for (int index = 0; index < databases.count(); index++) {
      forgetCounts(before.id(index));
    }
    batch.deleteRange(new byte[] {KeyLayout.KEYS}, new byte[] {KeyLayout.KEYS + 1});
    batch.deleteRange(new byte[] {KeyLayout.EXPIRY}, new byte[] {KeyLayout.EXPIRY + 1});
    batch.deleteRange(
        new byte[] {KeyLayout.EXPIRY_BY_DATE}, new byte[] {KeyLayout.EXPIRY_BY_DATE + 1});
  }

  /** Swaps what two indexes stand for. */
  public void swapDatabases(int one, int other) {
    changeDatabases(Databases.swapped(mapping(), batch, one, other));
  }

  /** Returns the batch, for what isn't a database's. */
  WriteBatch batch() {
    return batch;
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
    return expired;
  }
}
