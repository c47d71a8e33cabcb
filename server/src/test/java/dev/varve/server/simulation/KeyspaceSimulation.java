package dev.varve.server.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.check.Changes;
import dev.varve.server.datatype.check.CollectionCheck;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.RandomOptions;
import dev.varve.storage.engine.SteppedScheduler;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SeededFaults;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * One seed, one history: commands on collections over a whole engine on a simulated disk. The same
 * commands run over an engine that is a map in memory; what these show after each is the model.
 * Before any file operation the power may go: what is opened then must show the model as it was
 * after some command, not before the last one that was synced; and all that keys lead to must be
 * whole, as {@link CollectionCheck} has it. If asked for, the disk fails, too: then a life ends.
 */
final class KeyspaceSimulation {
  private static final Path DIRECTORY = Path.of("/db");
  private static final Path COPY = Path.of("/copy");

  /** Time passes between checks only, as what is seen follows from it. */
  private static final long LONGEST_PASS = 2000;

  /** A step of the storage thread, up to which sequence number it went. */
  private record Step(List<String[]> commands, long passed, long sequence) {}

  private final Random random;
  private final StorageOptions options;
  private final int packed;
  private final int crashEvery;
  private final SeededFaults faults;
  private final RandomCollectionCommands commands;

  private SimulatedFileSystem disk = new SimulatedFileSystem();
  private SteppedScheduler scheduler;
  private LsmEngine engine;
  private CommandHarness server;
  private Session session;
  private CommandHarness twin;
  private Session twinSession;

  /** All that was done and is not lost. */
  private final List<Step> history = new ArrayList<>();

  /** What was to be seen, by the sequence number from which on it was. */
  private final TreeMap<Long, Map<String, String>> shown = new TreeMap<>();

  /** What is to be seen if the step that is under way was taken. */
  private Map<String, String> underWay;

  /** Up to where everything went when that step began. */
  private long before;

  private long passed;
  private long clock = 1_000_000;
  private long acknowledged;

  /** In this step; each makes the next less likely, as merges of everything are many operations. */
  private int crashes;

  /** What was found wrong. */
  private Throwable violation;

  private int recoveries;
  private int built;

  /**
   * Begins one.
   *
   * @param crashEvery the power goes at one of so many file operations
   * @param failEvery one of so many fails; 0: none
   */
  KeyspaceSimulation(long seed, int crashEvery, int failEvery) {
    random = new Random(seed);
    this.crashEvery = crashEvery;
    // Walks on the storage thread go by what the read pool has left in memory.
    options =
        RandomOptions.draw(random).blockCacheBytes(1 << 20).keyGroups(KeyLayout.GROUPS).build();
    packed = random.nextInt(3) * 6;
    commands = new RandomCollectionCommands(new Random(random.nextLong()));
    faults =
        failEvery == 0 ? null : new SeededFaults(new Random(random.nextLong()), failEvery, false);
  }

  int recoveries() {
    return recoveries;
  }

  /** How many results were built aside in lives that have ended. */
  int built() {
    return built;
  }

  int errors() {
    return faults == null ? 0 : faults.count();
  }

  /** Lives so many lives of so many steps, each ended by a loss of power. */
  void run(int lives, int steps) {
    for (int life = 0; life < lives; life++) {
      begin();
      live(steps);
      end();
    }
    begin();
    failing(false);
    settle();
    engine.close();
  }

  private void failing(boolean on) {
    if (faults != null) {
      faults.enable(on);
    }
  }

  private void live(int steps) {
    failing(true);
    try {
      for (int i = 0; i < steps; i++) {
        step();
      }
    } catch (StorageException e) {
      if (violation != null) {
        throw new AssertionError(violation);
      }
      if (errors() == 0) {
        throw e;
      }
    } finally {
      failing(false);
    }
  }

  // Lives

  private void begin() {
    scheduler = new SteppedScheduler(random);
    disk.setFaultInjector(FaultInjector.NONE);
    engine = open(disk, scheduler, DIRECTORY);
    giveSecret();
    long recovered = engine.appendedSequence();
    assertTrue(recovered >= acknowledged, () -> acknowledged + " was synced, found " + recovered);
    acknowledged = recovered;
    Map<String, String> expected = expectedAt(recovered);
    history.removeIf(step -> step.sequence > recovered);
    underWay = null;
    server = harness(engine, this::letWork);
    // Some are built aside: until the last step nothing is to be seen of them.
    server.buildFrom(8, 100, upTo -> before = upTo);
    session = server.connect();
    replay();
    if (expected != null) {
      assertEquals(expected, KeyspaceDump.of(twin), "the model is the same each time");
      check(engine, scheduler, expected);
    }
    shown.clear();
    shown.put(0L, KeyspaceDump.of(twin));
    disk.setFaultInjector(new Trouble());
  }

