package dev.varve.storage.wal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageException;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.StorageException.DiskFull;
import dev.varve.storage.StorageException.FormatTooNew;
import dev.varve.storage.StorageException.Poisoned;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.FaultInjector.Operation;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.record.Hex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentedLogTest {
  private static final long SEGMENT = 4096;
  private static final Path DIRECTORY = LogHarness.DIRECTORY;

  private final SimulatedFileSystem fileSystem = new SimulatedFileSystem();

  @BeforeEach
  void makeDirectory() throws IOException {
    fileSystem.createDirectories(DIRECTORY);
  }

  private LogHarness open() throws IOException {
    return open(fileSystem);
  }

  private static LogHarness open(SimulatedFileSystem fileSystem) throws IOException {
    return new LogHarness(fileSystem, SEGMENT);
  }

  private LogHarness openEmpty() throws IOException {
    LogHarness harness = open();
    assertEquals(List.of(), harness.replay(0));
    return harness;
  }

  @Test
  void theExampleOfTheFormatPage() throws IOException {
    LogHarness harness = openEmpty();
    harness.appendAndSync("one");
    harness.appendAndSync("two");
    harness.log.close();
    assertArrayEquals(Hex.example("wal.md"), contents(fileSystem, "000001.log"));
  }

  @Test
  void batchesComeBackInOrderAfterAClose() throws IOException {
    LogHarness harness = openEmpty();
    String[] values = IntStream.range(0, 500).mapToObj(i -> "value " + i).toArray(String[]::new);
    harness.appendAndSync(values);
    harness.log.close();
    LogHarness again = open();
    assertEquals(Arrays.asList(values), again.replay(0));
    assertEquals(500, again.log.appendedIndex());
    assertEquals(500, again.log.writtenIndex());
    assertEquals(500, again.log.durableIndex());
    again.appendAndSync("more");
    again.log.close();
    assertEquals(List.of("value 499", "more"), open().replay(499));
  }

  /**
   * Found by the simulation: recovery cuts the last segment after its last batch. If fewer bytes
   * than a fragment's header were left of the block there, the next recovery took the segment to
   * reach up to the next block, past the file's end, and the database didn't open any more.
   */
  @Test
  void aSegmentCutJustBeforeABlockIsRecoveredAgain() throws IOException {
    int block = 32 << 10;
    for (int length = block - 160; length < block; length++) {
      SimulatedFileSystem first = new SimulatedFileSystem();
      first.createDirectories(DIRECTORY);
      LogHarness harness = new LogHarness(first, 40_000);
      harness.replay(0);
      harness.append("x".repeat(length));
      harness.write();
      SimulatedFileSystem second = first.killClone();
      LogHarness recovered = new LogHarness(second, 40_000);
      List<String> expected = new ArrayList<>(recovered.replay(0));
      assertEquals(1, expected.size());
      recovered.append("next");
      recovered.write();
      expected.add("next");
      assertEquals(expected, new LogHarness(second.killClone(), 40_000).replay(0));
    }
  }

  @Test
  void indexesFollowAppendWriteAndSync() throws IOException {
    LogHarness harness = openEmpty();
    SegmentedLog log = harness.log;
    harness.append("a");
    harness.append("b");
    assertEquals(List.of(2L, 0L, 0L), indexes(log));
    log.sync();
    assertEquals(List.of(2L, 0L, 0L), indexes(log));
    log.write();
    assertEquals(List.of(2L, 2L, 0L), indexes(log));
    harness.append("c");
    log.sync();
    assertEquals(List.of(3L, 2L, 2L), indexes(log));
  }

  private static List<Long> indexes(SegmentedLog log) {
    return List.of(log.appendedIndex(), log.writtenIndex(), log.durableIndex());
  }

  @Test
  void aWriteGoesOnBehindASegmentThatIsNotSynced() throws IOException {
    LogHarness harness = openEmpty();
    SegmentedLog log = harness.log;
    harness.append("x".repeat(3000));
    log.write();
    harness.append("y".repeat(3000));
    log.write();
    assertEquals(List.of(2L, 2L, 0L), indexes(log));
    List<String> synced = new ArrayList<>();
    fileSystem.setFaultInjector(
        (operation, path, count) -> {
          if (operation == Operation.SYNC) {
            synced.add(path.getFileName().toString());
          }
        });
    log.sync();
    assertEquals(List.of(2L, 2L, 2L), indexes(log));
    assertEquals(List.of("000001.log", "000002.log"), synced);
  }

  /** As under a policy that never syncs: what is flushed before is never synced in the log. */
  @Test
  void whatTablesHoldIsNotSyncedAnyMore() throws IOException {
    LogHarness harness = openEmpty();
    for (int i = 0; i < 5; i++) {
      harness.append(i + "x".repeat(3000));
      harness.write();
    }
    harness.log.flushedUpTo(3);
    List<String> synced = new ArrayList<>();
    fileSystem.setFaultInjector(
        (operation, path, count) -> {
          if (operation == Operation.SYNC) {
            synced.add(path.getFileName().toString());
          }
        });
    harness.log.sync();
    assertEquals(List.of("000003.log", "000004.log"), synced);
    assertEquals(2, open(fileSystem.crashClone(1)).replay(3).size());
  }

  /** Tables may be ahead of what the log has durable; then nothing of it is needed or kept. */
  @Test
  void aLogThatEndsBeforeWhatTablesHoldIsBegunAnew() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      SimulatedFileSystem disk = new SimulatedFileSystem();
      disk.createDirectories(DIRECTORY);
      LogHarness harness = open(disk);
      harness.replay(0);
      for (int i = 0; i < 6; i++) {
        harness.append(i + "x".repeat(3000));
        harness.write();
      }
      harness.log.flushedUpTo(5);
      SimulatedFileSystem crashed = disk.crashClone(seed);
      LogHarness again = open(crashed);
      int beyond = again.replay(5).size();
      assertTrue(beyond <= 1, beyond + " batches");
      assertEquals(5 + beyond, again.log.appendedIndex());
      again.appendAndSync("more");
      LogHarness third = open(crashed.crashClone(seed));
      assertEquals(beyond + 1, third.replay(5).size());
    }
  }

  /**
   * Found by the simulation: after a log that was closed in order a segment was begun, and not
   * synced. A first recovery cut it after its header and failed; the second one took it for
   * durable, as it held nothing new and ended cleanly, and new segments named one before them that
   * the next crash took back.
   */
  @Test
  void aSegmentBehindTheEndOfAClosedLogIsNotBuiltUpon() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      SimulatedFileSystem disk = new SimulatedFileSystem();
      disk.createDirectories(DIRECTORY);
      LogHarness closed = open(disk);
      closed.replay(0);
      closed.append("first");
      closed.log.close();
      LogHarness killed = open(disk);
      killed.replay(0, 1);
      // This takes several segments; only the last one is never written.
      killed.append("x".repeat(9000));
      cutShort(disk, 0, 1);
      LogHarness again = open(disk);
      assertEquals(List.of("first"), again.replay(0, 1));
      again.appendAndSync("more");
      again.appendAndSync("most");
      assertEquals(
          List.of("first", "more", "most"),
          open(disk.crashClone(seed)).replay(0, 1),
          "seed " + seed);
    }
  }

  /** A recovery that fails when it has cut the last segment. */
  private static void cutShort(SimulatedFileSystem disk, long afterIndex, long reachedIndex)
      throws IOException {
    disk.setFaultInjector(
        (operation, path, count) -> {
          if (operation == Operation.SYNC) {
            throw new IOException("injected");
          }
        });
    LogHarness harness = open(disk);
    assertThrows(StorageException.class, () -> harness.replay(afterIndex, reachedIndex));
    disk.setFaultInjector((operation, path, count) -> {});
  }

  @Test
  void onlyWhatFollowsIsTaken() throws IOException {
    SegmentedLog log = openEmpty().log;
    WriteBatch batch = LogHarness.batch("x");
    batch.stamp(5, 0);
    assertThrows(IllegalArgumentException.class, () -> log.append(batch));
    WriteBatch empty = new WriteBatch();
    empty.count(1, 1);
    empty.stamp(1, 0);
    assertThrows(IllegalArgumentException.class, () -> log.append(empty));
  }

  @Test
  void aFileCutAnywhereGivesAPrefix() throws IOException {
    LogHarness harness = openEmpty();
    for (int i = 0; i < 12; i++) {
      harness.appendAndSync("value " + i);
    }
    byte[] whole = contents(fileSystem, "000001.log");
    int last = -1;
    for (int cut = 0; cut < 1500; cut++) {
      SimulatedFileSystem cutShort = fileSystem.killClone();
      replace(cutShort, "000001.log", Arrays.copyOf(whole, cut));
      List<String> replayed = open(cutShort).replay(0);
      assertEquals(
          IntStream.range(0, replayed.size()).mapToObj(i -> "value " + i).toList(), replayed);
      assertTrue(replayed.size() >= last, "cut at " + cut);
      last = replayed.size();
    }
    assertEquals(12, last);
  }

  /** Every byte flipped: corruption before the last promise, a shorter log after it. */
  @Test
  void aFlipIsCorruptionBeforeWhatWasPromisedAndTheEndBehindIt() throws IOException {
    LogHarness harness = openEmpty();
    int promised = 0;
    for (int i = 0; i < 8; i++) {
      harness.append("value " + i);
      harness.write();
      if (i < 5) {
        promised = end(contents(fileSystem, "000001.log"));
        harness.log.sync();
      }
    }
    byte[] whole = contents(fileSystem, "000001.log");
    int end = end(whole);
    SplittableRandom random = new SplittableRandom(1);
    for (int at = 0; at < end; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      SimulatedFileSystem flipped = fileSystem.killClone();
      replace(flipped, "000001.log", damaged);
      LogHarness found = open(flipped);
      if (at < promised) {
        assertThrows(Corruption.class, () -> found.replay(0), "flipped at " + at);
      } else {
        int batches = found.replay(0).size();
        assertTrue(batches >= 5 && batches < 8, batches + " batches, flipped at " + at);
      }
    }
  }

  private static int end(byte[] contents) {
    int end = contents.length;
    while (end > 0 && contents[end - 1] == 0) {
      end--;
    }
    return end;
  }

  /** Batches small and larger than a segment; a later one promises that all are durable. */
  @Test
  void anyFlipBeforeASegmentThatPromisesAnythingIsCorruption() throws IOException {
    LogHarness harness = openEmpty();
    for (int i = 0; i < 24; i++) {
      harness.append("value " + i + "x".repeat(i % 4 == 3 ? 6000 : 100));
      harness.write();
    }
    harness.log.sync();
    harness.append("promises");
    harness.write();
    List<String> names = logNames(fileSystem);
    assertTrue(names.size() > 5, names.toString());
    SplittableRandom random = new SplittableRandom(2);
    int used = 0;
    for (String name : names.subList(0, names.size() - 2)) {
      byte[] whole = contents(fileSystem, name);
      int end = end(whole);
      used += end;
      for (int at = 0; at < end; at += random.nextInt(1, 40)) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << random.nextInt(8));
        SimulatedFileSystem flipped = fileSystem.killClone();
        replace(flipped, name, damaged);
        LogHarness found = open(flipped);
        assertThrows(Corruption.class, () -> found.replay(0), name + " flipped at " + at);
      }
    }
    assertTrue(used > 5 * 3000);
  }

  /** Nothing was ever synced: any flip is what a crash may have left, so the log ends there. */
  @Test
  void aFlipWhereNothingWasPromisedIsTheEnd() throws IOException {
    LogHarness harness = openEmpty();
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      WriteBatch batch = LogHarness.batch("value " + i + "x".repeat(i % 4 == 3 ? 6000 : 100));
      harness.append(batch);
      all.add(LogHarness.text(batch));
      harness.write();
    }
    List<String> names = logNames(fileSystem);
    SplittableRandom random = new SplittableRandom(3);
    for (String name : names) {
      byte[] whole = contents(fileSystem, name);
      int end = end(whole);
      for (int at = 0; at < end; at += random.nextInt(1, 40)) {
        if (at >= 12 && at < 20) {
          continue; // A number greater than the file's is no crash's doing.
        }
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << random.nextInt(8));
        SimulatedFileSystem flipped = fileSystem.killClone();
        replace(flipped, name, damaged);
        LogHarness found = open(flipped);
        List<String> replayed = found.replay(0);
        assertEquals(all.subList(0, replayed.size()), replayed, name + " flipped at " + at);
        found.appendAndSync("more");
        LogHarness again = open(flipped.crashClone(at));
        assertEquals(replayed.size() + 1, again.replay(0).size());
      }
    }
  }

  @Test
  void aMissingSegmentIsCorruption() throws IOException {
    LogHarness harness = openEmpty();
    for (int i = 0; i < 8; i++) {
      harness.append("value " + i + "x".repeat(2000));
      harness.write();
    }
    List<String> names = logNames(fileSystem);
    for (String name : names.subList(0, names.size() - 2)) {
      SimulatedFileSystem lossy = fileSystem.killClone();
      lossy.delete(DIRECTORY.resolve(name));
      LogHarness found = open(lossy);
      Corruption error = assertThrows(Corruption.class, () -> found.replay(0));
      assertTrue(error.getMessage().contains("missing"), error.getMessage());
    }
  }

  @Test
  void aNewerFormatIsRefusedByName() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(SegmentHeader.BYTES);
    new SegmentHeader(1, 0, 0).encode(header);
    header.put(8, (byte) 9);
    java.util.zip.CRC32C checksum = new java.util.zip.CRC32C();
    checksum.update(header.slice(0, SegmentHeader.BYTES - 4));
    header.putInt(SegmentHeader.BYTES - 4, (int) checksum.getValue());
    replace(fileSystem, "000001.log", Arrays.copyOf(header.array(), SegmentHeader.BYTES));
    LogHarness found = open();
    FormatTooNew error = assertThrows(FormatTooNew.class, () -> found.replay(0));
    assertTrue(error.getMessage().contains("000001.log"), error.getMessage());
  }

  @Test
  void aBatchLargerThanManySegmentsGoesThroughAndItsSegmentsAreGivenUp() throws IOException {
    LogHarness harness = openEmpty();
    harness.append("before");
    byte[] value = new byte[20 * (int) SEGMENT];
    new SplittableRandom(3).nextBytes(value);
    WriteBatch large = LogHarness.batch(value);
    large.stamp(2, 0);
    assertFalse(harness.log.hasRoom(large.size()));
    harness.runBackground();
    assertTrue(harness.log.hasRoom(large.size()));
    harness.log.append(large);
    harness.appendAndSync("after");
    assertEquals(3, harness.log.durableIndex());
    assertTrue(logNames(fileSystem).size() > 20);

    assertEquals(
        List.of("before", LogHarness.text(large), "after"),
        open(fileSystem.crashClone(5)).replay(0));
    harness.log.flushedUpTo(3);
    harness.runBackground();
    // The active one and the spares.
    assertTrue(logNames(fileSystem).size() <= 9, logNames(fileSystem).toString());
  }

  /** A torn batch over several segments leaves nothing behind that could look like a gap. */
  @Test
  void aBatchOverManySegmentsThatWasNotSyncedIsDroppedWhole() throws IOException {
    LogHarness harness = openEmpty();
    harness.appendAndSync("before");
    harness.append("x".repeat(10 * (int) SEGMENT));
    SimulatedFileSystem crashed = fileSystem.killClone();
    List<String> names = logNames(crashed);
    LogHarness again = open(crashed);
    assertEquals(List.of("before"), again.replay(0));
    assertTrue(names.size() > 10 && logNames(crashed).size() == 2);
    again.appendAndSync("after");
    assertEquals(List.of("before", "after"), open(crashed.crashClone(1)).replay(0));
  }

  /**
   * Found by LogCrashTest: while nothing has ever been synced, the size of a segment may be lost.
   * It then looked full, and what followed in the next one was taken for the rest of its batch.
   */
  @Test
  void aBatchThatLostPartsInTheMidstWithTheSizeOfASegmentIsDroppedWhole() throws IOException {
    for (boolean otherBehind : new boolean[] {false, true}) {
      LogHarness harness = openEmpty();
      harness.append("before");
      harness.append("x".repeat(3 * (int) SEGMENT));
      if (otherBehind) {
        harness.append("y".repeat(2 * (int) SEGMENT));
      }
      harness.write();
      List<String> names = logNames(fileSystem);
      for (String name : names.subList(1, names.size())) {
        loseSize(name, SegmentHeader.BYTES);
        loseSize(name, SegmentHeader.BYTES + 3);
      }
      for (String name : names) {
        fileSystem.delete(DIRECTORY.resolve(name));
      }
    }
  }

  private void loseSize(String name, long size) throws IOException {
    SimulatedFileSystem lossy = fileSystem.killClone();
    try (WritableFile file = lossy.openForWrite(DIRECTORY.resolve(name))) {
      file.truncate(size);
    }
    LogHarness found = open(lossy);
    List<String> expected = new ArrayList<>(found.replay(0));
    assertEquals("before", expected.getFirst(), name);
    found.appendAndSync("next");
    expected.add("next");
    assertEquals(expected, open(lossy.crashClone(7)).replay(0), name);
  }

  @Test
  void aBatchThatLacksPartsThoughAllWasSyncedIsCorruption() throws IOException {
    LogHarness harness = openEmpty();
    harness.append("before");
    harness.append("x".repeat(3 * (int) SEGMENT));
    harness.write();
    harness.log.sync();
    harness.appendAndSync("after");
    harness.appendAndSync("last");
    String second = logNames(fileSystem).get(1);
    try (WritableFile file = fileSystem.openForWrite(DIRECTORY.resolve(second))) {
      file.truncate(SegmentHeader.BYTES);
    }
    assertThrows(Corruption.class, () -> open().replay(0));
  }

  @Test
  void flushedSegmentsAreRecycled() throws IOException {
    LogHarness harness = openEmpty();
    List<Operation> operations = new ArrayList<>();
    for (int round = 0; round < 50; round++) {
      harness.appendAndSync("x".repeat(3000));
      harness.log.flushedUpTo(harness.log.durableIndex());
      harness.runBackground();
      if (round == 10) {
        fileSystem.setFaultInjector((operation, path, count) -> operations.add(operation));
      }
    }
    assertFalse(operations.contains(Operation.CREATE));
    assertTrue(operations.stream().filter(o -> o == Operation.RENAME).count() > 20);
    assertTrue(logNames(fileSystem).size() <= 4);
    assertTrue(harness.log.bytes() <= 2 * SEGMENT);
    assertTrue(harness.log.writtenBytes() > 50 * 3000);
    assertEquals(List.of(), open(fileSystem.crashClone(1)).replay(harness.log.durableIndex()));
  }

  @Test
  void segmentsGrowWithTheLog() throws IOException {
    LogHarness harness = new LogHarness(fileSystem, 10 << 20);
    harness.replay(0);
    List<Long> sizes = new ArrayList<>();
    String half = "x".repeat(500_000);
    for (int i = 0; i < 30; i++) {
      harness.append(half);
      harness.runBackground();
    }
    for (String name : logNames(fileSystem)) {
      sizes.add(fileSystem.size(DIRECTORY.resolve(name)) >> 20);
    }
    assertEquals(List.of(1L, 4L, 10L, 10L), sizes);
  }

  @Test
  void aFullDiskRefusesAndIsTriedAgainAfterASecond() throws IOException {
    LogHarness harness = openEmpty();
    harness.appendAndSync("first");
    fileSystem.setCapacity(SEGMENT + 100);
    int bytes = LogHarness.batch("x".repeat(5000)).size();
    assertFalse(harness.log.hasRoom(bytes));
    AtomicBoolean called = new AtomicBoolean();
    harness.log.whenRoom(() -> called.set(true));
    harness.runBackground();
    assertTrue(called.get());
    assertThrows(DiskFull.class, () -> harness.log.hasRoom(bytes));
    assertTrue(harness.background.isEmpty());
    harness.append("small ones still fit");

    fileSystem.setCapacity(1 << 20);
    harness.clockMillis += 999;
    assertThrows(DiskFull.class, () -> harness.log.hasRoom(bytes));
    assertTrue(harness.background.isEmpty());
    harness.clockMillis += 1;
    assertThrows(DiskFull.class, () -> harness.log.hasRoom(bytes));
    harness.runBackground();
    assertTrue(harness.log.hasRoom(bytes));
    harness.appendAndSync("x".repeat(5000));
    assertEquals(3, open(fileSystem.crashClone(1)).replay(0).size());
  }

  @Test
  void aCallbackIsNotLostWhenRoomIsMadeBeforeItIsLeft() throws IOException {
    LogHarness harness = openEmpty();
    assertFalse(harness.log.hasRoom(5000));
    harness.runBackground();
    AtomicBoolean called = new AtomicBoolean();
    harness.log.whenRoom(() -> called.set(true));
    assertTrue(called.get());
  }

  @Test
  void aFailedSyncPoisonsTheLog() throws IOException {
    LogHarness harness = openEmpty();
    harness.appendAndSync("durable");
    harness.append("unknown");
    harness.write();
    failNext(Operation.SYNC);
    assertThrows(Poisoned.class, harness.log::sync);
    assertPoisoned(harness);
    List<String> replayed = open(fileSystem.crashClone(1)).replay(0);
    assertEquals("durable", replayed.getFirst());
  }

  @Test
  void aFailedWritePoisonsTheLog() throws IOException {
    LogHarness harness = openEmpty();
    harness.appendAndSync("durable");
    harness.append("lost");
    failNext(Operation.WRITE);
    assertThrows(Poisoned.class, harness.log::write);
    assertPoisoned(harness);
    assertEquals(List.of("durable"), open(fileSystem.crashClone(1)).replay(0));
  }

  @Test
  void aWriteCutShortPoisonsTheLogAndLeavesATornTail() throws IOException {
    LogHarness harness = openEmpty();
    harness.appendAndSync("durable");
    harness.append("torn");
    fileSystem.setFaultInjector(
        new FaultInjector() {
          @Override
          public void before(Operation operation, Path path, long count) {}

          @Override
          public int bytesTaken(Path path, long position, int length) {
            return length / 2;
          }
        });
    assertThrows(Poisoned.class, harness.log::write);
    assertPoisoned(harness);
    assertEquals(List.of("durable"), open(fileSystem.killClone()).replay(0));
  }

  private void assertPoisoned(LogHarness harness) {
    SegmentedLog log = harness.log;
    Poisoned error = assertThrows(Poisoned.class, log::sync);
    assertTrue(error.getMessage().contains("000001.log"), error.getMessage());
    assertThrows(Poisoned.class, log::write);
    assertThrows(Poisoned.class, () -> log.hasRoom(10));
    WriteBatch batch = LogHarness.batch("more");
    batch.stamp(log.appendedIndex() + 1, 0);
    assertThrows(Poisoned.class, () -> log.append(batch));
    log.close();
  }

  private void failNext(Operation failing) {
    AtomicBoolean failed = new AtomicBoolean();
    fileSystem.setFaultInjector(
        (operation, path, count) -> {
          if (operation == failing && failed.compareAndSet(false, true)) {
            throw new IOException("injected");
          }
        });
  }

  @Test
  void anErrorWhileASpareIsMadeIsToldAndOvercome() throws IOException {
    LogHarness harness = openEmpty();
    failNext(Operation.SYNC_DIRECTORY);
    assertFalse(harness.log.hasRoom(5000));
    harness.runBackground();
    assertThrows(StorageException.Io.class, () -> harness.log.hasRoom(5000));
    assertEquals(1, logNames(fileSystem).size());
    harness.clockMillis += 1000;
    assertThrows(StorageException.Io.class, () -> harness.log.hasRoom(5000));
    harness.runBackground();
    assertTrue(harness.log.hasRoom(5000));
  }

  /** A sync thread beside the writer, on the disk; the log says what must be there at the end. */
  @Test
  void syncRunsBesideTheWriter(@TempDir Path directory) throws Exception {
    DiskFileSystem disk = new DiskFileSystem();
    LogHarness harness = new LogHarness(disk, directory, 64 * 1024);
    harness.replay(0);
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> error = new AtomicReference<>();
    Thread syncer =
        new Thread(
            () -> {
              long before = 0;
              while (!done.get() && error.get() == null) {
                long written = harness.log.writtenIndex();
                harness.log.sync();
                long durable = harness.log.durableIndex();
                if (durable < written || durable < before) {
                  error.set(new AssertionError(durable + " after " + written + ", " + before));
                }
                before = durable;
              }
            });
    syncer.setUncaughtExceptionHandler((thread, thrown) -> error.set(thrown));
    syncer.start();
    int batches = 20_000;
    for (int i = 0; i < batches; i++) {
      harness.append("value " + i + "x".repeat(i % 200));
      if (i % 7 == 0) {
        harness.log.write();
      }
      if (i % 1000 == 0) {
        harness.log.flushedUpTo(harness.log.writtenIndex() / 2);
      }
    }
    done.set(true);
    syncer.join();
    assertEquals(null, error.get());
    harness.log.close();
    LogHarness again = new LogHarness(disk, directory, 64 * 1024);
    assertEquals(1, again.replay(batches - 1).size());
    again.log.close();
  }

  private static List<String> logNames(SimulatedFileSystem fileSystem) throws IOException {
    return fileSystem.list(DIRECTORY).stream().filter(n -> n.endsWith(".log")).sorted().toList();
  }

  private static byte[] contents(SimulatedFileSystem fileSystem, String name) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(DIRECTORY.resolve(name))) {
      byte[] bytes = new byte[(int) file.size()];
      file.read(ByteBuffer.wrap(bytes), 0);
      return bytes;
    }
  }

  private static void replace(SimulatedFileSystem fileSystem, String name, byte[] contents)
      throws IOException {
    Path path = DIRECTORY.resolve(name);
    if (fileSystem.exists(path)) {
      fileSystem.delete(path);
    }
    try (WritableFile file = fileSystem.create(path)) {
      file.write(ByteBuffer.wrap(contents), 0);
    }
  }
}
