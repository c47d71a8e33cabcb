package dev.varve.server.writer;

import dev.varve.server.datatype.Builds;
import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.KeyUse;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.NeedsBuild;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.WriteBatch;
import java.util.List;

/**
 * The storage thread's steps for results that are built aside, on another thread: what a command
 * uses is leased to it, pieces of the result are appended under an id that nothing leads to, and
 * the last step puts the result in its place and gives the lease back.
 *
 * <p>Used by the storage thread only.
 */
public final class BuildSteps {
  private final StorageThread storage;
  private final StorageEngine engine;
  private final CommandContext context;
  private final StepAppender appender;
  private final LeasedKeys leases;

  /** What the command that was executed last is built by; null: none was. */
  private Build begun;

  BuildSteps(
      StorageThread storage, CommandContext context, StepAppender appender, LeasedKeys leases) {
    this.storage = storage;
    this.engine = storage.engine();
    this.context = context;
    this.appender = appender;
    this.leases = leases;
  }

  /**
   * Leases to the command in hand what it uses, and notes what it builds.
   *
   * @return false if something is leased to another one, or the engine has no room
   */
  boolean begin(CommandSpec spec, Misses misses, long nowMillis) {
    Keyspace keyspace = context.keyspace();
    bind(misses, context.database(), nowMillis);
    // Once more, up to where it was given up: it looks up the same keys.
    List<KeyUse> uses = keyspace.selected().recordUses();
    try {
      spec.handler().execute(context);
      throw new IllegalStateException("a command is given up, and isn't");
    } catch (NeedsBuild e) {
      keyspace.givenUp();
    }
    if (leases.refuse(uses)) {
      return false;
    }
    int databaseId = keyspace.selected().databaseId();
    bind(Misses.NONE, context.database(), nowMillis);
    long id = Builds.begin(keyspace.transaction(), databaseId);
    if (!appender.append()) {
      return false;
    }
    // What its view will hold in memory would keep what it writes waiting.
    storage.flushSoon();
    leases.take(uses);
    storage.statistics().buildBegun(leases.count());
    long sequence = engine.appendedSequence();
    begun = new Build(uses, databaseId, id, sequence, context.session().id());
    return true;
  }

  private void bind(Misses misses, int database, long nowMillis) {
    WriteBatch batch = appender.batch();
    batch.clear();
    context.keyspace().bindWrite(engine.latest(), misses, batch, database, nowMillis);
  }

  /**
   * After {@link StorageThread.Outcome#NEEDS_BUILD}: what the command is to be built by, on another
   * thread. What it uses is leased to it: nobody changes that until {@link #end} or {@link
   * #giveUp}.
   */
  public Build begun() {
    return begun;
  }

  /**
   * Appends a piece of what is being built, which nothing leads to.
   *
   * @return false if there is no room just now
   * @throws StorageException if the engine takes no writes any more
   */
  public boolean appendPiece(WriteBatch piece) {
    if (storage.role().isLent()) {
      return false;
    }
    storage.checkTakesWrites();
    return appender.append(piece, storage.nowMillis());
  }

  /**
   * Whether a key that a build uses has expired since: it is to be built anew. Not while the
   * writer's role is lent, as the borrower works on what this does.
   */
  public boolean isOutOfDate(Build build) {
    if (storage.role().isLent()) {
      throw new IllegalStateException("the writer's role is lent");
    }
    Keyspace keyspace = context.keyspace();
    keyspace.bindWrite(engine.latest(), Misses.NONE, appender.batch(), 0, storage.nowMillis());
    try {
      return build.uses().stream()
          .anyMatch(
              use ->
                  use.deadline() != KeyLayout.NO_DEADLINE
                      && keyspace.time().remaining(use.deadline()) <= 0);
    } finally {
      keyspace.unbind();
    }
  }

  /**
   * Appends the last step of what was built, with which it counts, and gives back what was leased.
   *
   * @param last puts the result in its place
   * @param its what has made it
   * @param told what it does to keys
   * @return false if there is no room just now
   * @throws StorageException if the engine takes no writes any more
   */
  public boolean end(Build build, WriteBatch last, Keyspace its, Effects told) {
    // Not for waiting clients: they may wait for the very lease.
    if (storage.role().isLent() || storage.effects().isFull()) {
      return false;
    }
    storage.checkTakesWrites();
    if (!appender.append(last, its.time().now())) {
      return false;
    }
    its.appended(engine.appendedSequence());
    appender.tellOf(last);
    storage.effects().appended(told, engine.appendedSequence(), build.client());
    giveLease(build);
    storage.serveWaiting();
    return true;
  }

  /**
   * Gives up what was being built, and gives back what was leased.
   *
   * @return false if there is no room just now
   */
  public boolean giveUp(Build build) {
    if (storage.role().isLent()) {
      return false;
    }
    if (storage.refusal() == null) {
      Keyspace keyspace = context.keyspace();
      context.bind(null, null, null, null, 0);
      bind(Misses.NONE, 0, storage.nowMillis());
      Builds.abandon(keyspace.transaction(), build.databaseId(), build.id());
      try {
        if (!appender.append()) {
          keyspace.unbind();
          return false;
        }
      } catch (StorageException e) {
        // There are no writes any more. Whoever opens the database next abandons what was built.
        keyspace.unbind();
      }
    }
    giveLease(build);
    return true;
  }

  private void giveLease(Build build) {
    leases.give(build.uses());
    storage.statistics().buildEnded(leases.count());
  }
}
