package dev.varve.server.datatype;

import dev.varve.server.datatype.FunctionLibraries.Library;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;

/**
 * All that one step of the server reads and changes, be it one command or many: a view to read
 * from, a batch that takes the changes, and what the batch has done so far laid over the view. It
 * outlives the commands' own bindings: each is {@linkplain #mark marked}, and one that fails is
 * taken back while the others stay. The whole has one time.
 *
 * <p>Where the disk may not be read, {@link Misses} answer what memory can't; what neither can is
 * {@linkplain #wants wanted}, and the step is given up by {@link ReadNeeded}. In a rehearsal the
 * disk is read, and what it says is added to them.
 *
 * <p>Each thread that executes commands has one, under its {@link Keyspace}, and begins it anew for
 * each step; nothing is allocated then. Not thread-safe.
 */
public final class Transaction {
  private static final long NOT_READ = Long.MIN_VALUE;

  /** What is built aside goes away in pieces: steps of less than a millisecond. */
  private static final int PIECE_BYTES = 16 << 10;

  /** One that only reads may hold so much without asking for it. */
  private static final int UNCOUNTED_BYTES = 64 << 10;

  private final Databases databases;
  private final WallTime wallTime;

  private ReadView view;
  private boolean mayRead;

  /** Whether walks that take long are given up. */
  private boolean brief;

  private boolean rehearsal;

  /** Whether a rehearsal ends where the disk would have to be read. */
  private boolean inMemory;

  private boolean notesAll;

  /** Is asked before one that only reads holds so many bytes, all together, on the heap. */
  private LongPredicate memory;

  /** What it holds so. */
  private long held;

  private Misses misses = Misses.NONE;
  private WriteBatch batch;
  private long now;

  /** What {@link #wallNow} has read; {@link #NOT_READ} before. */
  private long wallNow;

  private Misses.Wanted wanted;

  /** What walks go over, since the batch had {@link #walkedSize} bytes; null: none does. */
  private ReadView walked;

  private int walkedSize;

  /** What it does to keys; null: nobody can listen. */
  private Effects effects;

  /** The database index that an id was last told as. */
  private int lastIndex;

  // What the batch has done so far.
  private final Overlay overlay = new Overlay();
  private Databases.Version pendingDatabases;

  /** The libraries of functions, if the batch changes them; null: it doesn't. */
  private Map<String, Library> pendingLibraries;

  /** The {@link WallTime} that the batch stores; {@link #NOT_READ} if none. */
  private long pendingWallTime = NOT_READ;

  /** Keys past their deadline that the batch removes or overwrites. */
  private int pendingExpired;

  /** Ids of collections that were given out, from the first one on. */
  private int newIds;

  private long firstNewId;

  /** Up to where ids are reserved once the batch is appended. */
  private long idsReservedUpTo;

  /** What is built aside goes there before the batch becomes large; null: nothing is. */
  private Builds.Pieces pieces;

  private int pieceBytes = PIECE_BYTES;

  /** The id of what is built aside. */
  private long buildId;

  private boolean lent;

  /** Elements that were put since the batch was begun, or a piece went away. */
  private int elementsPut;

  /** Draws seeds. */
  private final SplittableRandom seeds = new SplittableRandom();

  private long seed;
  private boolean seeded;
  private RandomGenerator random;

  // The mark.
  private long batchMark;
  private int pointsMark;
  private int rangesMark;
  private Databases.Version databasesMark;
  private Map<String, Library> librariesMark;
  private long wallTimeMark;
  private int expiredMark;
  private int effectsMark;
  private int newIdsMark;
  private long idsReservedMark;

  // Statistics, also read by other threads: a stale value does no harm there.
  private long expired;

  Transaction(Databases databases, WallTime wallTime) {
    this.databases = databases;
    this.wallTime = wallTime;
  }

  // Its life

  void beginRead(ReadView from, boolean reads, LongPredicate toHold, long nowMillis) {
    begin(from, nowMillis);
    mayRead = reads;
    memory = toHold;
    held = 0;
  }

  void beginWrite(ReadView latest, Misses answers, WriteBatch changes, long nowMillis) {
    begin(latest, nowMillis);
    misses = answers;
    if (answers.isSeeded()) {
      seed(answers.seed());
    }
    batch = changes;
    mark();
  }

  /**
   * Has what it does to keys recorded from its beginning on.
   *
   * @param classes the bits of what somebody listens for
   */
  void record(Effects its, int classes) {
    effects = its;
    effects.begin(classes);
    effectsMark = 0;
  }

