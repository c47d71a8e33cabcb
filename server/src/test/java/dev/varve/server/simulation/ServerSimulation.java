package dev.varve.server.simulation;

import dev.varve.server.bootstrap.Server;
import dev.varve.server.bootstrap.StartException;
import dev.varve.server.command.Commands;
import dev.varve.server.config.Configuration;
import dev.varve.server.config.ConfigurationException;
import dev.varve.server.config.ConfigurationReader;
import dev.varve.server.config.IoBackend;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.check.Changes;
import dev.varve.server.datatype.check.CollectionCheck;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.dispatch.Session;
import dev.varve.server.network.Transport;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.writer.StorageThread;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.RandomOptions;
import dev.varve.storage.engine.SteppedScheduler;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * One seed, one history: a whole server between the wire and a simulated disk, whose loops, pools
 * and background work go on one at a time as the seed has it, and clients that know what they must
 * be told. Before any file operation the power may go: what is left then must hold all that was
 * acknowledged to, seen by, or told to anybody.
 */
final class ServerSimulation {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int CRASH_EVERY = 40;

  /** Who only waits for a while can always go on. */
  private static final int MOST_BUSY = 50;

  private static final long QUIET_MILLIS = 3000;
  private static final long LONG_PASS_NANOS = 1_100_000_000;

  private final Random random;
  private final StorageOptions options;
  private final boolean always;
  private final int ioThreads;
  private final int readThreads;
  private final int packed;

  /** How many keys are remembered for those who keep copies; 0: any number. */
  private final int trackedKeys;

  private final SimulatedTime time = new SimulatedTime();
  private final ServerTime serverTime = new ServerTime(time);
  private final OwnerWorkload owner;
  private final RivalWorkload rivals;
  private final QueueWorkload queues;
  private final ExpiryWorkload expiry;
  private final List<Workload> workloads;
  private final List<SimulatedClient> clients = new ArrayList<>();

  private SimulatedFileSystem disk = new SimulatedFileSystem();
  private SteppedScheduler scheduler;
  private LsmEngine engine;
  private SimulatedThreads threads;
  private Server server;
  private StorageThread storage;
  private boolean losesPromises;

  /** Whether what is done from now on is heard of. */
  private boolean listens;

  private int crashes;
  private Throwable violation;
  private int recoveries;
  private long rehearsals;
  private long built;
  private long lent;
  private long parked;

  ServerSimulation(long seed) {
    random = new Random(seed);
    // All blocks stay or none do: which ones leave a small cache is in part drawn by Caffeine, as a
    // defence against keys chosen to collide, and by no seed of ours.
    options =
        RandomOptions.draw(random)
            .blockCacheBytes(random.nextBoolean() ? 0 : 64 << 20)
            .keyGroups(KeyLayout.GROUPS)
            .build();
    packed = random.nextInt(3) * 6;
    always = random.nextInt(4) != 0;
    ioThreads = random.nextBoolean() ? 0 : 2;
    trackedKeys = 4 * random.nextInt(2);
    readThreads = 1 + random.nextInt(3);
    owner = new OwnerWorkload(this);
    rivals = new RivalWorkload(this);
    queues = new QueueWorkload(this);
    expiry = new ExpiryWorkload(this);
    workloads =
        List.of(
            owner,
            rivals,
            queues,
            expiry,
            new ScanWorkload(this),
            new StoreWorkload(this),
            new StreamWorkload(this),
            new TrackingWorkload(this),
            new ScriptWorkload(this),
            new PauseWorkload(this));
  }

  Random random() {
    return random;
  }

  SimulatedTime time() {
    return time;
  }

  ServerTime serverTime() {
    return serverTime;
  }

  /** Whether the life before has ended by a loss of power that may take what was acknowledged. */
  boolean losesPromises() {
    return losesPromises;
  }

  int recoveries() {
    return recoveries;
  }

  /** How often commands were rehearsed, in lives that have ended. */
  long rehearsals() {
    return rehearsals;
  }

  /** How many results were built aside. */
  long built() {
    return built;
  }

  /** How often the writer's role was lent. */
  long lent() {
    return lent;
  }

  /** How often a write was parked. */
  long parked() {
    return parked;
  }

  /** Returns the time at the end, to which each look at it has added. */
  long looksAtTime() {
    return time.nanos();
  }

  void limit(CollectionLimits limits) {
    limits.packed(packed, 256);
    limits.ranks(12, 4, 4);
    limits.chunks(45, 8 + 7 * packed);
  }

  /** Lives so many lives of so many steps, each ended by a loss of power. */
  void run(int lives, int steps) {
    try {
      for (int life = 0; life < lives; life++) {
        begin();
        for (int i = 0; i < steps; i++) {
          step();
          if (violation != null) {
            throw new AssertionError(violation);
          }
        }
        if (random.nextBoolean()) {
          quiet();
        }
        end();
      }
    } finally {
      if (threads != null) {
        threads.end();
      }
    }
  }

  // Lives

