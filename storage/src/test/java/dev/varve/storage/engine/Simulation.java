package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Damage;
import dev.varve.storage.KeyGroups;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.SeededFaults;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.ingest.SortedTableWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * One seed, one history: a whole engine on a simulated disk under a stepped scheduler. The writer
 * appends, writes, syncs and publishes, not always in this order; flushes, compactions and file
 * work run between its steps. Before each file operation the disk may crash: the engine that is
 * opened on what is left must show a prefix of the history, no shorter than what had been
 * acknowledged. At the end of a generation the machine crashes for good, and the next generation
 * goes on from there.
 *
 * <p>If asked for, the disk fails, too. An error may be told, as a {@link StorageException}, by
 * whatever is called; it never makes an answer wrong, nor shortens what is found after the next
 * opening. An engine that isn't poisoned and has found nothing corrupt takes writes again when the
 * errors are over; one that is answers reads, and no writes.
 */
final class Simulation {
  static final int GROUPS = 3;

  /** A group's keys with marked values are counted in the group so much further. */
  static final int MARKED = 1000;

  /** Keys of which ranges are abandoned, and used again. */
  static final int POSITIONS = 100;

  /** Elements of a collection, which is abandoned as a whole. */
  private static final int ELEMENTS = 8;

  /**
   * Bytes of a head's value: whether it is marked, that it is a head, its group, and the identity
   * of its collection.
   */
  private static final int HEAD_LENGTH = 9;

  private static final Path DIRECTORY = Path.of("/db");
  private static final Path COPY = Path.of("/copy");

  /** Background work that failed is tried again after less. */
  private static final long RETRY_MILLIS = 2000;

  private static final int TRACED = 100;

  private final Random random;
  private final StorageOptions options;
  private History history = new History();

  /** What a crash may show instead of the history, as an ingest was under way; or null. */
  private History withIngest;

  /** In that one alone, a key has this value. */
  private History.Change ingested;

  private int ingests;

  /** How many identities of collections have been given out; none is used again. */
  private int ids;

  private final int crashEvery;
  private final SeededFaults faults;
  private final boolean flips;

  /**
   * Whether what is written is published at once, durable or not, as under a policy of no syncs.
   */
  private final boolean unsynced;

  private SimulatedFileSystem disk = new SimulatedFileSystem();
  private SteppedScheduler scheduler;
  private LsmEngine engine;
  private long clock = 1_000_000;

  /** What was acknowledged, or said to be durable, by the lives before and this one. */
  private long acknowledged;

  private final Deque<String> trace = new ArrayDeque<>();
  private int recoveries;
  private boolean wasFull;

  /** Crashes at one in {@code crashEvery} file operations, on a disk that never fails. */
  Simulation(long seed, int crashEvery) {
    this(seed, crashEvery, 0);
  }

  /**
   * Crashes at one in {@code crashEvery} file operations, and fails one in {@code failEvery}; 0 for
   * none.
   */
  Simulation(long seed, int crashEvery, int failEvery) {
    random = new Random(seed);
    this.crashEvery = crashEvery;
    options = randomOptions(random);
    unsynced = random.nextInt(3) == 0;
    flips = failEvery > 0 && random.nextInt(3) == 0;
    faults =
        failEvery == 0 ? null : new SeededFaults(new Random(random.nextLong()), failEvery, flips);
  }

  static StorageOptions randomOptions(Random random) {
    return RandomOptions.draw(random).keyGroups(new Groups()).build();
  }

  /** Keys are counted by their first letters, and those whose values begin with m beside. */
  private static final class Groups implements KeyGroups {
    @Override
    public long groupOf(byte[] key, int offset, int length) {
      return length > 0 && key[offset] >= 'a' && key[offset] < 'a' + GROUPS
          ? key[offset]
          : NOT_COUNTED;
    }

    @Override
    public int headLength(MemorySegment value, long offset, int length) {
      return Math.min(length, value.get(ValueLayout.JAVA_BYTE, offset) == 'm' ? 9 : 1);
    }

    @Override
    public long markedGroupOf(long group) {
      return group + MARKED;
    }

    @Override
    public byte[] leadsTo(MemorySegment value, long offset, int length) {
      byte[] bytes = new byte[Math.min(length, HEAD_LENGTH)];
      MemorySegment.copy(value, ValueLayout.JAVA_BYTE, offset, bytes, 0, bytes.length);
      String prefix = led(new String(bytes, ISO_8859_1));
      return prefix == null ? null : prefix.getBytes(ISO_8859_1);
    }

