package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.ReadView;
import dev.varve.storage.ReluctantCursor;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The same operations on several engines side by side, each with random options and background work
 * at random times of its own: whatever they are asked, they answer alike. Unlike {@link Simulation}
 * it needs nobody who knows the right answers, so it asks for more: ranges, changes of direction,
 * snapshots that are kept while tables are merged. After a crash or a close an engine may go on
 * with other options.
 */
final class MetamorphicRun {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int ENGINES = 3;
  private static final int SNAPSHOTS = 3;
  private static final int MOVES = 20;

  /** Decides what is done and asked, the same for all. */
  private final Random random;

  private final List<Subject> subjects = new ArrayList<>();
  private int answers;
  private int telling;

  MetamorphicRun(long seed) {
    random = new Random(seed);
    for (int i = 0; i < ENGINES; i++) {
      subjects.add(new Subject(new Random(random.nextLong())));
    }
  }

  /** A put, a delete (null value), or the deletion of the keys from one up to {@code end}. */
  private record Change(String key, String value, String end) {
    boolean isCounted() {
      return key.charAt(0) < 'a' + Simulation.GROUPS;
    }
  }

  /** How many questions were answered, all alike. */
  int answers() {
    return answers;
  }

  /** How many of these told of a value at least. */
  int telling() {
    return telling;
  }

  /** How many memtables all engines have flushed. */
  long flushes() {
    return subjects.stream().mapToLong(subject -> subject.flushes).sum();
  }

