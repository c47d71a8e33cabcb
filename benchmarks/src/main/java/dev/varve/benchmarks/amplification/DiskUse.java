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
  private Use most = Use.NONE;

  @SuppressWarnings("FutureReturnValueIgnored") // ends with the executor
  DiskUse(Path directory) {
    this.directory = directory;
    thread.scheduleAtFixedRate(this::look, 0, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Bytes of files, those that are being written and those not deleted yet included.
   *
   * @param tables in tables
   * @param rest in the log and other files
   */
  record Use(long tables, long rest) {
    static final Use NONE = new Use(0, 0);

    long bytes() {
      return tables + rest;
    }
  }

  private synchronized void look() {
    Use now = now();
    if (now.bytes() > most.bytes()) {
      most = now;
    }
  }

  /** The most since the last call. */
  synchronized Use takeMost() {
    look();
    Use taken = most;
    most = Use.NONE;
    return taken;
  }

  /** What there is now. */
  Use now() {
    long tables = 0;
    long rest = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (file.toString().endsWith(".sst") || file.toString().endsWith(".blob")) {
          tables += sizeOrZero(file);
        } else {
          rest += sizeOrZero(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Use(tables, rest);
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
