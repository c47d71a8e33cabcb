package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.Damage;
import dev.varve.storage.ReadView;
import dev.varve.storage.Seeds;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.backup.Backup;
import dev.varve.storage.backup.BackupException;
import dev.varve.storage.backup.BackupIds;
import dev.varve.storage.backup.BackupRun;
import dev.varve.storage.backup.BackupTarget;
import dev.varve.storage.backup.Pace;
import dev.varve.storage.backup.Restoration;
import dev.varve.storage.backup.Retention;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.wal.KeptLogs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Backups of a database that goes on, and databases made of them again. */
class BackupTest {
  private static final Path DATA = Path.of("/data");
  private static final Path TARGET = Path.of("/target");
  private static final Path RESTORED = Path.of("/restored");
  private static final Pace PACE = new Pace(0, () -> 0, nanos -> {});

  private static final BackupIds IDS =
      new BackupIds() {
        @Override
        public String of(long millis) {
          return String.format("20261130T%06d.%03dZ", millis / 1000, millis % 1000);
        }

        @Override
        public long millis(String id) {
          return Long.parseLong(id.substring(9, 15) + id.substring(16, 19));
        }
      };

  private static final StorageOptions OPTIONS =
      StorageOptions.builder()
          .memtableBytes(4096)
          .memtableEntries(40)
          .maxMemtables(2)
          .logSegmentBytes(32 << 10)
          .keptLogBytes(1 << 30)
          .tableBytes(4096)
          .blockBytes(256)
          .blobThreshold(200)
          .level0Tables(2)
          .levelBaseBytes(8192)
          .blockCacheBytes(0)
          .build();

  /** Collects damaged places. */
  private static final class Findings implements VerificationListener {
    final List<Damage> damages = new ArrayList<>();

    @Override
    public void progressed(long bytes, long totalBytes) {
      assertTrue(bytes <= totalBytes, () -> bytes + " of " + totalBytes);
    }

    @Override
    public void damaged(Damage damage) {
      damages.add(damage);
    }
  }

  /** A database with what it should hold; its clock is set by the test. */
  private static final class Subject {
    final SimulatedFileSystem files;
    final Map<String, String> expected = new TreeMap<>();
    final Random random;
    final StorageOptions options;
    long clock = 1_000_000;
    SteppedScheduler scheduler;
    StorageEngine engine;
    private int checkpoints;

    Subject(SimulatedFileSystem files, Random random, StorageOptions options) {
      this.files = files;
      this.random = random;
      this.options = options;
      open();
    }

    void open() {
      scheduler = new SteppedScheduler(new Random(1));
      engine =
          LsmEngine.open(
              DATA, options, new EngineEnvironment(files, () -> clock, scheduler, new Random(7)));
    }

    void write(int batches) {
      for (int i = 0; i < batches; i++) {
        clock += 10;
        engine.tick();
        WriteBatch batch = new WriteBatch();
        String key = "key" + random.nextInt(200);
        if (random.nextInt(5) == 0) {
          batch.delete(bytes(key));
          expected.remove(key);
        } else {
          String value = "v" + random.nextInt() + "-".repeat(random.nextInt(400));
          batch.put(bytes(key), bytes(value));
          expected.put(key, value);
        }
        while (!engine.isWritable(batch)) {
          scheduler.stepOrWait();
        }
        engine.commit(batch, SyncPolicy.ALWAYS);
      }
    }

    Map<String, String> copy() {
      return new TreeMap<>(expected);
    }

    HeldCheckpoint checkpoint() {
      Path checkpoint = DATA.resolve("checkpoints").resolve("c" + checkpoints++);
      engine.checkpoint(checkpoint);
      HeldCheckpoint held = HeldCheckpoint.of(files, checkpoint);
      assertNotNull(held);
      assertTrue(OfflineDatabase.deleteUnopened(files, checkpoint));
      return held;
    }

    Backup backUp() throws BackupException {
      try (BackupTarget target = BackupTarget.openForWrite(files, TARGET);
          HeldCheckpoint held = checkpoint()) {
        BackupRun run = run(target, held);
        run.copyLog(KeptLogs.folder(DATA));
        return run.makeBackup(clock, IDS);
      }
    }

