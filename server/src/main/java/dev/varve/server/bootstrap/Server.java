package dev.varve.server.bootstrap;

import dev.varve.server.acl.UserTable;
import dev.varve.server.command.Commands;
import dev.varve.server.config.Configuration;
import dev.varve.server.config.Settings;
import dev.varve.server.datatype.Builds;
import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.ExpirySweep;
import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.datatype.KeyMisses;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ScanCursors;
import dev.varve.server.datatype.TimeIndex;
import dev.varve.server.datatype.WallTime;
import dev.varve.server.dispatch.Checkpoints;
import dev.varve.server.dispatch.ClientPause;
import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.DebugSwitches;
import dev.varve.server.dispatch.DiskQuota;
import dev.varve.server.dispatch.ErrorStatistics;
import dev.varve.server.dispatch.Monitors;
import dev.varve.server.dispatch.RunningScript;
import dev.varve.server.dispatch.ServerConfig;
import dev.varve.server.dispatch.ServerInfo;
import dev.varve.server.dispatch.Services;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.SlowCommands;
import dev.varve.server.dispatch.Snapshots;
import dev.varve.server.dispatch.StorageAccess;
import dev.varve.server.dispatch.TrackedReads;
import dev.varve.server.dispatch.Users;
import dev.varve.server.metrics.Build;
import dev.varve.server.metrics.InfoSources;
import dev.varve.server.metrics.InfoText;
import dev.varve.server.metrics.ProgramPages;
import dev.varve.server.migration.TargetConnections;
import dev.varve.server.network.NetworkServer;
import dev.varve.server.network.ServerContext;
import dev.varve.server.network.ServerThreads;
import dev.varve.server.network.Transport;
import dev.varve.server.network.TurnLoopGroup;
import dev.varve.server.pubsub.Channels;
import dev.varve.server.tls.TlsContext;
import dev.varve.server.tls.TlsException;
import dev.varve.server.tls.TlsPort;
import dev.varve.server.tls.TlsSettings;
import dev.varve.server.tracking.CachedKeys;
import dev.varve.server.writer.CommandFailures;
import dev.varve.server.writer.EffectConsumers;
import dev.varve.server.writer.ExpiryTimer;
import dev.varve.server.writer.FieldRemoval;
import dev.varve.server.writer.KeyRemoval;
import dev.varve.server.writer.MonotoneClock;
import dev.varve.server.writer.RankBuilder;
import dev.varve.server.writer.ReadPool;
import dev.varve.server.writer.Removal;
import dev.varve.server.writer.StorageCalls;
import dev.varve.server.writer.StorageThread;
import dev.varve.server.writer.TurnLoop;
import dev.varve.server.writer.WallClockWatch;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.base.Cleanup;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: builds all parts, wires them, and stops them again. The one place that knows
 * them all.
 */