    @Override
    public boolean isMarked(MemorySegment value, long offset, int length) {
      return value.get(ValueLayout.JAVA_BYTE, offset) == 'm';
    }
  }

  /** What a value leads to: the keys of a collection of which it is the head; or null. */
  private static String led(String value) {
    return value.length() >= HEAD_LENGTH && value.charAt(1) == 'h'
        ? "y/" + value.charAt(2) + "/" + value.substring(3, HEAD_LENGTH) + "/"
        : null;
  }

  /** Lets the disk fail, or not any more. */
  private void failing(boolean on) {
    if (faults != null) {
      faults.enable(on);
    }
  }

  private void trace(String event) {
    if (trace.size() == TRACED) {
      trace.removeFirst();
    }
    trace.addLast(event);
  }

  /** What was last done to the disk under the engine that lives on, a line each. */
  String trace() {
    return String.join("\n", trace);
  }

  /** Somebody takes nearly all that is left of the disk, or gives it back. */
  private void fillDisk(boolean full) {
    wasFull |= full;
    disk.setCapacity(full ? disk.usedBytes() + random.nextInt(200_000) : Long.MAX_VALUE);
  }

  /** Crashes and fails the disk under the engine that lives on. */
  private final class Trouble implements FaultInjector {
    @Override
    public void before(Operation operation, Path path, long count) throws IOException {
      maybeCrash();
      if (faults == null) {
        trace(operation + " " + path);
        return;
      }
      try {
        faults.before(operation, path, count);
        trace(operation + " " + path);
      } catch (IOException e) {
        trace(operation + " " + path + " failed: " + e);
        throw e;
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

  static String key(Random random) {
    int spread = random.nextInt(4) == 0 ? 1000 : 40;
    return (char) ('a' + random.nextInt(GROUPS + 1)) + "/key" + random.nextInt(spread);
  }

  /** How many crashed disks were recovered from and found right. */
  int recoveries() {
    return recoveries;
  }

  /** How many errors the disk gave, those met while opening included. */
  int errors() {
    return faults == null ? 0 : faults.count();
  }

  /** Lives {@code generations} lives of {@code steps} steps, each ended by a crash. */
  void run(int generations, int steps) {
    for (int generation = 0; generation < generations; generation++) {
      open();
      boolean goesOn = true;
      for (int step = 0; step < steps && goesOn; step++) {
        try {
          step();
        } catch (StorageException e) {
          goesOn = tolerate(e);
        }
      }
      if (random.nextInt(3) == 0) {
        recoverFromErrors();
      }
      end();
    }
    fillDisk(false);
    open();
    failing(false);
    history.check(engine, random);
    settleAll();
  }

  /**
   * Something failed: that must be the disk's doing, and poison must last.
   *
   * @return whether there is more to be seen of this engine
   */
  private boolean tolerate(StorageException error) {
    if (errors() == 0 && !(wasFull && error instanceof StorageException.DiskFull)) {
      throw error;
    }
    if (error instanceof StorageException.Poisoned) {
      assertNotNull(engine.statistics().poisoned(), "the figures tell of the poison");
    }
    letTimePass();
    if (engine.statistics().poisoned() == null) {
      return true;
    }
    assertThrows(StorageException.Poisoned.class, () -> engine.isWritable(new WriteBatch()));
    return random.nextInt(8) != 0;
  }

  private void letTimePass() {
    clock += RETRY_MILLIS;
    scheduler.stepOrWait();
  }

  /** The errors are over: without a restart, the engine takes writes unless it may not. */
  private void recoverFromErrors() {
    failing(false);
    fillDisk(false);
    history.check(engine, random);
    if (flips || engine.statistics().poisoned() != null) {
      return; // What is thought corrupt is not tried again.
    }
    commit();
    // A larger batch than the one that is asked about may have to wait for another flush.
    for (int i = 0; !isWritable() || !isAppended(); i++) {
      assertTrue(i < 1000, () -> "no writes though the disk is well: " + engine.statistics());
      // All of it: every second that passed has left a task.
      scheduler.drain();
      letTimePass();
    }
    commit();
    history.check(engine, random);
  }

  private boolean isAppended() {
    try {
      appendBatch();
      return true;
    } catch (StorageException e) {
      return false; // A flush has failed, and is tried again later.
    }
  }

  private boolean isWritable() {
    try {
      WriteBatch batch = new WriteBatch();
      batch.put(new byte[] {'z'}, new byte[1000]);
      return engine.isWritable(batch);
    } catch (StorageException.Poisoned e) {
      throw e;
    } catch (StorageException e) {
      return false;
    }
  }

  /** Ends a life: now and then in order, else by a crash. Closing only frees memory then. */
  private void end() {
    if (random.nextInt(4) == 0) {
      if (close()) {
        acknowledged = engine.appendedSequence();
      }
      disk.setFaultInjector(FaultInjector.NONE);
      return;
    }
    disk.setFaultInjector(FaultInjector.NONE);
    acknowledged = promised();
    SimulatedFileSystem left = disk.crashClone(random.nextLong());
    close();
    disk = left;
  }

  /** What a crash now must not take back: what was acknowledged, or is said to be durable. */
  private long promised() {
    return engine == null ? acknowledged : Math.max(acknowledged, engine.durableSequence());
  }

  /** Whether all that was appended is durable. */
  private boolean close() {
    boolean poisoned = engine.statistics().poisoned() != null;
    try {
      engine.close();
      return !poisoned;
    } catch (StorageException e) {
      if (errors() == 0 && !wasFull) {
        throw e;
      }
      return false;
    }
  }

  private void open() {
    trace("opening");
    disk.setFaultInjector(new Trouble());
    scheduler = new SteppedScheduler(random);
    failing(true);
    engine = null;
    for (int attempt = 0; engine == null; attempt++) {
      if (attempt == 3) {
        failing(false);
      }
      try {
        engine = openOn(disk, scheduler);
      } catch (StorageException e) {
        if (errors() == 0 || attempt >= 3) {
          throw e;
        }
      }
    }
    failing(false);
    history = shown(engine);
    withIngest = null;
    long recovered = engine.appendedSequence();
    assertTrue(recovered >= acknowledged, () -> acknowledged + " was promised, found " + recovered);
    assertTrue(engine.durableSequence() == recovered, "what was replayed is durable anew");
    history.truncate(recovered);
    acknowledged = recovered;
    history.check(engine, random);
    failing(true);
  }

  private LsmEngine openOn(SimulatedFileSystem files, SteppedScheduler steps) {
    return openOn(files, steps, DIRECTORY);
  }

  private LsmEngine openOn(SimulatedFileSystem files, SteppedScheduler steps, Path directory) {
    EngineEnvironment environment =
        new EngineEnvironment(files, () -> clock, steps, new Random(random.nextLong()));
    return (LsmEngine) LsmEngine.open(directory, options, environment);
  }

  /** Opens what a crash now would leave, beside the engine that lives on. */
  private void maybeCrash() {
    if (random.nextInt(crashEvery) != 0) {
      return;
    }
    try {
      crash(new Random(random.nextLong()));
    } catch (StorageException e) {
      // It would be taken for an error of the disk under the engine that lives on.
      throw new AssertionError("what a crash leaves can't be opened and read", e);
    }
  }

  private void crash(Random other) {
    SimulatedFileSystem left = disk.crashClone(other.nextLong());
    SteppedScheduler idle = new SteppedScheduler(other);
    long promised = promised();
    long recovered;
    History expected;
    try (LsmEngine survivor = openOn(left, idle)) {
      recovered = survivor.appendedSequence();
      assertTrue(recovered >= promised, () -> promised + " was promised, found " + recovered);
      expected = shown(survivor);
      expected.check(survivor, other);
      recoveries++;
      if (other.nextInt(8) != 0) {
        return;
      }
      // A crash after, or in the middle of, the background work that follows a recovery.
      for (int i = other.nextInt(6); i > 0; i--) {
        idle.step();
      }
      left = left.crashClone(other.nextLong());
    }
    try (LsmEngine second = openOn(left, new SteppedScheduler(other))) {
      assertTrue(second.appendedSequence() == recovered, "a recovery is not undone by a crash");
      expected.check(second, other);
      recoveries++;
    }
  }

  private void step() {
    clock += random.nextInt(5);
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> appendBatch();
      case 10, 11, 12 -> write();
      case 13, 14, 15 -> {
        if (!unsynced || random.nextInt(20) == 0) {
          commit();
        } else {
          write();
        }
      }
      case 16, 17 -> scheduler.step();
      case 18 -> {
        lookAfterASecond();
        scheduler.stepOrWait();
      }
      default -> {
        if (random.nextInt(4) == 0) {
          history.check(engine, random);
          verify();
        } else if (faults != null && random.nextInt(4) == 0) {
          fillDisk(random.nextInt(3) != 0);
        } else if (random.nextInt(4) == 0) {
          checkpoint();
        } else if (random.nextInt(3) == 0) {
          ingest();
        } else if (random.nextInt(3) == 0) {
          beQuiet();
        }
      }
    }
  }

  /** What walks have passed may be flushed. A server does this no more once it is poisoned. */
  private void lookAfterASecond() {
    if (engine.statistics().poisoned() == null) {
      engine.everySecond();
    }
  }

  /** What is deleted gives its space back, as long as the next writes are few. */
  private void beQuiet() {
    if (engine.statistics().poisoned() != null) {
      return;
    }
    for (int i = 0; i <= Quiet.SECONDS_FOR_FEW; i++) {
      engine.everySecond();
    }
  }

  /** Keys that aren't counted, so that counts stay known. */
  private void ingest() {
    if (withIngest != null) {
      return; // What became of the last one isn't known, and the engine is poisoned.
    }
    Path file = Path.of("/ingest" + ingests++);
    Map<String, History.Change> changes = new TreeMap<>();
    for (int i = 1 + random.nextInt(60); i > 0; i--) {
      String key = (char) ('a' + GROUPS) + key(random).substring(1);
      String value = random.nextInt(4) == 0 ? null : "i" + random.nextLong();
      changes.put(key, new History.Change(key, value, false));
    }
    String last = (char) ('a' + GROUPS) + "/z" + random.nextInt(20);
    ingested = new History.Change(last, "i" + random.nextLong(), false);
    changes.put(last, ingested);
    makeTable(file, changes.values());
    History before = history.copy();
    long behind = engine.appendedSequence() + 2;
    withIngest = history.copy();
    withIngest.append(behind, List.copyOf(changes.values()));
    history.append(behind, List.of());
    boolean certain = true;
    try {
      engine.tick();
      if (engine.ingest(List.of(file))) {
        history = withIngest;
      }
    } catch (StorageException.Poisoned e) {
      certain = false;
      throw e;
    } finally {
      if (engine.appendedSequence() != behind) {
        history = before;
      }
      if (certain) {
        withIngest = null;
      }
    }
    acknowledged = Math.max(acknowledged, engine.durableSequence());
  }

  private void makeTable(Path file, Collection<History.Change> changes) {
    try (SortedTableWriter table = new SortedTableWriter(disk, file, options)) {
      for (History.Change change : changes) {
        byte[] key = change.key().getBytes(ISO_8859_1);
        if (change.value() == null) {
          table.delete(key);
        } else {
          table.put(key, change.value().getBytes(ISO_8859_1));
        }
      }
      table.finish();
    }
  }

  /** The history that an engine shows which was opened on what a crash left. */
  private History shown(LsmEngine survivor) {
    if (withIngest == null) {
      return history;
    }
    try (ReadView view = survivor.view()) {
      byte[] value = view.get(ingested.key().getBytes(ISO_8859_1));
      boolean there = value != null && ingested.value().equals(new String(value, ISO_8859_1));
      return there ? withIngest : history;
    }
  }

  /** Even after a crash the copy shows a prefix, no shorter than what had been written. */
  private void checkpoint() {
    long written = engine.writtenSequence();
    engine.checkpoint(COPY);
    SimulatedFileSystem left = disk.crashClone(random.nextLong());
    left.setCapacity(Long.MAX_VALUE);
    try (LsmEngine copy = openOn(left, new SteppedScheduler(random), COPY)) {
      assertTrue(
          copy.appendedSequence() >= written,
          () -> written + " was written, found " + copy.appendedSequence());
      history.check(copy, random);
    } catch (StorageException e) {
      throw new AssertionError("a checkpoint can't be opened and read", e);
    }
    try {
      DataDirectory.delete(disk, COPY);
    } catch (IOException e) {
      throw FileErrors.wrap("deleting a checkpoint", e);
    }
  }

  private void appendBatch() {
    WriteBatch batch = new WriteBatch();
    List<History.Change> changes = new ArrayList<>();
    if (random.nextInt(60) == 0) {
      deleteGroup(batch, changes);
    } else if (random.nextInt(5) == 0) {
      changePositions(batch, changes);
    } else if (random.nextInt(12) == 0) {
      changeCollections(batch, changes);
    } else {
      List<String> used = new ArrayList<>();
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        String key = key(random);
        if (!used.contains(key)) {
          used.add(key);
          change(key, batch, changes);
        }
      }
    }
    if (batch.operations() == 0) {
      return;
    }
    if (!engine.isWritable(batch)) {
      if (!scheduler.stepOrWait()) {
        // Nothing to wait for but the writer's own commit.
        commit();
      }
      return;
    }
    engine.tick();
    engine.append(batch);
    history.append(engine.appendedSequence(), changes);
    if (random.nextInt(40) == 0) {
      history.checkLatest(engine.latest(), random);
    }
  }