    BackupRun run(BackupTarget target, HeldCheckpoint held) {
      return new BackupRun(files, target, held.database(), PACE, new Findings());
    }

    void copyLog() throws BackupException {
      try (BackupTarget target = BackupTarget.openForWrite(files, TARGET);
          HeldCheckpoint held = checkpoint()) {
        run(target, held).copyLog(KeptLogs.folder(DATA));
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static Subject subject(String name) {
    return new Subject(new SimulatedFileSystem(), new Random(name.hashCode()), OPTIONS);
  }

  private static Restoration.Result restore(FileSystem files, Path to, String id)
      throws BackupException {
    try (BackupTarget target = BackupTarget.openForRead(files, TARGET)) {
      Restoration restoration = new Restoration(files, target, new Findings(), Long::toString);
      return restoration.restore(restoration.find(id), to, null, new Random(3));
    }
  }

  private static Restoration.Result restore(FileSystem files, Path to, Restoration.Limit limit)
      throws BackupException {
    try (BackupTarget target = BackupTarget.openForRead(files, TARGET)) {
      Restoration restoration = new Restoration(files, target, new Findings(), Long::toString);
      return restoration.restore(restoration.findBefore(limit), to, limit, new Random(3));
    }
  }

  private static Map<String, String> readAll(FileSystem files, Path directory) {
    try (StorageEngine engine =
        LsmEngine.open(
            directory,
            OPTIONS,
            new EngineEnvironment(
                files, () -> 1, new SteppedScheduler(new Random(1)), new Random(7)))) {
      return readEngine(engine);
    }
  }

  @Test
  void eachOfSeveralBackupsIsWhatTheDatabaseWas() throws Exception {
    Subject subject = subject("BackupTest.several");
    Map<String, Map<String, String>> states = new TreeMap<>();
    for (int i = 0; i < 5; i++) {
      subject.write(150);
      states.put(subject.backUp().id(), subject.copy());
    }
    assertEquals(5, states.size());
    int i = 0;
    for (Map.Entry<String, Map<String, String>> state : states.entrySet()) {
      Path to = Path.of("/restored" + i++);
      restore(subject.files, to, state.getKey());
      assertEquals(state.getValue(), readAll(subject.files, to), state.getKey());
    }
  }

  @Test
  void whatIsThereIsNotCopiedAgain() throws Exception {
    Subject subject = subject("BackupTest.again");
    subject.write(300);
    subject.backUp();
    try (BackupTarget target = BackupTarget.openForWrite(subject.files, TARGET);
        HeldCheckpoint held = subject.checkpoint()) {
      BackupRun run = subject.run(target, held);
      Backup backup = run.makeBackup(subject.clock, IDS);
      assertTrue(backup.files().size() > 8, backup::toString);
      assertTrue(run.copiedFiles() <= 2, () -> run.copiedFiles() + " were copied");
    }
  }

  @Test
  void theDatabaseCanBeHadAsItWasAtAnyTime() {
    Seeds.forEach(3, BackupTest::theDatabaseCanBeHadAsItWas);
  }

  private static void theDatabaseCanBeHadAsItWas(Random random) throws Exception {
    Subject subject = new Subject(new SimulatedFileSystem(), random, OPTIONS);
    subject.write(100);
    subject.backUp();
    TreeMap<Long, Map<String, String>> byTime = new TreeMap<>();
    TreeMap<Long, Map<String, String>> bySequence = new TreeMap<>();
    for (int i = 0; i < 30; i++) {
      subject.write(1 + subject.random.nextInt(60));
      byTime.put(subject.clock, subject.copy());
      bySequence.put(subject.engine.visibleSequence(), subject.copy());
      switch (subject.random.nextInt(8)) {
        case 0 -> subject.backUp();
        case 1 -> subject.copyLog();
        case 2 -> {
          subject.engine.close();
          subject.open();
        }
        case 3 -> {
          subject.engine.freeze();
          subject.scheduler.drain();
        }
        default -> {}
      }
    }
    subject.copyLog();
    int restored = 0;
    for (Map.Entry<Long, Map<String, String>> state : byTime.entrySet()) {
      Path to = Path.of("/time" + restored++);
      restore(subject.files, to, new Restoration.Limit(Long.MAX_VALUE, state.getKey() + 5));
      assertEquals(state.getValue(), readAll(subject.files, to), "at " + state.getKey());
    }
    for (Map.Entry<Long, Map<String, String>> state : bySequence.entrySet()) {
      Path to = Path.of("/sequence" + restored++);
      Restoration.Result result =
          restore(subject.files, to, new Restoration.Limit(state.getKey(), Long.MAX_VALUE));
      assertEquals(state.getKey(), result.sequence());
      assertEquals(state.getValue(), readAll(subject.files, to), "at " + state.getKey());
    }
    Path end = Path.of("/end");
    restore(subject.files, end, Restoration.Limit.NONE);
    assertEquals(subject.expected, readAll(subject.files, end));
  }

  @Test
  void aMissingSegmentIsTold() throws Exception {
    Subject subject = subject("BackupTest.missing");
    subject.write(50);
    subject.backUp();
    long before = subject.engine.visibleSequence();
    for (int i = 0; i < 20; i++) {
      subject.write(100);
      subject.engine.freeze();
      subject.scheduler.drain();
    }
    List<Path> kept = KeptLogs.list(subject.files, KeptLogs.folder(DATA));
    assertTrue(kept.size() > 4, kept::toString);
    subject.files.delete(kept.get(2));
    subject.copyLog();
    Restoration.Limit end = Restoration.Limit.NONE;
    BackupException failure =
        assertThrows(BackupException.class, () -> restore(subject.files, RESTORED, end));
    assertTrue(failure.getMessage().contains("missing behind"), failure.getMessage());
    assertNoDatabase(subject.files, RESTORED);
    Restoration.Limit soon = new Restoration.Limit(before + 10, Long.MAX_VALUE);
    assertEquals(before + 10, restore(subject.files, RESTORED, soon).sequence());
  }

  @Test
  void aSequenceNumberBehindTheEndIsRefused() throws Exception {
    Subject subject = subject("BackupTest.behindTheEnd");
    subject.write(50);
    subject.backUp();
    Restoration.Limit limit = new Restoration.Limit(51, Long.MAX_VALUE);
    assertThrows(BackupException.class, () -> restore(subject.files, RESTORED, limit));
    Restoration.Limit old = new Restoration.Limit(49, Long.MAX_VALUE);
    assertThrows(BackupException.class, () -> restore(subject.files, RESTORED, old));
  }

  @Test
  void keptLogsAreBounded() throws Exception {
    StorageOptions bounded = OPTIONS.toBuilder().keptLogBytes(100 << 10).build();
    Subject subject = new Subject(new SimulatedFileSystem(), new Random(1), bounded);
    for (int i = 0; i < 20; i++) {
      subject.write(100);
      subject.engine.freeze();
      subject.scheduler.drain();
    }
    long bytes = 0;
    for (Path segment : KeptLogs.list(subject.files, KeptLogs.folder(DATA))) {
      bytes += subject.files.size(segment);
    }
    assertTrue(bytes > 30 << 10 && bytes <= 100 << 10, bytes + " bytes are kept");
  }

  @Test
  void onlyTheNewestAreKeptWithTheirFiles() throws Exception {
    Subject subject = subject("BackupTest.newest");
    Map<String, Map<String, String>> states = new TreeMap<>();
    for (int i = 0; i < 6; i++) {
      subject.write(200);
      states.put(subject.backUp().id(), subject.copy());
    }
    long before = subject.files.usedBytes();
    try (BackupTarget target = BackupTarget.openForWrite(subject.files, TARGET)) {
      new Retention(subject.files, target).keepNewest(2, "");
      assertEquals(2, target.backups().size());
      assertEquals(0, target.check(new Findings(), PACE));
    }
    assertTrue(subject.files.usedBytes() < before);
    List<String> ids = new ArrayList<>(states.keySet());
    assertThrows(BackupException.class, () -> restore(subject.files, RESTORED, ids.get(3)));
    for (String id : ids.subList(4, 6)) {
      Path to = Path.of("/restored" + id);
      restore(subject.files, to, id);
      assertEquals(states.get(id), readAll(subject.files, to));
    }
    Path end = Path.of("/end");
    restore(subject.files, end, Restoration.Limit.NONE);
    assertEquals(subject.expected, readAll(subject.files, end));
  }

  @Test
  void aRestoredDatabaseIsAnotherOne() throws Exception {
    Subject subject = subject("BackupTest.another");
    subject.write(50);
    String id = subject.backUp().database();
    restore(subject.files, RESTORED, (String) null);
    try (OfflineDatabase restored = OfflineDatabase.open(subject.files, RESTORED)) {
      assertFalse(restored.id().equals(id));
    }
  }

  @Test
  void onlyAnEmptyFolderIsRestoredInto() throws Exception {
    Subject subject = subject("BackupTest.empty");
    subject.write(50);
    subject.backUp();
    assertThrows(BackupException.class, () -> restore(subject.files, DATA, (String) null));
    subject.files.createDirectories(RESTORED);
    restore(subject.files, RESTORED, (String) null);
    assertThrows(BackupException.class, () -> restore(subject.files, RESTORED, (String) null));
    assertEquals(subject.expected, readAll(subject.files, RESTORED));
  }

  @Test
  void aFolderOfSomethingElseIsNoTarget() throws Exception {
    Subject subject = subject("BackupTest.else");
    assertThrows(BackupException.class, () -> BackupTarget.openForWrite(subject.files, DATA));
    assertThrows(BackupException.class, () -> BackupTarget.openForRead(subject.files, DATA));
  }

  @Test
  void oneBackupAtATime() throws Exception {
    Subject subject = subject("BackupTest.oneAtATime");
    try (BackupTarget target = BackupTarget.openForWrite(subject.files, TARGET);
        HeldCheckpoint held = subject.checkpoint()) {
      assertNotNull(held);
      assertThrows(
          StorageException.Locked.class,
          () -> BackupTarget.openForWrite(subject.files, TARGET).close());
      assertThrows(StorageException.Locked.class, subject::checkpoint);
      assertEquals(List.of(), target.backups());
    }
  }

  @Test
  void damageInTheDatabaseIsNotBackedUp() throws Exception {
    Subject subject = subject("BackupTest.damaged");
    subject.write(300);
    subject.backUp();
    subject.write(300);
    try (BackupTarget target = BackupTarget.openForWrite(subject.files, TARGET);
        HeldCheckpoint held = subject.checkpoint()) {
      Path table =
          held.database().contents().fixed().stream()
              .filter(path -> path.toString().endsWith(".sst"))
              .findFirst()
              .orElseThrow();
      flip(subject.files, table);
      Findings findings = new Findings();
      BackupRun run = new BackupRun(subject.files, target, held.database(), PACE, findings);
      assertThrows(BackupException.class, () -> run.makeBackup(subject.clock, IDS));
      assertEquals(table.toString(), findings.damages.getFirst().file());
      assertEquals(1, target.backups().size());
    }
  }

  @Test
  void eachDamagedFileOfATargetIsFoundByItsName() throws Exception {
    Subject subject = subject("BackupTest.target");
    subject.write(400);
    subject.backUp();
    for (String folder : List.of("files", "backups")) {
      for (String name : subject.files.list(TARGET.resolve(folder))) {
        Path file = TARGET.resolve(folder).resolve(name);
        flip(subject.files, file);
        Findings findings = new Findings();
        try (BackupTarget target = BackupTarget.openForRead(subject.files, TARGET)) {
          assertTrue(target.check(findings, PACE) > 0);
        }
        assertEquals(file.toString(), findings.damages.getFirst().file());
        StorageException.Corruption failure =
            assertThrows(
                StorageException.Corruption.class,
                () -> restore(subject.files, RESTORED, (String) null));
        assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
        if (subject.files.exists(RESTORED)) {
          assertNoDatabase(subject.files, RESTORED);
        }
        flip(subject.files, file);
      }
    }
    restore(subject.files, RESTORED, (String) null);
    assertEquals(subject.expected, readAll(subject.files, RESTORED));
  }

  private static void flip(FileSystem files, Path path) throws IOException {
    long at = files.size(path) / 2;
    ByteBuffer one = ByteBuffer.allocate(1);
    try (ReadableFile file = files.openForRead(path)) {
      file.read(one, at);
    }
    one.put(0, (byte) (one.get(0) ^ 1)).rewind();
    try (WritableFile file = files.openForWrite(path)) {
      file.write(one, at);
      file.sync();
    }
  }

  /** Nobody takes what is there for a database, be it an empty one. */
  private static void assertNoDatabase(FileSystem files, Path directory) {
    assertThrows(StorageException.Corruption.class, () -> readAll(files, directory));
    assertThrows(
        StorageException.Corruption.class, () -> OfflineDatabase.open(files, directory).close());
  }

  /** Ends what runs at one of its steps, as a kill does. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void aBackupThatIsBrokenOffAnywhereIsNone() throws Exception {
    long steps = Long.MAX_VALUE;
    for (long step = 1; step < steps; step += 1 + step / 20) {
      Subject subject = subject("BackupTest.brokenOff");
      subject.write(150);
      Map<String, String> before = subject.copy();
      String first = subject.backUp().id();
      subject.write(150);
      long began = subject.files.operations();
      SimulatedFileSystem killed = broken(subject.files, step, subject::backUp);
      if (killed == null) {
        steps = step;
        assertTrue(subject.files.operations() > began);
        continue;
      }
      for (SimulatedFileSystem left : List.of(killed, subject.files.crashClone(step))) {
        try (BackupTarget target = BackupTarget.openForRead(left, TARGET)) {
          assertEquals(0, target.check(new Findings(), PACE), "step " + step);
        }
        restore(left, RESTORED, first);
        assertEquals(before, readAll(left, RESTORED), "step " + step);
      }
      Subject again = new Subject(killed, new Random(step), OPTIONS);
      again.write(20);
      again.expected.clear();
      again.expected.putAll(readEngine(again.engine));
      again.checkpoints = 100;
      again.backUp();
      Path second = Path.of("/second");
      restore(killed, second, (String) null);
      assertEquals(again.expected, readAll(killed, second), "step " + step);
      again.engine.close();
    }
  }

  private static Map<String, String> readEngine(StorageEngine engine) {
    Map<String, String> found = new TreeMap<>();
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(null, null)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        String key = new String(cursor.key(), 0, cursor.keyLength(), StandardCharsets.ISO_8859_1);
        found.put(key, new String(view.get(bytes(key)), StandardCharsets.ISO_8859_1));
      }
    }
    return found;
  }

  @Test
  void aRestoreThatIsBrokenOffAnywhereIsNoDatabase() throws Exception {
    Subject subject = subject("BackupTest.restoreBrokenOff");
    subject.write(200);
    subject.backUp();
    subject.write(100);
    subject.copyLog();
    subject.engine.close();
    boolean whole = false;
    for (long step = 1; !whole; step += 1 + step / 20) {
      SimulatedFileSystem files = subject.files.killClone();
      SimulatedFileSystem killed =
          broken(files, step, () -> restore(files, RESTORED, Restoration.Limit.NONE));
      whole = killed == null;
      if (whole) {
        continue;
      }
      for (SimulatedFileSystem left : List.of(killed, files.crashClone(step))) {
        if (left.exists(RESTORED) && left.list(RESTORED).contains("RESTORING")) {
          assertNoDatabase(left.killClone(), RESTORED);
        }
        if (!isWhole(left)) {
          restore(left, RESTORED, Restoration.Limit.NONE);
        }
        assertEquals(subject.expected, readAll(left, RESTORED), "step " + step);
      }
    }
  }

  /** Whether only its last step may be missing. */
  private static boolean isWhole(FileSystem files) throws IOException {
    return files.exists(RESTORED)
        && files.list(RESTORED).contains("IDENTITY")
        && !files.list(RESTORED).contains("RESTORING");
  }

  /** Something that may fail. */
  private interface Work {
    Object run() throws BackupException;
  }

  /** What is left when something is killed at a step; null if it was done before. */
  private static SimulatedFileSystem broken(SimulatedFileSystem files, long step, Work work)
      throws BackupException {
    SimulatedFileSystem[] left = new SimulatedFileSystem[1];
    long[] count = {0};
    files.setFaultInjector(
        (operation, path, number) -> {
          if (++count[0] >= step) {
            if (left[0] == null) {
              left[0] = files.killClone();
            }
            throw new Killed();
          }
        });
    try {
      work.run();
    } catch (Killed e) {
      // As it was to be.
    } finally {
      files.setFaultInjector(FaultInjector.NONE);
    }
    return left[0];
  }
}
