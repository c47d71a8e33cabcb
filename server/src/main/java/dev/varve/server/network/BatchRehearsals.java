package dev.varve.server.network;

import dev.varve.protocol.Request;
import dev.varve.server.datatype.Misses;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.writer.CommandFailures;
import dev.varve.server.writer.Rehearsal;
import dev.varve.storage.ReadView;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;

/**
 * The rehearsals of a batch's requests: on the read pool, they read from disk what the storage
 * thread lacked in memory.
 *
 * <p>Belongs to whoever has the batch in hand.
 */
final class BatchRehearsals {
  /**
   * How often a command is rehearsed. If it is given up once more, as others move what it reads, it
   * borrows the writer's role.
   */
  private static final int MOST_REHEARSALS = 3;

  /**
   * How many requests after one that is rehearsed are rehearsed, too, though memory lacks nothing
   * for them. Those for which it does lack something don't count.
   */
  private static final int MOST_IN_VAIN = 2;

  private final ServerContext server;
  private final RequestBatch batch;
  private final ReadMemory memory;

  /** What rehearsals of the next request have read. */
  private Misses misses = Misses.NONE;

  /** What its last run was given up for. */
  private Misses.Wanted wanted;

  private int count;

  /** The error line that answers the next request, which could not be rehearsed; or null. */
  private String failure;

  /** The requests after the next one up to this place were rehearsed ahead of their turn. */
  private int aheadUpTo;

  /** Seeds of those that were, by their place. */
  private long[] aheadSeeds = {};

  private final SplittableRandom seeds = new SplittableRandom();

  BatchRehearsals(ServerContext server, RequestBatch batch, ReadMemory memory) {
    this.server = server;
    this.batch = batch;
    this.memory = memory;
  }

  /** The batch is an empty one. */
  void begin() {
    forget();
    aheadUpTo = 0;
  }

  /** The batch comes to its next request, which is at a place. */
  void advance(int next) {
    forget();
    if (next < aheadUpTo) {
      misses = Misses.seeded(aheadSeeds[next]);
    }
  }

  /** Forgets what was read, and gives back the memory for it. */
  void forget() {
    misses = Misses.NONE;
    wanted = null;
    count = 0;
    failure = null;
    memory.giveBack();
  }

  /** Returns what rehearsals of the next request have read. */
  Misses misses() {
    return misses;
  }

  /** The error line that answers the next request, which could not be rehearsed; null: it could. */
  String failure() {
    return failure;
  }

  /**
   * Has the next request rehearsed on the read pool; or executed by the writer's role, if it has
   * been rehearsed often enough.
   *
   * @param miss what it was given up for
   * @param then runs {@code task} after the rehearsal
   */
  void rehearse(Misses.Wanted miss, Executor then, Runnable task) {
    if (++count > MOST_REHEARSALS) {
      batch.borrowRole(task);
      return;
    }
    wanted = miss;
    rehearseAgain(then, task);
  }

  private void rehearseAgain(Executor then, Runnable task) {
    server.readPool().execute(() -> run(then, task));
  }

  private void run(Executor then, Runnable task) {
    Session session = batch.session();
    Request request = batch.peek();
    CommandSpec spec = server.commands().find(request);
    Rehearsal rehearsal = server.rehearsal();
    try (ReadView view = server.engine().view()) {
      misses =
          rehearsal.run(
              view,
              misses,
              wanted,
              bytes -> reserve(bytes, () -> rehearseAgain(then, task)),
              session,
              spec,
              request,
              server.clock().getAsLong());
      runAhead(view, rehearsal);
    } catch (Misses.NoMemory e) {
      // From here on the batch is that of whoever runs what waits.
      return;
    } catch (RuntimeException e) {
      String error = CommandFailures.line(spec, e);
      failure = server.storage().refusedWith(error, session, spec);
    } catch (Error e) {
      batch.failed(e);
      batch.returnToLoop();
      return;
    }
    then.execute(task);
  }

  private boolean reserve(long bytes, Runnable again) {
    if (!memory.holds(bytes)) {
      // The memory for them is given back while more is waited for.
      misses = Misses.NONE;
    }
    return memory.take(bytes, again);
  }

  /**
   * Rehearses requests after the next one, as what it lacked they may lack, too: so a pipeline of
   * them goes to the pool and back once, and not once for each.
   */
  private void runAhead(ReadView view, Rehearsal rehearsal) {
    Session session = batch.session();
    int vain = 0;
    int at = Math.max(batch.next() + 1, aheadUpTo);
    while (at < batch.size() && vain < MOST_IN_VAIN) {
      Request request = batch.request(at);
      CommandSpec spec = server.router().foresee(session, request);
      if (spec == null) {
        return;
      }
      Misses seed = seedAhead(at);
      long now = server.clock().getAsLong();
      try {
        if (!rehearsal.runAhead(view, seed, session, spec, request, now)) {
          vain++;
        }
      } catch (RuntimeException _) {
        // It will be rehearsed when its turn has come, which answers it if that fails.
        return;
      }
      at++;
    }
  }

  private Misses seedAhead(int at) {
    if (aheadSeeds.length < batch.size()) {
      aheadSeeds = Arrays.copyOf(aheadSeeds, batch.size());
    }
    aheadSeeds[at] = seeds.nextLong();
    aheadUpTo = at + 1;
    return Misses.seeded(aheadSeeds[at]);
  }
}
