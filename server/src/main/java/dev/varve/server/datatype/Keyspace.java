package dev.varve.server.datatype;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.Varint;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;

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

  /** Going through more elements would keep other commands waiting: the read pool does it. */
  private static final int MOST_AT_ONCE = 4096;

  /** A tenth of a second or less: no other reads wait for more. */
  private static final int MOST_BRIEFLY = 1 << 18;

  /** So many bytes of a string are gone through in the time that an element takes. */
  private static final int BYTES_AN_ELEMENT = 256;

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

  /** How far a lookup goes. */
  private enum Depth {
    /** Not into tables. */
    MEMTABLES,
    /** To what stands before the value, which isn't read if it lies apart. */
    HEAD,
    VALUE
  }

  private final WallTime wallTime;
  private final Transaction transaction;
  private final ExpiryIndex expiryIndex = new ExpiryIndex();
  private final Elements elements;

  /** What is recorded of what steps do to keys; null: nobody can listen. */
  private Effects effects;

  private int listened;

  /** Who hears of what is read in vain. */
  private final KeyMisses keyMisses;

  /** Results of more elements are built aside; none are unless somebody wants it. */
  private int mostStored = Integer.MAX_VALUE;

  /** Keys that the command has looked up; null: nobody wants to know. */
  private List<KeyUse> uses;

  /** What the last read has asked for in vain, if anybody hears of it. */
  private final Effects missed = new Effects();

  // The binding.
  private int database;
  private int databaseId;

  /** Whether the command is one of several of a transaction. */
  private boolean ofMany;

  private long mostHeld = Long.MAX_VALUE;

  /** Have what refers to memory of what is bound let go of it. */
  private final List<Runnable> referring = new ArrayList<>();

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
  private final FirstDeadlines heldFirst = new FirstDeadlines();
  private boolean pinned;

  /** Whether no more than what stands before the value has been asked for, or is at hand. */
  private boolean valueUnread;

  private MemorySegment valueSegment = MemorySegment.NULL;
  private long valueOffset;
  private int valueLength;

  /** Type and form of the value, as its header has them. */
  private byte type;

  /** Of a hash whose fields have deadlines, the first of those. */
  private final FirstDeadlines first = new FirstDeadlines();

  private long deadline;

  // Keys looked up together.
  private final KeyBatch gathered = new KeyBatch();
  private final AccessTimes accessTimes;
  private final Lookups together = new Lookups();

  // Statistics, also read by other threads: a stale value does no harm there.
  private long hits;
  private long misses;
  private long hitsBefore;
  private long missesBefore;

  /** Makes the keyspace of one thread. */
  public Keyspace(Databases databases, WallTime wallTime) {
    this(databases, wallTime, new KeyMisses());
  }

  /**
   * Makes the keyspace of one thread.
   *
   * @param keyMisses who hears of what is read in vain
   */
  public Keyspace(Databases databases, WallTime wallTime, KeyMisses keyMisses) {
    this.keyMisses = keyMisses;
    this.wallTime = wallTime;
    this.transaction = new Transaction(databases, wallTime);
    this.accessTimes = databases.accessTimes();
    this.elements = new Elements(transaction);
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
    bindRead(view, mayRead, _ -> true, database, nowMillis);
  }

  /**
   * As {@link #bindRead(ReadView, boolean, int, long)}, for commands of which many may run at once.
   *
   * @param memory is asked before so many bytes of heap, for all copies of long values that the
   *     command {@linkplain #holdsBeside holds}, are taken
   */
  public void bindRead(
      ReadView view, boolean mayRead, LongPredicate memory, int database, long nowMillis) {
    unbind();
    transaction.beginRead(view, mayRead, memory, nowMillis);
    if (keyMisses.listener() != null) {
      transaction.record(missed, EventClass.KEY_MISS.bit());
    }
    bindTo(database);
  }

  /**
   * Has what is read from now on given up by {@link ReadNeeded#AT_LENGTH} if it goes through very
   * many elements.
   */
  public void beBrief() {
    transaction.beBrief();
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
    recordEffects();
    bindTo(database);
  }

  /**
   * As {@link #bindWrite}, on the read pool, where the disk may be read: the storage thread has
   * lent it the writer's role.
   */
  public void bindLent(ReadView latest, WriteBatch batch, int database, long nowMillis) {
    unbind();
    transaction.beginLent(latest, batch, nowMillis);
    recordEffects();
    bindTo(database);
  }

  /**
   * As {@link #bindLent}, for a command whose result is built aside, while others append what they
   * do: they change nothing that it uses.
   *
   * @param id that the elements of the result are kept under, see {@link #beginBuild}
   * @param pieces takes them, before the batch becomes large
   * @param its what it does to keys is recorded there
   * @param classes the bits of the {@linkplain EventClass classes} that somebody listens for
   */
  public void bindBuild(
      ReadView view,
      WriteBatch batch,
      int database,
      long nowMillis,
      long id,
      Builds.Pieces pieces,
      Effects its,
      int classes) {
    unbind();
    transaction.beginBuild(view, batch, nowMillis, id, pieces);
    its.begin(classes);
    if (classes != 0) {
      transaction.record(its, classes);
    }
    bindTo(database);
  }

  /**
   * Gives the result of a command an id, and notes that it is being built.
   *
   * @return the id
   */
  public long beginBuild(int inDatabaseId) {
    long id = transaction.newCollectionId();
    Builds.begin(transaction.batch(), inDatabaseId, id);
    return id;
  }

  /** What was built counts with this batch. */
  public void endBuild(int inDatabaseId, long id) {
    Builds.end(transaction.batch(), inDatabaseId, id);
  }

  /** Gives up what was being built, wherever it has got to. */
  public void abandonBuild(int inDatabaseId, long id) {
    abandonBuild(Builds.note(inDatabaseId, id));
  }

  /** As {@link #abandonBuild(int, long)}, of what a note is of. */
  public void abandonBuild(byte[] note) {
    transaction.abandon(Builds.elementsOf(note));
    transaction.batch().delete(note);
  }

  /** Has results be built aside that would take long. */
  public void buildAside() {
    mostStored = MOST_AT_ONCE;
  }

  /** Sets from how many elements on results are built aside, and how large the pieces are. */
  public void buildsFrom(int elements, int pieceBytes) {
    mostStored = elements;
    transaction.pieceBytes(pieceBytes);
  }

  /** Records the keys that are looked up until this is bound anew, each once at least. */
  public List<KeyUse> recordUses() {
    uses = new ArrayList<>();
    return uses;
  }

  /**
   * Has what steps do to keys recorded, from the next one on; not what rehearsals do.
   *
   * @param classes the bits of the {@linkplain EventClass classes} that somebody listens for
   */
  public void record(Effects its, int classes) {
    effects = its;
    listened = classes;
    // What the last step has left is nobody's.
    effects.begin(0);
  }

  /** The reply of a command that only reads stands: whoever hears of it is told what it missed. */
  public void tellMisses() {
    Effects.Listener listener = keyMisses.listener();
    if (listener != null && !missed.isEmpty()) {
      missed.tell(listener, EventClass.KEY_MISS.bit());
    }
  }

  private void recordEffects() {
    if (listened != 0) {
      transaction.record(effects, listened);
    }
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
    if (wanted != null) {
      read.seed(wanted.seed());
    }
    transaction.beginRehearsal(view, read, scratch, nowMillis);
    bindTo(database);
    if (wanted != null && wanted.key() != null) {
      // Where the run differs from the rehearsal it comes one key further each time.
      readWanted(wanted);
    }
    return read;
  }

  /**
   * Begins a rehearsal that doesn't read the disk: what memory can't tell gives it up by {@link
   * ReadNeeded}.
   *
   * @param before tells the seed of its random numbers, if that is given
   */
  public void bindRehearsalInMemory(
      ReadView view, Misses before, WriteBatch scratch, int database, long nowMillis) {
    unbind();
    hitsBefore = hits;
    missesBefore = misses;
    transaction.beginRehearsalInMemory(view, before, scratch, nowMillis);
    bindTo(database);
  }

  /**
   * In a rehearsal of a step that isn't rehearsed again and again until it comes to its end: has
   * all that is read added, be it in memory now.
   */
  public void noteAll() {
    transaction.noteAll();
  }

  private void readWanted(Misses.Wanted wanted) {
    byte[] its = wanted.key();
    if (its[0] == KeyLayout.ELEMENTS) {
      elements.read(its);
      return;
    }
    selectEngineKey(its, 0, its.length);
    readKey(wanted.value() ? Depth.VALUE : Depth.HEAD);
    if (wanted.value() && found == Found.PRESENT) {
      noteValue();
    }
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

  /**
   * Runs {@code forget} when what was bound is unbound: it lets go of memory that a command was
   * told of. What is kept longer would be on the heap beside what the next command takes.
   */
  public void whenUnbound(Runnable forget) {
    referring.add(forget);
  }

  /** Lets go of what the last command pinned. */
  public void unbind() {
    forgetFound();
    forgetHeld();
    elements.unbind();
    if (gathered.size() > 0) {
      forgetGathered();
    }
    if (!referring.isEmpty()) {
      referring.forEach(Runnable::run);
      referring.clear();
    }
    transaction.end();
    uses = null;
    ofMany = false;
    if (key.length > RETAINED_KEY_BYTES) {
      key = new byte[256];
      expiryIndex.shrink();
    }
  }

  /** Lets go of what the last command has read; what it has changed stays to be appended. */
  public void forgetReads() {
    forgetFound();
    forgetHeld();
    elements.unbind();
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

  /** Whether the command can't change anything. */
  public boolean isReadOnly() {
    return transaction.isReadOnly();
  }

  /** Whether the command runs to count, on the storage thread or by the role that it has lent. */
  public boolean isOfWriter() {
    return !transaction.isReadOnly() && !transaction.isRehearsal();
  }

  /** Returns the engine key that is worked on. */
  public byte[] selectedEngineKey() {
    return Arrays.copyOf(key, keyLength);
  }

  /** Makes an engine key of any database id, dead ones included, the one that is worked on. */
  public void selectEngineKey(byte[] bytes) {
    selectEngineKey(bytes, 0, bytes.length);
  }

  /** As {@link #selectEngineKey(byte[])}, of a part of an array. */
  void selectEngineKey(byte[] bytes, int offset, int length) {
    beginSelect((int) KeyLayout.INT.get(bytes, offset + 1), length - KeyLayout.USER_KEY_OFFSET);
    System.arraycopy(bytes, offset, key, 0, length);
  }

  /** Notes that the selected key is used now, see {@link #idleSeconds}. */
  public void touch() {
    accessTimes.note(key, 0, keyLength, now());
  }

  /** Returns for how many seconds at least the selected key was not {@linkplain #touch used}. */
  public long idleSeconds() {
    return accessTimes.idleSeconds(key, 0, keyLength, now());
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
    heldFirst.set(first);
  }

  private void forgetHeld() {
    if (holds) {
      holds = false;
      heldEntry.release();
      heldSegment = MemorySegment.NULL;
    }
  }

  /**
   * Looks the selected key up. Its value is read when it is asked for, if it lies apart.
   *
   * @return whether it is there and its deadline, if any, has not passed
   * @throws ReadNeeded if only the disk knows
   */
  public boolean find() {
    return find(Depth.HEAD);
  }

  private boolean find(Depth depth) {
    look(depth);
    if (found == Found.UNKNOWN) {
      readKey(depth);
    }
    return isLive();
  }

  /** Looks the selected key up, as {@link #find} does; returns what it is for one who watches. */
  public WatchedKeys.State state() {
    boolean live = find();
    return found == Found.PRESENT
        ? new WatchedKeys.State(true, deadline, !live, isSpread() ? prefixOfElements() : null)
        : WatchedKeys.State.ABSENT;
  }

  /**
   * As {@link #find}, for a command that works on strings, and wants the value.
   *
   * @throws WrongTypeException if it is there and no string
   */
  public boolean findString() {
    return checked(find(Depth.VALUE));
  }

  private boolean checked(boolean live) {
    if (live && !isString()) {
      throw new WrongTypeException();
    }
    return live;
  }

  /** Of a key that was found: whether it holds a string. */
  public boolean isString() {
    return type() == ValueType.STRING;
  }

  /**
   * As {@link #find}, for a command that works on values of one type.
   *
   * @throws WrongTypeException if it is there and of another
   */
  public boolean find(ValueType its) {
    boolean live = find();
    if (live && type() != its) {
      throw new WrongTypeException();
    }
    return live;
  }

  /** As {@link #find(ValueType)}, and counts the lookup as a hit or a miss. */
  public boolean findCounted(ValueType its) {
    countAndTell(find());
    return find(its);
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
    accessTimes.note(bytes, at, KeyLayout.USER_KEY_OFFSET + length, now());
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
    // Its elements are looked for there.
    keyDatabaseId = databaseId;
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
    if (!live) {
      transaction.happens(
          KeyEvent.KEYMISS,
          databaseId,
          gathered.bytes(),
          gathered.offset(number),
          gathered.length(number));
    }
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
    countAndTell(live);
    return live;
  }

  /** As {@link #findCounted()}, for a command that only tells about the key: no miss is told. */
  public boolean findCountedUntold() {
    boolean live = find();
    count(live);
    return live;
  }

  /** As {@link #findString}, and counts the lookup as a hit or a miss. */
  public boolean findStringCounted() {
    boolean live = find(Depth.VALUE);
    countAndTell(live);
    return checked(live);
  }

  private void count(boolean hit) {
    if (hit) {
      hits++;
    } else {
      misses++;
    }
  }

  private void countAndTell(boolean hit) {
    count(hit);
    if (!hit) {
      happened(KeyEvent.KEYMISS);
    }
  }

  /**
   * Looks the selected key up as far as that takes no disk, for a command that overwrites it
   * whatever it holds.
   */
  public void probe() {
    lookForOverwriting(Depth.HEAD);
  }

  /** Who wants to be told of new keys has it known of each whether it is one. */
  private void lookForOverwriting(Depth depth) {
    if (transaction.tells(EventClass.NEW)) {
      find(Depth.HEAD);
    } else {
      look(depth);
    }
  }

  /**
   * As {@link #probe}, but doesn't search tables either: half of a SET's time went there. Whether
   * the key lived is then settled by a merge, and an old deadline's entry in the index goes when it
   * is due.
   */
  public void glance() {
    lookForOverwriting(Depth.MEMTABLES);
  }

  /** Looks into memtables alone, whoever listens: for one that knows by itself what tables hold. */
  void peek() {
    look(Depth.MEMTABLES);
  }

  private void look(Depth depth) {
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
            selectedEngineKey(),
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

  /** Whether memory could tell what the selected key holds; it has been looked up. */
  boolean isKnown() {
    return found != Found.UNKNOWN;
  }

  /**
   * Says what tables hold of the selected key, of which memory could not tell: enough to delete it.
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

  private boolean isLive() {
    return found == Found.PRESENT && (deadline == NO_DEADLINE || remaining(deadline) > 0);
  }

  /** Of a key that was looked up: whether it has a value, and its deadline has passed. */
  public boolean isPastDeadline() {
    return found == Found.PRESENT && !isLive();
  }

  /** Of a key that was found: when it expires, or {@link KeyLayout#NO_DEADLINE}. */
  public long deadline() {
    return deadline;
  }

  /** Of a key that was found: its type. */
  public ValueType type() {
    return KeyLayout.typeOf(type);
  }

  /** Of a key that was found, and is no string: the name of its encoding. */
  public String encodingName() {
    return type()
        .encoding(valueSegment().get(ValueLayout.JAVA_BYTE, valueOffset), hasFirstDeadlines());
  }

  /** Of a key that was found: whether it is a hash whose fields were given deadlines. */
  public boolean hasFirstDeadlines() {
    return KeyLayout.hasFirst(type);
  }

  /** Of a key that was found: the first deadlines of its fields; valid until the next select. */
  public FirstDeadlines firstDeadlines() {
    return first;
  }

  /** Of a key that was found: whether its value is the head of a spread collection. */
  public boolean isSpread() {
    return KeyLayout.isSpread(type);
  }

  /** Of a key that was found: the memory that holds its value. */
  public MemorySegment valueSegment() {
    if (valueUnread) {
      readValue();
    }
    return valueSegment;
  }

  /** Of a key that was found: whether no more has to be looked up for its value. */
  public boolean hasValueAtHand() {
    return !valueUnread;
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

  // Changing

  /**
   * Gives the selected key, which has been looked up, a string of {@code length} bytes, which the
   * caller writes to {@link #batchBytes} from the returned offset on before it does anything else.
   * The value that was found stays readable until then.
   *
   * @param newDeadline when the key expires, or {@link KeyLayout#NO_DEADLINE}
   */
  public int reserve(long newDeadline, int length) {
    return replace(ValueType.STRING.number(), newDeadline, FirstDeadlines.EMPTY, length);
  }

  /**
   * As {@link #reserve(long, int)}, of a collection: a whole one, or one's head. Elements that the
   * value before led to are abandoned, unless {@code sameElements} says that the new one leads to
   * them, too.
   *
   * @param newFirst the first deadlines of a hash whose fields were given some; null: none was
   */
  public int reserve(
      ValueType newType,
      boolean spread,
      boolean sameElements,
      long newDeadline,
      FirstDeadlines newFirst,
      int length) {
    int form = (spread ? KeyLayout.SPREAD : 0) | (newFirst == null ? 0 : KeyLayout.HAS_FIRST);
    byte header = (byte) (newType.number(spread) | form);
    FirstDeadlines its = newFirst == null ? FirstDeadlines.EMPTY : newFirst;
    return sameElements
        ? reserve(header, newDeadline, its, length)
        : replace(header, newDeadline, its, length);
  }

  private int replace(byte newType, long newDeadline, FirstDeadlines newFirst, int length) {
    abandonElements();
    return reserve(newType, newDeadline, newFirst, length);
  }

  /** What only the found value leads to is left to itself. */
  private void abandonElements() {
    if (found == Found.PRESENT && isSpread()) {
      transaction.abandon(prefixOfElements());
    }
  }

  private byte[] prefixOfElements() {
    return KeyLayout.elementPrefix(valueSegment(), valueOffset);
  }

  private int reserve(byte newType, long newDeadline, FirstDeadlines newFirst, int length) {
    WriteBatch batch = transaction.batch();
    // What else is put into the batch on the way: entries of time indexes, a count.
    batch.expect(length + 8L * (keyLength + Long.BYTES) + ENTRY_BYTES);
    moveDeadline(newDeadline);
    moveFirst(newFirst);
    byte kind = EntryKind.PUT;
    switch (found) {
      case UNKNOWN -> kind = EntryKind.PUT_BLIND;
      case ABSENT -> {
        count(KeyLayout.groupOfKeys(keyDatabaseId), 1);
        happened(KeyEvent.NEW);
      }
      case PRESENT -> {
        if (transaction.tells(EventClass.NEW) && !isLive()) {
          happened(KeyEvent.NEW);
        }
      }
      case NOT_LOOKED_UP -> throw new IllegalStateException("put before it was looked up");
    }
    int stored = KeyLayout.headerBytes(newType, newDeadline) + length;
    int at = batch.putReserved(kind, key, 0, keyLength, stored);
    transaction.overlay().put(keyLength, at, stored);
    int value = KeyLayout.putHeader(batch.bytes(), at, newType, newDeadline);
    found = Found.NOT_LOOKED_UP;
    if (KeyLayout.hasFirst(newType)) {
      newFirst.store(batch.bytes(), value);
    }
    return at + stored - length;
  }

  /** Gives the selected key, which has been looked up, a string. */
  public void put(long newDeadline, byte[] value, int offset, int length) {
    int at = reserve(newDeadline, length);
    System.arraycopy(value, offset, batchBytes(), at, length);
  }

  /** Gives the selected key, which has been looked up, the value that is held. */
  public void putHeld(long newDeadline) {
    int at = makeAnew(newDeadline);
    MemorySegment.copy(
        heldSegment, ValueLayout.JAVA_BYTE, heldOffset, batchBytes(), at, heldLength);
  }

  /**
   * Makes room for what is held; that the key was there before doesn't make it less of a new one.
   */
  private int makeAnew(long newDeadline) {
    boolean overwrites = isLive();
    int at = replace(heldType, newDeadline, heldFirst, heldLength);
    if (overwrites) {
      happened(KeyEvent.NEW);
    }
    return at;
  }

  /**
   * As {@link #putHeld}, where another key keeps what is held: elements of a spread collection are
   * copied. All of them are walked over, and lie in the batch.
   *
   * @throws ReadNeeded if there are too many of them for the storage thread, or only the disk knows
   *     one
   */
  public void putHeldCopy(long newDeadline) {
    if (!KeyLayout.isSpread(heldType)) {
      putHeld(newDeadline);
      return;
    }
    MemorySegment head = heldSegment;
    long from = heldOffset;
    long count = Varint.get(head, from + KeyLayout.HEAD_BYTES);
    boolean isString = KeyLayout.typeOf(heldType) == ValueType.STRING;
    needTimeToStore(isString ? count / BYTES_AN_ELEMENT : count);
    long copy = newCollectionId();
    byte[] prefix = KeyLayout.elementPrefix(head, from);
    long own = from + KeyLayout.HEAD_BYTES + Varint.length(count);
    switch (KeyLayout.typeOf(heldType)) {
      case LIST -> elements.copyList(prefix, head, own, keyDatabaseId, copy);
      case STREAM -> elements.copyStream(prefix, head, own, keyDatabaseId, copy);
      default -> elements.copy(prefix, keyDatabaseId, copy);
    }
    int at = makeAnew(newDeadline);
    byte[] bytes = batchBytes();
    MemorySegment.copy(head, ValueLayout.JAVA_BYTE, from, bytes, at, heldLength);
    KeyLayout.putIds(bytes, at, keyDatabaseId, copy);
  }

  /** Gives the selected key, which was found, another deadline or none. */
  public void changeDeadline(long newDeadline) {
    MemorySegment segment = valueSegment();
    int length = valueLength;
    int at = reserve(type, newDeadline, first, length);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, valueOffset, batchBytes(), at, length);
  }

  /** Where {@link #reserve} wants the value to be written. */
  public byte[] batchBytes() {
    return transaction.batch().bytes();
  }

  /** Removes the selected key, which was found, be it past its deadline. */
  public void delete() {
    abandonElements();
    deleteMoved();
  }

  /** As {@link #delete}, where another key leads to its elements now, if it has any. */
  public void deleteMoved() {
    if (found != Found.PRESENT) {
      throw new IllegalStateException("delete of a key that was not found");
    }
    moveDeadline(NO_DEADLINE);
    moveFirst(FirstDeadlines.EMPTY);
    WriteBatch batch = transaction.batch();
    batch.delete(EntryKind.DELETE, key, 0, keyLength);
    transaction.overlay().delete(keyLength, batch.size());
    count(KeyLayout.groupOfKeys(keyDatabaseId), -1);
    forgetFound();
  }

  private void count(long group, int delta) {
    transaction.batch().count(group, delta);
  }

  /**
   * Says what the command has done to the selected key, by Redis's name for it; to be called behind
   * the change, before another key is selected. Costs nothing if nobody listens.
   */
  public void happened(KeyEvent event) {
    transaction.happens(event, keyDatabaseId, key, 0, keyLength);
  }

  private void moveDeadline(long newDeadline) {
    long oldDeadline = found == Found.PRESENT ? deadline : NO_DEADLINE;
    if (oldDeadline == newDeadline) {
      return;
    }
    expiryIndex.move(transaction.batch(), key, keyLength, oldDeadline, newDeadline);
    if (oldDeadline != NO_DEADLINE && remaining(oldDeadline) <= 0) {
      transaction.removesExpired();
      happened(KeyEvent.EXPIRED);
    }
  }

  private void moveFirst(FirstDeadlines newFirst) {
    FirstDeadlines old = found == Found.PRESENT ? first : FirstDeadlines.EMPTY;
    if (!old.same(newFirst)) {
      expiryIndex.moveFields(transaction.batch(), key, keyLength, old, newFirst);
    }
  }

  /**
   * Returns the earliest deadline in milliseconds that was put into an index since this was asked
   * last; {@link Long#MAX_VALUE} if none was.
   */
  public long takeEarliest(TimeIndex index) {
    return expiryIndex.takeEarliest(index);
  }

  /** Stores how far the time that dates pass by has got, see {@link WallTime}. */
  public void storeWallTime(long millis) {
    transaction.storeWallTime(millis);
  }

  /** Says that an entry of a time index that was found due stays: it is to be found again. */
  public void entryStays(TimeIndex index, long millis) {
    expiryIndex.stays(index, millis);
  }

  /** Removes the selected key's entry from a time index. */
  void deleteTimeEntry(TimeIndex index, long millis) {
    expiryIndex.remove(transaction.batch(), key, keyLength, index, millis);
  }

  /** Whether the selected key has a value with just this deadline; it has been looked up. */
  boolean isPresentWithDeadline(long due) {
    return found == Found.PRESENT && deadline == due;
  }

  // Collections

  /** Whether so many elements take too long for a thread that others wait for. */
  public static boolean takesTime(long count) {
    return count > MOST_AT_ONCE;
  }

  /**
   * Gives up where so many elements would take too long to go through: on the storage thread and on
   * connections' loops; if it is very many, also where it is to {@linkplain #beBrief be brief}.
   *
   * @throws ReadNeeded if there are too many
   */
  public void needTime(long count) {
    if (takesTime(count)) {
      if (!transaction.mayWalkDisk()) {
        throw transaction.wantsWalk();
      }
      if (count > MOST_BRIEFLY && transaction.isBrief()) {
        throw ReadNeeded.AT_LENGTH;
      }
    }
  }

  /**
   * As {@link #needTime}, of a command that stores what comes of so many elements under the
   * selected key, and has looked up all keys that it uses: the result may be built aside, unless
   * the command is one of a transaction or script.
   *
   * @throws NeedsBuild if it is to be
   */
  public void needTimeToStore(long count) {
    if (transaction.isBuild()) {
      return;
    }
    if (count > mostStored && !ofMany && !transaction.isLent()) {
      throw NeedsBuild.INSTANCE;
    }
    needTime(count);
  }

  /**
   * Notes that a command takes so many bytes more of the heap, for a copy of a value or for what it
   * works out, until it ends.
   *
   * @throws WriteBatch.TooLargeException if it changes something, and there is no room for them
   * @throws CommandMemory.ExceededException if it reads, and there will never be room
   * @throws Misses.NoMemory if it reads, and there is no room now
   * @throws ReadNeeded if it reads where others wait, and they are many
   */
  public void holdsBeside(long bytes) {
    transaction.holdsBeside(bytes);
  }

  /** Sets how much one command that reads may hold on the heap. */
  public void mostHeld(long bytes) {
    mostHeld = bytes;
  }

  /** Returns how much one command that reads may hold on the heap, see {@link #holdsBeside}. */
  public long mostHeld() {
    return mostHeld;
  }

  /** Whether the batch has room for so many bytes more, keys included, in so many puts. */
  public boolean hasRoomFor(long bytes, int puts) {
    return transaction.batch().hasRoomFor(bytes, puts);
  }

  /** Makes room in the batch for what will be put, so that nothing need be copied when it is. */
  public void expect(long bytes) {
    transaction.batch().expect(bytes);
  }

  /** Returns the elements of spread collections. */
  public Elements elements() {
    return elements;
  }

  /** Returns the id that a new collection's elements are kept under. */
  public long newCollectionId() {
    return transaction.newCollectionId();
  }

  /** Returns the id of the selected key's database. */
  public int selectedDatabaseId() {
    return keyDatabaseId;
  }

  /** Returns the hash that orders members. */
  public MemberHash memberHash() {
    return transaction.memberHash();
  }

  /**
   * Returns a source of random numbers: a command that is given up and runs again is given the same
   * ones.
   */
  public RandomGenerator random() {
    return transaction.random();
  }

  // Databases as a whole

  /** Returns the libraries of functions, with what this transaction changes of them. */
  public Map<String, FunctionLibraries.Library> libraries() {
    return transaction.libraries();
  }

  /** Stores a library of functions, in place of another one of its name. */
  public void putLibrary(String name, FunctionLibraries.Library library) {
    transaction.putLibrary(name, library);
  }

  /** Deletes a library of functions. */
  public void removeLibrary(String name) {
    transaction.removeLibrary(name);
  }

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
