package dev.varve.storage.engine;

import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.StorageStatistics.Operation;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.latency.Latencies;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.memtable.AddGroup;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.memtable.SlabPool;
import dev.varve.storage.verify.DatabaseVerifier;
import dev.varve.storage.wal.Log;
import dev.varve.storage.wal.ReplayTarget;
import java.nio.file.Path;
import java.util.List;

/**
 * The log-structured merge tree behind {@link StorageEngine}.
 *
 * <pre>{@code
 * try (ThreadScheduler scheduler = new ThreadScheduler();
 *     StorageEngine engine =
 *         LsmEngine.open(
 *             Path.of("data"),
 *             StorageOptions.DEFAULT,
 *             new EngineEnvironment(
 *                 new DiskFileSystem(), System::currentTimeMillis, scheduler))) {
 *   WriteBatch batch = new WriteBatch();
 *   batch.put("city".getBytes(UTF_8), "Uppsala".getBytes(UTF_8));
 *   engine.commit(batch, SyncPolicy.ALWAYS); // on disk when this returns
 *   try (ReadView view = engine.view()) {
 *     System.out.println(new String(view.get("city".getBytes(UTF_8)), UTF_8));
 *   }
 * }
 * }</pre>
 *
 * <p>Wiring only: this class leads a write through log and memtable, {@link Tree} holds what reads
 * look through, {@link Flusher} moves memtables to tables, {@link Compactor} tables down the
 * levels.
 */
public final class LsmEngine implements StorageEngine {
  /**
   * Log segments with which a database is opened and left as it is. Each opening begins one more,
   * so beyond that what the log holds is flushed: else one that is opened often and hardly written
   * to would take longer each time.
   */
  private static final int MOST_SEGMENTS_AT_OPENING = 8;

  /** Slabs are made ready for memtables that got so large, up to so many ahead. */
  private static final int SLABS_AHEAD = 8;

  /** The memtable is made ready for that of a longer log at once. */
  private static final long LONG_LOG = 8 << 20;

  /** Bytes of an entry with a value of 100. The index for entries of that is a tenth of them. */
  private static final int TYPICAL_ENTRY = 160;

  /** How many get flushed where merges wait for space, so that they give some back. */
  private static final long DELETES_WORTH_A_FLUSH = 1024;

  /** How many times as many tables as usual stop writes in level 0 while merges wait for space. */
  private static final int CROWD = 4;

  /** The share of a memtable that may be filled at full speed while none can take its place. */
  private static final double EASY_FILL = 0.75;

  /** A batch of more than this part of a memtable is large: it begins one that is not too full. */
  private static final int LARGE_BATCHES = 8;

  private static final long FIRST_SLABS_AT = (long) SLABS_AHEAD * SlabPool.LARGEST_SLAB;

  private final StorageOptions options;
  private final Parts parts;
  private final PassedRanges passedRanges;
  private final Tree tree;
  private final Log log;
  private final Health health;
  private final Stalls stalls;
  private final Latencies latencies;
  private final Throttle throttle;
  private final DiskReserve reserve;
  private final Installer installer;
  private final Flusher flusher;
  private final Compactor compactor;
  private final Checkpointer checkpointer;
  private final Ingester ingester;
  private final Settler settler;

  // The writer's.
  private final Quiet quiet = new Quiet();
  private final LatestView latest;
  private boolean waitsForLog;

  /** Bytes of the batch that was asked about last. */
  private int asked;

  /** Since the active memtable was begun, while merges waited for space; about. */
  private long deletesWhileShort;

  /**
   * About, of tables that lie whole in ranges that the active memtable has deleted or abandoned.
   * One that lies in many counts as often.
   */
  private long deletedTableBytes;

  private long nextSlabsAt = FIRST_SLABS_AT;
  private final WriteBatch.Visitor toMemtable = new ToMemtable();
  private final PublishedCounts counts;

  // Written by the writer, read by all.
  private volatile long appended;
  private volatile long visible;
  private volatile long time;
  private boolean closed;

  private LsmEngine(Parts parts) {
    this.parts = parts;
    options = parts.options();
    log = parts.log();
    health = parts.health();
    stalls = parts.stalls();
    latencies = parts.latencies();
    reserve = parts.reserve();
    passedRanges = new PassedRanges(options.passedBeforeMerge(), this::considerCompaction);
    tree =
        new Tree(
            parts.newMemtable(),
            parts.manifest().current(),
            options.maxMemtables(),
            parts.releases(),
            latencies,
            passedRanges,
            parts.rows());
    counts = new PublishedCounts(tree);
    latest = new LatestView(tree, () -> appended);
    throttle = new Throttle(options, parts.environment().scheduler(), stalls);
    installer = new Installer(parts, tree, throttle);
    compactor = new Compactor(parts, installer, health, throttle, passedRanges);
    flusher = new Flusher(parts, () -> time, tree, installer, health, compactor::consider);
    checkpointer = new Checkpointer(parts, installer);
    ingester = new Ingester(parts, this, installer, flusher);
    settler = new Settler(parts, tree, installer, compactor, health, () -> visible);
  }