  static String position(int number) {
    return String.format("x/%03d", number);
  }

  /** As lists do that grow and shrink at their ends: what is beyond an end is abandoned. */
  private void changePositions(WriteBatch batch, List<History.Change> changes) {
    if (random.nextInt(3) == 0) {
      int from = random.nextBoolean() ? 0 : random.nextInt(POSITIONS);
      int to = from + 1 + random.nextInt(POSITIONS - from);
      batch.abandon(
          position(from).getBytes(ISO_8859_1),
          to == POSITIONS ? new byte[] {'x', '0'} : position(to).getBytes(ISO_8859_1));
      for (int i = from; i < to; i++) {
        changes.add(new History.Change(position(i), History.UNREACHABLE, false));
      }
      if (random.nextBoolean()) {
        return;
      }
    }
    int position = random.nextInt(POSITIONS);
    for (int i = random.nextInt(8); i >= 0; i--) {
      String key = position((position + i) % POSITIONS);
      String value = random.nextInt(4) == 0 ? null : value();
      if (value == null) {
        batch.delete(key.getBytes(ISO_8859_1));
      } else {
        batch.put(key.getBytes(ISO_8859_1), value.getBytes(ISO_8859_1));
      }
      changes.add(new History.Change(key, value, false));
    }
  }

  private String value() {
    return "p" + random.nextLong() + "x".repeat(random.nextInt(100));
  }

