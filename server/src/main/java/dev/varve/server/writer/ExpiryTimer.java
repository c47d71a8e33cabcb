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
 * Removes keys whose deadline has passed: several times a second, a task on the read pool looks for
 * such keys and has the storage thread delete them, some at a time. At most one is under way.
 */
public final class ExpiryTimer {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiryTimer.class);
  private static final long PERIOD_MILLIS = 100;
  private static final int KEYS_A_STEP = 200;

  private final TurnLoop loop;
  private final ReadPool readPool;
  private final StorageAccess storage;
  private volatile boolean stopped;
  private volatile long expired;

  /** Prepares; nothing happens before {@link #start}. */
  public ExpiryTimer(TurnLoop loop, ReadPool readPool, StorageAccess storage) {
    this.loop = loop;
    this.readPool = readPool;
    this.storage = storage;
  }

  /** Begins. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  public void start() {
    loop.schedule(() -> readPool.execute(this::run), PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Begins no further step. */
  public void stop() {
    stopped = true;
  }

  /** Returns how many keys were removed. */
  public long expired() {
    return expired;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one task at a time
  private void run() {
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
    } catch (ReadNeeded e) {
      LOG.debug("Tables have changed since expired keys were looked for: next time");
    } catch (StorageException e) {
      LOG.warn("Expired keys can't be removed: {}", e.getMessage());
      if (e instanceof StorageException.Poisoned) {
        return;
      }
    }
    if (!stopped) {
      start();
    }
  }

  private ExpiryCycle.Found find() {
    try (ReadView view = storage.engine().view()) {
      return ExpiryCycle.find(view, storage.databases(), storage.nowMillis(), KEYS_A_STEP);
    }
  }
}