  /** How many merges all engines have made. */
  long merges() {
    return subjects.stream().mapToLong(subject -> subject.merges).sum();
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
    }
    subjects.forEach(Subject::settle);
    ask(MetamorphicRun::walk);
    askForCounts();
    subjects.forEach(Subject::close);
  }

  private void step() {
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> write();
      case 10, 11 -> subjects.forEach(Subject::work);
      case 12, 13 -> ask(MetamorphicRun::lookUp);
      case 14 -> ask(MetamorphicRun::lookUpMany);
      case 15, 16 -> ask(MetamorphicRun::wander);
      case 17 -> all(Subject::keepSnapshot);
      case 18 -> {
        if (random.nextInt(4) == 0) {
          ask(MetamorphicRun::walk);
          askForCounts();
        }
      }
      default -> {
        if (random.nextInt(8) == 0) {
          boolean crash = random.nextBoolean();
          all(subject -> subject.openAgain(crash));
          ask(MetamorphicRun::walk);
        } else if (random.nextInt(8) == 0) {
          all(Subject::settle);
        }
      }
    }
  }

  private void all(Consumer<Subject> action) {
    subjects.forEach(action);
    compare(subject -> subject.engine.visibleSequence());
  }

  private void write() {
    Change change = nextChange();
    all(subject -> subject.write(change));
  }

  private Change nextChange() {
    return switch (random.nextInt(40)) {
      case 0 -> {
        char group = (char) ('a' + random.nextInt(Simulation.GROUPS));
        yield new Change(String.valueOf(group), null, String.valueOf((char) (group + 1)));
      }
      case 1 -> {
        // Only whole groups of keys that are counted may be deleted.
        String prefix = (char) ('a' + Simulation.GROUPS) + "/key";
        int from = 10 + random.nextInt(80);
        yield new Change(prefix + from, null, prefix + (from + 1 + random.nextInt(9)));
      }
      default -> {
        int length = random.nextInt(random.nextInt(30) == 0 ? 8000 : 200);
        String value = "v" + random.nextLong() + "x".repeat(length);
        yield new Change(Simulation.key(random), random.nextInt(4) == 0 ? null : value, null);
      }
    };
  }

  /** Puts a question to all engines, at a snapshot that they keep, or as they are now. */
  private void ask(BiFunction<ReadView, Random, String> question) {
    int snapshot = random.nextInt(SNAPSHOTS + 1);
    long seed = random.nextLong();
    compare(subject -> subject.at(snapshot, view -> question.apply(view, new Random(seed))));
  }

  /** Counts may be exact in one engine and owe something in another; those that are agree. */
  private void askForCounts() {
    List<Subject> exact = subjects.stream().filter(s -> s.engine.countIsExact()).toList();
    for (char group = 'a'; group < 'a' + Simulation.GROUPS; group++) {
      byte[] lower = {(byte) group};
      byte[] upper = {(byte) (group + 1)};
      long there = subjects.getFirst().at(SNAPSHOTS, view -> count(view, lower, upper));
      for (Subject subject : exact) {
        assertEquals(there, LiveCounts.of(subject.engine, group), () -> "count of " + subject);
        answers++;
      }
    }
  }

  private <T> void compare(Function<Subject, T> question) {
    T first = question.apply(subjects.getFirst());
    for (Subject other : subjects.subList(1, ENGINES)) {
      assertEquals(
          first, question.apply(other), () -> other + " differs from " + subjects.getFirst());
    }
    answers++;
    // Only values have a "v".
    telling += first instanceof String text && text.indexOf('v') >= 0 ? 1 : 0;
  }

  private static long count(ReadView view, byte[] lower, byte[] upper) {
    long count = 0;
    try (Cursor cursor = view.cursor(lower, upper)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        count++;
      }
    }
    return count;
  }

  /** All keys and values, forward and backward. */
  private static String walk(ReadView view, Random random) {
    StringBuilder seen = new StringBuilder();
    try (Cursor cursor = reluctant(view.cursor(null, null), random)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        tell(cursor, seen);
      }
      for (cursor.seekToLast(); cursor.isValid(); cursor.previous()) {
        tell(cursor, seen);
      }
    }
    return seen.toString();
  }

  /** Some steps to and fro from somewhere within bounds. */
  private static String wander(ReadView view, Random random) {
    byte[] one = bytes(Simulation.key(random));
    byte[] other = bytes(Simulation.key(random));
    boolean inOrder = Arrays.compareUnsigned(one, other) <= 0;
    byte[] lower = random.nextInt(3) == 0 ? null : inOrder ? one : other;
    byte[] upper = random.nextInt(3) == 0 ? null : inOrder ? other : one;
    byte[] target = bytes(Simulation.key(random));
    StringBuilder seen = new StringBuilder();
    try (Cursor cursor = reluctant(view.cursor(lower, upper), random)) {
      for (int i = 0; i < MOVES; i++) {
        if (!cursor.isValid() || random.nextInt(8) == 0) {
          switch (random.nextInt(4)) {
            case 0 -> cursor.seekToFirst();
            case 1 -> cursor.seekToLast();
            case 2 -> cursor.seek(target, 0, target.length);
            default -> cursor.seekBefore(target, 0, target.length);
          }
        } else if (random.nextBoolean()) {
          cursor.next();
        } else {
          cursor.previous();
        }
        tell(cursor, seen);
      }
    }
    return seen.toString();
  }

  /** What needs a read differs from engine to engine, and draws from no source that all share. */
  private static Cursor reluctant(Cursor cursor, Random random) {
    return new ReluctantCursor(cursor, new Random(random.nextLong()));
  }

  private static void tell(Cursor cursor, StringBuilder seen) {
    if (!cursor.isValid()) {
      seen.append("end\n");
      return;
    }
    seen.append(new String(cursor.key(), 0, cursor.keyLength(), ISO_8859_1)).append('=');
    seen.append(text(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength()));
    seen.append('\n');
  }

  private static String lookUp(ReadView view, Random random) {
    byte[] value = view.get(bytes(Simulation.key(random)));
    return value == null ? null : new String(value, ISO_8859_1);
  }

  private static String lookUpMany(ReadView view, Random random) {
    KeyBatch keys = new KeyBatch();
    for (int i = 1 + random.nextInt(30); i > 0; i--) {
      byte[] key = bytes(Simulation.key(random));
      int at = keys.add(key.length);
      System.arraycopy(key, 0, keys.bytes(), at, key.length);
    }
    Lookups lookups = new Lookups();
    view.get(keys, true, lookups);
    StringBuilder seen = new StringBuilder();
    for (int i = 0; i < lookups.size(); i++) {
      seen.append(lookups.answer(i) == EntryReference.FOUND ? text(lookups.entry(i)) : "none");
      seen.append('\n');
    }
    lookups.release();
    return seen.toString();
  }

  private static byte[] bytes(String key) {
    return key.getBytes(ISO_8859_1);
  }

  private static String text(EntryReference entry) {
    return text(entry.valueSegment(), entry.valueOffset(), entry.valueLength());
  }

  private static String text(MemorySegment segment, long offset, int length) {
    byte[] value = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, value, 0, length);
    return new String(value, ISO_8859_1);
  }

  /** One of the engines. */
  private static final class Subject {
    /** Decides what may differ. */
    private final Random random;

    private final List<ReadView> snapshots = new ArrayList<>();
    private SimulatedFileSystem disk = new SimulatedFileSystem();
    private StorageOptions options;
    private SteppedScheduler scheduler;
    private LsmEngine engine;
    private long flushes;
    private long merges;

    Subject(Random random) {
      this.random = random;
      open();
    }

    private void open() {
      options = Simulation.randomOptions(random);
      scheduler = new SteppedScheduler(random);
      engine =
          (LsmEngine)
              LsmEngine.open(
                  DIRECTORY,
                  options,
                  new EngineEnvironment(disk, () -> 1_000_000, scheduler, random));
    }

    void openAgain(boolean crash) {
      SimulatedFileSystem left = disk;
      if (crash) {
        left = disk.crashClone(random.nextLong());
      }
      close();
      disk = left;
      open();
    }

    void close() {
      snapshots.forEach(ReadView::close);
      snapshots.clear();
      StorageStatistics figures = engine.statistics();
      flushes += figures.flushes();
      merges += figures.compactions();
      engine.close();
    }

    void write(Change change) {
      WriteBatch batch = new WriteBatch();
      add(change, batch);
      if (batch.operations() == 0) {
        return;
      }
      for (int i = 0; !engine.isWritable(batch); i++) {
        assertTrue(i < 10_000, () -> "no room: " + this + " " + engine.statistics());
        scheduler.stepOrWait();
      }
      engine.commit(batch, SyncPolicy.ALWAYS);
    }

    private void add(Change change, WriteBatch batch) {
      if (change.end() != null) {
        if (change.isCounted()) {
          batch.forget(change.key().charAt(0));
        }
        batch.deleteRange(bytes(change.key()), bytes(change.end()));
        return;
      }
      byte[] key = bytes(change.key());
      boolean delete = change.value() == null;
      EntryReference reference = new EntryReference();
      int known =
          engine.latest().get(key, 0, key.length, delete || random.nextBoolean(), reference);
      if (known == EntryReference.FOUND) {
        reference.release();
      }
      if (delete && known == EntryReference.FOUND) {
        batch.delete(key);
      }
      boolean appears = !delete && known == EntryReference.ABSENT;
      boolean disappears = delete && known == EntryReference.FOUND;
      if (change.isCounted() && (appears || disappears)) {
        batch.count(change.key().charAt(0), appears ? 1 : -1);
      }
      if (!delete) {
        boolean blind = change.isCounted() && known == EntryReference.NEEDS_READ;
        byte[] value = bytes(change.value());
        byte kind = blind ? EntryKind.PUT_BLIND : EntryKind.PUT;
        batch.put(kind, key, 0, key.length, value, 0, value.length);
      }
    }

    void work() {
      for (int i = random.nextInt(5); i > 0; i--) {
        scheduler.stepOrWait();
      }
    }

    /** Merges everything; then all counts are exact. */
    void settle() {
      engine.freeze();
      scheduler.drain();
      engine.requestCompaction();
      scheduler.drain();
      assertTrue(engine.countIsExact(), () -> "debts are left: " + this);
    }

    void keepSnapshot() {
      if (snapshots.size() == SNAPSHOTS) {
        snapshots.removeFirst().close();
      }
      snapshots.add(engine.view());
    }

    <T> T at(int snapshot, Function<ReadView, T> question) {
      if (snapshot < snapshots.size()) {
        return question.apply(snapshots.get(snapshot));
      }
      // All is published, so that the writer sees what everybody does.
      if (random.nextBoolean()) {
        return question.apply(engine.latest());
      }
      try (ReadView view = engine.view()) {
        return question.apply(view);
      }
    }

    @Override
    public String toString() {
      return "the engine with " + options;
    }
  }
}
