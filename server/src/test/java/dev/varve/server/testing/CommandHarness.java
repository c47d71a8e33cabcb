package dev.varve.server.testing;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.protocol.RequestDecoder;
import dev.varve.protocol.RequestLimits;
import dev.varve.server.command.Commands;
import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.ExpirySweep;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.ScanCursors;
import dev.varve.server.datatype.WallTime;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.dispatch.Checkpoints;
import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.ErrorStatistics;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.QueuedRequests;
import dev.varve.server.dispatch.Router;
import dev.varve.server.dispatch.ServerConfig;
import dev.varve.server.dispatch.ServerInfo;
import dev.varve.server.dispatch.Services;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.StorageAccess;
import dev.varve.server.writer.CommandFailures;
import dev.varve.server.writer.Rehearsal;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Executes commands as the server does, but on one thread and without a network. */
public final class CommandHarness implements Services, StorageAccess, ServerInfo, ClientRegistry {
  /** Lengths of keys and values that the harness's configuration allows. */
  public static final int MAX_KEY_BYTES = 1024;

  /** See {@link #MAX_KEY_BYTES}. */
  public static final int MAX_VALUE_BYTES = 1 << 20;

  private static final int DATABASES = 16;

  private static final LongSupplier START_MILLIS = () -> 1_700_000_000_000L;
  private static final LongSupplier WALL_CLOCK = System::currentTimeMillis;

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
  private final Rehearsal rehearsal;
  private int rehearsals;
  private long mostRead;
  private final WriteBatch batch = new WriteBatch();
  private final List<Session> sessions = new ArrayList<>();
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final RequestDecoder decoder = new RequestDecoder(RequestLimits.DEFAULT);
  private final Config config = new Config();
  private final ErrorStatistics errors = new ErrorStatistics();
  private byte[] password;
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
    this.router = new Router(table, this::nowMillis, new Memory());
    try (ReadView view = engine.view()) {
      databases = Databases.load(view, DATABASES, engine::visibleSequence);
      wallTime = WallTime.load(view, clock(), this::nowMillis);
    }
    watched = new WatchedKeys(databases);
    scanCursors = new ScanCursors(new Random(seed), 4);
    context = new CommandContext(this, new Keyspace(databases, wallTime));
    stepContext = new CommandContext(this, new Keyspace(databases, wallTime));
    rehearsal = new Rehearsal(new CommandContext(this, new Keyspace(databases, wallTime)));
    settings.put("maxmemory", "0");
    settings.put("databases", "16");
  }

  /** Opens a connection. */
  public Session connect() {
    int id = sessions.size() + 1;
    Session session =
        new Session(
            id,
            new Session.Place("127.0.0.1:" + (40_000 + id), "127.0.0.1:6379", false, id),
            System.currentTimeMillis(),
            password == null);
    sessions.add(session);
    return session;
  }

  /** Asks new connections for a password. */
  public void password(String value) {
    password = value.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** What the wall clock shows. */
  public long wallMillis() {
    return clock.getAsLong() + offset + wallAhead;
  }

  /** Sets the wall clock forward or back. */
  public void setWallClock(long milliseconds) {
    wallAhead += milliseconds;
  }

  /** Lets time pass. */
  public void advance(long milliseconds) {
    offset += milliseconds;
  }

  /** Returns the earliest deadline that commands gave since this was asked last. */
  public long takeEarliestDeadline() {
    return context.keyspace().takeEarliestDeadline();
  }

  /** Returns how many keys went because their deadline had passed. */
  public long expired() {
    return context.keyspace().expired() + stepContext.keyspace().expired();
  }

  private boolean mayTake(long bytes) {
    mostRead = Math.max(mostRead, bytes);
    return true;
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

  /** Removes keys whose deadline has passed, as a server does by itself. */
  private void removeExpired() {
    removeExpired(ExpirySweep.ofDeadlines(), nowMillis());
    removeExpired(ExpirySweep.ofDates(), wallTime.latest());
  }

  private void removeExpired(ExpirySweep sweep, long now) {
    boolean more = true;
    while (more) {
      DueKeys found;
      try (ReadView view = engine.view()) {
        found = sweep.search(view.sequence(), view.sequence(), now).run(view);
      }
      sweep.take(found);
      more = !found.isComplete();
      try {
        call(
            step -> {
              found.remove(step.keyspace(), 0, found.size());
              return null;
            });
      } catch (ReadNeeded flushedMeanwhile) {
        sweep.giveBack(found);
        more = true;
      }
    }
  }

  /** Executes a command of words, and returns the reply's bytes, each as a char. */
  public String execute(Session session, String... words) {
    if (words[0].equalsIgnoreCase("DBSIZE")) {
      removeExpired();
    }
    ByteBuf reply = Unpooled.buffer();
    execute(session, words, reply);
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
    while (true) {
      batch.clear();
      context.bind(session, spec, request, reply, session.database());
      Keyspace keyspace = context.keyspace();
      keyspace.bindWrite(engine.latest(), misses, batch, session.database(), nowMillis());
      try {
        context.execute();
        commit(keyspace);
        context.takeEffect();
        return;
      } catch (ReadNeeded needed) {
        keyspace.givenUp();
        session.database(database);
        session.protocol(protocol);
        Misses.Wanted wanted = keyspace.wanted();
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

  private void commit(Keyspace keyspace) {
    if (batch.isEmpty()) {
      keyspace.unbind();
    } else {
      awaitWritable();
      engine.commit(batch, SyncPolicy.NO);
      keyspace.appended(engine.appendedSequence());
      if (!watched.isEmpty()) {
        watched.appended(batch);
      }
      keyspace.unbind();
    }
  }

  private void awaitWritable() {
    while (!engine.isWritable(batch)) {
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
    batch.clear();
    Keyspace keyspace = stepContext.keyspace();
    keyspace.bindWrite(engine.latest(), Misses.NONE, batch, 0, nowMillis());
    try {
      T result = step.apply(stepContext);
      commit(keyspace);
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
    return this;
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
    return this;
  }

  @Override
  public Checkpoints checkpoints() {
    throw new UnsupportedOperationException("there is nothing on a disk");
  }

  @Override
  public String failureLine(CommandSpec spec, RuntimeException e) {
    return CommandFailures.line(spec, e);
  }

  @Override
  public ErrorStatistics errors() {
    return errors;
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

  // ClientRegistry

  @Override
  public List<Session> sessions() {
    return List.copyOf(sessions);
  }

  @Override
  public void kill(Session session) {
    sessions.remove(session);
  }

  // ServerInfo

  @Override
  public String text(Set<String> sections, Keyspace keyspace) {
    return "# Sections\r\nasked:" + String.join(",", sections) + "\r\n";
  }

  @Override
  public void resetStatistics() {}

  /** Of the heap, up to a bound. */
  private static final class Memory implements QueuedRequests.Memory {
    private static final int MOST = 8 << 20;

    private int taken;

    @Override
    public ByteBuf take(int capacity) {
      if (taken + capacity > MOST) {
        return null;
      }
      taken += capacity;
      return Unpooled.buffer(capacity, capacity);
    }

    @Override
    public void give(ByteBuf buffer) {
      taken -= buffer.capacity();
      buffer.release();
    }
  }

  private final class Config implements ServerConfig {
    @Override
    public Map<String, String> get(Predicate<String> name) {
      Map<String, String> found = new LinkedHashMap<>(settings);
      found.keySet().removeIf(name.negate());
      return found;
    }

    @Override
    public Refusal set(List<Map.Entry<String, String>> changes) {
      for (Map.Entry<String, String> change : changes) {
        if (!settings.containsKey(change.getKey())) {
          return new Refusal(change.getKey(), null);
        }
        if (change.getKey().equals("databases")) {
          return new Refusal("databases", "can't set immutable config");
        }
      }
      changes.forEach(change -> settings.put(change.getKey(), change.getValue()));
      return null;
    }

    @Override
    public boolean rewrite() {
      return false;
    }

    @Override
    public byte[] password() {
      return password;
    }

    @Override
    public long maxReplyBytes() {
      return MAX_VALUE_BYTES;
    }

    @Override
    public int maxKeyBytes() {
      return MAX_KEY_BYTES;
    }

    @Override
    public int maxValueBytes() {
      return MAX_VALUE_BYTES;
    }

    @Override
    public int databases() {
      return DATABASES;
    }
  }
}
