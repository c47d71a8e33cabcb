package dev.varve.storage.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.fs.FaultInjector.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedFileSystemTest {
  private static final int FILES = 20;
  private static final int BYTES = 20_000;

  private final SimulatedFileSystem disk = new SimulatedFileSystem();

  private static Path file(Path directory, int number) {
    return directory.resolve("file" + number);
  }

  private static List<Path> fill(FileSystem files, Path directory) throws IOException {
    files.createDirectories(directory);
    List<Path> paths = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      paths.add(file(directory, i));
      try (WritableFile file = files.create(paths.get(i))) {
        byte[] bytes = new byte[BYTES];
        Arrays.fill(bytes, (byte) i);
        file.write(ByteBuffer.wrap(bytes), 0);
      }
    }
    return paths;
  }

  private static void check(ReadableFile file, int number, Random random) throws IOException {
    int at = random.nextInt(BYTES);
    ByteBuffer bytes = ByteBuffer.allocateDirect(1 + random.nextInt(BYTES - at));
    file.read(bytes, at);
    bytes.flip();
    while (bytes.hasRemaining()) {
      assertEquals(number, bytes.get());
    }
    assertEquals(BYTES, file.size());
  }

  private static List<ReadableFile> openAll(FileSystem files, List<Path> paths) throws IOException {
    List<ReadableFile> open = new ArrayList<>();
    for (Path path : paths) {
      open.add(files.openForRead(path));
    }
    return open;
  }

  @Test
  void noMoreThanTheLimitAreOpenAndAllCanBeRead() throws IOException {
    BoundedFileSystem bounded = new BoundedFileSystem(disk, 3);
    List<ReadableFile> files = openAll(bounded, fill(disk, Path.of("/files")));
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      int number = random.nextInt(FILES);
      check(files.get(number), number, random);
      assertTrue(bounded.openFiles() <= 3);
    }
    files.forEach(ReadableFile::close);
    assertEquals(0, bounded.openFiles());
    assertThrows(ClosedChannelException.class, () -> check(files.getFirst(), 0, random));
    assertEquals(0, bounded.openFiles());
  }

  @Test
  void whatIsReadAllTheTimeStaysOpen() throws IOException {
    BoundedFileSystem bounded = new BoundedFileSystem(disk, 4);
    List<ReadableFile> files = openAll(bounded, fill(disk, Path.of("/files")));
    Random random = new Random(1);
    Set<Path> opened = new HashSet<>();
    check(files.getFirst(), 0, random);
    disk.setFaultInjector(
        (operation, path, count) -> {
          if (operation == Operation.OPEN_FOR_READ) {
            opened.add(path);
          }
        });
    for (int round = 1; round < 200; round++) {
      check(files.getFirst(), 0, random);
      int other = 1 + round % (FILES - 1);
      check(files.get(other), other, random);
    }
    assertEquals(FILES - 1, opened.size());
  }

  @Test
  void whereTheSystemHasNoRoomOthersAreClosed() throws IOException {
    BoundedFileSystem bounded = new BoundedFileSystem(disk, FILES);
    List<Path> paths = fill(disk, Path.of("/files"));
    List<ReadableFile> files = openAll(bounded, paths.subList(0, 10));
    disk.setFaultInjector(
        (operation, path, count) -> {
          boolean opens =
              operation == Operation.OPEN_FOR_READ
                  || operation == Operation.CREATE
                  || operation == Operation.LIST
                  || operation == Operation.SYNC_DIRECTORY;
          if (opens && bounded.openFiles() >= 10) {
            throw new TooManyFilesException(path.toString(), null);
          }
        });
    files.addAll(openAll(bounded, paths.subList(10, FILES)));
    for (int i = 0; i < FILES; i++) {
      check(files.get(i), i, new Random(i));
    }
    assertTrue(bounded.openFiles() <= 10);
    for (int i = 0; bounded.openFiles() < 10; i++) {
      check(files.get(i), i, new Random(i));
    }
    bounded.create(file(Path.of("/files"), FILES)).close();
    for (int i = 0; bounded.openFiles() < 10; i++) {
      check(files.get(i), i, new Random(i));
    }
    bounded.syncDirectory(Path.of("/files"));
    assertTrue(bounded.openFiles() < 10);
  }

  @Test
  void anErrorOfTheOpeningIsTheReaders() throws IOException {
    BoundedFileSystem bounded = new BoundedFileSystem(disk, 1);
    List<ReadableFile> files = openAll(bounded, fill(disk, Path.of("/files")));
    disk.delete(file(Path.of("/files"), 0));
    assertThrows(IOException.class, () -> check(files.getFirst(), 0, new Random(1)));
    check(files.get(1), 1, new Random(1));
  }

  /** On a real disk, where a file may be closed in the middle of a read. */
  @Test
  void readersOnManyThreadsReadOnWhileFilesAreClosedUnderThem(@TempDir Path directory)
      throws IOException, InterruptedException {
    BoundedFileSystem bounded = new BoundedFileSystem(new DiskFileSystem(), 2);
    List<ReadableFile> files = openAll(bounded, fill(bounded, directory));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicInteger reads = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Random random = new Random(i);
      threads.add(
          new Thread(
              () -> {
                try {
                  for (int round = 0; round < 2000; round++) {
                    int number = random.nextInt(FILES);
                    check(files.get(number), number, random);
                    reads.incrementAndGet();
                  }
                } catch (IOException | RuntimeException | Error e) {
                  failure.set(e);
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
    assertEquals(8000, reads.get());
    assertTrue(bounded.openFiles() <= 2);
    files.forEach(ReadableFile::close);
  }
}