  /** As {@link #beginWrite}, where the disk may be read: nobody else appends anything meanwhile. */
  void beginLent(ReadView latest, WriteBatch changes, long nowMillis) {
    beginWrite(latest, Misses.NONE, changes, nowMillis);
    mayRead = true;
    lent = true;
  }

  /**
   * As {@link #beginWrite}, where the disk may be read, and the elements of the result are put
   * under an id that nothing leads to: nobody changes what it reads meanwhile.
   */
  void beginBuild(ReadView from, WriteBatch changes, long nowMillis, long id, Builds.Pieces to) {
    beginWrite(from, Misses.NONE, changes, nowMillis);
    mayRead = true;
    buildId = id;
    pieces = to;
    elementsPut = 0;
  }

  void pieceBytes(int bytes) {
    pieceBytes = bytes;
  }

  /** Whether its result is built aside. */
  boolean isBuild() {
    return pieces != null;
  }

  /** Whether it has the writer's role. */
  boolean isLent() {
    return lent;
  }

  /** Before an element is put: what is built aside goes away piece by piece. */
  void beforeElement() {
    if (pieces == null) {
      return;
    }
    if (batch.size() >= pieceBytes) {
      if (batch.operations() != elementsPut) {
        throw new IllegalStateException("what is built aside has changed what others see");
      }
      pieces.write(batch);
      batch.clear();
      overlay.clear();
      elementsPut = 0;
    }
    elementsPut++;
  }

  void beginRehearsal(ReadView from, Misses read, WriteBatch scratch, long nowMillis) {
    beginWrite(from, read, scratch, nowMillis);
    rehearsal = true;
  }

  /** As {@link #beginRehearsal}, without the disk: what memory can't tell gives it up. */
  void beginRehearsalInMemory(ReadView from, Misses read, WriteBatch scratch, long nowMillis) {
    beginRehearsal(from, read, scratch, nowMillis);
    inMemory = true;
  }

  private void begin(ReadView from, long nowMillis) {
    end();
    view = from;
    now = nowMillis;
    wallNow = NOT_READ;
    wanted = null;
    random = null;
    seeded = false;
    newIds = 0;
  }

  /** Forgets all that it has to do with; what the batch holds is the caller's. */
  void end() {
    overlay.clear();
    pendingExpired = 0;
    pendingDatabases = null;
    pendingLibraries = null;
    pendingWallTime = NOT_READ;
    view = null;
    walked = null;
    mayRead = false;
    brief = false;
    rehearsal = false;
    inMemory = false;
    notesAll = false;
    lent = false;
    pieces = null;
    memory = null;
    batch = null;
    effects = null;
    misses = Misses.NONE;
  }

  /** The batch has been appended; its last operation has the number {@code sequence}. */
  void appended(long sequence) {
    expired += pendingExpired;
    if (pendingDatabases != null) {
      databases.install(pendingDatabases, sequence);
    }
    if (pendingLibraries != null) {
      databases.install(pendingLibraries, sequence);
    }
    if (pendingWallTime != NOT_READ) {
      wallTime.stored(pendingWallTime);
    }
    if (newIds > 0) {
      databases.collectionIds().appended(firstNewId + newIds, idsReservedUpTo);
    }
  }

  /** Remembers what it has done so far, to come back to by {@link #rollBack}. */
  void mark() {
    batchMark = batch.mark();
    pointsMark = overlay.points();
    rangesMark = overlay.ranges();
    databasesMark = pendingDatabases;
    librariesMark = pendingLibraries;
    wallTimeMark = pendingWallTime;
    expiredMark = pendingExpired;
    if (effects != null) {
      effectsMark = effects.size();
    }
    newIdsMark = newIds;
    idsReservedMark = idsReservedUpTo;
  }

  /** Takes back what was done since the mark. */
  void rollBack() {
    walked = null;
    overlay.rollBack(pointsMark, rangesMark, batch.bytes());
    batch.rollBack(batchMark);
    pendingDatabases = databasesMark;
    pendingLibraries = librariesMark;
    pendingWallTime = wallTimeMark;
    pendingExpired = expiredMark;
    if (effects != null) {
      effects.rollBack(effectsMark);
    }
    newIds = newIdsMark;
    idsReservedUpTo = idsReservedMark;
  }

  // Collections

  /** Gives a new collection its id. */
  public long newCollectionId() {
    if (pieces != null) {
      return buildId;
    }
    CollectionIds ids = databases.collectionIds();
    if (newIds == 0) {
      firstNewId = rehearsal ? CollectionIds.REHEARSED : ids.next();
      idsReservedUpTo = rehearsal ? Long.MAX_VALUE : ids.reservedUpTo();
    }
    long id = firstNewId + newIds++;
    if (id >= idsReservedUpTo) {
      idsReservedUpTo = ids.reserve(batch, idsReservedUpTo);
    }
    return id;
  }