  /**
   * Opens the database in {@code directory}, or makes one there, and recovers what the log holds.
   * When this returns, everything that had been acknowledged is there, visible and durable.
   *
   * @throws StorageException.Locked if it is open already
   * @throws StorageException.Corruption if bytes on disk are not what was written
   * @throws StorageException.FormatTooNew if a newer version wrote it
   * @throws StorageException if a file can't be read or written
   */
  public static StorageEngine open(
      Path directory, StorageOptions options, EngineEnvironment environment) {
    Parts parts = Parts.open(directory, options, environment);
    try {
      LsmEngine engine = new LsmEngine(parts);
      engine.recover();
      return engine;
    } catch (RuntimeException | Error e) {
      parts.closeAfter(e);
      throw e;
    }
  }

  private void recover() {
    long flushed = parts.manifest().current().flushedUpTo();
    appended = flushed;
    time = parts.manifest().current().lastTimeMillis();
    Replay replay = new Replay();
    log.replay(flushed, parts.manifest().reached(), replay);
    replay.end();
    parts.recovered();
    installer.opened();
    counts.endPart(appended);
    makeVisible(appended);
    flusher.published(visible);
    if (log.segments() > MOST_SEGMENTS_AT_OPENING || tree.current().version.areCountsOpen()) {
      freeze();
    }
    compactor.consider();
    settler.recovered(appended);
    settler.consider();
  }

  @Override
  public boolean isWritable(WriteBatch batch) {
    health.checkNotPoisoned();
    asked = batch.size();
    if (isFullFor(asked) && mayFreeze()) {
      freeze();
    }
    makeRoomInMemory();
    waitsForLog = false;
    boolean diskFull = isDiskFull();
    if (diskFull) {
      checkTakesAway(batch);
    }
    if (health.waitsForSpace() && batch.takesAway()) {
      deletesWhileShort += batch.operations();
    }
    // A full disk may keep level 0 from being merged; that should not keep deletes from it.
    if (!(diskFull ? memtablesHaveRoom() : treeHasRoom())) {
      health.checkProgress();
      stalls.stopped();
      return false;
    }
    // No merge would catch up the sooner.
    boolean mayPause = !diskFull && !health.waitsForSpace();
    if (mayPause && !throttle.admits(flushDebt())) {
      return false;
    }
    waitsForLog = !log.hasRoom(batch.size());
    return !waitsForLog;
  }

  private boolean isDiskFull() {
    return reserve.isFull() || (health.waitsForSpace() && !treeHasRoom());
  }

  @Override
  public void everySecond() {
    parts.lookAfterDirectory();
    quiet.look(appended);
    compactor.quiet(quiet.hasCome());
    boolean manyDeletes = deletesWhileShort >= DELETES_WORTH_A_FLUSH;
    Memtable active = tree.current().active;
    if (deletedTableBytes > active.memoryBytes() && mayFreeze()) {
      // Once this is in a table and the manifest, these tables are dropped unread.
      freeze();
    } else if (isDiskFull() || (health.waitsForSpace() && manyDeletes)) {
      flushDeletes();
    } else if (mayFreeze()
        && (quiet.isTimeToFlush(active.tombstones() + active.abandonedCount())
            || passedRanges.areWorthFlushing(active))) {
      freeze();
    }
  }

  /** The disk is full: what was deleted is flushed soon, as only tables give space back. */
  private void flushDeletes() {
    if (reserve.takeFlushWish() && mayFreeze()) {
      freeze();
    }
  }

  private void checkTakesAway(WriteBatch batch) {
    flushDeletes();
    if (!batch.takesAway()) {
      throw reserve.refusal();
    }
  }

  @Override
  public void whenWritable(Runnable callback) {
    // By what the answer was, not by how things are now: the log tells only of what it was asked.
    if (waitsForLog) {
      log.whenRoom(callback);
      return;
    }
    stalls.await(callback);
    if (!hasMemory()) {
      parts.slabs().whenGiven(stalls::wake);
    }
    if (treeHasRoom() && !throttle.isPausing()) {
      // It came about between the question and the entry in the list.
      stalls.wake();
    }
  }

