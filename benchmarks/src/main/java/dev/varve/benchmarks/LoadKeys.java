package dev.varve.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes many keys in random order through the wire, reads every one back in another order, and
 * scans them all. Ends with code 1 and says why if a key is missing or wrong or comes twice, or if
 * the server took more memory than it may.
 *
 * <p>Needs nothing but the JDK, so that it runs on the distribution's own runtime.
 */
public final class LoadKeys {

  private static final int CONNECTIONS = 4;
  private static final int PIPELINE = 64;
  private static final int VALUE_LENGTH = 100;
  private static final long SEED = 20_000_000;

  private final int port;
  private final long pid;
  private final int first;
  private final int keys;

  private LoadKeys(int port, long pid, int first, int keys) {
    this.port = port;
    this.pid = pid;
    this.first = first;
    this.keys = keys;
  }

  /**
   * Runs with {@code --port N --pid N --keys N [--first N] [--memory-limit-mib N] [--write-only]}.
   */
  public static void main(String[] arguments) throws Exception {
    int port = 6379;
    long pid = 0;
    int first = 0;
    int keys = 1_000_000;
    long limitMib = Long.MAX_VALUE;
    boolean writeOnly = false;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--port" -> port = Integer.parseInt(arguments[++i]);
        case "--pid" -> pid = Long.parseLong(arguments[++i]);
        case "--keys" -> keys = Integer.parseInt(arguments[++i]);
        case "--first" -> first = Integer.parseInt(arguments[++i]);
        case "--memory-limit-mib" -> limitMib = Long.parseLong(arguments[++i]);
        case "--write-only" -> writeOnly = true;
        default -> throw new IllegalArgumentException(arguments[i]);
      }
    }
    LoadKeys load = new LoadKeys(port, pid, first, keys);
    try {
      load.timed("SET", load::write);
      if (!writeOnly) {
        load.timed("GET", load::readBack);
        load.timed("SCAN", load::scan);
      }
    } catch (IllegalStateException e) {
      System.out.println("FAILED: " + e.getMessage());
      System.exit(1);
    }
    if (load.peakMib() >= limitMib) {
      System.out.println(
          "FAILED: the server took " + load.peakMib() + " MiB of at most " + limitMib);
      System.exit(1);
    }
  }

  private interface Phase {
    void run() throws Exception;
  }

  private void timed(String name, Phase phase) throws Exception {
    long start = System.nanoTime();
    phase.run();
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%-4s %,d keys in %.1f s: %,.0f a second; peak of resident memory %d MiB%n",
        name,
        keys,
        seconds,
        keys / seconds,
        peakMib());
  }

  private void write() throws Exception {
    KeyOrder order = new KeyOrder(keys, SEED);
    inParallel(
        (connection, from, to) -> {
          byte[] key = RespConnection.ascii("key:000000000000");
          byte[] value = new byte[VALUE_LENGTH];
          for (int place = from; place < to; place++) {
            int number = first + order.at(place);
            name(number, key);
            value(number, value);
            connection.write(SET, key, value);
          }
          for (int place = from; place < to; place++) {
            connection.expectOk();
          }
        });
  }

  private void readBack() throws Exception {
    KeyOrder order = new KeyOrder(keys, SEED + 1);
    inParallel(
        (connection, from, to) -> {
          byte[] key = RespConnection.ascii("key:000000000000");
          byte[] value = new byte[VALUE_LENGTH];
          for (int place = from; place < to; place++) {
            name(first + order.at(place), key);
            connection.write(GET, key);
          }
          for (int place = from; place < to; place++) {
            int number = first + order.at(place);
            value(number, value);
            connection.expectBulk(value, number);
          }
        });
  }

  private void scan() throws IOException {
    BitSet seen = new BitSet(keys);
    try (RespConnection connection = new RespConnection(port)) {
      long counted = connection.callInteger(RespConnection.ascii("DBSIZE"));
      if (counted != keys) {
        throw new IllegalStateException("DBSIZE says " + counted);
      }
      byte[] cursor = {'0'};
      do {
        cursor =
            connection.scan(
                cursor,
                key -> {
                  int number = Integer.parseInt(key.substring("key:".length())) - first;
                  if (seen.get(number)) {
                    throw new IllegalStateException("SCAN gave twice: " + key);
                  }
                  seen.set(number);
                });
      } while (cursor.length != 1 || cursor[0] != '0');
    }
    if (seen.cardinality() != keys) {
      throw new IllegalStateException("SCAN gave " + seen.cardinality() + " keys of " + keys);
    }
  }

  private static final byte[] SET = RespConnection.ascii("SET");
  private static final byte[] GET = RespConnection.ascii("GET");

  private interface Batch {
    void run(RespConnection connection, int from, int to) throws IOException;
  }

  /** Runs batches of a pipeline's length on all connections, each its own share of the places. */
  private void inParallel(Batch batch) throws Exception {
    try (var threads = Executors.newFixedThreadPool(CONNECTIONS)) {
      List<Future<?>> shares = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        int first = (int) ((long) keys * i / CONNECTIONS);
        int end = (int) ((long) keys * (i + 1) / CONNECTIONS);
        shares.add(
            threads.submit(
                () -> {
                  try (RespConnection connection = new RespConnection(port)) {
                    for (int from = first; from < end; from += PIPELINE) {
                      batch.run(connection, from, Math.min(end, from + PIPELINE));
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> share : shares) {
        try {
          share.get();
        } catch (ExecutionException e) {
          threads.shutdownNow();
          throw e.getCause() instanceof IllegalStateException wrong ? wrong : e;
        }
      }
    }
  }

  private static void name(int number, byte[] key) {
    for (int i = key.length - 1; i >= "key:".length(); i--) {
      key[i] = (byte) ('0' + number % 10);
      number /= 10;
    }
  }

  /** Bytes that follow from the key and can't be compressed. */
  private static void value(int number, byte[] value) {
    new SplittableRandom(number).nextBytes(value);
  }

  private long peakMib() throws IOException {
    if (pid == 0) {
      return 0;
    }
    try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      String line = lines.filter(text -> text.startsWith("VmHWM:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
    }
  }
}