  /** Whether this transaction has given a collection its id. */
  boolean isNew(long collectionId) {
    if (pieces != null) {
      // Pieces of it have gone away: but each element is put once.
      return collectionId == buildId;
    }
    return newIds > 0 && collectionId >= firstNewId && collectionId < firstNewId + newIds;
  }

  public MemberHash memberHash() {
    return databases.collectionIds().hash();
  }

  // Chance

  private void seed(long value) {
    seed = value;
    seeded = true;
  }

  private long seed() {
    if (!seeded) {
      seed(seeds.nextLong());
    }
    return seed;
  }

  /** Returns a source of numbers that gives a rehearsal and the run after it the same ones. */
  RandomGenerator random() {
    if (random == null) {
      random = new SplittableRandom(seed());
    }
    return random;
  }

  // Reading

  ReadView view() {
    return view;
  }

  /** Returns what a walk goes over. */
  ReadView walkedView() {
    if (overlay.isEmpty() || pieces != null) {
      // What is built aside isn't walked over.
      return view;
    }
    if (walked == null || walkedSize != batch.size()) {
      walked = new OverlayView(view, overlay, batch.bytes());
      walkedSize = batch.size();
    }
    return walked;
  }

  boolean mayRead() {
    return mayRead;
  }

  /** In a rehearsal: has all that is read added to the misses, be it in memory now. */
  public void noteAll() {
    notesAll = true;
  }

  /** Whether lookups are to do as if memory knew nothing. */
  boolean notesAll() {
    return notesAll;
  }

  /** Whether nothing comes of it: it finds out what is to be read. */
  boolean isRehearsal() {
    return rehearsal;
  }

  boolean isReadOnly() {
    return batch == null;
  }

  /** See {@link Keyspace#holdsBeside}. */
  void holdsBeside(long bytes) {
    if (!isReadOnly()) {
      batch.holdsBeside(bytes);
      return;
    }
    held += bytes;
    if (held > UNCOUNTED_BYTES) {
      if (!mayRead) {
        throw ReadNeeded.INSTANCE;
      }
      if (!memory.test(held)) {
        throw Misses.NoMemory.INSTANCE;
      }
    }
  }

  WriteBatch batch() {
    return batch;
  }

  Overlay overlay() {
    return overlay;
  }

  /** Returns what is known of a key of which memory can't tell; null: nothing. */
  Misses.Answer answer(byte[] key, int length) {
    return misses == Misses.NONE || !misses.holdsFor(view) ? null : misses.answer(key, length);
  }

  /** Returns what a rehearsal adds to. */
  Misses misses() {
    return misses;
  }

  /**
   * Gives up for want of what is known of a key.
   *
   * @param value whether its value's bytes are wanted, too
   */
  ReadNeeded wants(byte[] key, int length, boolean value) {
    wanted = new Misses.Wanted(Arrays.copyOf(key, length), value, seed());
    return ReadNeeded.INSTANCE;
  }

  /** Gives up for want of what a walk goes over. */
  ReadNeeded wantsWalk() {
    wanted = new Misses.Wanted(null, false, seed());
    return ReadNeeded.INSTANCE;
  }

  /** Has walks given up that take long, though they may read the disk. */
  public void beBrief() {
    brief = true;
  }

  /** Whether walks that take long are given up. */
  boolean isBrief() {
    return brief;
  }

  /** Whether walks may read the disk. */
  boolean mayWalkDisk() {
    return mayRead || readsMisses();
  }

  /** Whether what memory can't tell is read from the disk, and added to the misses. */
  boolean readsMisses() {
    return rehearsal && !inMemory;
  }

  /** Returns what the last step was given up for; null if for none. */
  public Misses.Wanted wanted() {
    return wanted;
  }

  /** Returns how many keys an id has, with what the batch has counted so far. */
  long keyCount(int id) {
    long group = KeyLayout.groupOfKeys(id);
    long kept = view.count(group, KeyLayout.firstKeyOf(id), KeyLayout.endOf(id)).keys();
    Counted counted = new Counted(group, kept);
    batch.forEach(counted);
    return Math.max(0, counted.count);
  }

  private static final class Counted implements WriteBatch.PartialVisitor {
    private final long group;
    private long count;

    private Counted(long group, long count) {
      this.group = group;
      this.count = count;
    }

    @Override
    public void count(long counted, long delta) {
      if (counted == group) {
        count += delta;
      }
    }

    @Override
    public void forget(long forgotten) {
      if (forgotten == group) {
        count = 0;
      }
    }
  }

  // Time

  long now() {
    return now;
  }