  /** While merges wait for space level 0 grows: what space there is may be written to. */
  private boolean treeHasRoom() {
    int most = options.level0Stall() * (health.waitsForSpace() ? CROWD : 1);
    return memtablesHaveRoom() && tree.current().version.levels().tables(0).size() < most;
  }

  private boolean memtablesHaveRoom() {
    return (!isFullFor(asked) || mayFreeze()) && hasMemory();
  }

  /**
   * Whether the active memtable takes no batch of so many bytes: it is full, or a large one would
   * have it take much more memory than it may.
   */
  private boolean isFullFor(int batchBytes) {
    Memtable active = tree.current().active;
    return isFull(active)
        || (batchBytes > options.memtableBytes() / LARGE_BATCHES
            && active.lastSequence() != 0
            && active.memoryBytes() + batchBytes > options.memtableBytes());
  }

  /** Whether all memtables together may take as much more as the batch needs. */
  private boolean hasMemory() {
    long most = options.allMemtablesBytes();
    return most == 0
        || parts.slabs().heldBytes() + asked <= most
        // Nothing would come of waiting.
        || (tree.current().frozen.isEmpty() && !readersHoldMemory());
  }

  /** Whether there is much memory that comes back when those who read it have ended. */
  private boolean readersHoldMemory() {
    long own = tree.current().active.memoryBytes() + 2L * SlabPool.LARGEST_SLAB;
    return parts.slabs().heldBytes() > own;
  }

  /** Gives up what memtables have beside what must be kept, if the batch needs that. */
  private void makeRoomInMemory() {
    long most = options.allMemtablesBytes();
    SlabPool slabs = parts.slabs();
    if (most == 0 || slabs.takenBytes() + asked <= most) {
      return;
    }
    if (slabs.heldBytes() + asked > most) {
      tree.forgetFlushed();
      Memtable active = tree.current().active;
      boolean helps =
          active.memoryBytes() > options.memtableBytes() / LARGE_BATCHES || !readersHoldMemory();
      if (helps && slabs.heldBytes() + asked > most && mayFreeze()) {
        freeze();
      }
    }
    slabs.trim(most - asked);
  }

  /**
   * How far the active memtable is beyond {@link #EASY_FILL}, if no other can take its place. A
   * flush that is as quick as the writer is over before.
   */
  private double flushDebt() {
    if (mayFreeze()) {
      return 0;
    }
    Memtable active = tree.current().active;
    double bytes = (double) active.memoryBytes() / options.memtableBytes();
    double fill = Math.max(bytes, (double) active.entries() / options.memtableEntries());
    return Math.clamp((fill - EASY_FILL) / (1 - EASY_FILL), 0, 1);
  }

  private boolean mayFreeze() {
    return tree.current().frozen.size() + 1 < options.maxMemtables();
  }

  @Override
  public void append(WriteBatch batch) {
    long begin = latencies.beginSampled();
    batch.stamp(appended + 1, time);
    log.append(batch);
    try {
      apply(batch);
    } catch (RuntimeException | Error e) {
      // The log has what memory hasn't, or only a part of.
      health.poison("a batch could not be applied: " + e, e);
      throw e;
    }
    throttle.appended(batch.size());
    latencies.end(Operation.APPEND, begin);
  }

  private void apply(WriteBatch batch) {
    batch.forEach(toMemtable);
    appended = batch.sequence() + batch.operations() - 1;
    prepareSlabs(tree.current().active);
    freezeIfFull();
  }

  /** To make a slab takes about as long as to fill it, so both are done side by side. */
  private void prepareSlabs(Memtable active) {
    if (active.memoryBytes() >= nextSlabsAt) {
      long left = options.memtableBytes() - active.memoryBytes();
      long most = options.allMemtablesBytes();
      if (most != 0) {
        left = Math.min(left, most - parts.slabs().heldBytes());
      }
      parts.prepareSlabs(Math.clamp(left / SlabPool.LARGEST_SLAB, 0, SLABS_AHEAD));
      nextSlabsAt += (long) SLABS_AHEAD / 2 * SlabPool.LARGEST_SLAB;
    }
  }

  private void freezeIfFull() {
    if (isFull(tree.current().active) && mayFreeze()) {
      freeze();
    }
  }

  private boolean isFull(Memtable memtable) {
    return memtable.memoryBytes() >= options.memtableBytes()
        || memtable.entries() >= options.memtableEntries();
  }