public final class Server implements Services, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final long POOL_CLOSE_MILLIS = 10_000;
  private static final long LOOP_CLOSE_MILLIS = 5_000;

  private final Configuration configuration;
  private final InstantSource wallClock;
  private final MonotoneClock clock;
  private final CommandTable commands;
  private final ClientPause pause = new ClientPause();
  private final SlowCommands slowCommands;
  private final RunningScript script = new RunningScript();
  private final DebugSwitches debug;
  private final DiskQuota quota;
  private final TargetConnections targets = new TargetConnections();
  private final List<Keyspace> keyspaces = new CopyOnWriteArrayList<>();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final CountDownLatch stopped = new CountDownLatch(1);

  private final UserTable users;
  private final StorageEngine engine;
  private final Databases databases;
  private final WallTime wallTime;
  private final ReadPool readPool;
  private final ExecutorService syncThread;
  private final ExecutorService tlsThreads;

  private final TcpListeners listeners;

  private final EventLoopGroup storageGroup;
  private final EventLoopGroup connectionGroup;
  private final StorageThread storage;
  private final StorageCalls storageCalls;
  private final TrackedReads trackedReads;
  private final Monitors monitors;
  private final List<ExpiryTimer> elapsedTimers;
  private final List<ExpiryTimer> dateTimers;
  private final Channels channels;
  private final ServerContext context;
  private final NetworkServer network;
  private final CheckpointFolder checkpoints;
  private final SnapshotThreads snapshots;
  private final InfoText info;
  private final KeyMisses keyMisses = new KeyMisses();
  private final SelectedEvents selectedEvents;

  private volatile boolean closedInOrder;

  private Server(
      Configuration configuration,
      Transport transport,
      ServerThreads threads,
      TlsContext tls,
      StorageEngine engine,
      MonotoneClock clock,
      LongSupplier nanoTime,
      InstantSource wallClock,
      CommandTable commands,
      UserTable users,
      KeptMemory kept,
      String version) {
    this.configuration = configuration;
    this.users = users;
    this.commands = commands;
    this.clock = clock;
    this.wallClock = wallClock;
    this.engine = engine;
    this.debug = new DebugSwitches(configuration.get(Settings.DEBUG_USERS));
    this.quota = new DiskQuota(engine::diskBytes);
    quota.limit(configuration.get(Settings.MAX_DATABASE_BYTES));
    this.slowCommands = new SlowCommands(wallClock, System::nanoTime);
    tellWhatIsSlow();
    boolean cursorsAreStored;
    List<byte[]> unfinished;
    try (ReadView view = engine.view()) {
      databases = Databases.load(view, configuration.databases(), engine::visibleSequence);
      cursorsAreStored = ScanCursors.areStored(view);
      unfinished = Builds.left(view);
      wallTime = WallTime.load(view, wallClock, clock);
    }
    readPool = threads.pool("varve-read-", configuration.get(Settings.READ_THREADS));
    syncThread = threads.single("varve-sync");
    AtomicInteger tlsThread = new AtomicInteger();
    tlsThreads =
        Executors.newFixedThreadPool(
            Sizing.tlsThreads(),
            task -> new Thread(task, "varve-tls-" + tlsThread.incrementAndGet()));
    TurnLoopGroup storageLoops = threads.loops(1, "varve-storage", RunningScript.STACK_BYTES);
    storageGroup = storageLoops;
    channels = new Channels(kept);
    storage =
        new StorageThread(
            storageLoops.loops().getFirst(),
            engine,
            syncThread,
            clock,
            nanoTime,
            newContext(),
            configuration.get(Settings.SYNC_POLICY),
            databases,
            readPool,
            kept,
            configuration.memory().batchBytes());
    CachedKeys cachedKeys = new CachedKeys(kept, readPool);
    trackedReads =
        new TrackedReads(
            cachedKeys,
            engine::visibleSequence,
            storage::appendedSequence,
            () -> storage.endTracking(cachedKeys));
    monitors = new Monitors(wallClock, storage::appendedSequence);
    storageCalls =
        new StorageCalls(
            storage,
            databases,
            new ScanCursors(new SecureRandom()),
            cachedKeys,
            clock,
            new RankBuilder(storage, readPool, newContext(), clock),
            threads.waits());
    storage.addListener(storageCalls);
    storage.statistics().whenSynced(slowCommands::synced);
    script.whenBusy(() -> storage.loop().execute(storage::lookAtParked));
    elapsedTimers =
        List.of(
            timer(TimeIndex.KEYS, new KeyRemoval(storage)),
            timer(TimeIndex.FIELDS, new FieldRemoval(storage.context(), newContext())));
    dateTimers =
        List.of(
            timer(TimeIndex.KEYS_BY_DATE, new KeyRemoval(storage)),
            timer(TimeIndex.FIELDS_BY_DATE, new FieldRemoval(storage.context(), newContext())));

    int ioThreads = Sizing.ioThreads(configuration);
    TurnLoopGroup connectionLoops =
        ioThreads == 0 ? storageLoops : threads.loops(ioThreads, "varve-io", 0);
    connectionGroup = connectionLoops;
    context =
        new ServerContext(
            threads,
            commands,
            storage,
            databases,
            readPool,
            clock,
            Sizing.allocator(ioThreads, configuration.memory().network()),
            this::newContext,
            configuration.memory().network(),
            new CommandMemory(configuration.memory().fetchBytes(), System::nanoTime),
            pause,
            script,
            users,
            debug,
            quota,
            channels,
            slowCommands,
            trackedReads,
            monitors,
            Sizing.networkLimits(configuration));
    network = new NetworkServer(transport, connectionLoops, ioThreads == 0, context);
    cachedKeys.most(configuration.get(Settings.TRACKING_KEYS));
    configuration.onChange(this::settingsChanged);
    users.clients(network.clients());
    configuration.onPassword(users::defaultPassword);
    configuration.rewriteUsers(() -> users.haveFile() ? List.of() : users.lines());
    TlsPort tlsPort = new TlsPort(tls, tlsThreads, clock);
    listeners = new TcpListeners(network, tlsPort, configuration.get(Settings.TCP_BACKLOG));
    configuration.guard(TlsSettings.SETTINGS, tlsPort);
    // The last one, as it is the only one that does what another's refusal wouldn't undo.
    configuration.guard(TcpListeners.SETTINGS, listeners);
    checkpoints =
        new CheckpointFolder(
            engine,
            Path.of(configuration.get(Settings.DIRECTORY)),
            () -> configuration.get(Settings.CHECKPOINTS_KEPT),
            readPool,
            wallClock,
            clock);
    snapshots = new SnapshotThreads(engine, clock, this::newContext);
    info = new InfoText(sources(transport, version));
    network.start();
    storage.start();
    selectedEvents = new SelectedEvents(configuration, storage.effects(), channels, keyMisses);
    storage.loop().execute(selectedEvents::follow);
    if (cursorsAreStored) {
      storageCalls.submit(step -> ScanCursors.deleteStored(step.keyspace()));
    }
    if (!unfinished.isEmpty()) {
      storageCalls.submit(
          step -> unfinished.forEach(note -> Builds.abandon(step.keyspace().transaction(), note)));
    }
    startSampling();
    prepareInfo();
    elapsedTimers.forEach(ExpiryTimer::start);
    dateTimers.forEach(ExpiryTimer::start);
    new WallClockWatch(storage, wallTime, dateTimers).start();
  }

  private ExpiryTimer timer(TimeIndex index, Removal removal) {
    LongSupplier time = index.isByDate() ? wallTime::latest : clock;
    return new ExpiryTimer(
        storage, readPool, new ExpirySweep(index), removal, time, this::keepsExpired);
  }

  /** Whether keys stay for now that have expired. */
  private boolean keepsExpired() {
    return pause.isOn() || !debug.expires();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it can't fail
  private void startSampling() {
    storage.loop().scheduleAtFixedRate(info::sample, 0, 1, TimeUnit.SECONDS);
    storage.loop().scheduleAtFixedRate(this::makeRoom, 1, 1, TimeUnit.SECONDS);
    storage.loop().scheduleAtFixedRate(targets::closeUnused, 1, 1, TimeUnit.SECONDS);
    if (configuration.memory().compilesQuickly()) {
      ProgramPages pages = new ProgramPages(configuration.memory().total());
      storage.loop().scheduleAtFixedRate(pages::look, 1, 1, TimeUnit.SECONDS);
    }
  }

  /** What is deleted takes no room once it is in tables: it goes there if room is wanted. */
  private void makeRoom() {
    if (quota.isExceeded() && storage.error() == null) {
      storage.flushSoon();
    }
  }

  /**
   * Has everything loaded that INFO needs, and all jars opened: it is asked for when no more files
   * can be.
   */
  private void prepareInfo() {
    URL _ = Server.class.getClassLoader().getResource("varve.none");
    Keyspace keyspace = new Keyspace(databases, wallTime);
    try (ReadView view = engine.view()) {
      keyspace.bindRead(view, true, 0, clock.getAsLong());
      String _ = info.text(Set.of("everything"), keyspace);
      keyspace.unbind();
    }
  }

  /**
   * Starts a server.
   *
   * @throws StartException if it can't start; nothing of it is left running
   */
  public static Server start(Configuration configuration, EngineOpener opener, String version)
      throws StartException {
    CommandTable commands = Commands.table();
    for (Configuration.Renaming renaming : configuration.renamings()) {
      try {
        commands = commands.renamed(renaming.oldName(), renaming.newName());
      } catch (IllegalArgumentException e) {
        String where = renaming.where() + ": rename-command " + renaming.oldName() + ": ";
        throw new StartException(ExitCode.CONFIGURATION, where + e.getMessage(), e);
      }
    }
    return start(
        configuration, opener, InstantSource.system(), System::nanoTime, commands, version);
  }

  /**
   * As {@link #start(Configuration, EngineOpener, String)}, by other clocks than the system's, and
   * with commands of the caller's.
   *
   * @param wallClock the time of day
   * @param nanoTime tells how time elapses, in nanoseconds since any moment
   * @param commands of this server alone
   * @throws StartException if it can't start; nothing of it is left running
   */
  public static Server start(
      Configuration configuration,
      EngineOpener opener,
      InstantSource wallClock,
      LongSupplier nanoTime,
      CommandTable commands,
      String version)
      throws StartException {
    Server server =
        prepare(configuration, opener, wallClock, nanoTime, commands, version, SystemThreads::new);
    try {
      server.listen();
    } catch (IOException e) {
      server.close();
      throw new StartException(ExitCode.ADDRESS, e.getMessage(), e);
    }
    return server;
  }

  /**
   * As {@link #start(Configuration, EngineOpener, InstantSource, LongSupplier, CommandTable,
   * String)}, of a server that listens nowhere.
   *
   * @param threads makes the threads that it works with
   * @throws StartException if it can't start; nothing of it is left running
   */
  public static Server prepare(
      Configuration configuration,
      EngineOpener opener,
      InstantSource wallClock,
      LongSupplier nanoTime,
      CommandTable commands,
      String version,
      Function<Transport, ServerThreads> threads)
      throws StartException {
    Transport transport;
    try {
      transport = Transport.of(configuration.get(Settings.IO_BACKEND));
    } catch (UnsupportedOperationException e) {
      throw new StartException(ExitCode.CONFIGURATION, "io-backend: " + e.getMessage(), e);
    }
    KeptMemory kept = new KeptMemory(configuration.memory().keptBytes());
    UserTable users = UserSetup.of(configuration, commands, wallClock, kept);
    TlsContext tls = tlsContext(configuration);
    configuration.limitClients(OpenFiles.clients(configuration.get(Settings.MAX_CLIENTS)));
    Path directory = Path.of(configuration.get(Settings.DIRECTORY));
    MonotoneClock clock = new MonotoneClock(wallClock, nanoTime);
    try {
      StorageEngine engine = opener.open(directory, Sizing.storageOptions(configuration), clock);
      clock.goOnFrom(engine.timeMillis());
      refuseToHideDatabases(engine, configuration.get(Settings.DATABASES));
      return new Server(
          configuration,
          transport,
          threads.apply(transport),
          tls,
          engine,
          clock,
          nanoTime,
          wallClock,
          commands,
          users,
          kept,
          version);
    } catch (StorageException e) {
      throw new StartException(ExitCode.of(e), e.getMessage() + advice(e, directory), e);
    }
  }

  /** Returns what TLS begins with; null: there is no port for it. */
  private static TlsContext tlsContext(Configuration configuration) throws StartException {
    if (configuration.get(Settings.TLS_PORT) == 0) {
      return null;
    }
    try {
      return TlsContext.of(TlsSettings.of(configuration));
    } catch (TlsException e) {
      throw new StartException(ExitCode.CONFIGURATION, e.getMessage(), e);
    }
  }

  /** Keys that nobody can reach would still be there, in counts and on the disk. */
  private static void refuseToHideDatabases(StorageEngine engine, int databases)
      throws StartException {
    int inUse;
    try (ReadView view = engine.view()) {
      inUse = Databases.inUseBeyond(view, databases);
    } catch (StorageException e) {
      Cleanup.after(e, engine::close);
      throw e;
    }
    if (inUse >= 0) {
      engine.close();
      throw new StartException(
          ExitCode.CONFIGURATION,
          "databases "
              + databases
              + ": database "
              + inUse
              + " holds keys; start with at least "
              + (inUse + 1)
              + " and empty it first",
          null);
    }
  }

  /** How to go on. */
  private static String advice(StorageException e, Path directory) {
    return e instanceof StorageException.Corruption
        ? "; \"varve check "
            + directory
            + "\" tells what else is damaged, \"varve repair "
            + directory
            + "\" keeps what is sound"
        : "";
  }

  private void listen() throws IOException {
    int backlog = configuration.get(Settings.TCP_BACKLOG);
    String unixSocket = configuration.get(Settings.UNIX_SOCKET);
    if (!unixSocket.isEmpty()) {
      network.listenUnix(unixSocket, configuration.get(Settings.UNIX_SOCKET_PERMISSIONS), backlog);
    }
    listeners.listen(
        configuration,
        configuration.get(Settings.PORT) != 0
            || (unixSocket.isEmpty() && configuration.get(Settings.TLS_PORT) == 0));
    if (!network.isListening()) {
      throw new IOException("bind names no address to listen on, and there is no unixsocket");
    }
  }

  /**
   * Takes in a connection that came by no port that is listened on.
   *
   * @param loop that it lives on, one of the server's
   * @return whether there was a place for it
   */
  public boolean takeIn(TurnLoop loop, Channel channel, Session.Place place) {
    return network.takeIn(loop, channel, place);
  }

  /** Returns the TCP port without TLS; 0 if there is none. */
  public int port() {
    return listeners.port();
  }

  /** Returns whether nobody has begun to stop it. */
  boolean isRunning() {
    return !stopping.get();
  }

  /** Waits until the server has stopped, but no longer than so; whether it has. */
  public boolean awaitStop(long millis) throws InterruptedException {
    return stopped.await(millis, TimeUnit.MILLISECONDS);
  }

  /** Returns how the stop went; only once it is over. */
  public ExitCode exitCode() {
    return closedInOrder ? ExitCode.OK : ExitCode.FAILURE;
  }

  /**
   * Any thread: has somebody told of what happens to keys, on the storage thread, from a step soon
   * on. He must return at once, and never throw.
   */
  public void listen(
      Effects.Listener listener, EffectConsumers.Stage stage, Set<EventClass> classes) {
    storage.loop().execute(() -> storage.effects().add(listener, stage, classes));
  }

  private CommandContext newContext() {
    Keyspace keyspace = new Keyspace(databases, wallTime, keyMisses);
    keyspaces.add(keyspace);
    keyspace.mostHeld(configuration.memory().fetchBytes());
    if (configuration.get(Settings.BUILD_ASIDE)) {
      keyspace.buildAside();
    }
    return new CommandContext(this, keyspace);
  }

  private void tellWhatIsSlow() {
    slowCommands.settings(
        configuration.get(Settings.SLOW_LOG_THRESHOLD),
        configuration.get(Settings.SLOW_LOG_LENGTH),
        configuration.get(Settings.LATENCY_THRESHOLD),
        configuration.get(Settings.LATENCY_TRACKING));
  }

  private void settingsChanged() {
    users.log().most(configuration.get(Settings.ACL_LOG_LENGTH));
    context.limits(Sizing.networkLimits(configuration));
    network.clients().evict();
    quota.limit(configuration.get(Settings.MAX_DATABASE_BYTES));
    tellWhatIsSlow();
    trackedReads.keys().most(configuration.get(Settings.TRACKING_KEYS));
    engine.resizeBlockCache(configuration.blockCacheBytes());
    storage.loop().execute(selectedEvents::follow);
    storage.policy(configuration.get(Settings.SYNC_POLICY));
  }

  private InfoSources sources(Transport transport, String version) {
    return new InfoSources(
        new Build(version, Version.commit(), Version.isDirty()),
        transport.name(),
        configuration,
        listeners::toldPort,
        clock,
        clock.getAsLong(),
        wallTime,
        engine,
        readPool,
        quota,
        databases,
        commands,
        network.statistics(),
        Sizing.ioThreads(configuration) > 0,
        storage.statistics(),
        storage.effects(),
        network.clients()::count,
        context::waitingClients,
        storage.waiting()::countWithTimeout,
        context.streams().statistics(),
        channels,
        trackedReads.keys(),
        users.log(),
        script,
        network::unsentBytes,
        network::clientBytes,
        network.clients()::memory,
        network.clients()::evicted,
        context.errors(),
        () -> keyspaces.stream().mapToLong(Keyspace::hits).sum(),
        () -> keyspaces.stream().mapToLong(Keyspace::misses).sum(),
        () -> keyspaces.stream().mapToLong(keyspace -> keyspace.transaction().expired()).sum(),
        checkpoints,
        targets::count,
        storage::error);
  }

  // Services

  @Override
  public CommandTable commands() {
    return commands;
  }

  @Override
  public ClientRegistry clients() {
    return network.clients();
  }

  @Override
  public Users users() {
    return users;
  }

  @Override
  public Channels channels() {
    return channels;
  }

  @Override
  public ServerConfig config() {
    return configuration;
  }

  @Override
  public StorageAccess storage() {
    return storageCalls;
  }

  @Override
  public ServerInfo info() {
    return info;
  }

  @Override
  public Checkpoints checkpoints() {
    return checkpoints;
  }

  @Override
  public Snapshots snapshots() {
    return snapshots;
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
  public DebugSwitches debug() {
    return debug;
  }

  @Override
  public DiskQuota quota() {
    return quota;
  }

  @Override
  public RunningScript runningScript() {
    return script;
  }

  @Override
  public ErrorStatistics errors() {
    return context.errors();
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
  public SlowCommands slowCommands() {
    return slowCommands;
  }

  @Override
  public InstantSource clock() {
    return wallClock;
  }

  @Override
  public void shutdown(boolean now) {
    new Thread(this::close, "varve-shutdown").start();
  }

  @Override
  public boolean abortShutdown() {
    // It waits for nothing that takes long enough to change one's mind.
    return false;
  }

  /** Stops: closes all connections, makes everything durable, gives the directory up. */
  @Override
  public void close() {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    script.stop();
    network.close();
    elapsedTimers.forEach(ExpiryTimer::stop);
    dateTimers.forEach(ExpiryTimer::stop);
    context.builds().close();
    readPool.close(POOL_CLOSE_MILLIS);
    context.longReads().close(POOL_CLOSE_MILLIS);
    targets.close();
    // Without I/O threads both are the same, and stopping it twice does no harm.
    stop(connectionGroup);
    stop(storageGroup);
    tlsThreads.close();
    snapshots.close();
    context.streams().close();
    // Waits for a sync that is under way: nothing may be closed beneath it.
    syncThread.close();
    closeEngine();
    stopped.countDown();
  }

  private void closeEngine() {
    String error = storage.error();
    try {
      engine.close();
    } catch (RuntimeException | Error e) {
      LOG.error("The data could not be closed in order: the next start recovers it", e);
      return;
    }
    if (error == null) {
      closedInOrder = true;
    } else {
      LOG.error("The data could not be closed in order: the next start recovers it ({})", error);
    }
  }

  private static void stop(EventLoopGroup group) {
    group.shutdownGracefully(0, LOOP_CLOSE_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
  }
}
