package dev.varve.server.writer;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.ExpirySweep;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what a {@link dev.varve.server.datatype.TimeIndex} says is due: as soon as the earliest
 * deadline has passed, tasks on the read pool look for what has expired, and steps on the storage
 * thread delete it. As long as no deadline passes it costs nothing.
 *
 * <p>The two go side by side: while some keys are being removed, the next are looked for, at most
 * {@link #MOST_AHEAD} times ahead. Nothing waits for a removal to be durable or visible, as
 * searches go by the sweep's mark. A task searches once and a step is short, with a turn of the
 * loop after each, and mostly a {@linkplain RemovalPace rest}, so that commands and cold reads of
 * others come in between.
 *
 * <p>What fails, for whatever reason, is logged, and begun anew a little later. Everything but the
 * search belongs to the storage thread.
 */
public final class ExpiryTimer {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiryTimer.class);
  private static final long PERIOD_MILLIS = 100;
  private static final long SOON_MILLIS = 5;
  private static final long PAUSE_AFTER_FAILURE_MILLIS = 1000;
  private static final int MOST_AHEAD = 3;

  private final StorageThread thread;
  private final ReadPool readPool;
  private final ExpirySweep sweep;
  private final Removal removal;
  private final LongSupplier clock;
  private final BooleanSupplier pause;
  private final LogLimit failures = new LogLimit();
  private volatile boolean stopped;

  /** Found, and not all removed yet, oldest first. */
  private final ArrayDeque<Found> found = new ArrayDeque<>();

  /** How many pieces of the first are. */
  private int removed;

  private final RemovalPace pace = new RemovalPace();
  private boolean searching;
  private boolean removing;

  /** What the last step has removed. */
  private Removal.Removed step = new Removal.Removed(0, 0);

  /** Nothing else is due. */
  private boolean complete;

  /** A failure was not long ago. */
  private boolean pausing;

  /** What a search brings that began before the last restart is not wanted. */
  private int restarts;

  /**
   * What was found.
   *
   * @param rolesReturned how often the writer's role had come back when it was begun to be looked
   *     for
   */
  private record Found(DueKeys due, Removal.Prepared prepared, long rolesReturned) {}

  /**
   * Prepares; nothing happens before {@link #start}.
   *
   * @param sweep of the time index that it empties; its own from then on
   * @param removal what is done with what is found
   * @param clock tells what is due
   * @param pause whether nothing is to be removed now
   */
  public ExpiryTimer(
      StorageThread thread,
      ReadPool readPool,
      ExpirySweep sweep,
      Removal removal,
      LongSupplier clock,
      BooleanSupplier pause) {
    this.thread = thread;
    this.readPool = readPool;
    this.sweep = sweep;
    this.removal = removal;
    this.clock = clock;
    this.pause = pause;
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
    return !thread.role().isLent()
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
      if (pause.getAsBoolean() || sweep.nextDeadline() > clock.getAsLong()) {
        lookAfter(PERIOD_MILLIS);
        return;
      }
      complete = false;
      pace.keysAreDue(thread.nanoTime());
      goOn();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** What is written by the role that is lent is heard of when that has come back. */
  private void hear() {
    if (!thread.role().isLent()) {
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
      // A removal may leave something due, which is found once it is published.
      hear();
      boolean more = step.things() > 0 && sweep.nextDeadline() <= clock.getAsLong();
      lookAfter(more ? SOON_MILLIS : PERIOD_MILLIS);
    }
  }

  private void search() {
    hear();
    ExpirySweep.Search search =
        sweep.search(
            thread.appendedSequence(), thread.engine().visibleSequence(), clock.getAsLong());
    int restartsBefore = restarts;
    searching = true;
    long nowMillis = thread.nowMillis();
    long rolesReturned = thread.role().returned();
    readPool.execute(() -> search(search, nowMillis, rolesReturned, restartsBefore));
  }

  /** Read pool. */
  private void search(
      ExpirySweep.Search search, long nowMillis, long rolesReturned, int restartsBefore) {
    Found due = null;
    Throwable thrown = null;
    try (ReadView view = thread.engine().view()) {
      DueKeys its = search.run(view);
      due = new Found(its, removal.prepare(view, its, nowMillis), rolesReturned);
    } catch (RuntimeException | Error e) {
      thrown = e;
    }
    Found result = due;
    Throwable failure = thrown;
    try {
      thread.loop().execute(() -> searched(result, failure, restartsBefore));
    } catch (RejectedExecutionException serverHasStopped) {
      LOG.debug("Expired keys were found when the server had stopped", serverHasStopped);
    }
  }

  private void searched(Found result, Throwable failure, int restartsBefore) {
    searching = false;
    if (failure != null) {
      failed(failure);
      return;
    }
    try {
      if (restartsBefore == restarts) {
        sweep.take(result.due());
        complete = result.due().isComplete();
        if (result.due().size() > 0) {
          found.add(result);
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
    thread.loop().schedule(this::remove, pace.rest(thread.nanoTime()), TimeUnit.NANOSECONDS);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  private void removeAfterPause() {
    thread.loop().schedule(this::remove, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Removes some keys of those found first. */
  private void remove() {
    if (hasEnded()) {
      return;
    }
    if (pause.getAsBoolean()) {
      removeAfterPause();
      return;
    }
    try {
      if (found.isEmpty()) {
        // They were given back since the step was asked for.
        removing = false;
        goOn();
        return;
      }
      if (removal.goesByTime() && found.element().rolesReturned() != thread.role().returned()) {
        // What was done by the role may have its time from long before the search.
        throw ReadNeeded.INSTANCE;
      }
      Removal.Prepared prepared = found.element().prepared();
      pace.begin(thread.nanoTime());
      if (!thread.execute(
          () -> step = prepared.remove(removed, this::isEnough), prepared.misses())) {
        thread.park(this::remove);
        return;
      }
      pace.removed(step.things());
      removed = step.to();
      if (removed == prepared.size()) {
        if (prepared.isAll()) {
          found.remove();
          removed = 0;
        } else {
          lookAgain();
        }
      }
      removing = false;
      goOn();
    } catch (ReadNeeded e) {
      LOG.debug("Something has moved since what is due was looked for: it is again");
      removing = false;
      lookAgain();
      goOn();
    } catch (RuntimeException | Error e) {
      removing = false;
      failed(e);
    }
  }

  private boolean isEnough() {
    return pace.isEnough(thread.nanoTime());
  }

  /** What was found and is not removed yet is looked for anew. */
  private void lookAgain() {
    restarts++;
    if (!found.isEmpty()) {
      sweep.giveBack(found.element().due());
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