  private void changeCollections(WriteBatch batch, List<History.Change> changes) {
    int id = random.nextInt(3) == 0 ? ids++ : Math.max(0, ids - 1 - random.nextInt(10));
    String prefix = String.format("w/%06d/", id);
    if (id == ids - 1) {
      for (int i = 0; i < ELEMENTS; i++) {
        String value = value();
        batch.put((prefix + i).getBytes(ISO_8859_1), value.getBytes(ISO_8859_1));
        changes.add(new History.Change(prefix + i, value, false));
      }
    } else if (ids > 0) {
      byte[] bytes = prefix.getBytes(ISO_8859_1);
      batch.abandon(bytes, 0, bytes.length);
      for (int i = 0; i < ELEMENTS; i++) {
        changes.add(new History.Change(prefix + i, History.UNREACHABLE, false));
      }
    }
  }

  private void deleteGroup(WriteBatch batch, List<History.Change> changes) {
    char group = (char) ('a' + random.nextInt(GROUPS));
    batch.forget(group);
    batch.forget(group + MARKED);
    batch.deleteRange(
        String.valueOf(group).getBytes(ISO_8859_1),
        String.valueOf((char) (group + 1)).getBytes(ISO_8859_1));
    changes.add(new History.Change(String.valueOf(group), null, true));
    String led = "y/" + group + "/";
    batch.deleteRange(led.getBytes(ISO_8859_1), ("y/" + group + "0").getBytes(ISO_8859_1));
    changes.add(new History.Change(led, null, true));
  }