  /** What orders members is drawn by the seed, too. */
  private void giveSecret() {
    if (engine.appendedSequence() == 0) {
      WriteBatch batch = new WriteBatch();
      batch.put(
          new byte[] {0, 'i'},
          ByteBuffer.allocate(16).putLong(0).putLong(random.nextLong()).array());
      engine.commit(batch, SyncPolicy.ALWAYS);
    }
  }

  private void letWork() {
    clock += 2000;
    if (!scheduler.stepOrWait()) {
      sync();
    }
  }

  private void replay() {
    twin = new CommandHarness(new FakeEngine(1, 0), 1);
    limit(twin);
    twinSession = twin.connect();
    for (Step step : history) {
      twin.advance(step.passed);
      step.commands.forEach(each -> twin.execute(twinSession, each));
    }
  }

  private CommandHarness harness(LsmEngine its, Runnable whileUnwritable) {
    CommandHarness made = new CommandHarness(its, 1);
    made.whileUnwritable(whileUnwritable);
    made.giveUpUnfinished();
    limit(made);
    made.advance(passed);
    return made;
  }

  private void limit(CommandHarness its) {
    its.limits().packed(packed, 256);
    its.limits().ranks(12, 4, 4);
    its.limits().chunks(45, 8 + 7 * packed);
  }

  private LsmEngine open(SimulatedFileSystem files, SteppedScheduler steps, Path directory) {
    EngineEnvironment environment =
        new EngineEnvironment(files, () -> clock, steps, new Random(random.nextLong()));
    return (LsmEngine) LsmEngine.open(directory, options, environment);
  }

  private void end() {
    built += server.built();
    disk.setFaultInjector(FaultInjector.NONE);
    acknowledged = Math.max(acknowledged, engine.durableSequence());
    SimulatedFileSystem left = disk.crashClone(random.nextLong());
    try {
      engine.close();
    } catch (StorageException e) {
      assertTrue(errors() > 0, "closing fails on a sound disk");
    }
    disk = left;
  }

  /** Cuts the power beside the life that goes on. */
  private final class Trouble implements FaultInjector {
    @Override
    public void before(Operation operation, Path path, long count) throws IOException {
      if (!operation.isRead() && random.nextInt(crashEvery << Math.min(crashes, 10)) == 0) {
        crashes++;
        try {
          crash();
        } catch (RuntimeException | AssertionError e) {
          // What the engine makes of it is not to hide it.
          violation = e;
          throw e;
        }
      }
      if (faults != null) {
        faults.before(operation, path, count);
      }
    }

    @Override
    public int bytesTaken(Path path, long position, int length) {
      return faults == null ? length : faults.bytesTaken(path, position, length);
    }

    @Override
    public void afterRead(Path path, long position, ByteBuffer bytes) {
      if (faults != null) {
        faults.afterRead(path, position, bytes);
      }
    }
  }

  private void crash() {
    long promised = Math.max(acknowledged, engine.durableSequence());
    SimulatedFileSystem left = disk.crashClone(random.nextLong());
    SteppedScheduler steps = new SteppedScheduler(new Random(random.nextLong()));
    try (LsmEngine survivor = open(left, steps, DIRECTORY)) {
      long recovered = survivor.appendedSequence();
      assertTrue(recovered >= promised, () -> promised + " was synced, found " + recovered);
      check(survivor, steps, expectedAt(recovered));
      recoveries++;
    } catch (StorageException e) {
      throw new AssertionError("what a loss of power leaves can't be opened and read", e);
    }
  }

  /** What an engine shows that has all up to a sequence number; null: nobody knows. */
  private Map<String, String> expectedAt(long sequence) {
    if (shown.isEmpty()) {
      return null;
    }
    boolean isLater = underWay != null && sequence > before;
    return isLater ? underWay : shown.floorEntry(sequence).getValue();
  }

  private long lastSequence() {
    return history.isEmpty() ? 0 : history.getLast().sequence;
  }

  private void check(LsmEngine its, SteppedScheduler steps, Map<String, String> expected) {
    Map<String, String> found = KeyspaceDump.of(harness(its, steps::stepOrWait));
    for (String key : expected.keySet()) {
      if (!expected.get(key).equals(found.get(key))) {
        throw new AssertionError(key + ": " + difference(expected.get(key), found.get(key)));
      }
    }
    found.keySet().removeAll(expected.keySet());
    assertEquals(Map.of(), found);
    checkWhole(its);
  }

