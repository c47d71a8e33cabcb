package dev.varve.server.writer;

import dev.varve.server.datatype.ExpiryCycle;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.dispatch.StorageAccess;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes keys whose deadline has passed: as soon as the earliest one has, a task on the read pool
 * looks for such keys and has the storage thread delete them, some at a time. At most one is under
 * way. As long as no deadline passes it costs nothing.
 */
public final class ExpiryTimer {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiryTimer.class);
  private static final long PERIOD_MILLIS = 100;
  private static final int KEYS_A_STEP = 200;

  private final StorageThread thread;
  private final ReadPool readPool;
  private final StorageAccess storage;
  private volatile boolean stopped;
  private volatile long expired;

  /** Nothing expires before; the storage thread's. */
  private long nextDeadline;

  /** Prepares; nothing happens before {@link #start}. */
  public ExpiryTimer(StorageThread thread, ReadPool readPool, StorageAccess storage) {
    this.thread = thread;
    this.readPool = readPool;
    this.storage = storage;
  }

  /** Begins. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  public void start() {
    thread.loop().schedule(this::look, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Begins no further step. */
  public void stop() {
    stopped = true;
  }

  /** Returns how many keys were removed. */
  public long expired() {
    return expired;
  }

  /** Storage thread: sees whether anything is due. */
  private void look() {
    if (stopped || thread.refusal() != null) {
      return;
    }
    nextDeadline = Math.min(nextDeadline, thread.context().keyspace().takeEarliestDeadline());
    if (nextDeadline > storage.nowMillis()) {
      start();
    } else {
      long sequence = thread.appendedSequence();
      readPool.execute(() -> remove(sequence));
    }
  }

  /**
   * Read pool: removes what is due, and looks when more will be.
   *
   * @param sequence the last write whose deadline {@link #nextDeadline} has taken in
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one task at a time
  private void remove(long sequence) {
    long next = 0;
    try {
      int found = KEYS_A_STEP;
      while (found == KEYS_A_STEP && !stopped) {
        ExpiryCycle.Found due = find();
        found = due.entries().size();
        if (found > 0) {
          expired +=
              storage.call(
                  due.prefetched(),
                  context -> ExpiryCycle.remove(context.keyspace(), due.entries()));
        }
      }
      try (ReadView view = storage.engine().view()) {
        // What is not published yet may be due sooner than what is.
        next = view.sequence() < sequence ? 0 : ExpiryCycle.nextDeadline(view);
      }
    } catch (ReadNeeded e) {
      LOG.debug("Tables have changed since expired keys were looked for: next time");
    } catch (StorageException e) {
      LOG.warn("Expired keys can't be removed: {}", e.getMessage());
    }
    long deadline = next;
    thread.loop().execute(() -> lookBehind(deadline));
  }

  /** Storage thread: no deadline is before this one, but for those given meanwhile. */
  private void lookBehind(long deadline) {
    nextDeadline = deadline;
    start();
  }

  private ExpiryCycle.Found find() {
    try (ReadView view = storage.engine().view()) {
      return ExpiryCycle.find(view, storage.databases(), storage.nowMillis(), KEYS_A_STEP);
    }
  }
}
