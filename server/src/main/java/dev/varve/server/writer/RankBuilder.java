package dev.varve.server.writer;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.zset.RankRequests;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the ranks of large sorted sets counted that somebody has asked for: one set after another,
 * piece by piece, each a short step of the storage thread between others. What a step can't find in
 * memory is read on the read pool before it is tried again.
 */
public final class RankBuilder implements RankRequests {
  private static final Logger LOG = LoggerFactory.getLogger(RankBuilder.class);

  /** How many members are counted in one step, about. */
  private static final int STEP_MEMBERS = 1024;

  /** How many are read ahead of steps. */
  private static final int READ_MEMBERS = 32 * STEP_MEMBERS;

  private static final int MOST_READ_BYTES = 1 << 20;

  /** A set is given up for which a step can't be made to come to its end. */
  private static final int MOST_READS = 16;

  /** How many sets wait at most; whoever asks for others will ask again. */
  private static final int MOST_WAITING = 256;

  private final StorageThread storage;
  private final Executor readPool;
  private final Rehearsal rehearsal;
  private final LongSupplier clock;
  private final LogLimit failures = new LogLimit();

  /** The sets that wait, by their ids, with their engine keys; the first is being counted. */
  private final Map<Long, byte[]> waiting = new LinkedHashMap<>();

  /** Whether steps are under way; under the lock of {@link #waiting}. */
  private boolean busy;

  // The set whose ranks are counted, by one step after another.
  private long id;
  private byte[] key;
  private Misses read = Misses.NONE;
  private int reads;
  private boolean more;

  /**
   * Makes one.
   *
   * @param own a context for the read pool, where one task of it runs at a time
   */
  public RankBuilder(
      StorageThread storage, Executor readPool, CommandContext own, LongSupplier clock) {
    this.storage = storage;
    this.readPool = readPool;
    this.rehearsal = new Rehearsal(own);
    this.clock = clock;
  }

  @Override
  public void want(Keyspace keyspace, long its) {
    synchronized (waiting) {
      if (waiting.size() >= MOST_WAITING || waiting.containsKey(its)) {
        return;
      }
      waiting.put(its, keyspace.selected().engineKey());
      if (busy) {
        return;
      }
      busy = true;
    }
    storage.loop().execute(this::beginNext);
  }

  private void beginNext() {
    synchronized (waiting) {
      busy = !waiting.isEmpty();
      if (!busy) {
        return;
      }
      Map.Entry<Long, byte[]> first = waiting.entrySet().iterator().next();
      id = first.getKey();
      key = first.getValue();
    }
    read = Misses.NONE;
    reads = 0;
    step();
  }

  /** The storage thread: counts a piece. */
  private void step() {
    try {
      if (!storage.executeUntold(
          () -> more = storage.context().sortedSet().countRanks(key, id, STEP_MEMBERS), read)) {
        storage.park(this::step);
        return;
      }
    } catch (ReadNeeded e) {
      if (++reads <= MOST_READS) {
        readPool.execute(this::read);
        return;
      }
      more = false;
    } catch (RuntimeException | OutOfMemoryError e) {
      more = false;
      if (!(e instanceof StorageException.Poisoned)) {
        failures.log(
            clock.getAsLong(),
            times -> LOG.warn("The ranks of a sorted set can't be counted{}", times, e));
      }
    }
    reads = 0;
    // A task that is put into the queue would run in this very turn, with all that follow it for up
    // to a second: in the next one others have theirs first.
    var _ = storage.loop().schedule(more ? this::step : this::endOne, 0, TimeUnit.NANOSECONDS);
  }

  /** The read pool: has what the next steps need read into memory. */
  private void read() {
    Runnable next = this::step;
    try (ReadView view = storage.engine().view()) {
      read =
          rehearsal.run(
              view,
              bytes -> bytes <= MOST_READ_BYTES,
              context -> context.sortedSet().countRanks(key, id, READ_MEMBERS),
              clock.getAsLong());
    } catch (RuntimeException | OutOfMemoryError e) {
      failures.log(
          clock.getAsLong(),
          times -> LOG.warn("A sorted set whose ranks are wanted can't be read{}", times, e));
      next = this::endOne;
    }
    storage.loop().execute(next);
  }

  private void endOne() {
    synchronized (waiting) {
      waiting.remove(id);
    }
    beginNext();
  }
}