  @Override
  public void freeze() {
    if (tree.current().active.lastSequence() != 0) {
      counts.endPart(appended);
      tree.freezeActive(parts::newMemtable);
      nextSlabsAt = FIRST_SLABS_AT;
      deletesWhileShort = 0;
      deletedTableBytes = 0;
      flusher.published(visible);
    }
  }

  @Override
  public void write() {
    health.checkNotPoisoned();
    long begin = latencies.beginSampled();
    try {
      log.write();
    } catch (RuntimeException | Error e) {
      throw inDoubt("writing the log", e);
    }
    counts.endPart(appended);
    latencies.end(Operation.WRITE, begin);
  }

  @Override
  public ReadView latest() {
    return latest;
  }

  @Override
  public long appendedSequence() {
    return appended;
  }

  @Override
  public void publish(long sequence) {
    if (sequence > log.writtenIndex()) {
      throw new IllegalArgumentException(
          sequence + " is published before it is written; " + log.writtenIndex() + " is");
    }
    if (sequence > visible) {
      makeVisible(sequence);
      flusher.published(sequence);
      settler.consider();
    }
  }

  private void makeVisible(long sequence) {
    counts.beginPublishing();
    visible = sequence;
    counts.endPublishing(sequence);
  }

  @Override
  public void commit(WriteBatch batch, SyncPolicy policy) {
    append(batch);
    write();
    if (policy == SyncPolicy.ALWAYS) {
      sync();
    }
    publish(policy == SyncPolicy.ALWAYS ? durableSequence() : writtenSequence());
  }

  @Override
  public boolean ingest(List<Path> files) {
    if (!ingester.ingest(files)) {
      return false;
    }
    compactor.consider();
    settler.consider();
    return true;
  }

  @Override
  public long tick() {
    long now = Math.max(time, parts.environment().wallClockMillis().getAsLong());
    time = now;
    return now;
  }

  @Override
  public long timeMillis() {
    return time;
  }

  @Override
  public void sync() {
    health.checkNotPoisoned();
    long begin = latencies.begin();
    try {
      log.sync();
    } catch (RuntimeException | Error e) {
      throw inDoubt("syncing the log", e);
    }
    latencies.end(Operation.SYNC, begin);
  }

  /** Whatever it was: what the log holds is not known any more. */
  private StorageException.Poisoned inDoubt(String doing, Throwable thrown) {
    return health.poisoned(
        thrown instanceof StorageException.Poisoned poisoned
            ? poisoned
            : new StorageException.Poisoned(doing + " failed: " + thrown, thrown));
  }

  @Override
  public String poisoned() {
    return health.poisoned();
  }

  @Override
  public long writtenSequence() {
    return log.writtenIndex();
  }

  @Override
  public long durableSequence() {
    return log.durableIndex();
  }

  @Override
  public long visibleSequence() {
    return visible;
  }

  @Override
  public ReadView view() {
    // The state first: its tables hold nothing newer than what was visible when it was put in
    // place.
    ReadState state = tree.acquire();
    return new EngineView(state, visible, counts);
  }

  @Override
  public ReadView flushedView() {
    ReadState all = tree.acquire();
    try {
      ReadState state = all.withoutMemtables();
      return new EngineView(state, state.version.flushedUpTo(), counts);
    } finally {
      all.release();
    }
  }