  long wallNow() {
    if (wallNow == NOT_READ) {
      wallNow = wallTime.at(view.sequence());
    }
    return wallNow;
  }

  /** Stores how far the time that dates pass by has got, see {@link WallTime}. */
  public void storeWallTime(long millis) {
    byte[] value = new byte[Long.BYTES];
    KeyLayout.LONG.set(value, 0, millis);
    batch.put(WallTime.KEY, value);
    pendingWallTime = millis;
  }

  /** Notes that a key past its deadline is removed or overwritten. */
  void removesExpired() {
    pendingExpired++;
  }

  public long expired() {
    return expired;
  }

  // What it does to keys

  /** Whether somebody listens for what happens to keys of a class. */
  boolean tells(EventClass some) {
    return effects != null && effects.wants(some);
  }

  /** Tells what happens to a key, of an engine key's bytes, if somebody listens. */
  void happens(KeyEvent event, int id, byte[] keys, int offset, int length) {
    if (tells(event.eventClass())) {
      int index = indexOf(id);
      if (index >= 0) {
        int before = KeyLayout.USER_KEY_OFFSET;
        effects.add(event, index, keys, offset + before, length - before);
      }
    }
  }

  private void happensToDatabase(KeyEvent event, int index) {
    if (tells(event.eventClass())) {
      effects.add(event, index, new byte[] {}, 0, 0);
    }
  }

  /** Returns the index of the database that an id stands for; -1 if it stands for none any more. */
  private int indexOf(int id) {
    Databases.Version now = mapping();
    if (now.id(lastIndex) != id) {
      lastIndex = databases.indexOf(id, now);
    }
    int found = lastIndex;
    lastIndex = Math.max(0, found);
    return found;
  }

  // Libraries of functions

  /** Returns all, with what the batch changes of them. */
  public Map<String, Library> libraries() {
    return pendingLibraries == null ? databases.libraries().newest() : pendingLibraries;
  }

  public void putLibrary(String name, Library library) {
    pendingLibraries = FunctionLibraries.with(libraries(), batch, name, library);
  }

  public void removeLibrary(String name) {
    pendingLibraries = FunctionLibraries.without(libraries(), batch, name);
  }

  // Databases as a whole

  /** Returns the id that a database's keys are stored under. */
  int databaseId(int index) {
    return batch == null ? databases.id(index, view, mayRead) : mapping().id(index);
  }

  /**
   * What indexes stand for after all that was appended and this batch's own changes. A rehearsal
   * goes by that, too: an id's keys are the same in every view.
   */
  private Databases.Version mapping() {
    return pendingDatabases == null ? databases.newest() : pendingDatabases;
  }

  /** Empties a database: O(1). Its entries of the expiry index go when they are due. */
  void flushDatabase(int index) {
    int emptied = databaseId(index);
    pendingDatabases = Databases.withNewIds(mapping(), batch, index, index + 1);
    forgetCounts(emptied);
    deleteRange(KeyLayout.firstKeyOf(emptied), KeyLayout.endOf(emptied));
    abandon(KeyLayout.elementsOf(emptied));
    happensToDatabase(KeyEvent.FLUSHDB, index);
  }

  /** Says that nothing leads any more to the elements whose keys begin with a prefix. */
  void abandon(byte[] prefix) {
    batch.abandon(prefix, 0, prefix.length);
  }

  /** Empties all databases: a few range deletes. */
  void flushAll() {
    Databases.Version before = mapping();
    pendingDatabases = Databases.withNewIds(before, batch, 0, databases.count());
    for (int index = 0; index < databases.count(); index++) {
      forgetCounts(before.id(index));
      happensToDatabase(KeyEvent.FLUSHDB, index);
    }
    deleteRange(new byte[] {KeyLayout.KEYS}, new byte[] {KeyLayout.KEYS + 1});
    deleteRange(new byte[] {TimeIndex.KEYS.keyspace()}, new byte[] {TimeIndex.END});
    abandon(new byte[] {KeyLayout.ELEMENTS});
  }

  /** Swaps what two indexes stand for. */
  void swapDatabases(int one, int other) {
    pendingDatabases = Databases.swapped(mapping(), batch, one, other);
    happensToDatabase(KeyEvent.SWAPDB, one);
    happensToDatabase(KeyEvent.SWAPDB, other);
  }

  private void forgetCounts(int id) {
    batch.forget(KeyLayout.groupOfKeys(id));
    batch.forget(KeyLayout.groupOfExpiring(id));
  }

  private void deleteRange(byte[] begin, byte[] end) {
    batch.deleteRange(begin, end);
    overlay.deleteRange(begin, end);
  }
}
