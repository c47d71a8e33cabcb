package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The wall clock of a server that runs is set, by libfaketime: keys with a time to live expire when
 * that has elapsed, those with a date by the clock, and nothing that expired comes back.
 */
final class ClockStepIT {
  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"));

  private static final List<String> STEPS = List.of("-1h", "+1d", "-1d", "+1y");

  /** So much later than its deadline, or earlier, may a key go, see the bar. */
  private static final long TOLERANCE_MILLIS = 100;

  private static final long PATIENCE_NANOS = 30_000_000_000L;

  @TempDir Path folder;
  private Path library;
  private Path offset;

  @BeforeEach
  void findTheLibrary() throws IOException {
    library = LIBRARIES.stream().filter(Files::exists).findFirst().orElse(null);
    if (library == null) {
      Tools.missing("libfaketime isn't installed");
    }
    offset = folder.resolve("offset");
    setClock("+0");
  }

  private void setClock(String to) throws IOException {
    Path next = Files.writeString(folder.resolve("offset.next"), to + "\n");
    Files.move(next, offset, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private ServerProcess start() {
    return ServerProcess.in(folder.resolve("data"))
        .environment("LD_PRELOAD", library.toString())
        .environment("FAKETIME_TIMESTAMP_FILE", offset.toString())
        .environment("FAKETIME_NO_CACHE", "1")
        .environment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .start();
  }

  /** What the server's wall clock shows, in seconds. */
  private static long time(RawClient client) throws IOException {
    byte[] seconds = (byte[]) ((List<?>) client.call("TIME")).getFirst();
    return Long.parseLong(new String(seconds, java.nio.charset.StandardCharsets.US_ASCII));
  }

  @Test
  void timesToLivePassAsTimeElapsesWhateverTheWallClockDoes() throws IOException {
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      for (String step : STEPS) {
        long before = time(client);
        long earliest = System.nanoTime();
        client.call("SET", "key", "v", "PX", "1500");
        long latest = System.nanoTime();
        setClock(step);
        long moved = time(client) - before;
        assertTrue(Math.abs(moved) > 3000, "the clock was set: " + moved);
        long seen;
        do {
          seen = System.nanoTime();
        } while (client.call("GET", "key") != null);
        long gone = System.nanoTime();
        double least = (seen - latest) / 1e6 - 1500;
        double most = (gone - earliest) / 1e6 - 1500;
        System.out.printf(
            Locale.ROOT, "%s: gone %.1f to %.1f ms behind its deadline%n", step, least, most);
        assertTrue(most >= 0, "gone before its deadline");
        assertTrue(least <= TOLERANCE_MILLIS, "still there " + least + " ms behind its deadline");
        setClock("+0");
      }
    }
  }

  @Test
  void nothingExpiredComesBackOverStepsAndRestarts() throws IOException {
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      long end = System.nanoTime() + PATIENCE_NANOS;
      client.call("SET", "date", "v", "EXAT", Long.toString(time(client) + 600));
      client.call("SET", "short", "v", "PX", "1");
      setClock("+1d");
      while (client.call("GET", "date") != null) {
        assertTrue(System.nanoTime() < end, "a date of yesterday is still to come");
      }
      setClock("+0");
      assertNull(client.call("GET", "date"));
      client.call("SET", "minute", "v", "EXAT", Long.toString(time(client) + 60));
      client.call("SET", "ttl", "v", "EX", "100");
      long left = (Long) client.call("TTL", "minute");
      assertTrue(left > 50 && left <= 60, left + " s");
      while (!client.call("DBSIZE").equals(2L)) {
        Thread.onSpinWait();
      }
      server.kill();
    }
    setClock("-1h");
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      assertNull(client.call("GET", "date"));
      assertNull(client.call("GET", "short"));
      long left = (Long) client.call("TTL", "ttl");
      assertTrue(left > 50 && left <= 100, left + " s");
      assertEquals(2L, client.call("DBSIZE"));
    }
  }
}