  @Override
  public int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    // In this order, as in view().
    ReadState state = tree.acquire();
    return state.getAndRelease(key, offset, length, visible, mayRead, false, out);
  }

  @Override
  public int head(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    ReadState state = tree.acquire();
    return state.getAndRelease(key, offset, length, visible, mayRead, true, out);
  }

  @Override
  public boolean countIsExact() {
    ReadState state = tree.acquire();
    try {
      return state.openEntries() == 0 && !state.version.areCountsOpen();
    } finally {
      state.release();
    }
  }

  @Override
  public void flush() {
    flusher.await();
  }

  @Override
  public void compact() {
    requestCompaction();
    compactor.await();
  }

  /** Has what is due merged, if nothing has called for that since it became due. */
  void considerCompaction() {
    compactor.consider();
  }

  /**
   * Returns the ranges of keys that nothing can reach any more, and of which something may be left.
   * What blind puts hid isn't among them before their debts are paid. The writer's.
   */
  public AbandonedRanges abandoned() {
    ReadState state = tree.current();
    AbandonedRanges all = state.version.abandoned().with(abandonedIn(state.active));
    for (Memtable frozen : state.frozen) {
      all = all.with(abandonedIn(frozen));
    }
    return all;
  }

  private static AbandonedRanges abandonedIn(Memtable memtable) {
    return memtable.abandoned().with(memtable.settled().counts().abandoned());
  }

  /** How many abandoned ranges tables may have something of. */
  int abandonedRanges() {
    return tree.current().version.abandoned().count();
  }

  /** How many ranges are remembered in which walks have passed much. */
  int passedRanges() {
    return passedRanges.count();
  }

  /** Bytes of memory that memtables have, those included that are flushed and still read. */
  long memtableMemory() {
    return parts.slabs().takenBytes();
  }

  /** How many merges are carried out or wait to be installed. */
  int mergesUnderWay() {
    return compactor.underWay();
  }

  /** As {@link #compact}, without waiting. */
  public void requestCompaction() {
    compactor.request();
  }

  @Override
  public Verification verify(VerificationListener listener) {
    long reached = log.durableIndex();
    Version version = installer.acquireVersion();
    try {
      DatabaseVerifier verifier =
          new DatabaseVerifier(parts.environment().fileSystem(), parts.directory(), listener);
      verifier.expect(version.levels());
      installer.undisturbed(verifier::checkManifest);
      verifier.checkTables(version);
      verifier.checkLiveLog(reached, () -> parts.manifest().current().flushedUpTo());
      return verifier.result();
    } finally {
      version.release();
    }
  }

  @Override
  public void checkpoint(Path target) {
    checkpointer.make(target);
  }

  @Override
  public long diskBytes() {
    ReadState state = tree.acquire();
    try {
      return state.version.levels().allBytes() + parts.log().bytes();
    } finally {
      state.release();
    }
  }

  @Override
  public StorageStatistics statistics() {
    ReadState state = tree.acquire();
    try {
      return Statistics.of(parts, state, flusher, compactor, stalls, throttle, health);
    } finally {
      state.release();
    }
  }

  @Override
  public void resizeBlockCache(long bytes) {
    parts.cache().resize(bytes);
  }

  @Override
  public void resetLatencies() {
    latencies.reset();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    parts.gate().close();
    try {
      compactor.close();
      settler.close();
      tree.close();
    } catch (RuntimeException | Error e) {
      parts.closeAfter(e);
      throw e;
    }
    parts.close();
  }

  /** Applies a batch's operations to the active memtable. */
  private class ToMemtable implements WriteBatch.Visitor {
    @Override
    public void point(
        byte kind,
        long sequence,
        byte[] bytes,
        int keyOffset,
        int keyLength,
        int valueOffset,
        int valueLength) {
      tree.current()
          .active
          .add(kind, sequence, bytes, keyOffset, keyLength, valueOffset, valueLength);
    }

    @Override
    public void range(long sequence, byte[] begin, byte[] end) {
      ReadState current = tree.current();
      current.active.addRange(new RangeTombstone(begin, end, sequence));
      deletedTableBytes += current.version.levels().bytesWithin(begin, end);
    }

    @Override
    public void count(long group, long delta) {
      counts.add(tree.current().active, group, delta);
    }

    @Override
    public void forget(long group) {
      counts.forget(tree.current().active, group);
    }

    @Override
    public void abandon(long sequence, byte[] begin, byte[] end) {
      ReadState current = tree.current();
      current.active.abandon(begin, end, sequence);
      deletedTableBytes += current.version.levels().bytesWithin(begin, end);
    }
  }

  /** Applies the batches of the log, a group of operations at a time. */
  private final class Replay extends ToMemtable implements ReplayTarget {
    private final AddGroup group = new AddGroup();

    @Override
    public void expect(long bytes) {
      if (bytes >= LONG_LOG) {
        long entries = Math.min(bytes, options.memtableBytes()) / TYPICAL_ENTRY;
        tree.current().active.expect((int) Math.min(entries, options.memtableEntries()));
      }
    }

    @Override
    public void accept(WriteBatch batch) {
      time = Math.max(time, batch.timeMillis());
      batch.forEach(this);
      appended = batch.sequence() + batch.operations() - 1;
      Memtable active = tree.current().active;
      prepareSlabs(active);
      // Between batches only: no memtable may end within one.
      if (isFull(active) && mayFreeze()) {
        end();
      }
    }

    /** Applies what is left. */
    void end() {
      group.drainTo(tree.current().active);
      freezeIfFull();
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
      group.add(
          tree.current().active,
          kind,
          sequence,
          bytes,
          keyOffset,
          keyLength,
          valueOffset,
          valueLength);
    }

    @Override
    public void range(long sequence, byte[] begin, byte[] end) {
      group.drainTo(tree.current().active);
      super.range(sequence, begin, end);
    }

    @Override
    public void abandon(long sequence, byte[] begin, byte[] end) {
      group.drainTo(tree.current().active);
      super.abandon(sequence, begin, end);
    }
  }
}
