package dev.varve.storage.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SimulatedFileSystemTest {
  private static final int SEEDS = 200;
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path A = DIRECTORY.resolve("a");
  private static final Path B = DIRECTORY.resolve("b");

  private final SimulatedFileSystem fileSystem = new SimulatedFileSystem();

  @BeforeEach
  void makeDirectory() throws IOException {
    fileSystem.createDirectories(DIRECTORY);
  }

  @Test
  void whatWasSyncedSurvivesEveryCrash() throws IOException {
    write(fileSystem, A, "synced", true);
    fileSystem.syncDirectory(DIRECTORY);
    for (int seed = 0; seed < SEEDS; seed++) {
      assertEquals("synced", text(fileSystem.crashClone(seed), A));
    }
  }

  @Test
  void aCreationIsLostOrKeptUntilItsDirectoryIsSynced() throws IOException {
    write(fileSystem, A, "synced", true);
    Set<Boolean> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      outcomes.add(fileSystem.crashClone(seed).exists(A));
    }
    assertEquals(Set.of(true, false), outcomes);
  }

  @Test
  void aRenameLeavesTheOldNameOrTheNewOne() throws IOException {
    write(fileSystem, A, "old", true);
    write(fileSystem, B, "new", true);
    fileSystem.syncDirectory(DIRECTORY);
    fileSystem.rename(B, A);
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      SimulatedFileSystem clone = fileSystem.crashClone(seed);
      outcomes.add(text(clone, A) + clone.exists(B));
    }
    assertEquals(Set.of("oldtrue", "newfalse"), outcomes);
  }

  @Test
  void aDeletionIsLostOrKept() throws IOException {
    write(fileSystem, A, "bytes", true);
    fileSystem.syncDirectory(DIRECTORY);
    fileSystem.delete(A);
    Set<Boolean> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      outcomes.add(fileSystem.crashClone(seed).exists(A));
    }
    assertEquals(Set.of(true, false), outcomes);
    fileSystem.syncDirectory(DIRECTORY);
    for (int seed = 0; seed < SEEDS; seed++) {
      assertFalse(fileSystem.crashClone(seed).exists(A));
    }
  }

  @Test
  void unsyncedBlocksAreOldNewOrTornBetweenSectors() throws IOException {
    write(fileSystem, A, "o".repeat(3 * SimulatedFile.BLOCK), true);
    fileSystem.syncDirectory(DIRECTORY);
    try (WritableFile file = fileSystem.openForWrite(A)) {
      file.write(bytes("n".repeat(2 * SimulatedFile.BLOCK)), 0);
    }
    Set<String> firstBlocks = new HashSet<>();
    boolean torn = false;
    boolean laterOneAlone = false;
    for (int seed = 0; seed < SEEDS; seed++) {
      String found = text(fileSystem.crashClone(seed), A);
      assertEquals(3 * SimulatedFile.BLOCK, found.length());
      assertEquals("o".repeat(SimulatedFile.BLOCK), found.substring(2 * SimulatedFile.BLOCK));
      for (int sector = 0; sector < found.length(); sector += 512) {
        assertEquals(1, found.substring(sector, sector + 512).chars().distinct().count());
      }
      String first = found.substring(0, SimulatedFile.BLOCK);
      String second = found.substring(SimulatedFile.BLOCK, 2 * SimulatedFile.BLOCK);
      torn |= first.contains("o") && first.contains("n");
      laterOneAlone |= !first.contains("n") && !second.contains("o");
      firstBlocks.add(first);
    }
    assertTrue(torn && laterOneAlone && firstBlocks.size() > 3);
  }

  @Test
  void anUnsyncedSizeMayBeLost() throws IOException {
    write(fileSystem, A, "12345", true);
    fileSystem.syncDirectory(DIRECTORY);
    try (WritableFile file = fileSystem.openForWrite(A)) {
      file.write(bytes("x".repeat(10_000)), 5);
    }
    Set<Integer> sizes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      String found = text(fileSystem.crashClone(seed), A);
      assertTrue(found.startsWith("12345"));
      sizes.add(found.length());
    }
    assertTrue(sizes.contains(5) && sizes.contains(10_005) && sizes.size() > 3, sizes.toString());
  }

  @Test
  void anUnsyncedCutMayBeLostWithoutBringingBackAnythingElse() throws IOException {
    write(fileSystem, A, "o".repeat(5000), true);
    fileSystem.syncDirectory(DIRECTORY);
    try (WritableFile file = fileSystem.openForWrite(A)) {
      file.truncate(100);
    }
    for (int seed = 0; seed < SEEDS; seed++) {
      String found = text(fileSystem.crashClone(seed), A);
      assertTrue(found.length() >= 100 && found.length() <= 5000);
      assertEquals("o".repeat(100), found.substring(0, 100));
      assertTrue(found.chars().allMatch(c -> c == 'o' || c == 0));
    }
  }

  @Test
  void aCloneAndItsOriginDoNotSeeEachOther() throws IOException {
    write(fileSystem, A, "origin", true);
    fileSystem.syncDirectory(DIRECTORY);
    SimulatedFileSystem clone = fileSystem.crashClone(1);
    SimulatedFileSystem second = clone.crashClone(2);
    write(clone, A, "cloned", true);
    assertEquals("origin", text(fileSystem, A));
    assertEquals("origin", text(second, A));
    write(fileSystem, A, "ORIGIN", false);
    assertEquals("cloned", text(clone, A));
    assertEquals("cloned", text(clone.crashClone(3), A));
  }

  @Test
  void equalSeedsGiveEqualCrashes() throws IOException {
    write(fileSystem, A, "x".repeat(50_000), false);
    for (int seed = 0; seed < 20; seed++) {
      SimulatedFileSystem one = fileSystem.crashClone(seed);
      SimulatedFileSystem two = fileSystem.crashClone(seed);
      assertEquals(one.exists(A), two.exists(A));
      if (one.exists(A)) {
        assertEquals(text(one, A), text(two, A));
      }
    }
  }

  @Test
  void theInjectorFailsCutsAndFlips() throws IOException {
    write(fileSystem, A, "0123456789", true);
    fileSystem.setFaultInjector(
        new FaultInjector() {
          @Override
          public void before(Operation operation, Path path, long count) throws IOException {
            if (operation == Operation.SYNC) {
              throw new IOException("injected");
            }
          }

          @Override
          public int bytesTaken(Path path, long position, int length) {
            return 3;
          }

          @Override
          public void afterRead(Path path, long position, ByteBuffer read) {
            read.put(0, (byte) (read.get(0) ^ 0x20));
          }
        });
    ByteBuffer source = bytes("abcde");
    try (WritableFile file = fileSystem.openForWrite(A)) {
      assertThrows(IOException.class, () -> file.write(source, 0));
      assertEquals(3, source.position());
      assertThrows(IOException.class, file::sync);
    }
    assertEquals("Abc3456789", text(fileSystem, A));
  }

  @Test
  void aFullDiskTakesWhatNeedsNoRoom() throws IOException {
    write(fileSystem, A, "0123456789", true);
    fileSystem.setCapacity(12);
    assertEquals(2, fileSystem.usableSpace(DIRECTORY));
    try (WritableFile file = fileSystem.openForWrite(A)) {
      file.write(bytes("abcd"), 8);
      assertThrows(NoSpaceException.class, () -> file.write(bytes("e"), 12));
    }
    assertEquals("01234567abcd", text(fileSystem, A));
  }

  @Test
  void aLockIsExclusiveUntilItIsGivenBackOrTheMachineCrashes() throws IOException {
    Closeable held = fileSystem.tryLock(A);
    assertNotNull(held);
    assertNull(fileSystem.tryLock(A));
    assertNotNull(fileSystem.crashClone(1).tryLock(A));
    held.close();
    assertNotNull(fileSystem.tryLock(A));
  }

  @Test
  void aReadOverTheEndFillsWhatIsThere() throws IOException {
    write(fileSystem, A, "0123456789", true);
    ByteBuffer target = ByteBuffer.allocate(8);
    try (ReadableFile file = fileSystem.openForRead(A)) {
      assertThrows(EOFException.class, () -> file.read(target, 6));
    }
    assertArrayEquals("6789\0\0\0\0".getBytes(UTF_8), target.array());
  }

  @Test
  void theDelayRunsInEverySync() throws IOException {
    int[] delays = {0};
    DelayedSyncFileSystem slow = new DelayedSyncFileSystem(fileSystem, () -> delays[0]++);
    try (WritableFile file = slow.create(A)) {
      file.write(bytes("bytes"), 0);
      assertEquals(0, delays[0]);
      file.sync();
    }
    slow.syncDirectory(DIRECTORY);
    assertEquals(2, delays[0]);
  }

  private static void write(FileSystem fileSystem, Path path, String text, boolean sync)
      throws IOException {
    try (WritableFile file =
        fileSystem.exists(path) ? fileSystem.openForWrite(path) : fileSystem.create(path)) {
      file.write(bytes(text), 0);
      if (sync) {
        file.sync();
      }
    }
  }

  private static String text(FileSystem fileSystem, Path path) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      ByteBuffer target = ByteBuffer.allocate((int) file.size());
      file.read(target, 0);
      return new String(target.array(), UTF_8);
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }
}
