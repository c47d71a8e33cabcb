package dev.varve.server.network;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyCount;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A real engine whose syncs wait for a permit or fail and cover only what was written when they
 * began, whose tables can be made cold (a lookup that is not answered by a write since then needs
 * the disk), where a lookup that may read can be held, and which can be made to take no writes.
 */
final class ControlledEngine implements StorageEngine {
  private static final int ALWAYS_OPEN = 1_000_000_000;

  private final StorageEngine engine;
  private final Semaphore syncs = new Semaphore(ALWAYS_OPEN);
  private volatile RuntimeException syncFailure;
  private volatile RuntimeException readFailure;
  private volatile long durable;
  private volatile boolean cold;
  private final AtomicReference<HeldRead> nextHeldRead = new AtomicReference<>();

  /** Keys written since all were made cold. */
  private final Set<String> warm = ConcurrentHashMap.newKeySet();

  private volatile boolean full;
  private volatile boolean fullBehindNext;
  private volatile Runnable whenWritable;
  private volatile StorageException writeFailure;
  private volatile StorageException failureBehindNext;
  private final AtomicInteger failingViews = new AtomicInteger();
  private volatile String failingViewsOf = "";
  private final AtomicInteger failingWrites = new AtomicInteger();

  ControlledEngine(StorageEngine engine) {
    this.engine = engine;
    durable = engine.durableSequence();
  }

  /** A lookup that may read the disk, and is to wait when it has its answer. */
  static final class HeldRead {
    private final String key;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch gone = new CountDownLatch(1);

    private HeldRead(String key) {
      this.key = key;
    }

    /** Waits until there is such a lookup, and it has its answer. */
    void await() throws InterruptedException {
      begun.await();
    }

    private void awaitGone() {
      try {
        gone.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Lets it go on. */
    void letGo() {
      gone.countDown();
    }
  }

  /** Holds the next lookup that may read the disk for a key that ends like this. */
  HeldRead holdNextRead(String key) {
    HeldRead held = new HeldRead(key);
    nextHeldRead.set(held);
    return held;
  }

  private void holdIfAsked(String key) {
    HeldRead held = nextHeldRead.get();
    if (held != null && key.endsWith(held.key) && nextHeldRead.compareAndSet(held, null)) {
      held.begun.countDown();
      held.awaitGone();
    }
  }

  /** Lets syncs wait. */
  void holdSyncs() {
    syncs.drainPermits();
  }

  /** Waits until a sync waits. */
  void awaitHeldSync() {
    while (!syncs.hasQueuedThreads()) {
      Thread.onSpinWait();
    }
  }

  /** Lets the sync that waits go on, and none after it. */
  void letOneSyncGo() {
    syncs.release();
  }

  /** Lets syncs go on. */
  void letSyncsGo() {
    syncs.release(ALWAYS_OPEN - syncs.availablePermits());
  }

  /** Lets syncs fail. */
  void failSyncs(RuntimeException failure) {
    syncFailure = failure;
  }

  /** While the server is quiet: moves all to tables, whose lookups need the disk from now on. */
  void makeCold() {
    engine.freeze();
    engine.flush();
    warm.clear();
    cold = true;
  }

  /** Lets lookups that read the disk fail; null: not any more. */
  void failReads(RuntimeException failure) {
    readFailure = failure;
  }

  /** Lets the engine take no writes, or take them again. */
  void full(boolean value) {
    full = value;
    Runnable waiting = whenWritable;
    if (!value && waiting != null) {
      whenWritable = null;
      waiting.run();
    }
  }

  /** Lets the engine refuse writes, as a full disk lets it; null: not any more. */
  void refuseWrites(StorageException failure) {
    writeFailure = failure;
  }

  /** Lets the engine take one more batch, and refuse all behind it. */
  void refuseBehindNextAppend(StorageException failure) {
    failureBehindNext = failure;
  }

  /** Lets the engine take one more batch, and then no writes. */
  void fullBehindNextAppend() {
    fullBehindNext = true;
  }

  /** Has the next views that are asked for on the read pool fail in a way that nobody expects. */
  void failViewsOnReadPool(int times) {
    failingViews.set(times);
  }

  /** As {@link #failViewsOnReadPool}, of those that {@code taker}, or what it calls, asks for. */
  void failViewsOnReadPool(int times, Class<?> taker) {
    failingViewsOf = taker.getName();
    failingViews.set(times);
  }

  private boolean isAskedByFailing() {
    String taker = failingViewsOf;
    return StackWalker.getInstance()
        .walk(frames -> frames.anyMatch(frame -> frame.getClassName().startsWith(taker)));
  }

  /** Has the next batches that only take away fail in a way that nobody expects. */
  void failRemovals(int times) {
    failingWrites.set(times);
  }

  /** Whether all that was to fail has. */
  boolean hasFailed() {
    return failingViews.get() == 0 && failingWrites.get() == 0;
  }

  private static void fail(AtomicInteger times) {
    if (times.get() > 0) {
      times.decrementAndGet();
      throw new AssertionError("a failure that nobody expects");
    }
  }

  @Override
  public boolean isWritable(WriteBatch batch) {
    if (failingWrites.get() > 0 && batch.takesAway()) {
      fail(failingWrites);
    }
    StorageException refusal = writeFailure;
    if (refusal != null) {
      throw refusal;
    }
    return !full && engine.isWritable(batch);
  }

  @Override
  public void whenWritable(Runnable callback) {
    if (!full) {
      engine.whenWritable(callback);
      return;
    }
    whenWritable = callback;
  }

  @Override
  public void append(WriteBatch batch) {
    engine.append(batch);
    if (fullBehindNext) {
      fullBehindNext = false;
      full = true;
    }
    if (failureBehindNext != null) {
      writeFailure = failureBehindNext;
      failureBehindNext = null;
    }
    batch.forEach(new KeyCollector());
  }

  @Override
  public void write() {
    engine.write();
  }

  @Override
  public ReadView latest() {
    return new ColdView(engine.latest());
  }

  @Override
  public long appendedSequence() {
    return engine.appendedSequence();
  }

  @Override
  public void publish(long sequence) {
    engine.publish(sequence);
  }

  @Override
  public void commit(WriteBatch batch, SyncPolicy policy) {
    engine.commit(batch, policy);
    durable = engine.durableSequence();
  }

  @Override
  public void freeze() {
    engine.freeze();
  }

  @Override
  public void everySecond() {
    engine.everySecond();
  }

  @Override
  public long tick() {
    return engine.tick();
  }

  @Override
  public long timeMillis() {
    return engine.timeMillis();
  }

  @Override
  public void sync() {
    long promised = engine.writtenSequence();
    syncs.acquireUninterruptibly();
    if (syncFailure != null) {
      throw syncFailure;
    }
    engine.sync();
    if (promised > durable) {
      durable = promised;
    }
  }

  @Override
  public String poisoned() {
    return engine.poisoned();
  }

  @Override
  public long writtenSequence() {
    return engine.writtenSequence();
  }

  @Override
  public long durableSequence() {
    return durable;
  }

  @Override
  public long visibleSequence() {
    return engine.visibleSequence();
  }

  @Override
  public ReadView view() {
    if (failingViews.get() > 0
        && Thread.currentThread().getName().startsWith("varve-read-")
        && isAskedByFailing()) {
      fail(failingViews);
    }
    return new ColdView(engine.view());
  }

  @Override
  public ReadView flushedView() {
    return new ColdView(engine.flushedView());
  }

  @Override
  public int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    return engine.get(key, offset, length, mayRead, out);
  }