  /** Nothing can reach any more what a value led to that isn't there any more. */
  private static void leave(
      String value, boolean known, WriteBatch batch, List<History.Change> changes) {
    String led = value == null ? null : led(value);
    if (led == null) {
      return;
    }
    if (known) {
      byte[] prefix = led.getBytes(ISO_8859_1);
      batch.abandon(prefix, 0, prefix.length);
    }
    for (int i = 0; i < ELEMENTS; i++) {
      changes.add(new History.Change(led + i, History.UNREACHABLE, false));
    }
  }

  /** The elements of the collection that a new value leads to. */
  private void lead(String value, WriteBatch batch, List<History.Change> changes) {
    String led = led(value);
    for (int i = 0; led != null && i < ELEMENTS; i++) {
      String element = value();
      batch.put((led + i).getBytes(ISO_8859_1), element.getBytes(ISO_8859_1));
      changes.add(new History.Change(led + i, element, false));
    }
  }

  private void change(String key, WriteBatch batch, List<History.Change> changes) {
    byte[] bytes = key.getBytes(ISO_8859_1);
    boolean counted = key.charAt(0) < 'a' + GROUPS;
    EntryReference reference = new EntryReference();
    boolean delete = random.nextInt(4) == 0;
    int known =
        delete || random.nextBoolean()
            ? engine.latest().get(bytes, 0, bytes.length, delete, reference)
            : engine.latest().probe(bytes, 0, bytes.length, reference);
    history.checkLatest(key, known, reference);
    boolean wasMarked = false;
    if (known == EntryReference.FOUND) {
      wasMarked =
          reference.valueSegment().get(ValueLayout.JAVA_BYTE, reference.valueOffset()) == 'm';
      reference.release();
    }
    if (delete) {
      if (known == EntryReference.FOUND) {
        batch.delete(bytes);
        if (counted) {
          batch.count(key.charAt(0), -1);
          countMarked(key, batch, wasMarked, false);
        }
        changes.add(new History.Change(key, null, false));
        leave(history.latest(key), true, batch, changes);
      }
      return;
    }
    // Large ones now and then, so that log segments fill up and are recycled.
    int length = random.nextInt(random.nextInt(30) == 0 ? 8000 : 200);
    boolean marked = random.nextInt(3) == 0;
    String value = (marked ? "m" : "v") + random.nextLong() + "x".repeat(length);
    if (counted && random.nextInt(4) == 0) {
      value = value.charAt(0) + "h" + key.charAt(0) + String.format("%06d", ids++);
    }
    boolean blind = counted && known == EntryReference.NEEDS_READ;
    leave(history.latest(key), !blind, batch, changes);
    lead(value, batch, changes);
    if (counted && known == EntryReference.ABSENT) {
      batch.count(key.charAt(0), 1);
    }
    if (counted) {
      countMarked(key, batch, wasMarked, marked);
    }
    byte[] valueBytes = value.getBytes(ISO_8859_1);
    batch.put(
        blind ? EntryKind.PUT_BLIND : EntryKind.PUT,
        bytes,
        0,
        bytes.length,
        valueBytes,
        0,
        valueBytes.length);
    changes.add(new History.Change(key, value, false));
  }

