package dev.varve.server.writer;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.Builds;
import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.KeyLeases;
import dev.varve.server.datatype.KeyUse;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
     * {@linkplain StorageThread#lend borrow} the writer's role; nothing has been changed, nothing
     * replied.
     */
    NEEDS_ROLE,
    /**
     * Its result is to be built aside, see {@link StorageThread#build}; nothing has been replied.
     */
    NEEDS_BUILD,
    /**
     * It waits for one of its keys, see {@link StorageThread#blocked}; nothing has been changed,
     * nothing replied.
     */
    BLOCKED
  }

  private static final Logger LOG = LoggerFactory.getLogger(StorageThread.class);

  /** A request from which on the batch is made as large as it will be. */
  private static final int LARGE_REQUEST = 1 << 20;

  /** What an argument may take more in a batch than in a request. */
  private static final int ARGUMENT_BYTES = 24;

  private final TurnLoop loop;
  private final StorageEngine engine;
  private final LongSupplier clock;
  private final LongSupplier nanoTime;

  /** The commands' time that the engine's was last advanced for. */
  private long tickedFor;

  private final CommandContext context;
  private final Syncer syncer;
  private final SyncStatistics statistics = new SyncStatistics();
  private final List<CommitListener> listeners = new ArrayList<>();
  private final WriteBatch batch;
  private final WatchedKeys watched;
  private final EffectConsumers effects;
  private final WaitingClients waiting;

  /** What the command that was executed last waits for; null: nothing. */
  private Blocked blocked;

  /** What the command that was executed last is built by; null: it isn't. */
  private Build build;

  /** Keys that nobody may change for now. */
  private final KeyLeases leases = new KeyLeases();

  /** Whether what was executed last was refused because it changes what is leased. */
  private boolean refusedForLease;

  /** What waits until keys are leased no more. */
  private List<Runnable> awaitingLeases = new ArrayList<>();

  private final Executor readPool;

  /** Whether the read pool has the writer's role: nothing is executed here meanwhile. */
  private boolean lent;

  /** Whether what is executed is of no concern to anybody but who keeps it. */
  private boolean untold;

  /** Who gets it when all that was appended is published; null: nobody waits. */
  private Runnable borrower;

  private Runnable refusedBorrower;

  private ReadView lentView;

  // What the session was before.
  private int lentDatabase;
  private ProtocolVersion lentProtocol;
  private User lentUser;

  private long rolesReturned;
  private List<Runnable> parked = new ArrayList<>();
  private List<Runnable> resuming = new ArrayList<>();

  /** Whether the engine calls {@link #hasRoom} when there is room. */
  private boolean awaitsRoom;

  /**
   * Takes the writer's role back when there is room for what it was lent for; null: not awaited.
   */
  private Runnable lentRetry;

  /** Since when writes wait for room in the engine; 0: they don't. */
  private volatile long noRoomSinceNanos;

  private long published;
  private volatile SyncPolicy policy;

  /** Whether it has been logged why the engine takes no more writes. */
  private boolean poisonTold;

  /** The error line that answers writes since a write or sync failed; null: none did. */
  private volatile String refusal;

  /** What has failed, without an error's code; null: nothing did. */
  private volatile String failed;

  /** The error line that answers those who waited then. */
  private volatile String failure;

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
    this.batch = new WriteBatch(batchBytes);
    this.watched = new WatchedKeys(databases, kept);
    this.effects = new EffectConsumers(context.keyspace());
    this.waiting = new WaitingClients(loop, new WaitedKeys(databases));
    this.readPool = readPool;
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
    return failure;
  }

  /** Any thread: the error line that answers writes since then; null if none failed. */
  public String refusal() {
    return refusal;
  }

  /** Any thread: why no more writes are taken, whoever has noticed it; null: they are. */
  public String error() {
    String own = refusal;
    return own != null ? own : engine.poisoned();
  }

  /** Any thread: what is thrown at who would write since then; null: writes are taken. */
  public StorageException noWrites() {
    String own = failed;
    String reason = own != null ? own : engine.poisoned();
    return reason == null ? null : new StorageException.Poisoned(reason, null);
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
    return refusal == null ? engine.appendedSequence() : published;
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
    refusedForLease = false;
    if (lent || effects.isFull() || waiting.isHeldUp()) {
      statistics.parked();
      return Outcome.NO_ROOM;
    }
    Outcome outcome = executeHere(session, spec, request, reply, misses, nowMillis, readyArgument);
    serveWaiting();
    return outcome;
  }

  private Outcome executeHere(
      Session session,
      CommandSpec spec,
      Request request,
      ReplyWriter reply,
      Misses misses,
      long nowMillis,
      int readyArgument) {
    if (refusal != null) {
      return executeRefusing(session, spec, request, reply, nowMillis);
    }
    if (spec.isExec() && session.queued() != null && session.queued().walks()) {
      return Outcome.NEEDS_ROLE;
    }
    int database = session.database();
    ProtocolVersion protocol = session.protocol();
    User user = session.user();
    int mark = reply.output().writerIndex();
    context.bind(session, spec, request, reply, session.database());
    context.ready(readyArgument, readyArgument > 0 ? waiting.whatWaits(session) : null);
    Keyspace keyspace = context.keyspace();
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
        return beginBuild(spec, misses, nowMillis) ? Outcome.NEEDS_BUILD : Outcome.NO_ROOM;
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
  private static boolean foundAnotherType(int readyArgument, RuntimeException e) {
    return readyArgument > 0 && e instanceof WrongTypeException;
  }

  // Results that are built aside

  /**
   * Leases to the command in hand what it uses, and notes what it builds.
   *
   * @return false if something is leased to another one, or the engine has no room
   */
  private boolean beginBuild(CommandSpec spec, Misses misses, long nowMillis) {
    Keyspace keyspace = context.keyspace();
    batch.clear();
    keyspace.bindWrite(engine.latest(), misses, batch, context.database(), nowMillis);
    // Once more, up to where it was given up: it looks up the same keys.
    List<KeyUse> uses = keyspace.selected().recordUses();
    try {
      spec.handler().execute(context);
      throw new IllegalStateException("a command is given up, and isn't");
    } catch (NeedsBuild e) {
      keyspace.givenUp();
    }
    if (leases.has(uses)) {
      refusedForLease = true;
      return false;
    }
    int databaseId = keyspace.selected().databaseId();
    batch.clear();
    keyspace.bindWrite(engine.latest(), Misses.NONE, batch, context.database(), nowMillis);
    long id = Builds.begin(keyspace.transaction(), databaseId);
    if (!append()) {
      return false;
    }
    // What its view will hold in memory would keep what it writes waiting.
    flushSoon();
    leases.take(uses);
    statistics.buildBegun(leases.count());
    long sequence = engine.appendedSequence();
    build = new Build(uses, databaseId, id, sequence, context.session().id());
    return true;
  }

  /**
   * After {@link Outcome#NEEDS_BUILD}: what the command is to be built by, on another thread. What
   * it uses is leased to it: nobody changes that until {@link #endBuild} or {@link #giveUpBuild}.
   */
  public Build build() {
    return build;
  }

  /** The bits of the classes of what happens to keys that somebody listens for. */
  public int listened() {
    return effects.classes();
  }

  /**
   * Appends a piece of what is being built, which nothing leads to.
   *
   * @return false if there is no room just now
   * @throws StorageException if the engine takes no writes any more
   */
  public boolean appendPiece(WriteBatch piece) {
    if (lent) {
      return false;
    }
    checkTakesWrites();
    return appendToEngine(piece, clock.getAsLong());
  }

  private void checkTakesWrites() {
    if (refusal != null) {
      throw noWrites();
    }
  }

  /**
   * Whether a key that a build uses has expired since: it is to be built anew. Not while the
   * writer's role is lent: whoever has it works on what this does.
   */
  public boolean isOutOfDate(Build its) {
    if (lent) {
      throw new IllegalStateException("the writer's role is lent");
    }
    Keyspace keyspace = context.keyspace();
    keyspace.bindWrite(engine.latest(), Misses.NONE, batch, 0, clock.getAsLong());
    try {
      return its.uses().stream()
          .anyMatch(
              use ->
                  use.deadline() != KeyLayout.NO_DEADLINE
                      && keyspace.time().remaining(use.deadline()) <= 0);
    } finally {
      keyspace.unbind();
    }
  }

  /**
   * Appends the last step of what was built, with which it counts, and lets go of what was leased.
   *
   * @param last puts the result in its place
   * @param its what has made it
   * @param told what it does to keys
   * @return false if there is no room just now
   * @throws StorageException if the engine takes no writes any more
   */
  public boolean endBuild(Build ended, WriteBatch last, Keyspace its, Effects told) {
    // Not for waiting clients: they may wait for the very lease.
    if (lent || effects.isFull()) {
      return false;
    }
    checkTakesWrites();
    if (!appendToEngine(last, its.time().now())) {
      return false;
    }
    its.appended(engine.appendedSequence());
    tellOf(last);
    effects.appended(told, engine.appendedSequence(), ended.client());
    giveLease(ended);
    serveWaiting();
    return true;
  }

  /**
   * Gives up what was being built, and lets go of what was leased.
   *
   * @return false if there is no room just now
   */
  public boolean giveUpBuild(Build ended) {
    if (lent) {
      return false;
    }
    if (refusal == null) {
      Keyspace keyspace = context.keyspace();
      context.bind(null, null, null, null, 0);
      batch.clear();
      keyspace.bindWrite(engine.latest(), Misses.NONE, batch, 0, clock.getAsLong());
      Builds.abandon(keyspace.transaction(), ended.databaseId(), ended.id());
      try {
        if (!append()) {
          keyspace.unbind();
          return false;
        }
      } catch (StorageException e) {
        // There are no writes any more. Whoever opens the database next abandons what was built.
        keyspace.unbind();
      }
    }
    giveLease(ended);
    return true;
  }

  private void giveLease(Build ended) {
    leases.give(ended.uses());
    statistics.buildEnded(leases.count());
    List<Runnable> now = awaitingLeases;
    awaitingLeases = new ArrayList<>();
    now.forEach(loop::execute);
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
    if (waiting.isHeldUp() && !lent && !waiting.serve()) {
      park(this::serveWaiting);
    }
  }

  /** What commands of a transaction have changed of the session is as it was before. */
  private void giveUp(Session session, int database, ProtocolVersion protocol, User user) {
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
    if (lent) {
      park(() -> watched.unwatch(watcher));
    } else {
      watched.unwatch(watcher);
    }
  }

  /** After a failure: no writes, and reads see only what was published. */
  private Outcome executeRefusing(
      Session session, CommandSpec spec, Request request, ReplyWriter reply, long nowMillis) {
    if (spec.execution() == Execution.WRITE) {
      reply.error(refusedWith(refusal, session, spec));
      return Outcome.DONE;
    }
    int mark = reply.output().writerIndex();
    context.bind(session, spec, request, reply, session.database());
    try (ReadView view = engine.view()) {
      context.keyspace().bindRead(view, false, session.database(), nowMillis);
      spec.handler().execute(context);
      return Outcome.DONE;
    } catch (ReadNeeded e) {
      reply.output().writerIndex(mark);
      return Outcome.NEEDS_READ;
    } catch (RuntimeException e) {
      reply.output().writerIndex(mark);
      reply.error(CommandFailures.line(spec, e));
      return Outcome.DONE;
    } catch (OutOfMemoryError e) {
      reply.output().writerIndex(mark);
      throw e;
    } finally {
      context.keyspace().unbind();
    }
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
    refusedForLease = false;
    if (lent || effects.isFull() || waiting.isHeldUp()) {
      statistics.parked();
      return false;
    }
    checkTakesWrites();
    context.bind(null, null, null, null, 0);
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
    untold = true;
    try {
      return execute(step, misses);
    } finally {
      untold = false;
    }
  }

  /** Returns the context that steps work with. */
  public CommandContext context() {
    return context;
  }

  /** Appends what a step has changed, if anything; false if there is no room just now. */
  private boolean appendChanges() {
    if (batch.isEmpty()) {
      effects.unchanged(engine.appendedSequence(), published);
      return true;
    }
    return append();
  }

  /**
   * Appends the batch.
   *
   * @return false if there is no room just now
   */
  private boolean append() {
    refusedForLease = leases.isTouchedBy(batch);
    if (refusedForLease) {
      statistics.parked();
      return false;
    }
    Keyspace keyspace = context.keyspace();
    if (!appendToEngine(batch, keyspace.time().now())) {
      return false;
    }
    keyspace.appended(engine.appendedSequence());
    if (!untold) {
      tellOf(batch);
    }
    Session asking = context.session();
    effects.appended(engine.appendedSequence(), asking == null ? 0 : asking.id());
    keyspace.unbind();
    return true;
  }

  private boolean appendToEngine(WriteBatch its, long now) {
    if (!engine.isWritable(its)) {
      statistics.parked();
      return false;
    }
    try {
      if (now != tickedFor) {
        engine.tick();
        tickedFor = now;
      }
      engine.append(its);
    } catch (RuntimeException | Error e) {
      fail(e);
      throw e;
    }
    return true;
  }

  private void tellOf(WriteBatch appended) {
    if (!watched.isEmpty()) {
      watched.appended(appended);
    }
    if (!waiting.isEmpty()) {
      waiting.appended(appended);
    }
  }

  /**
   * Runs {@code resume} on this thread when the engine may take writes again, or what the step that
   * was refused last changes is leased no more.
   */
  public void park(Runnable resume) {
    if (refusedForLease) {
      refusedForLease = false;
      awaitingLeases.add(resume);
      return;
    }
    parkForRoom(resume);
  }

  /**
   * As {@link #park}, of a step that holds leases itself: it waits for room, or for the writer's
   * role, and never for a lease that something else was refused for.
   */
  public void parkForRoom(Runnable resume) {
    parked.add(resume);
    if (!lent && !effects.isFull()) {
      awaitRoom();
    }
  }

  /** The engine has one place for who waits for room: nobody may push another out of it. */
  private void awaitRoom() {
    if (!awaitsRoom) {
      awaitsRoom = true;
      noRoomSinceNanos = Math.max(1, nanoTime.getAsLong());
      engine.whenWritable(() -> loop.execute(this::hasRoom));
    }
  }

  private void hasRoom() {
    awaitsRoom = false;
    noRoomSinceNanos = 0;
    Runnable retry = lentRetry;
    if (retry != null) {
      lentRetry = null;
      retry.run();
    } else if (!lent) {
      unpark();
    }
  }

  // The writer's role, lent

  /**
   * Lends the writer's role to a task on the read pool, as soon as all that was appended is
   * published, so that a view sees it. Whatever else would be executed here is parked until it is
   * {@linkplain #takeBack taken back}; reads at views go on.
   *
   * @param task calls {@link #executeLent}
   * @param refused is run instead, here, if a write or sync fails before
   */
  public void lend(Runnable task, Runnable refused) {
    if (refusal != null) {
      loop.execute(refused);
    } else if (lent) {
      park(() -> lend(task, refused));
    } else {
      lent = true;
      statistics.lent();
      borrower = task;
      refusedBorrower = refused;
      lendIfPublished();
    }
  }

  /** What was appended will never be published. */
  private void refuseBorrower() {
    if (borrower != null) {
      borrower = null;
      lent = false;
      loop.execute(refusedBorrower);
    }
  }

  /** Whether the read pool has the writer's role: nothing is executed here meanwhile. */
  public boolean isLent() {
    return lent;
  }

  private void lendIfPublished() {
    if (borrower != null && engine.appendedSequence() == engine.visibleSequence()) {
      Runnable task = borrower;
      borrower = null;
      readPool.execute(task);
    }
  }

  /**
   * The read pool, by the writer's role that was lent to it: runs a command where the disk may be
   * read. Its reply is written; what it changes is appended when the role is taken back. If it
   * waits for a key, {@link #blocked} says for which, and null otherwise.
   *
   * @param readyArgument see {@link #execute}
   */
  public void executeLent(
      Session session,
      CommandSpec spec,
      Request request,
      ReplyWriter reply,
      long nowMillis,
      int readyArgument) {
    lentDatabase = session.database();
    lentProtocol = session.protocol();
    lentUser = session.user();
    context.bind(session, spec, request, reply, session.database());
    context.ready(readyArgument, readyArgument > 0 ? waiting.whatWaits(session) : null);
    Keyspace keyspace = context.keyspace();
    batch.clear();
    blocked = null;
    lentView = engine.view();
    keyspace.bindLent(lentView, batch, session.database(), nowMillis);
    int mark = reply.output().writerIndex();
    try {
      spec.handler().execute(context);
    } catch (Blocked e) {
      keyspace.rollBack();
      reply.output().writerIndex(mark);
      blocked = e;
    } catch (RuntimeException e) {
      keyspace.rollBack();
      reply.output().writerIndex(mark);
      if (foundAnotherType(readyArgument, e)) {
        blocked = waiting.whatWaits(session);
      } else {
        reply.error(refusedWith(CommandFailures.line(spec, e), session, spec));
      }
    } catch (OutOfMemoryError e) {
      giveUp(session, lentDatabase, lentProtocol, lentUser);
      reply.output().writerIndex(mark);
      throw e;
    }
  }

  /**
   * Takes the role back, and appends what was changed by it.
   *
   * @param retry is run when there may be room for that, if there is none now
   * @param again is run when the command may be executed again, if it has changed what is leased:
   *     nothing has been changed then, nothing replied, and the role is taken back
   * @return whether it was taken back, and what was changed counts
   */
  public boolean takeBack(
      Session session,
      CommandSpec spec,
      ReplyWriter reply,
      int mark,
      Runnable retry,
      Runnable again) {
    // What it has read would hold the very memory that its changes may wait for.
    forgetLentView();
    try {
      if (!appendChanges()) {
        if (refusedForLease) {
          giveUp(session, lentDatabase, lentProtocol, lentUser);
          reply.output().writerIndex(mark);
          park(again);
          giveBack();
        } else {
          lentRetry = retry;
          awaitRoom();
        }
        return false;
      }
      context.takeEffect();
    } catch (RuntimeException e) {
      reply.output().writerIndex(mark);
      reply.error(refusedWith(CommandFailures.line(spec, e), session, spec));
    }
    giveBack();
    return true;
  }

  /** What was to be executed by the role failed in a way that nobody expects. */
  public void giveBack() {
    context.keyspace().unbind();
    forgetLentView();
    lent = false;
    rolesReturned++;
    loop.execute(this::unpark);
  }

  private void forgetLentView() {
    context.keyspace().forgetReads();
    if (lentView != null) {
      lentView.close();
      lentView = null;
    }
  }

  /** Returns how often the writer's role has come back. */
  long rolesReturned() {
    return rolesReturned;
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
    if (lent) {
      unpark();
    }
  }

  /** Any thread: whether writes have waited for room in the engine for so long. */
  public boolean hasNoRoomFor(long nanos) {
    long since = noRoomSinceNanos;
    return since != 0 && nanoTime.getAsLong() - since > nanos;
  }

  private void unpark() {
    List<Runnable> now = parked;
    parked = resuming;
    resuming = now;
    serveWaiting();
    for (Runnable resume : now) {
      resume.run();
    }
    now.clear();
  }

  /** At the end of each turn of the loop: commits the group that it has gathered. */
  public void endTurn() {
    if (refusal != null) {
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
    if (wasFull && !lent) {
      loop.execute(this::unpark);
    }
    lendIfPublished();
  }

  private void fail(Throwable cause) {
    if (refusal != null) {
      return;
    }
    LOG.error(
        "The log can't be written: no more writes are taken until the server is restarted", cause);
    failed = CommandFailures.message(cause);
    failure = CommandFailures.unknownOutcome(cause);
    refusal = CommandFailures.refused(cause);
    for (CommitListener listener : listeners) {
      listener.failed(failure);
    }
    effects.failed();
    refuseBorrower();
    // Not now: one of them may be at work.
    loop.execute(() -> waiting.fail(refusal));
    // Those parked run once more, and are refused.
    loop.execute(this::unpark);
  }

  /** What the engine has noticed in the background is told though nobody writes. */
  private void tellOfPoison() {
    String reason = engine.poisoned();
    if (reason != null && !poisonTold) {
      poisonTold = true;
      LOG.error("No more writes are taken until the server is restarted: {}", reason);
    }
  }

  private void everySecond() {
    if (refusal == null) {
      try {
        engine.everySecond();
        tellOfPoison();
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
    if (refusal == null
        && !syncer.isUnderWay()
        && engine.durableSequence() < engine.writtenSequence()) {
      syncer.begin();
    }
  }
}
