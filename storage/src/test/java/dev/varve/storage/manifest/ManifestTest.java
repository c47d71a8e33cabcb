package dev.varve.storage.manifest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.StorageException.DiskFull;
import dev.varve.storage.StorageException.FormatTooNew;
import dev.varve.storage.StorageException.Poisoned;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.BlobUse;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.iterator.ApartValues;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ManifestTest {
  private static final Path DIRECTORY = Path.of("/data");

  private final BlockCache cache = new BlockCache(1 << 16);
  private final List<Path> unused = new ArrayList<>();

  @AfterEach
  void closeCache() {
    cache.close();
  }

  /** A manifest and what goes with it. */
  private final class Store implements AutoCloseable {
    final FileNumbers numbers = new FileNumbers();
    final TableFiles files;
    final Manifest manifest;

    Store(FileSystem fileSystem, long growthBytes) throws IOException {
      fileSystem.createDirectories(DIRECTORY);
      files = new TableFiles(fileSystem, DIRECTORY, StorageOptions.DEFAULT, numbers);
      manifest =
          Manifest.open(
              fileSystem,
              DIRECTORY,
              numbers,
              new TableSource(fileSystem, DIRECTORY, cache),
              unused::add,
              growthBytes);
    }

    /** An edit that adds a table, and takes away one that is there if {@code replace} says so. */
    VersionEdit edit(Random random, boolean replace) {
      long sequence = manifest.current().flushedUpTo() + 1 + random.nextInt(5);
      VersionEdit edit =
          new VersionEdit().flushedUpTo(sequence).lastTimeMillis(1_000_000 + sequence);
      edit.counts().add(random.nextInt(3), random.nextInt(10));
      List<TableMeta> tables = manifest.current().levels().tables(0);
      if (replace && !tables.isEmpty()) {
        edit.remove(0, tables.get(random.nextInt(tables.size())).number());
      }
      NewTable table = files.create(0, files.blobs(0, ApartValues.NONE, Set.of(), _ -> false));
      table.add(new RangeTombstone(key("a"), key("b" + sequence), sequence));
      edit.add(0, table.finish());
      files.syncNames();
      return edit;
    }

    @Override
    public void close() {
      manifest.close();
    }
  }

  private static byte[] key(String text) {
    return text.getBytes(ISO_8859_1);
  }

  /** All that a version is, for comparison. */
  private static String summary(Version version) {
    return summary(version.asEdit());
  }

  private static String summary(VersionEdit edit) {
    List<String> parts = new ArrayList<>();
    for (VersionEdit.Added added : edit.added()) {
      parts.add(added.level() + ":" + added.table().number());
    }
    return edit.flushedUpTo() + " " + edit.lastTimeMillis() + " " + parts + " " + edit.counts();
  }

  @Test
  void aVersionComesBackAsItWas() {
    Seeds.forEach(
        30,
        random -> {
          SimulatedFileSystem fileSystem = new SimulatedFileSystem();
          String before = null;
          for (int opening = 0; opening < 4; opening++) {
            try (Store store = new Store(fileSystem, random.nextInt(2_000))) {
              if (before != null) {
                assertEquals(before, summary(store.manifest.current()));
              }
              long highest = store.numbers.peek();
              for (int i = random.nextInt(8) + 1; i > 0; i--) {
                store.manifest.commit(store.edit(random, random.nextBoolean()));
              }
              assertTrue(store.numbers.peek() > highest);
              before = summary(store.manifest.current());
            }
          }
        });
  }

  @Test
  void aCrashAtAnyOperationLeavesTheVersionBeforeOrAfterTheEdit() {
    Seeds.forEach(
        5,
        random -> {
          long seed = random.nextLong();
          long crashAt = 0;
          while (crashAndRecover(seed, crashAt)) {
            crashAt++;
          }
          assertTrue(crashAt > 50, "only " + crashAt + " operations");
        });
  }

  /** Crashes before the given operation; false if the scenario ended before. */
  private boolean crashAndRecover(long seed, long crashAt) throws IOException {
    Random random = new Random(seed);
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    List<SimulatedFileSystem> clones = new ArrayList<>();
    fileSystem.setFaultInjector(
        (operation, file, count) -> {
          if (count == crashAt) {
            for (int clone = 0; clone < 4; clone++) {
              clones.add(fileSystem.crashClone(seed + 4 * crashAt + clone));
            }
          }
        });
    try (Store store = new Store(fileSystem, 300)) {
      for (int i = 0; i < 6; i++) {
        String before = summary(store.manifest.current());
        VersionEdit edit = store.edit(random, random.nextBoolean());
        String after = summary(sumOf(store.manifest.current(), edit));
        List<String> expected = clones.isEmpty() ? List.of(before, after) : List.of(before);
        store.manifest.commit(edit);
        for (SimulatedFileSystem clone : clones) {
          checkRecovered(clone, expected);
        }
        if (!clones.isEmpty()) {
          checkRecovered(fileSystem.crashClone(seed), List.of(after));
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void whatAKilledProcessHadOnlyWrittenIsDurableOnceReopened() {
    Seeds.forEach(
        5,
        random -> {
          long seed = random.nextLong();
          long killAt = 0;
          while (killAndReopen(seed, killAt)) {
            killAt++;
          }
          assertTrue(killAt > 50, "only " + killAt + " operations");
        });
  }

  /** Every operation fails from the given one on; false if the scenario ended before. */
  private boolean killAndReopen(long seed, long killAt) throws IOException {
    Random random = new Random(seed);
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    fileSystem.setFaultInjector(
        (operation, file, count) -> {
          if (count >= killAt) {
            throw new IOException("killed");
          }
        });
    boolean killed = false;
    try (Store store = new Store(fileSystem, 300)) {
      for (int i = 0; i < 6; i++) {
        store.manifest.commit(store.edit(random, random.nextBoolean()));
      }
    } catch (StorageException | IOException e) {
      killed = true;
    }
    fileSystem.setFaultInjector(FaultInjector.NONE);
    String recovered;
    try (Store store = new Store(fileSystem, 300)) {
      recovered = summary(store.manifest.current());
      checkRecovered(fileSystem.crashClone(seed), List.of(recovered));
    }
    return killed;
  }

  private static VersionEdit sumOf(Version version, VersionEdit edit) {
    EditSum sum = new EditSum();
    sum.add(version.asEdit());
    sum.add(edit);
    return sum.toEdit();
  }

  private void checkRecovered(SimulatedFileSystem fileSystem, List<String> expected)
      throws IOException {
    String recovered;
    try (Store store = new Store(fileSystem, 500)) {
      recovered = summary(store.manifest.current());
      assertTrue(expected.contains(recovered), recovered + " is none of " + expected);
    }
    // What was built on is durable.
    try (Store store = new Store(fileSystem.crashClone(1), 500)) {
      assertEquals(recovered, summary(store.manifest.current()));
    }
  }

  @Test
  void noFlippedBitGoesUnnoticedOrUndoesAnEdit() throws IOException {
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    Random random = new Random(1);
    String before;
    try (Store store = new Store(fileSystem, 1 << 20)) {
      for (int i = 0; i < 3; i++) {
        store.manifest.commit(store.edit(random, true));
      }
      before = summary(store.manifest.current());
    }
    for (String name : fileSystem.list(DIRECTORY)) {
      if (name.startsWith("MANIFEST") || name.equals(FileNames.CURRENT)) {
        Path path = DIRECTORY.resolve(name);
        byte[] bytes = read(fileSystem, path);
        for (int at = 0; at < bytes.length; at++) {
          byte[] flipped = bytes.clone();
          flipped[at] ^= (byte) (1 << random.nextInt(8));
          write(fileSystem, path, flipped);
          checkFlipped(fileSystem, before, name + " at " + at);
        }
        write(fileSystem, path, bytes);
      }
    }
  }

  private void checkFlipped(FileSystem fileSystem, String before, String what) throws IOException {
    try (Store store = new Store(fileSystem, 1 << 20)) {
      // A flip in the mark at the very end loses nothing.
      assertEquals(before, summary(store.manifest.current()), what);
    } catch (Corruption e) {
      assertTrue(e.getMessage().contains("is corrupt at offset"), e.getMessage());
    }
  }

  private static byte[] read(FileSystem fileSystem, Path path) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      byte[] bytes = new byte[(int) file.size()];
      file.read(ByteBuffer.wrap(bytes), 0);
      return bytes;
    }
  }

  private static void write(FileSystem fileSystem, Path path, byte[] bytes) throws IOException {
    if (fileSystem.exists(path)) {
      fileSystem.delete(path);
    }
    try (WritableFile file = fileSystem.create(path)) {
      file.write(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), 0);
      file.sync();
    }
  }

  @Test
  void aNewerFormatIsRefusedByName() throws IOException {
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    try (Store store = new Store(fileSystem, 1 << 20)) {
      store.manifest.commit(new VersionEdit());
    }
    Path path = DIRECTORY.resolve(FileNames.manifest(1));
    byte[] bytes = read(fileSystem, path);
    ManifestFormat.header(5).get(0, bytes, 0, ManifestFormat.HEADER_BYTES);
    write(fileSystem, path, bytes);
    FormatTooNew error =
        assertThrows(FormatTooNew.class, () -> new Store(fileSystem, 1 << 20).close());
    assertEquals(
        "/data/MANIFEST-000001 has format version 5; this version of Varve reads up to 4",
        error.getMessage());
  }

  @Test
  void aFailedSyncPoisons() throws IOException {
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    try (Store store = new Store(fileSystem, 1 << 20)) {
      store.manifest.commit(new VersionEdit().flushedUpTo(1));
      fileSystem.setFaultInjector(
          (operation, file, count) -> {
            if (operation == FaultInjector.Operation.SYNC) {
              throw new IOException("input/output error");
            }
          });
      VersionEdit edit = new VersionEdit().flushedUpTo(2);
      assertThrows(Poisoned.class, () -> store.manifest.commit(edit));
      fileSystem.setFaultInjector(FaultInjector.NONE);
      assertEquals(1, store.manifest.current().flushedUpTo());
      assertThrows(Poisoned.class, () -> store.manifest.commit(edit));
    }
  }

  @Test
  void aFullDiskChangesNothingAndIsSurvived() throws IOException {
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    Random random = new Random(1);
    try (Store store = new Store(fileSystem, 1 << 20)) {
      store.manifest.commit(new VersionEdit());
      VersionEdit edit = store.edit(random, false);
      String before = summary(store.manifest.current());
      fileSystem.setCapacity(0);
      assertThrows(DiskFull.class, () -> store.manifest.commit(edit));
      assertThrows(DiskFull.class, () -> store.manifest.commit(edit));
      assertEquals(before, summary(store.manifest.current()));
      checkRecovered(fileSystem.crashClone(2), List.of(before));
      fileSystem.setCapacity(Long.MAX_VALUE);
      store.manifest.commit(edit);
      String after = summary(store.manifest.current());
      assertNotEquals(before, after);
      checkRecovered(fileSystem.crashClone(3), List.of(after));
    }
  }

  @Test
  void anEditThatDoesNotGoWithTheVersionChangesNothing() throws IOException {
    try (Store store = new Store(new SimulatedFileSystem(), 1 << 20)) {
      store.manifest.commit(store.edit(new Random(1), false));
      String before = summary(store.manifest.current());
      assertThrows(
          IllegalArgumentException.class,
          () -> store.manifest.commit(new VersionEdit().remove(0, 77)));
      VersionEdit missing = new VersionEdit();
      missing.add(1, new TableMeta(78, 1, key("a"), key("b"), 1, 1, 1, 0, 0, 0, 0, List.of()));
      assertThrows(Corruption.class, () -> store.manifest.commit(missing));
      assertEquals(before, summary(store.manifest.current()));
    }
  }

  @Test
  void aTableIsGivenUpWhenTheLastVersionThatHasItIsReleased() throws IOException {
    try (Store store = new Store(new SimulatedFileSystem(), 1 << 20)) {
      Version with = store.manifest.commit(store.edit(new Random(1), false));
      assertTrue(with.tryRetain());
      long number = with.levels().tables(0).getFirst().number();
      store.manifest.commit(new VersionEdit().remove(0, number));
      assertEquals(List.of(), unused);
      assertEquals(1, with.rangeTombstones().newest() > 0 ? 1 : 0);
      with.release();
      assertEquals(List.of(FileNames.table(DIRECTORY, number)), unused);
      assertFalse(with.tryRetain());
    }
  }

  @Test
  void leftoversAreWhatNoVersionHas() throws IOException {
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    try (Store store = new Store(fileSystem, 1 << 20)) {
      store.manifest.commit(store.edit(new Random(1), false));
      store.edit(new Random(2), false);
      fileSystem.create(DIRECTORY.resolve("MANIFEST-000077")).close();
      fileSystem.create(DIRECTORY.resolve("other")).close();
    }
    try (Store store = new Store(fileSystem, 1 << 20)) {
      assertTrue(store.numbers.peek() > 77);
      assertEquals(
          List.of("000003.sst", "MANIFEST-000077"),
          store.manifest.leftovers().stream()
              .map(path -> path.getFileName().toString())
              .sorted()
              .toList());
    }
  }

  @Test
  void formatVersion1StaysReadable() throws IOException {
    List<VersionEdit> edits = new ArrayList<>(fixtureEdits());
    edits.add(new VersionEdit().countsOpen());
    checkReadable(fixture("manifest-v1.hex"), edits);
  }

  @Test
  void formatVersion2StaysReadable() throws IOException {
    List<VersionEdit> edits = new ArrayList<>(fixtureEdits());
    edits.add(settlingEdit());
    edits.add(new VersionEdit().countsOpen());
    VersionEdit read = checkReadable(fixture("manifest-v2.hex"), edits);
    assertEquals(Set.of(9L), read.settled());
    assertTrue(read.added().getFirst().table().settled());
  }

  /** As version 2 but for the number; what it counts is all. */
  @Test
  void formatVersion3StaysReadable() throws IOException {
    List<VersionEdit> edits = new ArrayList<>(fixtureEdits());
    edits.add(settlingEdit());
    VersionEdit read = checkReadable(fixture("manifest-v3.hex"), edits);
    assertFalse(read.areCountsOpen());
    assertTrue(read.abandoned().isEmpty());
  }

  /** With what is abandoned, and how much of that tables know. */
  @Test
  void formatVersion4StaysReadable() throws IOException {
    byte[] fixture = fixture("manifest-v4.hex");
    byte[] written = writeFixture();
    assertArrayEquals(fixture, written, () -> "written: " + HexFormat.of().formatHex(written));
    List<VersionEdit> edits = new ArrayList<>(fixtureEdits());
    edits.add(settlingEdit());
    edits.add(abandoningEdit());
    VersionEdit read = checkReadable(fixture, edits);
    assertEquals(2, read.abandoned().count());
    assertEquals(290, read.abandoned().cover(null).newestOver(key("figs"), 4));
    assertEquals(7, read.stamp());
    assertEquals(Map.of(11L, 6L), read.known());
  }

  /** Comes on top of a version with stamp 6, of which the table knows. */
  private static VersionEdit abandoningEdit() {
    AbandonedRanges.Builder ranges = new AbandonedRanges.Builder();
    ranges.add(new AbandonedRanges.Range(key("fig"), key("fih"), 290, 0));
    ranges.add(new AbandonedRanges.Range(key("kiwi"), key("lime"), 280, 0));
    TableMeta table =
        new TableMeta(11, 200, key("plum"), key("quince"), 0, 0, 9, 0, 0, 0, 0xF00D, List.of());
    VersionEdit edit = new VersionEdit().add(6, table.withStamp(6)).abandon(ranges.build());
    edit.stampOn(6);
    return edit;
  }

  private byte[] fixture(String name) throws IOException {
    try (InputStream in = getClass().getResourceAsStream(name)) {
      return HexFormat.of()
          .parseHex(new String(in.readAllBytes(), ISO_8859_1).replaceAll("\\s", ""));
    }
  }

  private static VersionEdit checkReadable(byte[] fixture, List<VersionEdit> edits)
      throws IOException {
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    fileSystem.createDirectories(DIRECTORY);
    Path path = DIRECTORY.resolve(FileNames.manifest(5));
    write(fileSystem, path, fixture);
    VersionEdit read = new ManifestReader(fileSystem, path).read(0);
    EditSum expected = new EditSum();
    edits.forEach(expected::add);
    assertEquals(summary(expected.toEdit()), summary(read));
    assertEquals(fixtureTable(), read.added().getFirst().table());
    return read;
  }

  /** The debts of the one table are paid: five keys turned out to be new. */
  private static VersionEdit settlingEdit() {
    VersionEdit edit = new VersionEdit().settled(9);
    edit.counts().add(1, 5);
    return edit;
  }

  private static TableMeta fixtureTable() {
    return new TableMeta(
        9,
        4_321,
        key("apple"),
        key("pear\0"),
        3,
        300,
        100,
        7,
        5,
        1,
        0xCAFE,
        List.of(new BlobUse(8, 3, 12_300)));
  }

  static List<VersionEdit> fixtureEdits() {
    VersionEdit first = new VersionEdit().flushedUpTo(300).lastTimeMillis(1_700_000_000_000L);
    first.add(0, new TableMeta(7, 100, key("a"), key("z"), 1, 2, 1, 0, 0, 0, 7, List.of()));
    first.nextFileNumber(8);
    first.counts().add(1, 41);
    first.counts().add(2, 3);
    VersionEdit second =
        new VersionEdit()
            .remove(0, 7)
            .add(6, fixtureTable())
            .add(new BlobMeta(8, 16_500, 4, 16_400, 0xB10B));
    second.nextFileNumber(10);
    second.counts().forget(2);
    second.counts().add(1, -2);
    return List.of(first, second);
  }

  private static byte[] writeFixture() throws IOException {
    SimulatedFileSystem fileSystem = new SimulatedFileSystem();
    fileSystem.createDirectories(DIRECTORY);
    Path path = DIRECTORY.resolve(FileNames.manifest(5));
    try (ManifestWriter writer =
        ManifestWriter.create(fileSystem, path, 5, fixtureEdits().getFirst())) {
      writer.append(fixtureEdits().getLast());
      writer.append(settlingEdit());
      writer.append(abandoningEdit());
      writer.mark();
    }
    return read(fileSystem, path);
  }
}
