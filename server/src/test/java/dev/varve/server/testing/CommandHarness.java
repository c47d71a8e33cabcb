package dev.varve.server.testing;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.protocol.RequestDecoder;
import dev.varve.protocol.RequestLimits;
import dev.varve.server.acl.UserTable;
import dev.varve.server.command.Commands;
import dev.varve.server.datatype.Builds;
import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.ExpirySweep;
import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.NeedsBuild;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.ScanCursors;
import dev.varve.server.datatype.TimeIndex;
import dev.varve.server.datatype.WallTime;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.dispatch.AclLog;
import dev.varve.server.dispatch.Checkpoints;
import dev.varve.server.dispatch.ClientPause;
import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.DebugSwitches;
import dev.varve.server.dispatch.DiskQuota;
import dev.varve.server.dispatch.ErrorStatistics;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.Monitors;
import dev.varve.server.dispatch.NeedsRole;
import dev.varve.server.dispatch.Router;
import dev.varve.server.dispatch.RunningScript;
import dev.varve.server.dispatch.ServerConfig;
import dev.varve.server.dispatch.ServerInfo;
import dev.varve.server.dispatch.Services;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.SlowCommands;
import dev.varve.server.dispatch.Snapshots;
import dev.varve.server.dispatch.StorageAccess;
import dev.varve.server.dispatch.TrackedReads;
import dev.varve.server.dispatch.User;
import dev.varve.server.dispatch.Users;
import dev.varve.server.migration.TargetConnections;
import dev.varve.server.pubsub.Channels;
import dev.varve.server.tracking.CachedKeys;
import dev.varve.server.tracking.Tracker;
import dev.varve.server.writer.CommandFailures;
import dev.varve.server.writer.FieldRemoval;
import dev.varve.server.writer.Rehearsal;
import dev.varve.server.writer.Removal;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** Executes commands as the server does, but on one thread and without a network. */
public final class CommandHarness implements Services, StorageAccess {
  /** Lengths of keys and values that the harness's configuration allows. */
  public static final int MAX_KEY_BYTES = 1024;

  /** See {@link #MAX_KEY_BYTES}. */
  public static final int MAX_VALUE_BYTES = 1 << 20;

  static final int DATABASES = 16;
  private static final int EVERYTHING = ~(EventClass.NEW.bit() | EventClass.KEY_MISS.bit());

  /** A command that is given up once more borrows the writer's role. */
  private static final int MOST_REHEARSALS = 3;

  private static final LongSupplier START_MILLIS = () -> 1_700_000_000_000L;
  private static final LongSupplier WALL_CLOCK = System::currentTimeMillis;

  private static final long KEPT_BYTES = 1 << 20;

  /** How many members are counted for their ranks in one step. */
  private int rankStep = 20;

  private final RunningScript script = new RunningScript();
  private final TargetConnections targets = new TargetConnections();
  private final DebugSwitches debug = new DebugSwitches(DebugSwitches.Users.YES);
  private final DiskQuota quota = new DiskQuota(() -> 0);
  private final KeptMemory kept = new KeptMemory(KEPT_BYTES);
  private final Channels channels = new Channels(kept);
  private final StorageEngine engine;
  private final LongSupplier clock;
  private final CommandTable table;
  private final Router router;
  private final Databases databases;
  private final WatchedKeys watched;
  private final ScanCursors scanCursors;
  private final WallTime wallTime;
  private final CommandContext context;
  private final CommandContext stepContext;
  private final FieldRemoval fieldRemoval;
  private final Effects effects = new Effects();
  private final Effects stepEffects = new Effects();
  private final NamedKeys named = new NamedKeys();
  private final Rehearsal rehearsal;
  private int rehearsals;
  private int lent;
  private int built;
  private LongConsumer whilePieces = _ -> {};
  private long mostRead;
  private final WriteBatch batch = new WriteBatch();
  private final Map<Long, byte[]> ranksWanted = new LinkedHashMap<>();
  private final Random rankSteps;
  private final HarnessClients clients = new HarnessClients();
  private final ServerInfo info = new HarnessInfo();
  private final RequestDecoder decoder = new RequestDecoder(RequestLimits.DEFAULT);
  private final CollectionLimits limits = new CollectionLimits();
  private final HarnessConfig config = new HarnessConfig(limits);
  private final CachedKeys cachedKeys = new CachedKeys(kept, Runnable::run);
  private final Monitors monitors = new Monitors(this::wallInstant, () -> 0);
  private final TrackedReads trackedReads =
      new TrackedReads(cachedKeys, () -> 0, () -> 0, () -> {});
  private final SlowCommands slowCommands = new SlowCommands(this::wallInstant, System::nanoTime);
  private final ErrorStatistics errors = new ErrorStatistics();
  private final UserTable users;
  private Runnable background;
  private long offset;
  private long wallAhead;
  private long wallTick;
  private long lastNow;

