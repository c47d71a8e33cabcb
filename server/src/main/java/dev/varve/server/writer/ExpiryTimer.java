package dev.varve.server.writer;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.ExpirySweep;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes keys whose deadline has passed: as soon as the earliest one has, tasks on the read pool
 * look for such keys, and steps on the storage thread delete them. As long as no deadline passes it
 * costs nothing.
 *
 * <p>The two go side by side: while some keys are being removed, the next are looked for, at most
 * {@link #MOST_AHEAD} times ahead. Nothing waits for a removal to be durable or visible, as
 * searches go by the sweep's mark. A task searches once and a step is short, with a turn of the
 * loop behind each, and mostly a {@linkplain RemovalPace rest}, so that commands and cold reads of
 * others come in between.
 *
 * <p>What fails, for whatever reason, is logged, and begun anew a little later. Everything but the
 * search belongs to the storage thread.
 */
public final class ExpiryTimer {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiryTimer.class);
  private static final long PERIOD_MILLIS = 100;
  private static final long PAUSE_AFTER_FAILURE_MILLIS = 1000;
  private static final int MOST_AHEAD = 3;

  private final StorageThread thread;
  private final ReadPool readPool;
  private final ExpirySweep sweep;
  private final LongSupplier clock;
  private final LogLimit failures = new LogLimit();
  private volatile boolean stopped;

  /** Found, and not all removed yet, oldest first. */
  private final ArrayDeque<DueKeys> found = new ArrayDeque<>();

  /** How many of the first are. */
  private int removed;

  private final RemovalPace pace = new RemovalPace();
  private boolean searching;
  private boolean removing;

  /** Nothing else is due. */
  private boolean complete;

  /** A failure was not long ago. */
  private boolean pausing;

  /** What a search brings that began before the last restart is not wanted. */
  private int restarts;

  /**
   * Prepares; nothing happens before {@link #start}.
   *
   * @param sweep of the time index that it empties; its own from then on
   * @param clock tells what is due
   */
  public ExpiryTimer(
      StorageThread thread, ReadPool readPool, ExpirySweep sweep, LongSupplier clock) {
    this.thread = thread;
    this.readPool = readPool;
    this.sweep = sweep;
    this.clock = clock;
  }

  /** Begins. */
  public void start() {
    lookAfter(PERIOD_MILLIS);
  }

  /** Any thread: begins no further step. */
  public void stop() {
    stopped = true;
  }

  /** Whether all keys whose deadline has passed are removed, in batches that are appended. */
  boolean nothingIsDue() {
    hear();
    return !thread.isLent()
        && !searching
        && !removing
        && found.isEmpty()
        && sweep.nextDeadline() > clock.getAsLong();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  private void lookAfter(long millis) {
    thread.loop().schedule(this::look, millis, TimeUnit.MILLISECONDS);
  }

  /** Sees whether anything is due. */
  private void look() {
    if (hasEnded()) {
      return;
    }
    try {
      hear();
      if (sweep.nextDeadline() > clock.getAsLong()) {
        lookAfter(PERIOD_MILLIS);
        return;
      }
      complete = false;
      pace.keysAreDue(System.nanoTime());
      goOn();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** What is written by the role that is lent is heard of when that has come back. */
  private void hear() {
    if (!thread.isLent()) {
      sweep.hearOf(thread.context().keyspace());
    }
  }

  private boolean hasEnded() {
    return stopped || thread.refusal() != null;
  }

  /** Keeps both sides at work, until there is nothing to do. */
  private void goOn() {
    if (hasEnded() || pausing) {
      return;
    }
    if (!removing && !found.isEmpty()) {
      removing = true;
      removeSoon();
    }
    if (!searching && !complete && found.size() < MOST_AHEAD) {
      search();
    }
    if (!removing && !searching) {
      lookAfter(PERIOD_MILLIS);
    }
  }

  private void search() {
    hear();
    ExpirySweep.Search search =
        sweep.search(
            thread.appendedSequence(), thread.engine().visibleSequence(), clock.getAsLong());
    int restartsBefore = restarts;
    searching = true;
    readPool.execute(() -> search(search, restartsBefore));
  }

  /** Read pool. */
  private void search(ExpirySweep.Search search, int restartsBefore) {
    DueKeys due = null;
    Throwable thrown = null;
    try (ReadView view = thread.engine().view()) {
      due = search.run(view);
    } catch (RuntimeException | Error e) {
      thrown = e;
    }
    DueKeys result = due;
    Throwable failure = thrown;
    try {
      thread.loop().execute(() -> searched(result, failure, restartsBefore));
    } catch (RejectedExecutionException serverHasStopped) {
      LOG.debug("Expired keys were found when the server had stopped", serverHasStopped);
    }
  }

  private void searched(DueKeys due, Throwable failure, int restartsBefore) {
    searching = false;
    if (failure != null) {
      failed(failure);
      return;
    }
    try {
      if (restartsBefore == restarts) {
        sweep.take(due);
        complete = due.isComplete();
        if (due.size() > 0) {
          found.add(due);
        }
      }
      goOn();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** Not as a task of this turn: all of those run before the loop turns to its connections. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  private void removeSoon() {
    thread.loop().schedule(this::remove, pace.rest(System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  /** Removes some keys of those found first. */
  private void remove() {
    if (hasEnded()) {
      return;
    }
    try {
      if (found.isEmpty()) {
        // They were given back since the step was asked for.
        removing = false;
        goOn();
        return;
      }
      DueKeys due = found.element();
      int from = removed;
      int to = Math.min(due.size(), from + pace.keysAStep());
      Keyspace keyspace = thread.context().keyspace();
      long begin = System.nanoTime();
      if (!thread.execute(() -> due.remove(keyspace, from, to))) {
        thread.park(this::remove);
        return;
      }
      pace.removed(to - from, begin, System.nanoTime());
      removed = to;
      if (to == due.size()) {
        found.remove();
        removed = 0;
      }
      removing = false;
      goOn();
    } catch (ReadNeeded e) {
      LOG.debug("Tables have come since expired keys were looked for: they are again");
      removing = false;
      lookAgain();
      goOn();
    } catch (RuntimeException | Error e) {
      removing = false;
      failed(e);
    }
  }

  /** What was found and is not removed yet is looked for anew. */
  private void lookAgain() {
    restarts++;
    if (!found.isEmpty()) {
      sweep.giveBack(found.element());
    }
    found.clear();
    removed = 0;
    complete = false;
  }

  /** Logs, and begins anew in a while. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  private void failed(Throwable e) {
    failures.log(
        clock.getAsLong(),
        more -> {
          if (e instanceof StorageException) {
            LOG.warn("Expired keys can't be removed: {}{}", e.getMessage(), more);
          } else {
            LOG.error("Expired keys can't be removed{}", more, e);
          }
        });
    lookAgain();
    if (!pausing) {
      pausing = true;
      thread.loop().schedule(this::resume, PAUSE_AFTER_FAILURE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void resume() {
    pausing = false;
    try {
      goOn();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }
}