  private static String difference(String expected, String found) {
    int at =
        found == null
            ? 0
            : Math.max(
                0,
                Arrays.mismatch(
                    expected.getBytes(StandardCharsets.ISO_8859_1),
                    found.getBytes(StandardCharsets.ISO_8859_1)));
    int from = Math.max(0, at - 100);
    return "expected …"
        + expected.substring(from, Math.min(expected.length(), at + 100))
        + "…, found …"
        + (found == null ? "nothing" : found.substring(from, Math.min(found.length(), at + 100)));
  }

  private static CollectionCheck.Result checkWhole(LsmEngine its) {
    try (ReadView view = its.view()) {
      List<String> faults = new ArrayList<>();
      CollectionCheck.Result result =
          new CollectionCheck(
                  view,
                  its.abandoned(),
                  its.countIsExact(),
                  (fault, databaseId, key, detail) ->
                      faults.add(
                          (key == null ? "elements" : new String(key, StandardCharsets.ISO_8859_1))
                              + " of database "
                              + databaseId
                              + " "
                              + fault.text()
                              + ": "
                              + detail),
                  Changes.NONE)
              .run();
      assertEquals(List.of(), faults);
      return result;
    }
  }

  // Steps

  private void step() {
    crashes = 0;
    switch (random.nextInt(24)) {
      case 0, 1, 2 -> sync();
      case 3, 4, 5, 6 -> scheduler.step();
      case 7 -> {
        clock += 1000;
        engine.everySecond();
        scheduler.stepOrWait();
      }
      case 8 -> engine.freeze();
      case 9 -> {
        if (random.nextInt(10) == 0) {
          engine.requestCompaction();
        }
      }
      case 10 -> {
        if (random.nextInt(20) == 0) {
          checkpoint();
        }
      }
      case 11 -> pass();
      default -> command();
    }
  }

  private void sync() {
    engine.write();
    engine.sync();
    engine.publish(engine.durableSequence());
    acknowledged = Math.max(acknowledged, engine.durableSequence());
  }

  private void command() {
    take(commands.next());
  }

  private void take(List<String[]> its) {
    before = engine.appendedSequence();
    its.forEach(each -> twin.execute(twinSession, each));
    underWay = KeyspaceDump.of(twin);
    boolean isCertain = false;
    try {
      for (String[] each : its) {
        // Only the last command of a transaction changes something; ranks may be counted between.
        before = engine.appendedSequence();
        server.execute(session, each);
      }
      isCertain = true;
    } finally {
      // What it did is its first batch's; what may follow can't be seen.
      long first = isCertain && engine.appendedSequence() == before ? before : before + 1;
      history.add(new Step(its, 0, first));
    }
    shown.put(lastSequence(), underWay);
    underWay = null;
  }

  /** Time passes, once everything is durable: what is seen of what was before changes by that. */
  private void pass() {
    sync();
    long millis = 1 + random.nextLong(LONGEST_PASS);
    passed += millis;
    server.advance(millis);
    twin.advance(millis);
    commands.passed(millis);
    history.add(new Step(List.of(), millis, engine.appendedSequence()));
    shown.clear();
    shown.put(0L, KeyspaceDump.of(twin));
  }

  private void checkpoint() {
    engine.checkpoint(COPY);
    SimulatedFileSystem left = disk.crashClone(random.nextLong());
    SteppedScheduler steps = new SteppedScheduler(new Random(1));
    try (LsmEngine copy = open(left, steps, COPY)) {
      check(copy, steps, expectedAt(copy.appendedSequence()));
    }
    removeCopy();
  }

  /** It is of no interest to the engine, nor to who would have its disk fail. */
  private void removeCopy() {
    disk.setFaultInjector(FaultInjector.NONE);
    try {
      for (String file : disk.list(COPY)) {
        disk.delete(COPY.resolve(file));
      }
      disk.delete(COPY);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    disk.setFaultInjector(new Trouble());
  }

  /** With everything merged, nothing is left of what no key leads to. */
  private void settle() {
    sync();
    for (int i = 0; i < 2; i++) {
      engine.freeze();
      scheduler.drain();
      engine.requestCompaction();
      scheduler.drain();
    }
    assertTrue(engine.countIsExact(), "debts are left");
    check(engine, scheduler, KeyspaceDump.of(twin));
    assertEquals(0, checkWhole(engine).unreachable(), "elements are left that no key leads to");
  }

  /** What was done, for who wants to see it again. */
  String trace() {
    StringBuilder text = new StringBuilder();
    for (Step step : history.subList(Math.max(0, history.size() - 20), history.size())) {
      text.append(step.sequence).append(" +").append(step.passed).append("ms");
      for (String[] each : step.commands) {
        String words = Arrays.toString(each);
        text.append(' ').append(words, 0, Math.min(words.length(), 200));
      }
      text.append('\n');
    }
    return text.toString();
  }
}