  /** Begins with what an engine holds, at a time that {@link #advance} alone moves on. */
  public CommandHarness(StorageEngine engine, long seed) {
    this(engine, seed, START_MILLIS, Commands.table());
  }

  /** Begins with what an engine holds, at the time that it is. */
  public static CommandHarness withWallClock(StorageEngine engine, long seed) {
    return new CommandHarness(engine, seed, WALL_CLOCK, Commands.table());
  }

  /** Begins with what an engine holds, and has these commands. */
  public static CommandHarness withCommands(StorageEngine engine, long seed, CommandTable table) {
    return new CommandHarness(engine, seed, START_MILLIS, table);
  }

  private CommandHarness(StorageEngine engine, long seed, LongSupplier clock, CommandTable table) {
    this.engine = engine;
    this.clock = clock;
    this.table = table;
    this.users =
        new UserTable(
            table.original(),
            () -> false,
            new AclLog(this::wallInstant, 128),
            new KeptMemory(Long.MAX_VALUE));
    users.clients(clients);
    this.router =
        new Router(
            table,
            this::nowMillis,
            new HeapMemory(),
            new ClientPause(),
            script,
            users,
            debug,
            quota,
            this::endMulti);
    try (ReadView view = engine.view()) {
      databases = Databases.load(view, DATABASES, engine::visibleSequence);
      wallTime = WallTime.load(view, clock(), this::nowMillis);
    }
    watched = new WatchedKeys(databases, kept);
    rankSteps = new Random(seed);
    scanCursors = new ScanCursors(new Random(seed), 4);
    context = new CommandContext(this, new Keyspace(databases, wallTime));
    stepContext = new CommandContext(this, new Keyspace(databases, wallTime));
    fieldRemoval =
        new FieldRemoval(stepContext, new CommandContext(this, new Keyspace(databases, wallTime)));
    rehearsal = new Rehearsal(new CommandContext(this, new Keyspace(databases, wallTime)));
    context.keyspace().record(effects, EVERYTHING);
    stepContext.keyspace().record(stepEffects, EVERYTHING);
  }

  /** As a server does when it has opened its data: gives up what was being built. */
  public void giveUpUnfinished() {
    List<byte[]> unfinished;
    try (ReadView view = engine.view()) {
      unfinished = Builds.left(view);
    }
    if (!unfinished.isEmpty()) {
      submit(
          step -> unfinished.forEach(note -> Builds.abandon(step.keyspace().transaction(), note)));
    }
  }

  /** Up to where small collections are kept in a smaller way. */
  public CollectionLimits limits() {
    return limits;
  }

  /** Opens a connection. */
  public Session connect() {
    return clients.connect(users.defaultUser(), !users.askForPassword());
  }

  /** Asks new connections for a password. */
  public void password(String value) {
    users.defaultPassword(value);
  }

  /** What the wall clock shows. */
  public long wallMillis() {
    return clock.getAsLong() + offset + wallAhead;
  }

  private Instant wallInstant() {
    return Instant.ofEpochMilli(wallMillis());
  }

  /** Sets the wall clock forward or back. */
  public void setWallClock(long milliseconds) {
    wallAhead += milliseconds;
  }

  /** Has a test's own background work go on where the engine has no room for a write. */
  public void whileUnwritable(Runnable step) {
    background = step;
  }

  /** Lets time pass. */
  public void advance(long milliseconds) {
    offset += milliseconds;
  }

  /** Returns the earliest deadline that commands gave since this was asked last. */
  public long takeEarliestDeadline() {
    return context.keyspace().takeEarliest(TimeIndex.KEYS);
  }

  /** Returns how many keys went because their deadline had passed. */
  public long expired() {
    return context.keyspace().transaction().expired()
        + stepContext.keyspace().transaction().expired();
  }

  private boolean mayTake(long bytes) {
    mostRead = Math.max(mostRead, bytes);
    return true;
  }

  /** Returns how often a command was run by the writer's role, lent. */
  public int lent() {
    return lent;
  }

  /** Returns how often a command had to be rehearsed. */
  public int rehearsals() {
    return rehearsals;
  }

