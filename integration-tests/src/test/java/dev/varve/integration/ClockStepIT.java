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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The wall clock of a server that runs is set, by libfaketime: keys with a time to live expire when
 * that has elapsed, those with a date by the clock, and nothing that expired comes back.
 */
@Timeout(300)
final class ClockStepIT {
  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"));

  private static final List<String> STEPS = List.of("-1h", "+1d", "-1d", "+1y");

  private static final long LIFE_MILLIS = 1500;

  /** How many dates are given: enough that one is on its way when the clock ticks. */
  private static final int DATES = 200;

  @TempDir Path folder;
  private Path library;
  private Path offset;
  private long begin;

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
        client.call("SET", "key", "v", "PX", Long.toString(LIFE_MILLIS));
        long latest = System.nanoTime();
        setClock(step);
        long moved = time(client) - before;
        assertTrue(Math.abs(moved) > 3000, "the clock was set: " + moved);
        long seen = earliest;
        long asked = System.nanoTime();
        while (client.call("GET", "key") != null) {
          seen = asked;
          asked = System.nanoTime();
        }
        long gone = System.nanoTime();
        // The server got SET between the first two, the last GET that found the key behind seen.
        double least = (seen - latest) / 1e6 - LIFE_MILLIS;
        double most = (gone - earliest) / 1e6 - LIFE_MILLIS;
        System.out.printf(
            Locale.ROOT, "%s: gone %.1f to %.1f ms behind its deadline%n", step, least, most);
        assertTrue(most > -1, "gone before its deadline, of whole milliseconds");
        assertTrue(least < 0, "still there, asked for " + least + " ms behind its deadline");
        setClock("+0");
      }
    }
  }

  @Test
  void nothingExpiredComesBackOverStepsAndRestarts() throws IOException {
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      for (int i = 0; i < DATES; i++) {
        client.call("SET", "date" + i, "v", "EXAT", Long.toString(time(client) + 600));
      }
      client.call("SET", "short", "v", "PX", "1");
      setClock("+1d");
      assertNoDates(client);
      setClock("+0");
      assertNoDates(client);
      begin = System.nanoTime();
      client.call("SET", "minute", "v", "EXAT", Long.toString(time(client) + 60));
      client.call("SET", "ttl", "v", "EX", "100");
      assertLeft(60, client, "minute");
      assertLeft(100, client, "ttl");
      while (!client.call("DBSIZE").equals(2L)) {
        Thread.onSpinWait();
      }
      server.kill();
    }
    setClock("-1h");
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      assertNoDates(client);
      assertNull(client.call("GET", "short"));
      assertLeft(100, client, "ttl");
      assertEquals(2L, client.call("DBSIZE"));
    }
  }

  /** A key's time to live is what it was, less what may have elapsed since. */
  private void assertLeft(long given, RawClient client, String key) throws IOException {
    long left = (Long) client.call("PTTL", key);
    double elapsed = (System.nanoTime() - begin) / 1e6;
    // A date is given in whole seconds.
    assertTrue(left <= given * 1000 && left > given * 1000 - 1000 - elapsed, left + " ms");
  }

  private static void assertNoDates(RawClient client) throws IOException {
    for (int i = 0; i < DATES; i++) {
      assertNull(client.call("GET", "date" + i));
    }
  }
}
