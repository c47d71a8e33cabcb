package dev.varve.server.writer;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.NeedsBuild;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.WaitedKeys;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.datatype.WrongTypeException;
import dev.varve.server.dispatch.Blocked;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.NeedsRole;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.User;
import dev.varve.server.tracking.CachedKeys;
import dev.varve.server.tracking.Tracker;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The one writer: an event loop that owns the engine's writer side. Commands run on it one after
 * another, each with a batch of its own that is appended at once; at the end of a loop turn all
 * that was appended is written, synced as the policy asks, and published: a group. Whoever waits
 * for a group hears of it as {@link CommitListener}.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Nothing is published before it is written, and under {@link SyncPolicy#ALWAYS} not before
 *       it is durable.
 *   <li>A reply computed here waits for {@link #appendedSequence} as it was then, whether or not
 *       its command wrote: it could have seen all of that.
 *   <li>After a failed write or sync nothing is appended or published any more.
 *   <li>Nothing here waits: not for the disk but by a sync known to be quick, not for room, not for
 *       a lock.
 * </ol>
 *
 * <p>All methods are called on the loop's thread, but for those that say otherwise.
 */
public final class StorageThread {
  /** What became of a command. */
  public enum Outcome {
    /** Its reply is written. */
    DONE,
    /** Something must be read from disk first; nothing has been changed, nothing replied. */
    NEEDS_READ,
    /** The engine takes no writes just now; nothing has been changed, nothing replied. */
    NO_ROOM,
    /**
     * It walks many keys, and what it writes must be one with what it has seen: it is to
     * {@linkplain RoleLoan#lend borrow} the writer's role; nothing has been changed, nothing
     * replied.
     */
    NEEDS_ROLE,
    /** Its result is to be built aside, see {@link BuildSteps}; nothing has been replied. */
    NEEDS_BUILD,
    /**
     * It waits for one of its keys, see {@link StorageThread#blocked}; nothing has been changed,
     * nothing replied.
     */
    BLOCKED
  }

  /** A request from which on the batch is made as large as it will be. */
  private static final int LARGE_REQUEST = 1 << 20;

  /** What an argument may take more in a batch than in a request. */
  private static final int ARGUMENT_BYTES = 24;

  private final TurnLoop loop;
  private final StorageEngine engine;
  private final LongSupplier clock;
  private final LongSupplier nanoTime;
  private final CommandContext context;
  private final Databases databases;
  private final Syncer syncer;
  private final SyncStatistics statistics = new SyncStatistics();
  private final List<CommitListener> listeners = new ArrayList<>();
  private final WatchedKeys watched;
  private final EffectConsumers effects;
  private final WaitingClients waiting;
  private final LeasedKeys leases;
  private final StepAppender appender;
  private final ParkedSteps parked;
  private final WriterFailure failure;
  private final RoleLoan role;
  private final BuildSteps builds;

  /** What the command that was executed last waits for; null: nothing. */
  private Blocked blocked;

  private long published;
  private volatile SyncPolicy policy;

  /**
   * Makes the writer of {@code engine}; nothing else may write to it.
   *
   * @param loop its event loop, whose turns end with {@link #endTurn}
   * @param syncThread runs syncs that are slow
   * @param clock the monotone time in milliseconds
   * @param nanoTime tells how time elapses, in nanoseconds since any moment
   * @param context of the commands that run here
   * @param databases which id stands for which database
   * @param readPool has the writer's role lent to it
   * @param kept is charged for keys that connections watch
   * @param batchBytes heap that what one command changes may take
   */
  public StorageThread(
      TurnLoop loop,
      StorageEngine engine,
      Executor syncThread,
      LongSupplier clock,
      LongSupplier nanoTime,
      CommandContext context,
      SyncPolicy policy,
      Databases databases,
      Executor readPool,
      KeptMemory kept,
      long batchBytes) {
    this.loop = loop;
    this.engine = engine;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.context = context;
    this.policy = policy;
    this.databases = databases;
    this.watched = new WatchedKeys(databases, kept);
    this.effects = new EffectConsumers(context.keyspace());
    this.waiting = new WaitingClients(loop, new WaitedKeys(databases));
    this.leases = new LeasedKeys(loop);
    this.appender =
        new StepAppender(
            engine, context, leases, watched, waiting, effects, statistics, this::fail, batchBytes);
    this.parked = new ParkedSteps(engine, loop, nanoTime, this::hasRoom);
    this.failure = new WriterFailure(engine);
    this.role = new RoleLoan(this, context, appender, leases, parked, readPool);
    this.builds = new BuildSteps(this, context, appender, leases);
    this.syncer = new Syncer(engine, syncThread, loop, nanoTime, statistics);
    this.published = engine.visibleSequence();
  }

  /** Any thread: the loop. */
  public TurnLoop loop() {
    return loop;
  }

  /** Any thread: the engine; its writer's side is this thread's alone. */
  public StorageEngine engine() {
    return engine;
  }

  /** Any thread: figures of group commit. */
  public SyncStatistics statistics() {
    return statistics;
  }

  /** Any thread: the policy from the next group on. */
  public void policy(SyncPolicy next) {
    policy = next;
  }

  /**
   * Any thread: the error line that answers those who wait for what will never be published, since
   * a write or sync failed; null if none did.
   */
  public String failure() {
    return failure.unknownOutcome();
  }

  /** Any thread: what is thrown at those instead; null if no write or sync failed. */
  StorageException neverPublished() {
    return failure.neverPublished();
  }

  /** Any thread: the error line that answers writes since then; null if none failed. */
  public String refusal() {
    return failure.refusal();
  }

  /** Any thread: why no more writes are taken, whoever has noticed it; null: they are. */
  public String error() {
    return failure.error();
  }

  /** Any thread: what is thrown at whoever would write since then; null: writes are taken. */
  public StorageException noWrites() {
    return failure.noWrites();
  }

  /** Before the loop has work: adds a listener. */
  public void addListener(CommitListener listener) {
    listeners.add(listener);
  }

  /** Begins what is done each second. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  public void start() {
    loop.scheduleWithFixedDelay(this::everySecond, 1, 1, TimeUnit.SECONDS);
  }

  /** Sequence number that a reply computed now must wait for. */
  public long appendedSequence() {
    return failure.refusal() == null ? engine.appendedSequence() : published;
  }

  /**
   * Runs a command against the newest state.
   *
   * @param reply takes its reply; as it was, unless the outcome is {@link Outcome#DONE}
   * @param misses what {@linkplain Rehearsal rehearsals} have read from disk for it
   * @param nowMillis the monotone time, not read before the request had come
   * @throws OutOfMemoryError if there is no room for the reply, which is as it was; nothing has
   *     been changed
   */
  public Outcome execute(
      Session session,
      CommandSpec spec,
      Request request,
      ReplyWriter reply,
      Misses misses,
      long nowMillis) {
    return execute(session, spec, request, reply, misses, nowMillis, 0);
  }

  /**
   * As {@link #execute(Session, CommandSpec, Request, ReplyWriter, Misses, long)}, for a command
   * that has waited for a key.
   *
   * @param readyArgument which of its arguments is the key that has been put; 0: it has not waited
   */
  public Outcome execute(
      Session session,
      CommandSpec spec,
      Request request,
      ReplyWriter reply,
      Misses misses,
      long nowMillis,
      int readyArgument) {
    leases.beginStep();
    if (mustWait()) {
      statistics.parked();
      return Outcome.NO_ROOM;
    }
    Outcome outcome = executeHere(session, spec, request, reply, misses, nowMillis, readyArgument);
    serveWaiting();
    return outcome;
  }

  /** Whether nothing may be executed just now, whatever it is. */
  private boolean mustWait() {
    return role.isLent() || effects.isFull() || waiting.isHeldUp();
  }

  private Outcome executeHere(
      Session session,
      CommandSpec spec,
      Request request,
      ReplyWriter reply,
      Misses misses,
      long nowMillis,
      int readyArgument) {
    if (failure.refusal() != null) {
      if (readyArgument > 0) {
        // What it has waited for is nothing that will be published.
        reply.error(failure.refusal());
        return Outcome.DONE;
      }
      return executeRefusing(session, spec, request, reply, nowMillis);
    }
    if (walks(session, spec)) {
      return Outcome.NEEDS_ROLE;
    }
    int database = session.database();
    ProtocolVersion protocol = session.protocol();
    User user = session.user();
    int mark = reply.output().writerIndex();
    context.bind(session, spec, request, reply, session.database());
    context.ready(readyArgument, readyArgument > 0 ? waiting.whatWaits(session) : null);
    Keyspace keyspace = context.keyspace();
    WriteBatch batch = appender.batch();
    batch.clear();
    if (request.byteSize() > LARGE_REQUEST) {
      batch.expect(request.byteSize() + (long) ARGUMENT_BYTES * request.argumentCount());
    }
    keyspace.bindWrite(engine.latest(), misses, batch, session.database(), nowMillis);
    String error;
    try {
      spec.handler().execute(context);
      if (appendChanges()) {
        context.takeEffect();
        return Outcome.DONE;
      }
      giveUp(session, database, protocol, user);
      reply.output().writerIndex(mark);
      return Outcome.NO_ROOM;
    } catch (ReadNeeded e) {
      giveUp(session, database, protocol, user);
      if (spec.execution() == Execution.WRITE) {
        statistics.givenUp();
      }
      reply.output().writerIndex(mark);
      return Outcome.NEEDS_READ;
    } catch (NeedsRole e) {
      giveUp(session, database, protocol, user);
      reply.output().writerIndex(mark);
      return Outcome.NEEDS_ROLE;
    } catch (NeedsBuild e) {
      giveUp(session, database, protocol, user);
      reply.output().writerIndex(mark);
      try {
        return builds.begin(spec, misses, nowMillis) ? Outcome.NEEDS_BUILD : Outcome.NO_ROOM;
      } catch (StorageException refused) {
        error = refusedWith(CommandFailures.line(spec, refused), session, spec);
      }
    } catch (Blocked e) {
      giveUp(session, database, protocol, user);
      reply.output().writerIndex(mark);
      blocked = e;
      return Outcome.BLOCKED;
    } catch (RuntimeException e) {
      if (foundAnotherType(readyArgument, e)) {
        reply.output().writerIndex(mark);
        return Outcome.BLOCKED;
      }
      error = refusedWith(CommandFailures.line(spec, e), session, spec);
    } catch (OutOfMemoryError e) {
      giveUp(session, database, protocol, user);
      reply.output().writerIndex(mark);
      throw e;
    } finally {
      keyspace.unbind();
    }
    reply.output().writerIndex(mark);
    reply.error(error);
    return Outcome.DONE;
  }

  /** What has been put is no value of the type that the command waits for: it waits on. */
  static boolean foundAnotherType(int readyArgument, RuntimeException e) {
    return readyArgument > 0 && e instanceof WrongTypeException;
  }

  /** The bits of the classes of what happens to keys that somebody listens for. */
  public int listened() {
    return effects.classes();
  }

  /**
   * Checks that writes are taken.
   *
   * @throws StorageException if they aren't
   */
  void checkTakesWrites() {
    failure.check();
  }

  /** After {@link Outcome#BLOCKED}: what the command waits for. */
  public Blocked blocked() {
    return blocked;
  }

  /** The connections whose commands wait for keys. */
  public WaitingClients waiting() {
    return waiting;
  }

  /** Runs again who waits for what has been put, before anything else is executed. */
  public void serveWaiting() {
    if (waiting.isHeldUp() && !role.isLent() && !waiting.serve()) {
      park(this::serveWaiting);
    }
  }

  /** What commands of a transaction have changed of the session is as it was before. */
  void giveUp(Session session, int database, ProtocolVersion protocol, User user) {
    context.keyspace().givenUp();
    session.database(database);
    session.protocol(protocol);
    session.user(user);
  }

  /**
   * Any thread that has the session in hand: returns the line that answers a command which ends
   * with an error; if it is EXEC, the transaction ends with it.
   */
  public String refusedWith(String error, Session session, CommandSpec spec) {
    if (session.queued() == null || !spec.isExec()) {
      return error;
    }
    endMulti(session);
    return "EXECABORT Transaction discarded because of: " + error;
  }

  /** Who hears of what happens to keys. */
  public EffectConsumers effects() {
    return effects;
  }

  /** Has a client told, from the next step on, of what it has read. */
  void track(Session session, Tracker tracker, CachedKeys keys) {
    if (keys.isIdle()) {
      effects.remove(keys);
      effects.add(keys, EffectConsumers.Stage.WHEN_VISIBLE, CachedKeys.classes());
    }
    keys.begin(tracker);
    session.tracker(tracker);
  }

  /** Any thread: nobody tracks any more, unless somebody has begun to since. */
  public void endTracking(CachedKeys keys) {
    loop.execute(
        () -> {
          if (keys.isIdle()) {
            effects.remove(keys);
            keys.sleep();
          }
        });
  }

  /** The loan of the writer's role to the read pool. */
  public RoleLoan role() {
    return role;
  }

  /** The steps for results that are built aside. */
  public BuildSteps builds() {
    return builds;
  }

  /** The keys that connections watch. */
  WatchedKeys watchedKeys() {
    return watched;
  }

  /** Any thread that has a session in hand: what it has queued since MULTI is dropped. */
  public void endMulti(Session session) {
    session.endMulti();
    unwatch(session);
  }

  /** Any thread that has a session in hand: it watches no keys any more. */
  public void unwatch(Session session) {
    WatchedKeys.Watcher watcher = session.watcher();
    if (watcher == null) {
      return;
    }
    session.watcher(null);
    if (loop.inEventLoop()) {
      unwatch(watcher);
    } else {
      loop.execute(() -> unwatch(watcher));
    }
  }

  /** Who has the writer's role may be looking through what is watched. */
  private void unwatch(WatchedKeys.Watcher watcher) {
    if (role.isLent()) {
      park(() -> watched.unwatch(watcher));
    } else {
      watched.unwatch(watcher);
    }
  }

  /**
   * After a failure: no writes, and reads see only what was published. What runs here as it may
   * write, and doesn't, runs, too; it reads the disk by the role.
   */
  private Outcome executeRefusing(
      Session session, CommandSpec spec, Request request, ReplyWriter reply, long nowMillis) {
    if (needsWrites(session, spec)) {
      reply.error(refusedWith(failure.refusal(), session, spec));
      return Outcome.DONE;
    }
    boolean asWriter = spec.execution() == Execution.WRITE;
    if (asWriter && walks(session, spec)) {
      return Outcome.NEEDS_ROLE;
    }
    int database = session.database();
    ProtocolVersion protocol = session.protocol();
    User user = session.user();
    int mark = reply.output().writerIndex();
    context.bind(session, spec, request, reply, session.database());
    Keyspace keyspace = context.keyspace();
    String error;
    try (ReadView view = engine.view()) {
      if (asWriter) {
        // What it does on the side, as PFCOUNT does, comes to nothing.
        WriteBatch dropped = appender.batch();
        dropped.clear();
        keyspace.bindWrite(view, Misses.NONE, dropped, session.database(), nowMillis);
      } else {
        keyspace.bindRead(view, false, session.database(), nowMillis);
      }
      spec.handler().execute(context);
      context.takeEffect();
      return Outcome.DONE;
    } catch (ReadNeeded | NeedsRole e) {
      reply.output().writerIndex(mark);
      if (!asWriter) {
        return Outcome.NEEDS_READ;
      }
      giveUp(session, database, protocol, user);
      return Outcome.NEEDS_ROLE;
    } catch (Blocked e) {
      // What it waits for never comes.
      error = failure.refusal();
    } catch (RuntimeException e) {
      error = refusedWith(CommandFailures.line(spec, e), session, spec);
    } catch (OutOfMemoryError e) {
      reply.output().writerIndex(mark);
      if (asWriter) {
        giveUp(session, database, protocol, user);
      }
      throw e;
    } finally {
      keyspace.unbind();
    }
    reply.output().writerIndex(mark);
    reply.error(error);
    return Outcome.DONE;
  }

  /** Whether a command, or one that EXEC would run, is nothing without the engine's writer. */
  static boolean needsWrites(Session session, CommandSpec spec) {
    return spec.needsWrites()
        || (spec.isExec() && session.queued() != null && session.queued().needWrites());
  }

  /** Whether it is an EXEC of which a command walks many keys. */
  private static boolean walks(Session session, CommandSpec spec) {
    return spec.isExec() && session.queued() != null && session.queued().walks();
  }

  /**
   * After {@link Outcome#NEEDS_READ} of a command that writes: what memory could not tell it; null
   * if that isn't known.
   */
  public Misses.Wanted wanted() {
    return context.keyspace().transaction().wanted();
  }

  /**
   * Runs a step that no client's request is: one of a command that runs elsewhere, or of the server
   * itself.
   *
   * @return false if the engine takes no writes just now; nothing has been changed
   * @throws ReadNeeded if something must be read from disk first; nothing has been changed
   * @throws StorageException if the engine takes no writes any more
   */
  boolean execute(Runnable step) {
    return execute(step, Misses.NONE);
  }

  /** As {@link #execute(Runnable)}, of a step for which something was read before. */
  boolean execute(Runnable step, Misses misses) {
    leases.beginStep();
    if (mustWait()) {
      statistics.parked();
      return false;
    }
    checkTakesWrites();
    context.bind(null, null, null, null, 0);
    WriteBatch batch = appender.batch();
    batch.clear();
    Keyspace keyspace = context.keyspace();
    keyspace.bindWrite(engine.latest(), misses, batch, 0, clock.getAsLong());
    try {
      step.run();
      if (!appendChanges()) {
        return false;
      }
    } finally {
      keyspace.unbind();
    }
    serveWaiting();
    return true;
  }

  /** Has what memtables hold written to tables in the background. */
  public void flushSoon() {
    try {
      engine.freeze();
    } catch (RuntimeException | Error e) {
      fail(e);
      throw e;
    }
  }

  /**
   * As {@link #execute(Runnable, Misses)}, of a step that changes how something is kept, and
   * nothing that anybody could see: those who watch keys or wait for them aren't told.
   */
  boolean executeUntold(Runnable step, Misses misses) {
    appender.untold(true);
    try {
      return execute(step, misses);
    } finally {
      appender.untold(false);
    }
  }

  /** Returns the context that steps work with. */
  public CommandContext context() {
    return context;
  }

  /** Appends what a step has changed, if anything; false if there is no room just now. */
  boolean appendChanges() {
    if (appender.batch().isEmpty()) {
      effects.unchanged(engine.appendedSequence(), published);
      return true;
    }
    return appender.append();
  }

  /**
   * Runs {@code resume} on this thread when the engine may take writes again, or what the step that
   * was refused last changes is leased no more.
   */
  public void park(Runnable resume) {
    if (!leases.keepWaiting(resume)) {
      parkForRoom(resume);
    }
  }

  /**
   * As {@link #park}, of a step that holds leases itself: it waits for room, or for the writer's
   * role, and never for a lease that something else was refused for.
   */
  public void parkForRoom(Runnable resume) {
    parked.add(resume);
    if (!role.isLent() && !effects.isFull()) {
      parked.awaitRoom();
    }
  }

  private void hasRoom() {
    if (!role.retry() && !role.isLent()) {
      unpark();
    }
  }

  /** Any thread: how time elapses, in nanoseconds since any moment. */
  long nanoTime() {
    return nanoTime.getAsLong();
  }

  /** Returns the monotone time in milliseconds. */
  long nowMillis() {
    return clock.getAsLong();
  }

  /**
   * What waits for the writer's role to come back is looked at again: there is something else to
   * answer.
   */
  public void lookAtParked() {
    if (role.isLent()) {
      unpark();
    }
  }

  /** Any thread: whether writes have waited for room in the engine for so long. */
  public boolean hasNoRoomFor(long nanos) {
    return parked.hasNoRoomFor(nanos);
  }

  /** Runs again what was parked, after those who wait for keys. */
  void unpark() {
    parked.resume(this::serveWaiting);
  }

  /** At the end of each turn of the loop: commits the group that it has gathered. */
  public void endTurn() {
    if (failure.refusal() != null) {
      return;
    }
    try {
      if (syncer.failure() != null) {
        fail(syncer.failure());
      } else if (engine.appendedSequence() != published) {
        commit();
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private void commit() {
    engine.write();
    boolean mustBeDurable = policy == SyncPolicy.ALWAYS;
    if (mustBeDurable
        && engine.durableSequence() < engine.writtenSequence()
        && !syncer.isUnderWay()) {
      if (syncer.isQuick()) {
        syncer.syncInline();
      } else {
        syncer.begin();
      }
    }
    publish(mustBeDurable ? engine.durableSequence() : engine.writtenSequence());
  }

  private void publish(long sequence) {
    if (sequence <= published) {
      return;
    }
    engine.publish(sequence);
    statistics.group(sequence - published);
    published = sequence;
    for (int i = 0; i < listeners.size(); i++) {
      listeners.get(i).published(sequence);
    }
    boolean wasFull = effects.isFull();
    effects.published(sequence);
    if (wasFull && !role.isLent()) {
      loop.execute(this::unpark);
    }
    role.beginIfPublished();
  }

  private void fail(Throwable cause) {
    if (!failure.begin(cause)) {
      return;
    }
    databases.takeBackUnpublished();
    for (CommitListener listener : listeners) {
      listener.failed(failure.unknownOutcome());
    }
    effects.failed();
    role.refuse();
    // Not now: one of them may be at work.
    loop.execute(() -> waiting.fail(failure.refusal()));
    // Those parked run once more, and are refused.
    loop.execute(this::unpark);
  }

  private void everySecond() {
    if (failure.refusal() == null) {
      try {
        engine.everySecond();
        failure.logPoison();
      } catch (RuntimeException | Error e) {
        fail(e);
      }
    }
    if (policy == SyncPolicy.EVERYSEC) {
      sync();
    }
  }

  /** Begins a sync of what was written, if there is anything, and none is under way. */
  void sync() {
    if (failure.refusal() == null
        && !syncer.isUnderWay()
        && engine.durableSequence() < engine.writtenSequence()) {
      syncer.begin();
    }
  }
}