  /** Returns the most memory that rehearsals of a command asked for since this was asked last. */
  public long takeMostRead() {
    long most = mostRead;
    mostRead = 0;
    return most;
  }

  /** What fields of hashes are removed by. */
  public FieldRemoval fieldRemoval() {
    return fieldRemoval;
  }

  /** Removes keys whose deadline has passed, as a server does by itself. */
  private void removeExpired() {
    // A key past its deadline takes along what is due of its fields.
    for (TimeIndex index :
        List.of(
            TimeIndex.KEYS, TimeIndex.KEYS_BY_DATE, TimeIndex.FIELDS, TimeIndex.FIELDS_BY_DATE)) {
      boolean more = true;
      while (more) {
        more = removeExpired(index);
      }
    }
  }

  /** Removes some of what an index says is due; returns whether there may be more. */
  private boolean removeExpired(TimeIndex index) {
    ExpirySweep sweep = new ExpirySweep(index);
    Removal removal = isOfFields(index) ? fieldRemoval : null;
    long now = index.isByDate() ? wallTime.latest() : nowMillis();
    try (ReadView view = engine.view()) {
      DueKeys found = sweep.search(view.sequence(), view.sequence(), now).run(view);
      Removal.Prepared prepared =
          removal == null ? null : removal.prepare(view, found, nowMillis());
      step(
          removal == null ? Misses.NONE : prepared.misses(),
          step -> {
            if (removal == null) {
              found.remove(step.keyspace(), 0, () -> false);
            } else {
              prepared.remove(0, () -> false);
            }
            return null;
          },
          removal == null,
          true);
      return found.size() > 0;
    } catch (ReadNeeded flushedMeanwhile) {
      return true;
    }
  }

  // Ranks

  @Override
  public void want(Keyspace keyspace, long id) {
    ranksWanted.putIfAbsent(id, keyspace.selected().engineKey());
  }

  /** Sets how many members are counted in one step. */
  public void rankStep(int members) {
    rankStep = members;
  }

  /** How many sorted sets wait for their ranks to be counted. */
  public int ranksWanted() {
    return ranksWanted.size();
  }

  /** Goes on counting ranks that somebody has asked for, sometimes, as a server does by itself. */
  private void countRanks() {
    if (!ranksWanted.isEmpty() && rankSteps.nextBoolean()) {
      countSomeRanks();
    }
  }

  private void countSomeRanks() {
    Map.Entry<Long, byte[]> first = ranksWanted.entrySet().iterator().next();
    Function<CommandContext, Boolean> step =
        context -> context.sortedSet().countRanks(first.getValue(), first.getKey(), rankStep);
    boolean more;
    try {
      more = step(Misses.NONE, step, false, false);
    } catch (ReadNeeded readHere) {
      Keyspace keyspace = stepContext.keyspace();
      batch.clear();
      try (ReadView view = engine.view()) {
        keyspace.bindLent(view, batch, 0, nowMillis());
        more = step.apply(stepContext);
        commit(keyspace, false, false);
      }
    }
    if (!more) {
      ranksWanted.remove(first.getKey());
    }
  }

  private static boolean isOfFields(TimeIndex index) {
    return index == TimeIndex.FIELDS || index == TimeIndex.FIELDS_BY_DATE;
  }

  /** Executes a command of words, and returns the reply's bytes, each as a char. */
  public String execute(Session session, String... words) {
    if (words[0].equalsIgnoreCase("DBSIZE")) {
      removeExpired();
    }
    ByteBuf reply = Unpooled.buffer();
    execute(session, words, reply);
    countRanks();
    return reply.toString(StandardCharsets.ISO_8859_1);
  }

  private void execute(Session session, String[] words, ByteBuf out) {
    Request request = new Request();
    if (!decoder.decode(Unpooled.wrappedBuffer(encode(words)), request)) {
      throw new IllegalArgumentException("no request");
    }
    ReplyWriter reply = new ReplyWriter(out, session.protocol());
    CommandSpec spec = router.admit(session, request, reply, System.currentTimeMillis());
    if (spec != null) {
      if (spec.execution() == Execution.WRITE) {
        write(session, spec, request, reply);
      } else {
        context.bind(session, spec, request, reply, session.database());
        read(spec, session.database());
      }
    }
    session.ended(spec);
    if (!session.takeReplyWanted()) {
      out.clear();
    }
  }

