package dev.varve.server.datatype;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.server.datatype.SelectedKey.Depth;
import dev.varve.server.datatype.SelectedKey.Found;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
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

  /** How many bytes of a string are gone through in the time that an element takes. */
  public static final int BYTES_AN_ELEMENT = 256;

  /** Going through more elements would keep other commands waiting: the read pool does it. */
  private static final int MOST_AT_ONCE = 4096;

  /** A tenth of a second or less: no other reads wait for more. */
  private static final int MOST_BRIEFLY = 1 << 18;

  /** More than a change of one key takes in a batch beside keys and value. */
  private static final int ENTRY_BYTES = 256;

  private final Transaction transaction;
  private final CommandTime time;
  private final SelectedKey selected;
  private final HeldValue held = new HeldValue();
  private final GatheredKeys gathered;
  private final AccessTimes accessTimes;
  private final ExpiryIndex expiryIndex = new ExpiryIndex();
  private final Elements elements;

  /** What is recorded of what steps do to keys; null: nobody can listen. */
  private Effects effects;

  private int listened;

  /** Who hears of what is read in vain. */
  private final KeyMisses keyMisses;

  /** Results of more elements are built aside; none are unless somebody wants it. */
  private int mostStored = Integer.MAX_VALUE;

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
    this.transaction = new Transaction(databases, wallTime);
    this.time = new CommandTime(transaction, wallTime);
    this.selected = new SelectedKey(transaction, time);
    this.accessTimes = databases.accessTimes();
    this.gathered = new GatheredKeys(transaction, accessTimes);
    this.elements = new Elements(transaction);
  }

  /** Returns what the command is part of. */
  public Transaction transaction() {
    return transaction;
  }

  /** Returns what time it is for the command. */
  public CommandTime time() {
    return time;
  }

  /** Returns the key that was selected last, with what was found of it. */
  public SelectedKey selected() {
    return selected;
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
   * Begins a transaction that reads from the engine's newest state and {@code answers}, and changes
   * keys through {@code batch}. The storage thread then either appends the batch and says so by
   * {@link #committed}, or drops it.
   */
  public void bindWrite(
      ReadView latest, Misses answers, WriteBatch batch, int database, long nowMillis) {
    unbind();
    noteCounts();
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
    noteCounts();
    transaction.beginLent(latest, batch, nowMillis);
    recordEffects();
    bindTo(database);
  }

  /**
   * As {@link #bindLent}, for a command whose result is built aside, while others append what they
   * do: they change nothing that it uses.
   *
   * @param id that the elements of the result are kept under, see {@link Builds#begin}
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

  /** Has results be built aside that would take long. */
  public void buildAside() {
    mostStored = MOST_AT_ONCE;
  }

  /** Sets from how many elements on results are built aside, and how large the pieces are. */
  public void buildsFrom(int elements, int pieceBytes) {
    mostStored = elements;
    transaction.pieceBytes(pieceBytes);
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
    noteCounts();
    Misses read = before.continuedAt(view, memory);
    if (wanted != null) {
      read.seed(wanted.seed());
    }
    transaction.beginRehearsal(view, read, scratch, nowMillis);
    bindTo(database);
    if (wanted != null && wanted.key() != null) {
      // Where the run differs from the rehearsal it comes one key further each time.
      if (wanted.key()[0] == KeyLayout.ELEMENTS) {
        elements.read(wanted.key());
      } else {
        selected.readWanted(wanted);
      }
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
    noteCounts();
    transaction.beginRehearsalInMemory(view, before, scratch, nowMillis);
    bindTo(database);
  }

  /**
   * Binds to a database for the next command of the same transaction, whose beginning is marked.
   */
  public void bindNext(int index) {
    selected.forget();
    held.forget();
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
    boolean wasLong = selected.end();
    held.forget();
    elements.unbind();
    if (!gathered.isEmpty()) {
      gathered.forget();
    }
    if (!referring.isEmpty()) {
      referring.forEach(Runnable::run);
      referring.clear();
    }
    transaction.end();
    ofMany = false;
    if (wasLong) {
      expiryIndex.shrink();
    }
  }

  /** Lets go of what the last command has read; what it has changed stays to be appended. */
  public void forgetReads() {
    selected.forget();
    held.forget();
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

  /** What is bound may be {@linkplain #givenUp given up}. */
  private void noteCounts() {
    hitsBefore = hits;
    missesBefore = misses;
  }

  /** The transaction is given up: what it has counted counts when it runs again. */
  public void givenUp() {
    hits = hitsBefore;
    misses = missesBefore;
  }

  /**
   * Takes back what the command has done; the binding stays. A transaction of one command is then
   * as it began; of many, those before this one stay.
   */
  public void rollBack() {
    selected.forget();
    if (!transaction.isReadOnly()) {
      transaction.rollBack();
      bindTo(database);
    }
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
    selected.select(databaseId, buffer, offset, length);
  }

  /** Makes a user key of the database of an index, not the bound one, the one worked on. */
  public void selectIn(int index, ByteBuf buffer, int offset, int length) {
    selected.select(transaction.databaseId(index), buffer, offset, length);
  }

  /** As {@link #selectIn(int, ByteBuf, int, int)}; returns the engine key. */
  byte[] selectIn(int index, byte[] userKey) {
    byte[] engineKey = KeyLayout.keyOf(transaction.databaseId(index), userKey);
    selected.select(engineKey, 0, engineKey.length);
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

  /** Makes an engine key of any database id, dead ones included, the one that is worked on. */
  public void selectEngineKey(byte[] bytes) {
    selected.select(bytes, 0, bytes.length);
  }

  /** As {@link #selectEngineKey(byte[])}, of a part of an array. */
  void selectEngineKey(byte[] bytes, int offset, int length) {
    selected.select(bytes, offset, length);
  }

  /** Notes that the selected key is used now, see {@link #idleSeconds}. */
  public void touch() {
    accessTimes.note(selected.bytes(), 0, selected.length(), transaction.now());
  }

  /** Returns for how many seconds at least the selected key was not {@linkplain #touch used}. */
  public long idleSeconds() {
    return accessTimes.idleSeconds(selected.bytes(), 0, selected.length(), transaction.now());
  }

  /**
   * Looks the selected key up. Its value is read when it is asked for, if it lies apart.
   *
   * @return whether it is there and its deadline, if any, has not passed
   * @throws ReadNeeded if only the disk knows
   */
  public boolean find() {
    return selected.find(Depth.HEAD);
  }

  /**
   * As {@link #find}, for a command that works on strings, and wants the value.
   *
   * @throws WrongTypeException if it is there and no string
   */
  public boolean findString() {
    return checked(selected.find(Depth.VALUE));
  }

  private boolean checked(boolean live) {
    if (live && !selected.isString()) {
      throw new WrongTypeException();
    }
    return live;
  }

  /**
   * As {@link #find}, for a command that works on values of one type.
   *
   * @throws WrongTypeException if it is there and of another
   */
  public boolean find(ValueType its) {
    boolean live = find();
    if (live && selected.type() != its) {
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
   * Returns whether keys can be {@linkplain #gather gathered}: not where a batch may hide what is
   * there.
   */
  public boolean canGather() {
    return transaction.isReadOnly();
  }

  /** Adds a user key to those that are looked up together; at most {@link #MOST_TOGETHER}. */
  public void gather(ByteBuf buffer, int offset, int length) {
    gathered.add(databaseId, buffer, offset, length);
  }

  /**
   * Looks up what was gathered, so that {@link #findGathered} can be asked of each.
   *
   * @throws ReadNeeded if only the disk knows one of them
   */
  public void lookUpGathered() {
    gathered.lookUp();
  }

  /**
   * As {@link #findCounted}, of the key that was gathered as the number given, from 0 on.
   *
   * @throws ReadNeeded if only the disk knows its value
   */
  public boolean findGathered(int number) {
    gathered.answer(number, databaseId, selected);
    boolean live = selected.isLive();
    count(live);
    if (!live) {
      gathered.tellMiss(number, databaseId);
    }
    return live;
  }

  /** Lets go of what was gathered. */
  public void forgetGathered() {
    selected.forget();
    gathered.forget();
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
    boolean live = selected.find(Depth.VALUE);
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
      selected.find(Depth.HEAD);
    } else {
      selected.look(depth);
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
    selected.look(Depth.MEMTABLES);
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
    if (wasThere() && selected.isSpread()) {
      transaction.abandon(selected.prefixOfElements());
    }
  }

  private int reserve(byte newType, long newDeadline, FirstDeadlines newFirst, int length) {
    WriteBatch batch = transaction.batch();
    int keyLength = selected.length();
    // What else is put into the batch on the way: entries of time indexes, a count.
    batch.expect(length + 8L * (keyLength + Long.BYTES) + ENTRY_BYTES);
    moveDeadline(newDeadline);
    moveFirst(newFirst);
    byte kind = EntryKind.PUT;
    switch (selected.found()) {
      case UNKNOWN -> kind = EntryKind.PUT_BLIND;
      case ABSENT -> {
        count(KeyLayout.groupOfKeys(selected.databaseId()), 1);
        happened(KeyEvent.NEW);
      }
      case PRESENT -> {
        if (transaction.tells(EventClass.NEW) && !selected.isLive()) {
          happened(KeyEvent.NEW);
        }
      }
      case NOT_LOOKED_UP -> throw new IllegalStateException("put before it was looked up");
    }
    int stored = KeyLayout.headerBytes(newType, newDeadline) + length;
    int at = batch.putReserved(kind, selected.bytes(), 0, keyLength, stored);
    transaction.overlay().put(keyLength, at, stored);
    int value = KeyLayout.putHeader(batch.bytes(), at, newType, newDeadline);
    selected.wasPut();
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

  /**
   * Keeps the value that was found readable while other keys are selected, to be given to one of
   * them by {@link #putHeld}: its bytes are copied once, into the batch.
   */
  public void hold() {
    selected.holdBy(held);
  }

  /** Gives the selected key, which has been looked up, the value that is held. */
  public void putHeld(long newDeadline) {
    int at = makeAnew(newDeadline);
    held.copyTo(batchBytes(), at);
  }

  /**
   * Makes room for what is held; that the key was there before doesn't make it less of a new one.
   */
  private int makeAnew(long newDeadline) {
    boolean overwrites = selected.isLive();
    int at = replace(held.typeAndForm(), newDeadline, held.firstDeadlines(), held.length());
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
    if (!held.isSpread()) {
      putHeld(newDeadline);
      return;
    }
    boolean isString = held.valueType() == ValueType.STRING;
    needTimeToStore(isString ? held.count() / BYTES_AN_ELEMENT : held.count());
    long copy = transaction.newCollectionId();
    held.copyElements(elements, selected.databaseId(), copy);
    int at = makeAnew(newDeadline);
    held.copyTo(batchBytes(), at);
    KeyLayout.putIds(batchBytes(), at, selected.databaseId(), copy);
  }

  /** Gives the selected key, which was found, another deadline or none. */
  public void changeDeadline(long newDeadline) {
    MemorySegment segment = selected.valueSegment();
    long from = selected.valueOffset();
    int length = selected.valueLength();
    int at = reserve(selected.typeAndForm(), newDeadline, selected.firstDeadlines(), length);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, from, batchBytes(), at, length);
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
    if (!wasThere()) {
      throw new IllegalStateException("delete of a key that was not found");
    }
    moveDeadline(NO_DEADLINE);
    moveFirst(FirstDeadlines.EMPTY);
    WriteBatch batch = transaction.batch();
    batch.delete(EntryKind.DELETE, selected.bytes(), 0, selected.length());
    transaction.overlay().delete(selected.length(), batch.size());
    count(KeyLayout.groupOfKeys(selected.databaseId()), -1);
    selected.forget();
  }

  private void count(long group, int delta) {
    transaction.batch().count(group, delta);
  }

  /**
   * Says what the command has done to the selected key, by Redis's name for it; to be called after
   * the change, before another key is selected. Costs nothing if nobody listens.
   */
  public void happened(KeyEvent event) {
    transaction.happens(event, selected.databaseId(), selected.bytes(), 0, selected.length());
  }

  private boolean wasThere() {
    return selected.found() == Found.PRESENT;
  }

  private void moveDeadline(long newDeadline) {
    long oldDeadline = wasThere() ? selected.deadline() : NO_DEADLINE;
    if (oldDeadline == newDeadline) {
      return;
    }
    expiryIndex.move(
        transaction.batch(), selected.bytes(), selected.length(), oldDeadline, newDeadline);
    if (oldDeadline != NO_DEADLINE && time.remaining(oldDeadline) <= 0) {
      transaction.removesExpired();
      happened(KeyEvent.EXPIRED);
    }
  }

  private void moveFirst(FirstDeadlines newFirst) {
    FirstDeadlines old = wasThere() ? selected.firstDeadlines() : FirstDeadlines.EMPTY;
    if (!old.same(newFirst)) {
      expiryIndex.moveFields(
          transaction.batch(), selected.bytes(), selected.length(), old, newFirst);
    }
  }

  /**
   * Returns the earliest deadline in milliseconds that was put into an index since this was asked
   * last; {@link Long#MAX_VALUE} if none was.
   */
  public long takeEarliest(TimeIndex index) {
    return expiryIndex.takeEarliest(index);
  }

  /** Says that an entry of a time index that was found due stays: it is to be found again. */
  public void entryStays(TimeIndex index, long millis) {
    expiryIndex.stays(index, millis);
  }

  /** Removes the selected key's entry from a time index. */
  void deleteTimeEntry(TimeIndex index, long millis) {
    expiryIndex.remove(transaction.batch(), selected.bytes(), selected.length(), index, millis);
  }

  // Collections

  /** Whether so many elements take too long for a thread that others wait for. */
  public static boolean takesTime(long count) {
    return count > MOST_AT_ONCE;
  }

  /**
   * Gives up where so many elements would take too long to go through: on the storage thread and on
   * connections' loops; if it is very many, also where it is to {@linkplain Transaction#beBrief be
   * brief}.
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

  /**
   * Returns a source of random numbers: a command that is given up and runs again is given the same
   * ones.
   */
  public RandomGenerator random() {
    return transaction.random();
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
}