  /** What was isn't known if the put is blind: then that is owed. */
  private static void countMarked(String key, WriteBatch batch, boolean before, boolean after) {
    if (before != after) {
      batch.count(key.charAt(0) + MARKED, after ? 1 : -1);
    }
  }

  private void write() {
    engine.write();
    if (unsynced) {
      engine.publish(engine.writtenSequence());
    }
  }

  private void sync() {
    engine.sync();
    acknowledged = engine.durableSequence();
  }

  private void commit() {
    write();
    sync();
    engine.publish(engine.durableSequence());
  }

  /** Merges everything: then all debts are settled, and counts must be exact. */
  private void settleAll() {
    commit();
    engine.freeze();
    while (scheduler.step()) {
      // Until flushes and compactions have nothing left to do.
    }
    engine.requestCompaction();
    scheduler.drain();
    history.checkNothingAbandonedIsLeft(engine);
    assertTrue(engine.countIsExact(), () -> "debts are left at the bottom: " + engine.statistics());
    history.check(engine, random);
    verify();
    engine.close();
    try (OfflineDatabase closed = OfflineDatabase.open(disk, DIRECTORY)) {
      assertTrue(closed.verify(VerificationListener.NONE).isSound());
    }
  }

  private void verify() {
    if (engine.statistics().poisoned() != null) {
      return; // What is on the disk is in doubt.
    }
    boolean failing = faults != null && faults.isEnabled();
    failing(false);
    List<Damage> damages = new ArrayList<>();
    engine.verify(
        new VerificationListener() {
          @Override
          public void progressed(long bytes, long totalBytes) {}

          @Override
          public void damaged(Damage damage) {
            damages.add(damage);
          }
        });
    assertTrue(damages.isEmpty(), damages::toString);
    failing(failing);
  }
}
