package dev.varve.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * How long requests of many connections took, one at a time each: as fast as they are answered, or
 * at a given rate. At a rate, a request whose turn came while the one before it was under way has
 * been waiting since then.
 */
final class Latencies {
  private static final long MOST_NANOS = 5_000_000_000L;

  private final long[] nanos;
  private final double seconds;

  private Latencies(long[] nanos, double seconds) {
    Arrays.sort(nanos);
    this.nanos = nanos;
    this.seconds = seconds;
  }

  /** A request and the check of its reply; all of one connection come from one thread. */
  interface Request {
    void run(RespConnection connection, Random random) throws Exception;
  }

  /**
   * Sends so many requests, or as many as five seconds let it.
   *
   * @param rate requests a second by all connections; 0: as fast as they are answered
   */
  static Latencies of(int port, int connections, int requests, double rate, Request request)
      throws Exception {
    List<Callable<long[]>> clients = new ArrayList<>();
    int each = Math.max(1, requests / connections);
    for (int i = 0; i < connections; i++) {
      int number = i;
      clients.add(
          () -> {
            try (RespConnection connection = new RespConnection(port)) {
              return client(connection, number, each, connections / rate * 1e9, request);
            }
          });
    }
    long begin = System.nanoTime();
    List<long[]> all = inParallel(clients);
    return new Latencies(
        all.stream().flatMapToLong(Arrays::stream).toArray(), (System.nanoTime() - begin) / 1e9);
  }

  /** Makes those of durations that were measured elsewhere, in so many seconds. */
  static Latencies of(List<Long> nanos, double seconds) {
    return new Latencies(nanos.stream().mapToLong(Long::longValue).toArray(), seconds);
  }

  private static long[] client(
      RespConnection connection, int seed, int requests, double interval, Request request)
      throws Exception {
    Random random = new Random(seed);
    long[] nanos = new long[requests];
    boolean paced = Double.isFinite(interval);
    double due = System.nanoTime() + (paced ? random.nextDouble() * interval : 0);
    long answered = Long.MIN_VALUE;
    long begin = System.nanoTime();
    for (int i = 0; i < requests; i++) {
      long from = System.nanoTime();
      if (from - begin > MOST_NANOS) {
        return Arrays.copyOf(nanos, i);
      }
      if (paced) {
        for (long early = (long) due - from; early > 0; early = (long) due - System.nanoTime()) {
          LockSupport.parkNanos(early);
        }
        from = answered > due ? (long) due : System.nanoTime();
        due += interval;
      }
      request.run(connection, random);
      answered = System.nanoTime();
      nanos[i] = answered - from;
    }
    return nanos;
  }

  /** Runs all at once, each on a thread of its own, and gives their results. */
  static <T> List<T> inParallel(List<Callable<T>> tasks) throws Exception {
    try (var threads = Executors.newFixedThreadPool(tasks.size())) {
      List<T> results = new ArrayList<>();
      for (Future<T> task : tasks.stream().map(threads::submit).toList()) {
        try {
          results.add(task.get());
        } catch (ExecutionException e) {
          threads.shutdownNow();
          throw e.getCause() instanceof IllegalStateException wrong ? wrong : e;
        }
      }
      return results;
    }
  }

  /** How many requests were answered. */
  int count() {
    return nanos.length;
  }

  /** Requests a second. */
  double rate() {
    return nanos.length / seconds;
  }

  /** Milliseconds that so large a part of the requests took at most. */
  double millis(double part) {
    return nanos[Math.min(nanos.length - 1, (int) (nanos.length * part))] / 1e6;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%,.0f a second; ms p50 %.3f, p99 %.3f, p99.9 %.3f, longest %.1f",
        rate(),
        millis(0.5),
        millis(0.99),
        millis(0.999),
        millis(1));
  }
}
