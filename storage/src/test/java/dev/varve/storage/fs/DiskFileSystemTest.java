package dev.varve.storage.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.varve.storage.StorageException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFileSystemTest {
  private static final int STEPS = 5_000;

  @TempDir Path directory;

  /** The same random operations, and what each gave: bytes, names, or the class of the error. */
  @Test
  void theSimulationBehavesAsTheDiskDoes() throws IOException {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println("theSimulationBehavesAsTheDiskDoes: -Dvarve.seed=" + seed);
    List<String> disk = trace(new DiskFileSystem(), directory.resolve("disk"), seed);
    List<String> simulated = trace(new SimulatedFileSystem(), Path.of("/simulated"), seed);
    for (int step = 0; step < STEPS; step++) {
      assertEquals(disk.get(step), simulated.get(step), "step " + step + " of seed " + seed);
    }
  }

  private static List<String> trace(FileSystem fileSystem, Path root, long seed)
      throws IOException {
    fileSystem.createDirectories(root.resolve("sub"));
    SplittableRandom random = new SplittableRandom(seed);
    Map<Integer, WritableFile> writers = new HashMap<>();
    Map<Integer, ReadableFile> readers = new HashMap<>();
    List<String> results = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      int operation = random.nextInt(14);
      int handle = random.nextInt(4);
      Path file = path(root, random);
      Path other = path(root, random);
      long position = random.nextInt(20_000);
      byte[] bytes = new byte[random.nextInt(9_000)];
      Arrays.fill(bytes, (byte) random.nextInt());
      String result;
      try {
        result =
            switch (operation) {
              case 0 -> replace(writers, handle, fileSystem.create(file));
              case 1 -> replace(writers, handle, fileSystem.openForWrite(file));
              case 2 -> replace(readers, handle, fileSystem.openForRead(file));
              case 3, 4, 5 -> write(writers.get(handle), ByteBuffer.wrap(bytes), position);
              case 6, 7 -> read(readers.get(handle), new byte[bytes.length], position);
              case 8 -> truncate(writers.get(handle), position);
              case 9 -> fileSystem.list(root).stream().sorted().toList().toString();
              case 10 -> {
                fileSystem.rename(file, other);
                yield "renamed";
              }
              case 11 -> {
                fileSystem.link(file, other);
                yield "linked";
              }
              case 12 -> {
                fileSystem.delete(file);
                yield "deleted";
              }
              default -> fileSystem.exists(file) + " " + fileSystem.size(file);
            };
      } catch (IOException e) {
        result = e.getClass().getSimpleName();
      }
      results.add(operation + ": " + result);
    }
    for (Closeable open : writers.values()) {
      open.close();
    }
    for (Closeable open : readers.values()) {
      open.close();
    }
    return results;
  }

  private static Path path(Path root, SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> root.resolve("sub").resolve("x");
      case 1 -> root.resolve("missing").resolve("x");
      default -> root.resolve("file" + random.nextInt(4));
    };
  }

  private static <T extends Closeable> String replace(Map<Integer, T> open, int handle, T file)
      throws IOException {
    T before = open.put(handle, file);
    if (before != null) {
      before.close();
    }
    return "opened";
  }

  private static String write(WritableFile file, ByteBuffer bytes, long position)
      throws IOException {
    if (file == null) {
      return "none";
    }
    file.write(bytes, position);
    file.sync();
    return "written";
  }

  private static String read(ReadableFile file, byte[] target, long position) throws IOException {
    if (file == null) {
      return "none";
    }
    long size = file.size();
    try {
      file.read(ByteBuffer.wrap(target), position);
    } catch (IOException e) {
      return size + " " + e.getClass().getSimpleName() + " " + Arrays.hashCode(target);
    }
    return size + " " + Arrays.hashCode(target);
  }

  private static String truncate(WritableFile file, long size) throws IOException {
    if (file == null) {
      return "none";
    }
    file.truncate(size);
    return "cut";
  }

  /** Seed 10867426302972: the simulation let a file grow to where nothing was written. */
  @Test
  void writingNothingBehindTheEndDoesNotExtendAFile() throws IOException {
    for (FileSystem fileSystem : List.of(new DiskFileSystem(), new SimulatedFileSystem())) {
      fileSystem.createDirectories(directory);
      Path file = directory.resolve("empty");
      try (WritableFile writable = fileSystem.create(file)) {
        writable.write(ByteBuffer.allocate(0), 19_079);
      }
      assertEquals(0, fileSystem.size(file), fileSystem.toString());
    }
  }

  @Test
  void aLockIsExclusiveWithinTheProcess() throws IOException {
    DiskFileSystem fileSystem = new DiskFileSystem();
    Path lock = directory.resolve("LOCK");
    try (Closeable held = fileSystem.tryLock(lock)) {
      assertNotNull(held);
      assertNull(
          new DiskFileSystem()
              .tryLock(directory.resolve("../" + directory.getFileName() + "/LOCK")));
    }
    Closeable first = fileSystem.tryLock(lock);
    first.close();
    Closeable second = fileSystem.tryLock(lock);
    assertNotNull(second);
    first.close(); // once more, which must not give the second one's lock back
    assertNull(fileSystem.tryLock(lock));
    second.close();
  }

  /** An attempt that fails must not give up the lock to other processes, as POSIX would have it. */
  @Test
  void aFailedAttemptLeavesTheLockToItsHolder() throws IOException, InterruptedException {
    Path lock = directory.resolve("LOCK");
    DiskFileSystem fileSystem = new DiskFileSystem();
    try (Closeable held = fileSystem.tryLock(lock)) {
      assertNotNull(held);
      assertNull(fileSystem.tryLock(lock));
      assertEquals(1, tryInAnotherProcess(lock));
    }
    assertEquals(0, tryInAnotherProcess(lock));
  }

  private static int tryInAnotherProcess(Path lock) throws IOException, InterruptedException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            LockAttempt.class.getName(),
            lock.toString())
        .inheritIO()
        .start()
        .waitFor();
  }

  /** Exits with 0 if it gets the lock, else with 1. */
  static final class LockAttempt {
    private LockAttempt() {}

    public static void main(String[] arguments) throws IOException {
      System.exit(new DiskFileSystem().tryLock(Path.of(arguments[0])) == null ? 1 : 0);
    }
  }

  @Test
  void errorsBecomeWhatAnOperatorUnderstands() {
    IOException full = new FileSystemException("/data/x", null, "No space left on device");
    assertInstanceOf(NoSpaceException.class, FileErrors.refine("/data/x", full));
    assertInstanceOf(
        NoSpaceException.class,
        FileErrors.refine("/data/x", new IOException("Disk quota exceeded")));
    IOException other = new IOException("Input/output error");
    assertSame(other, FileErrors.refine("/data/x", other));
    assertInstanceOf(
        StorageException.DiskFull.class,
        FileErrors.wrap("writing", new NoSpaceException("/data/x", full)));
    assertInstanceOf(
        StorageException.PermissionDenied.class,
        FileErrors.wrap("opening", new AccessDeniedException("/data/x")));
    StorageException missing =
        FileErrors.wrap("opening /data/x", new NoSuchFileException("/data/x"));
    assertInstanceOf(StorageException.Io.class, missing);
    assertEquals("opening /data/x: no such file: /data/x", missing.getMessage());
  }
}