  private void begin() {
    clients.clear();
    scheduler = new SteppedScheduler(random);
    disk.setFaultInjector(FaultInjector.NONE);
    threads = new SimulatedThreads(Transport.of(IoBackend.NIO), time, random);
    try {
      Configuration configuration =
          ConfigurationReader.read(
              List.of(
                  "--dir",
                  DIRECTORY.toString(),
                  "--io-backend",
                  "nio",
                  "--io-threads",
                  "" + ioThreads,
                  "--read-threads",
                  "" + readThreads,
                  "--appendfsync",
                  always ? "always" : "everysec",
                  "--tracking-table-max-keys",
                  "" + trackedKeys,
                  "--notify-keyspace-events",
                  "KEA"));
      limit(configuration.collectionLimits());
      server =
          Server.prepare(
              configuration,
              (directory, _, clock) -> open(clock),
              time,
              time::nanos,
              Commands.table(),
              "simulated",
              _ -> threads);
      storage = (StorageThread) field(server, "storage");
    } catch (ConfigurationException | StartException e) {
      throw new AssertionError(e);
    }
    serverTime.begin((LongSupplier) field(server, "clock"), losesPromises);
    storage.context().keyspace().buildsFrom(8, 100);
    Workload.Survivor survivor = survivor(engine);
    workloads.forEach(workload -> workload.begin(survivor));
    SimulatedClient listener = connect();
    listener.listen(this::heard);
    listener.send(_ -> {}, "PSUBSCRIBE", "__keyevent@*__:*");
    // Before anything is done that it must hear of; that it has arrived doesn't mean that it is
    // done.
    listens = false;
    while (!listens) {
      listener.loop().turn(() -> listener.arrive(random));
      listener.take();
    }
    disk.setFaultInjector(new Trouble());
  }

