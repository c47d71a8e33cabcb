package dev.varve.benchmarks.amplification;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Looks at a directory many times a second and remembers the most that its files took. Safe for use
 * by many threads.
 */
final class DiskUse implements AutoCloseable {
  private static final int INTERVAL_MILLIS = 25;

  private final Path directory;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
  private long most;

  @SuppressWarnings("FutureReturnValueIgnored") // ends with the executor
  DiskUse(Path directory) {
    this.directory = directory;
    thread.scheduleAtFixedRate(this::look, 0, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
  }

  private synchronized void look() {
    most = Math.max(most, bytes());
  }

  /** The most since the last call. */
  synchronized long takeMost() {
    look();
    long taken = most;
    most = 0;
    return taken;
  }

  /** Bytes of all files now, those that are being written and those not deleted yet included. */
  long bytes() {
    long bytes = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        bytes += sizeOrZero(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }

  private static long sizeOrZero(Path file) throws IOException {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (NoSuchFileException e) {
      return 0; // deleted since it was listed
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