  /** The bytes of a request. */
  public static byte[] encode(String... words) {
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private void read(CommandSpec spec, int database) {
    try (ReadView view = engine.view()) {
      context.keyspace().bindRead(view, spec.execution() == Execution.POOL, database, nowMillis());
      try {
        context.execute();
      } catch (ReadNeeded again) {
        context.keyspace().bindRead(view, true, database, nowMillis());
        context.execute();
      } finally {
        context.keyspace().unbind();
      }
    }
  }

  private void write(Session session, CommandSpec spec, Request request, ReplyWriter reply) {
    Misses misses = Misses.NONE;
    int database = session.database();
    ProtocolVersion protocol = session.protocol();
    User user = session.user();
    for (int times = 0; ; times++) {
      if (times > MOST_REHEARSALS) {
        writeLent(session, spec, request, reply);
        return;
      }
      batch.clear();
      context.bind(session, spec, request, reply, session.database());
      Keyspace keyspace = context.keyspace();
      keyspace.bindWrite(engine.latest(), misses, batch, session.database(), nowMillis());
      try {
        context.execute();
        commit(keyspace);
        context.takeEffect();
        return;
      } catch (NeedsRole needed) {
        session.database(database);
        session.protocol(protocol);
        session.user(user);
        writeLent(session, spec, request, reply);
        return;
      } catch (NeedsBuild needed) {
        session.database(database);
        writeBuilt(session, spec, request, reply);
        return;
      } catch (ReadNeeded needed) {
        keyspace.givenUp();
        session.database(database);
        session.protocol(protocol);
        session.user(user);
        Misses.Wanted wanted = keyspace.transaction().wanted();
        keyspace.unbind();
        try (ReadView view = engine.view()) {
          misses =
              rehearsal.run(
                  view, misses, wanted, this::mayTake, session, spec, request, nowMillis());
        }
        rehearsals++;
      }
    }
  }

  /** Has results of more elements than so many built aside, in pieces of so many bytes. */
  public void buildFrom(int elements, int pieceBytes, LongConsumer piece) {
    context.keyspace().buildsFrom(elements, pieceBytes);
    whilePieces = piece;
  }

  /** Returns how many results were built aside. */
  public int built() {
    return built;
  }

  /** As on a thread that builds, with the storage thread's steps between. */
  private void writeBuilt(Session session, CommandSpec spec, Request request, ReplyWriter reply) {
    Keyspace keyspace = context.keyspace();
    int databaseId = keyspace.selected().databaseId();
    batch.clear();
    keyspace.bindWrite(engine.latest(), Misses.NONE, batch, session.database(), nowMillis());
    long id = Builds.begin(keyspace.transaction(), databaseId);
    whilePieces.accept(engine.appendedSequence() + batch.operations());
    commit(keyspace);
    batch.clear();
    WriteBatch piece = new WriteBatch();
    context.bind(session, spec, request, reply, session.database());
    try (ReadView view = engine.view()) {
      keyspace.bindBuild(
          view, piece, session.database(), nowMillis(), id, this::appendPiece, effects, EVERYTHING);
      context.execute();
      Builds.end(keyspace.transaction(), databaseId, id);
      keyspace.forgetReads();
    }
    named.check(piece, effects);
    awaitWritable(piece);
    engine.commit(piece, SyncPolicy.NO);
    keyspace.appended(engine.appendedSequence());
    if (!watched.isEmpty()) {
      watched.appended(piece);
    }
    keyspace.unbind();
    built++;
  }

  private void appendPiece(WriteBatch piece) {
    whilePieces.accept(engine.appendedSequence() + piece.operations());
    awaitWritable(piece);
    engine.commit(piece, SyncPolicy.NO);
  }

  /** As by the writer's role, lent to the read pool. */
  private void writeLent(Session session, CommandSpec spec, Request request, ReplyWriter reply) {
    batch.clear();
    context.bind(session, spec, request, reply, session.database());
    try (ReadView view = engine.view()) {
      context.keyspace().bindLent(view, batch, session.database(), nowMillis());
      context.execute();
      commit(context.keyspace());
      context.takeEffect();
      lent++;
    }
  }

  private void commit(Keyspace keyspace) {
    commit(keyspace, true, true);
  }

  /**
   * Appends the batch.
   *
   * @param isNamed whether an event is told of each key that has changed: not where a hash is only
   *     found to have its first deadline later
   * @param isTold whether those who watch keys are told
   */
  private void commit(Keyspace keyspace, boolean isNamed, boolean isTold) {
    if (batch.isEmpty()) {
      keyspace.unbind();
    } else {
      if (isNamed) {
        named.check(batch, effectsOf(keyspace));
      }
      awaitWritable(batch);
      engine.commit(batch, SyncPolicy.NO);
      keyspace.appended(engine.appendedSequence());
      if (!watched.isEmpty() && isTold) {
        watched.appended(batch);
      }
      keyspace.unbind();
    }
  }

  private Effects effectsOf(Keyspace keyspace) {
    return keyspace == context.keyspace() ? effects : stepEffects;
  }

  private void awaitWritable(WriteBatch its) {
    while (!engine.isWritable(its)) {
      if (background != null) {
        background.run();
        continue;
      }
      CountDownLatch worthAsking = new CountDownLatch(1);
      engine.whenWritable(worthAsking::countDown);
      try {
        worthAsking.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  // StorageAccess

  @Override
  public StorageEngine engine() {
    return engine;
  }

  @Override
  public Databases databases() {
    return databases;
  }

  @Override
  public ScanCursors scanCursors() {
    return scanCursors;
  }

  @Override
  public WatchedKeys watchedKeys() {
    return watched;
  }

  @Override
  public void unwatch(Session session) {
    if (session.watcher() != null) {
      watched.unwatch(session.watcher());
      session.watcher(null);
    }
  }

  @Override
  public long nowMillis() {
    lastNow = Math.max(lastNow, clock.getAsLong() + offset);
    return lastNow;
  }

  @Override
  public <T> T call(Function<CommandContext, T> step) {
    return step(Misses.NONE, step, true, true);
  }

  private <T> T step(Misses misses, Function<CommandContext, T> step, boolean named, boolean told) {
    batch.clear();
    Keyspace keyspace = stepContext.keyspace();
    keyspace.bindWrite(engine.latest(), misses, batch, 0, nowMillis());
    try {
      T result = step.apply(stepContext);
      commit(keyspace, named, told);
      return result;
    } catch (ReadNeeded needed) {
      keyspace.rollBack();
      throw needed;
    }
  }

  @Override
  public void submit(Consumer<CommandContext> step) {
    call(
        context -> {
          step.accept(context);
          return null;
        });
  }

  // Services

  @Override
  public CommandTable commands() {
    return table;
  }

  @Override
  public ClientRegistry clients() {
    return clients;
  }

  @Override
  public Channels channels() {
    return channels;
  }

  @Override
  public ServerConfig config() {
    return config;
  }

  @Override
  public StorageAccess storage() {
    return this;
  }

  @Override
  public ServerInfo info() {
    return info;
  }

  @Override
  public Checkpoints checkpoints() {
    throw new UnsupportedOperationException("there is nothing on a disk");
  }

  @Override
  public Snapshots snapshots() {
    throw new UnsupportedOperationException("there are no connections");
  }

  @Override
  public String failureLine(CommandSpec spec, RuntimeException e) {
    return CommandFailures.line(spec, e);
  }

  @Override
  public TargetConnections targets() {
    return targets;
  }

  @Override
  public DiskQuota quota() {
    return quota;
  }

  @Override
  public DebugSwitches debug() {
    return debug;
  }

  @Override
  public RunningScript runningScript() {
    return script;
  }

  @Override
  public ErrorStatistics errors() {
    return errors;
  }

  @Override
  public Monitors monitors() {
    return monitors;
  }

  @Override
  public TrackedReads trackedReads() {
    return trackedReads;
  }

  @Override
  public void track(Session session, Tracker tracker) {
    cachedKeys.begin(tracker);
    session.tracker(tracker);
  }

  @Override
  public SlowCommands slowCommands() {
    return slowCommands;
  }

  @Override
  public void flushSoon() {
    engine.freeze();
  }

  @Override
  public InstantSource clock() {
    return () -> {
      wallAhead += wallTick;
      return Instant.ofEpochMilli(wallMillis());
    };
  }

  /** Lets the wall clock go on by so many milliseconds with each reading of it. */
  public void tickWithEachReading(long millis) {
    wallTick = millis;
  }

  @Override
  public void shutdown(boolean now) {}

  @Override
  public boolean abortShutdown() {
    return false;
  }

  @Override
  public Users users() {
    return users;
  }

  @Override
  public boolean isWaiting(long client) {
    return false;
  }

  @Override
  public void unblock(long client, boolean withError) {
    throw new UnsupportedOperationException("nobody waits");
  }

  @Override
  public StorageException noWrites() {
    return null;
  }

  @Override
  public long appendedSequence() {
    return engine.appendedSequence();
  }

  @Override
  public boolean awaitDurable(long sequence, long timeoutMillis) {
    return true;
  }
}