  private static Object field(Object of, String name) {
    try {
      Field field = of.getClass().getDeclaredField(name);
      field.setAccessible(true);
      return field.get(of);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private StorageEngine open(LongSupplier clock) {
    engine = open(disk, scheduler, clock);
    if (engine.appendedSequence() == 0) {
      // What orders members is drawn by the seed, too.
      WriteBatch batch = new WriteBatch();
      batch.put(
          new byte[] {0, 'i'},
          ByteBuffer.allocate(16).putLong(0).putLong(random.nextLong()).array());
      engine.commit(batch, SyncPolicy.ALWAYS);
    }
    LsmEngine its = engine;
    return (StorageEngine)
        Proxy.newProxyInstance(
            StorageEngine.class.getClassLoader(),
            new Class<?>[] {StorageEngine.class},
            (_, method, arguments) -> {
              boolean opens = method.getName().endsWith("iew");
              if (opens) {
                threads.strands().giveWayAtTimes();
              }
              try {
                return method.invoke(its, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                if (opens) {
                  threads.strands().giveWayAtTimes();
                }
              }
            });
  }

  private LsmEngine open(SimulatedFileSystem files, SteppedScheduler steps, LongSupplier clock) {
    EngineEnvironment environment =
        new EngineEnvironment(files, clock, steps, new Random(random.nextLong()));
    return (LsmEngine) LsmEngine.open(DIRECTORY, options, environment);
  }

  private Workload.Survivor survivor(LsmEngine its) {
    CommandHarness harness = new CommandHarness(its, 1);
    limit(harness.limits());
    harness.advance(serverTime.elapsedMillis());
    return new Workload.Survivor(harness);
  }

  private void end() {
    disk.setFaultInjector(FaultInjector.NONE);
    boolean killed = random.nextBoolean();
    long seed = random.nextLong();
    SimulatedFileSystem left = killed ? disk.killClone() : disk.crashClone(seed);
    losesPromises = !always && !killed;
    examine(killed ? disk.killClone() : disk.crashClone(seed), !losesPromises);
    rehearsals += storage.statistics().rehearsals();
    built += storage.statistics().builds();
    lent += storage.statistics().rolesLent();
    parked += storage.statistics().parkedWrites();
    // What goes on until all is tidied up goes to a disk that nobody looks at any more.
    clients.forEach(SimulatedClient::close);
    threads.strands().end();
    for (int i = 0; i < 4; i++) {
      threads.loops().forEach(loop -> loop.turn(() -> {}));
    }
    threads.end();
    engine.close();
    disk = left;
  }

  /** Cuts the power beside the life that goes on. */
  private final class Trouble implements FaultInjector {
    @Override
    public void before(Operation operation, Path path, long count) {
      if (!operation.isRead() && random.nextInt(CRASH_EVERY << Math.min(crashes, 10)) == 0) {
        crashes++;
        try {
          examine(disk.crashClone(random.nextLong()), always);
        } catch (RuntimeException | AssertionError e) {
          // What the server makes of it is not to hide it.
          violation = e;
        }
      }
    }
  }

  private void examine(SimulatedFileSystem left, boolean promised) {
    SteppedScheduler steps = new SteppedScheduler(new Random(random.nextLong()));
    try (LsmEngine survivor = open(left, steps, serverTime::millis)) {
      Workload.Survivor its = survivor(survivor);
      workloads.forEach(workload -> workload.check(its, promised));
      checkWhole(survivor);
      recoveries++;
    } catch (StorageException e) {
      throw new AssertionError("what a loss of power leaves can't be opened and read", e);
    }
  }

  private static void checkWhole(LsmEngine its) {
    try (ReadView view = its.view()) {
      List<String> faults = new ArrayList<>();
      new CollectionCheck(
              view,
              its.abandoned(),
              its.countIsExact(),
              (fault, databaseId, key, detail) ->
                  faults.add(fault.text() + " in " + databaseId + ": " + detail),
              Changes.NONE)
          .run();
      if (!faults.isEmpty()) {
        throw new AssertionError(faults.toString());
      }
    }
  }

  // Clients

  SimulatedClient connect() {
    List<SteppedLoop> loops = threads.connectionLoops();
    SimulatedClient client = new SimulatedClient(loops.get(random.nextInt(loops.size())));
    int number = clients.size() + 1;
    Session.Place place = new Session.Place("client:" + number, "server:1", false, -1);
    if (!server.takeIn(client.loop(), client.channel(), place)) {
      throw new AssertionError("there is no place for a client");
    }
    clients.add(client);
    return client;
  }

  /** What a new client is told when all else is quiet. */
  Object askServer(int database, String... words) {
    SimulatedClient client = connect();
    List<Object> answers = new ArrayList<>();
    client.send(Workload::isOk, "SELECT", "" + database);
    client.send(answers::add, words);
    for (int i = 0; i < 1000 && answers.isEmpty(); i++) {
      goOn();
    }
    client.close();
    Workload.demand(!answers.isEmpty(), "nobody answers");
    return answers.getFirst();
  }

  /** The listener hears of what was done to a key. */
  private void heard(Object message) {
    List<?> parts = (List<?>) message;
    if (!parts.getFirst().equals("pmessage")) {
      listens = true;
      return;
    }
    String channel = (String) parts.get(2);
    String event = channel.substring(channel.indexOf(':') + 1);
    String key = (String) parts.get(3);
    switch (channel.charAt("__keyevent@".length())) {
      case '2' -> {
        if (event.equals("set")) {
          rivals.heard(key);
        }
      }
      case '3' -> queues.heard(event);
      case '4' -> {
        if (event.equals("expired")) {
          expiry.heard(key);
        }
      }
      default -> {}
    }
  }

  // Steps

  private void step() {
    crashes = 0;
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5 -> workloads.get(random.nextInt(workloads.size())).act();
      case 6, 7, 8, 9, 10, 11 -> turn(threads.loops().get(random.nextInt(threads.loops().size())));
      case 12, 13, 14 -> threads.strands().step();
      case 15, 16 -> scheduler.step();
      case 17 -> {
        time.pass(random.nextInt(5_000_000));
        if (random.nextInt(20) == 0) {
          setWallClock();
        }
      }
      case 18 -> {
        if (random.nextInt(10) == 0) {
          time.pass(random.nextLong(LONG_PASS_NANOS));
          scheduler.stepOrWait();
        } else {
          time.pass(random.nextInt(60_000_000));
        }
      }
      default -> goOn();
    }
  }

  /** By what clocks are set by: a little, or hours. */
  private void setWallClock() {
    int most = random.nextBoolean() ? 50 : 10_000_000;
    time.setWallClock(random.nextInt(2 * most) - most);
  }

  private void turn(SteppedLoop loop) {
    loop.turn(
        () -> {
          for (SimulatedClient client : clients) {
            if (client.loop() == loop && random.nextInt(4) != 0) {
              client.arrive(random);
            }
          }
        });
    for (SimulatedClient client : List.copyOf(clients)) {
      client.take();
    }
  }

  /** All that can goes on for a little. */
  private void goOn() {
    threads.loops().forEach(this::turn);
    for (int i = 0; i < 4 && threads.strands().step(); i++) {
      scheduler.step();
    }
    time.pass(100_000);
  }

  /** Nothing more is asked; time passes, and all that was asked comes to its end. */
  private void quiet() {
    long end = time.elapsedMillis() + QUIET_MILLIS;
    while (time.elapsedMillis() < end) {
      for (int i = 0; i < 5; i++) {
        goOn();
      }
      for (int i = 0; i < MOST_BUSY && threads.strands().step(); i++) {
        goOn();
      }
      scheduler.drain();
      scheduler.stepOrWait();
      time.pass(25_000_000);
      if (violation != null) {
        throw new AssertionError(violation);
      }
    }
    for (SimulatedClient client : clients) {
      Workload.demand(
          client.isIdle() || mayWaitForGood(client.first()),
          () -> String.join(" ", client.first()) + " isn't answered");
    }
    workloads.forEach(Workload::quiet);
  }

  private static boolean mayWaitForGood(String[] words) {
    List<String> all = List.of(words);
    int block = all.indexOf("BLOCK");
    return block >= 0
        ? all.get(block + 1).equals("0")
        : words[0].startsWith("B") && all.getLast().equals("0");
  }
}
