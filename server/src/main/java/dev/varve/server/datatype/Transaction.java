package dev.varve.server.datatype;

import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import java.util.Arrays;

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

  private final Databases databases;
  private final WallTime wallTime;

  private ReadView view;
  private boolean mayRead;
  private boolean rehearsal;
  private Misses misses = Misses.NONE;
  private WriteBatch batch;
  private long now;

  /** What {@link #wallNow} has read; {@link #NOT_READ} before. */
  private long wallNow;

  private Misses.Wanted wanted;

  /** What walks go over, since the batch had {@link #walkedSize} bytes; null: none does. */
  private ReadView walked;

  private int walkedSize;

  // The batch's effects so far.
  private final Overlay overlay = new Overlay();
  private Databases.Version pendingDatabases;

  /** The {@link WallTime} that the batch stores; {@link #NOT_READ} if none. */
  private long pendingWallTime = NOT_READ;

  /** Keys past their deadline that the batch removes or overwrites. */
  private int pendingExpired;

  // The mark.
  private long batchMark;
  private int pointsMark;
  private int rangesMark;
  private Databases.Version databasesMark;
  private long wallTimeMark;
  private int expiredMark;

  // Statistics, also read by other threads: a stale value does no harm there.
  private long expired;

  Transaction(Databases databases, WallTime wallTime) {
    this.databases = databases;
    this.wallTime = wallTime;
  }

  // Its life

  void beginRead(ReadView from, boolean reads, long nowMillis) {
    begin(from, nowMillis);
    mayRead = reads;
  }

  void beginWrite(ReadView latest, Misses answers, WriteBatch changes, long nowMillis) {
    begin(latest, nowMillis);
    misses = answers;
    batch = changes;
    mark();
  }

  /** As {@link #beginWrite}, where the disk may be read: nobody else appends anything meanwhile. */
  void beginLent(ReadView latest, WriteBatch changes, long nowMillis) {
    beginWrite(latest, Misses.NONE, changes, nowMillis);
    mayRead = true;
  }

  void beginRehearsal(ReadView from, Misses read, WriteBatch scratch, long nowMillis) {
    beginWrite(from, read, scratch, nowMillis);
    rehearsal = true;
  }

  private void begin(ReadView from, long nowMillis) {
    end();
    view = from;
    now = nowMillis;
    wallNow = NOT_READ;
    wanted = null;
  }

  /** Forgets all that it has to do with; what the batch holds is the caller's. */
  void end() {
    overlay.clear();
    pendingExpired = 0;
    pendingDatabases = null;
    pendingWallTime = NOT_READ;
    view = null;
    walked = null;
    mayRead = false;
    rehearsal = false;
    batch = null;
    misses = Misses.NONE;
  }

  /** The batch has been appended; its last operation has the number {@code sequence}. */
  void appended(long sequence) {
    expired += pendingExpired;
    if (pendingDatabases != null) {
      databases.install(pendingDatabases, sequence);
    }
    if (pendingWallTime != NOT_READ) {
      wallTime.stored(pendingWallTime);
    }
  }

  /** Remembers what it has done so far, to come back to by {@link #rollBack}. */
  void mark() {
    batchMark = batch.mark();
    pointsMark = overlay.points();
    rangesMark = overlay.ranges();
    databasesMark = pendingDatabases;
    wallTimeMark = pendingWallTime;
    expiredMark = pendingExpired;
  }

  /** Takes back what was done since the mark. */
  void rollBack() {
    walked = null;
    overlay.rollBack(pointsMark, rangesMark, batch.bytes());
    batch.rollBack(batchMark);
    pendingDatabases = databasesMark;
    pendingWallTime = wallTimeMark;
    pendingExpired = expiredMark;
  }

  // Reading

  ReadView view() {
    return view;
  }

  /** Returns what a walk goes over. */
  ReadView walkedView() {
    if (overlay.isEmpty()) {
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

  /** Whether it is one on the read pool that finds out what is to be read. */
  boolean isRehearsal() {
    return rehearsal;
  }

  boolean isReadOnly() {
    return batch == null;
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
    wanted = new Misses.Wanted(Arrays.copyOf(key, length), value);
    return ReadNeeded.INSTANCE;
  }

  /** Returns what the last step was given up for; null if for none. */
  Misses.Wanted wanted() {
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

  private static final class Counted implements WriteBatch.Visitor {
    private final long group;
    private long count;

    private Counted(long group, long count) {
      this.group = group;
      this.count = count;
    }

    @Override
    public void point(
        byte kind,
        long sequence,
        byte[] bytes,
        int keyOffset,
        int keyLength,
        int valueOffset,
        int valueLength) {
      // What is known of its effect is counted beside.
    }

    @Override
    public void range(long sequence, byte[] begin, byte[] end) {
      // Its keys are forgotten beside.
    }

    @Override
    public void abandon(long sequence, byte[] begin, byte[] end) {
      // What nothing can reach is not counted.
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
  void storeWallTime(long millis) {
    byte[] value = new byte[Long.BYTES];
    KeyLayout.LONG.set(value, 0, millis);
    batch.put(WallTime.KEY, value);
    pendingWallTime = millis;
  }

  /** Notes that a key past its deadline is removed or overwritten. */
  void removesExpired() {
    pendingExpired++;
  }

  long expired() {
    return expired;
  }

  // Databases as a whole

  /** Returns the id that a database's keys are stored under. */
  int databaseId(int index) {
    return batch == null ? databases.id(index, view, mayRead) : mapping().id(index);
  }

  /**
   * What indexes stand for behind all that was appended and this batch's own changes. A rehearsal
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
  }

  /** Empties all databases: a few range deletes. */
  void flushAll() {
    Databases.Version before = mapping();
    pendingDatabases = Databases.withNewIds(before, batch, 0, databases.count());
    for (int index = 0; index < databases.count(); index++) {
      forgetCounts(before.id(index));
    }
    deleteKeyspace(KeyLayout.KEYS);
    deleteKeyspace(KeyLayout.EXPIRY);
    deleteKeyspace(KeyLayout.EXPIRY_BY_DATE);
  }

  private void deleteKeyspace(byte keyspace) {
    deleteRange(new byte[] {keyspace}, new byte[] {(byte) (keyspace + 1)});
  }

  /** Swaps what two indexes stand for. */
  void swapDatabases(int one, int other) {
    pendingDatabases = Databases.swapped(mapping(), batch, one, other);
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