  @Override
  public int head(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    return engine.head(key, offset, length, mayRead, out);
  }

  @Override
  public boolean countIsExact() {
    return engine.countIsExact();
  }

  @Override
  public void flush() {
    engine.flush();
  }

  @Override
  public void compact() {
    engine.compact();
  }

  @Override
  public Verification verify(VerificationListener listener) {
    return engine.verify(listener);
  }

  @Override
  public boolean ingest(List<Path> files) {
    return engine.ingest(files);
  }

  @Override
  public void checkpoint(Path target) {
    engine.checkpoint(target);
  }

  @Override
  public long diskBytes() {
    return engine.diskBytes();
  }

  @Override
  public StorageStatistics statistics() {
    return engine.statistics();
  }

  @Override
  public void resizeBlockCache(long bytes) {
    engine.resizeBlockCache(bytes);
  }

  @Override
  public void resetLatencies() {
    engine.resetLatencies();
  }

  @Override
  public void close() {
    engine.close();
  }

  private static String text(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }

  private final class KeyCollector implements WriteBatch.PartialVisitor {
    @Override
    public void point(
        byte kind,
        long sequence,
        byte[] bytes,
        int keyOffset,
        int keyLength,
        int valueOffset,
        int valueLength) {
      warm.add(text(bytes, keyOffset, keyLength));
    }
  }

  /** A view that is cold when the engine is. */
  private final class ColdView implements ReadView {
    private final ReadView view;

    ColdView(ReadView view) {
      this.view = view;
    }

    @Override
    public long sequence() {
      return view.sequence();
    }

    @Override
    public long flushedSequence() {
      return view.flushedSequence();
    }

    @Override
    public KeyCount count(long group, byte[] lower, byte[] upper) {
      return view.count(group, lower, upper);
    }

    @Override
    public boolean isOutrun() {
      return view.isOutrun();
    }

    @Override
    public long countByWalk(byte[] lower, byte[] upper, long most) {
      return view.countByWalk(lower, upper, most);
    }

    @Override
    public int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
      if (cold && !warm.contains(text(key, offset, length))) {
        if (!mayRead) {
          return EntryReference.NEEDS_READ;
        }
        if (readFailure != null) {
          throw readFailure;
        }
      }
      int answer = view.get(key, offset, length, mayRead, out);
      if (mayRead) {
        holdIfAsked(text(key, offset, length));
      }
      return answer;
    }

    @Override
    public byte[] get(byte[] key) {
      byte[] value = view.get(key);
      holdIfAsked(text(key, 0, key.length));
      return value;
    }

    @Override
    public Cursor cursor(byte[] lower, byte[] upper) {
      return view.cursor(lower, upper);
    }

    @Override
    public void close() {
      view.close();
    }
  }
}
