package dev.varve.benchmarks;

import static dev.varve.benchmarks.RespConnection.ascii;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sets keys with deadlines and watches how they go, what that costs, and how long GETs on another
 * connection take meanwhile. Ends with code 1 and says why if keys are still there ten seconds
 * after the last deadline.
 *
 * <p>Needs nothing but the JDK, so that it runs on the distribution's own runtime.
 */
public final class ExpiryLoad {
  private static final byte[] SET = ascii("SET");
  private static final byte[] GET = ascii("GET");
  private static final byte[] PX = ascii("PX");
  private static final byte[] PXAT = ascii("PXAT");
  private static final int PIPELINE = 100;
  private static final long LOAD_MILLIS = 20_000;
  private static final long MOST_BEHIND_MILLIS = 10_000;
  private static final long TICKS_A_SECOND = 100;

  private final int port;
  private final long pid;
  private final Path directory;
  private final byte[] value = new byte[100];

  private ExpiryLoad(int port, long pid, Path directory) {
    this.port = port;
    this.pid = pid;
    this.directory = directory;
    new SplittableRandom(1).nextBytes(value);
  }

  /**
   * Runs with {@code PORT PID DIRECTORY burst KEYS SPREAD-MILLIS} or {@code PORT PID DIRECTORY
   * steady KEYS-A-SECOND MINUTES}.
   */
  public static void main(String[] arguments) throws Exception {
    ExpiryLoad load =
        new ExpiryLoad(
            Integer.parseInt(arguments[0]), Long.parseLong(arguments[1]), Path.of(arguments[2]));
    int first = Integer.parseInt(arguments[4]);
    int second = Integer.parseInt(arguments[5]);
    try {
      if (arguments[3].equals("burst")) {
        load.burst(first, second);
      } else {
        load.steady(first, second);
      }
    } catch (IllegalStateException e) {
      System.out.println("FAILED: " + e.getMessage());
      System.exit(1);
    }
  }

  private void burst(int keys, int spreadMillis) throws Exception {
    SplittableRandom random = new SplittableRandom(2);
    AtomicBoolean done = new AtomicBoolean();
    try (RespConnection connection = new RespConnection(port);
        var threads = Executors.newFixedThreadPool(1)) {
      connection.write(SET, ascii("kept"), value);
      connection.expectOk();
      long before = info(connection, "expired_keys");
      long firstDeadline = System.currentTimeMillis() + LOAD_MILLIS;
      for (int i = 0; i < keys; i += PIPELINE) {
        for (int j = i; j < i + PIPELINE; j++) {
          long deadline = firstDeadline + (spreadMillis == 0 ? 0 : random.nextInt(spreadMillis));
          connection.write(SET, ascii("key:" + j), value, PXAT, ascii("" + deadline));
        }
        for (int j = 0; j < PIPELINE; j++) {
          connection.expectOk();
        }
      }
      long early = firstDeadline - System.currentTimeMillis();
      if (early < 0) {
        throw new IllegalStateException("the keys took too long to be set");
      }
      Thread.sleep(early);
      long ticks = ticks();
      Future<double[]> latencies = threads.submit(() -> getsUntil(done));
      long behind;
      try {
        behind = awaitExpired(connection, before + keys, firstDeadline + spreadMillis);
      } finally {
        done.set(true);
      }
      double seconds = (double) (ticks() - ticks) / TICKS_A_SECOND;
      double[] gets = latencies.get();
      System.out.printf(
          Locale.ROOT,
          "%,d keys, deadlines within %,d ms: all gone %,d ms behind the last; %.1f s of processor "
              + "time; %,d GETs meanwhile: p50 %.2f, p99 %.2f, p99.9 %.2f, longest %.2f ms%n",
          keys,
          spreadMillis,
          behind,
          seconds,
          gets.length,
          percentile(gets, 0.5),
          percentile(gets, 0.99),
          percentile(gets, 0.999),
          percentile(gets, 1));
      afterwards();
    }
  }

  /** Returns how many milliseconds after the last deadline that many keys had expired. */
  private long awaitExpired(RespConnection connection, long keys, long lastDeadline)
      throws Exception {
    long behind = 0;
    for (long left; (left = keys - info(connection, "expired_keys")) > 0; ) {
      behind = System.currentTimeMillis() - lastDeadline;
      if (behind > MOST_BEHIND_MILLIS) {
        throw new IllegalStateException(left + " keys are still there");
      }
      Thread.sleep(50);
    }
    return behind;
  }

  private void afterwards() throws Exception {
    for (int i = 0; i < 3; i++) {
      long ticks = ticks();
      Thread.sleep(10_000);
      System.out.printf(
          Locale.ROOT,
          "  %d s later: %.2f of a processor, %s%n",
          10 * (i + 1),
          (ticks() - ticks) / 10.0 / TICKS_A_SECOND,
          space());
    }
  }

  private double[] getsUntil(AtomicBoolean done) throws Exception {
    double[] millis = new double[1 << 10];
    int count = 0;
    byte[] key = ascii("kept");
    try (RespConnection connection = new RespConnection(port)) {
      while (!done.get()) {
        long begin = System.nanoTime();
        connection.write(GET, key);
        connection.expectBulk(value, 0);
        if (count == millis.length) {
          millis = Arrays.copyOf(millis, 2 * count);
        }
        millis[count++] = (System.nanoTime() - begin) / 1e6;
        Thread.sleep(1);
      }
    }
    double[] sorted = Arrays.copyOf(millis, count);
    Arrays.sort(sorted);
    return sorted;
  }

  private static double percentile(double[] sorted, double share) {
    return sorted.length == 0
        ? 0
        : sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }

  private void steady(int keysASecond, int minutes) throws Exception {
    try (RespConnection connection = new RespConnection(port)) {
      long begin = System.nanoTime();
      long set = 0;
      for (int minute = 1; minute <= minutes; minute++) {
        long ticks = ticks();
        for (long end = set + 60L * keysASecond; set < end; set += PIPELINE) {
          for (int i = 0; i < PIPELINE; i++) {
            connection.write(SET, ascii("key:" + (set + i)), value, PX, ascii("5000"));
          }
          for (int i = 0; i < PIPELINE; i++) {
            connection.expectOk();
          }
          long early = begin + (set + PIPELINE) * 1_000_000_000L / keysASecond - System.nanoTime();
          Thread.sleep(Math.max(0, early / 1_000_000));
        }
        System.out.printf(
            Locale.ROOT,
            "minute %d: %.2f of a processor, %s, %,d behind%n",
            minute,
            (ticks() - ticks) / 60.0 / TICKS_A_SECOND,
            space(),
            set - 5L * keysASecond - info(connection, "expired_keys"));
      }
    }
  }

  private String space() throws IOException {
    long bytes = 0;
    int count = 0;
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        // A file may be deleted in between.
        bytes += file.toFile().length();
        count++;
      }
    }
    return count + " files of " + (bytes >> 20) + " MiB, " + residentMib() + " MiB resident";
  }

  private long info(RespConnection connection, String field) throws IOException {
    connection.write(ascii("INFO"), ascii("stats"));
    String text = new String(connection.readBulk(), StandardCharsets.US_ASCII);
    return text.lines()
        .filter(line -> line.startsWith(field + ":"))
        .mapToLong(line -> Long.parseLong(line.substring(field.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  private long ticks() throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  private long residentMib() throws IOException {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      String line = lines.filter(text -> text.startsWith("VmRSS:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
    }
  }
}
