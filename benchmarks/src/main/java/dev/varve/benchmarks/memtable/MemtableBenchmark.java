package dev.varve.benchmarks.memtable;

import dev.varve.storage.memtable.SlabPool;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Compares memtables: every workload runs on every candidate in turn, several rounds, and the best
 * round counts. Times are CPU times of the thread at work. Run with {@code -Xmx3g
 * --enable-native-access=ALL-UNNAMED}; arguments: rounds (5), keys (1,000,000), candidates by name
 * (all).
 */
public final class MemtableBenchmark {
  private static final int VALUE_BYTES = 100;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Arena arena = Arena.ofShared();
  private final SlabPool pool = new SlabPool(arena, false);
  private final Map<String, Supplier<Candidate>> candidates = new LinkedHashMap<>();
  private final Map<String, Map<String, Double>> best = new LinkedHashMap<>();
  private final int keys;
  private long sink;

  private MemtableBenchmark(int keys, List<String> names) {
    this.keys = keys;
    candidates.put("hash", () -> new HashMemtable(pool));
    candidates.put("skiplist", ArenaSkipList::new);
    candidates.put("jdk", JdkSkipList::new);
    if (!names.isEmpty()) {
      candidates.keySet().retainAll(names);
    }
  }

  /** Runs it and prints a table in Markdown. */
  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    int keys = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
    List<String> names =
        Arrays.asList(arguments).subList(Math.min(2, arguments.length), arguments.length);
    MemtableBenchmark benchmark = new MemtableBenchmark(keys, names);
    for (int round = 0; round < rounds; round++) {
      benchmark.candidates.forEach(benchmark::round);
    }
    benchmark.print();
  }

  private void round(String name, Supplier<Candidate> maker) {
    byte[][] random = randomKeys(16, keys);
    points(name, "16 B random", maker, random);
    points(name, "16 B sequential", maker, sequentialKeys(keys));
    points(name, "200 B random", maker, randomKeys(200, keys / 4));
    hotKeys(name, maker);
    for (int every : new int[] {1, 100, 10_000}) {
      mixed(name, maker, random, every);
    }
    readers(name, maker, random);
  }

  private static byte[][] randomKeys(int length, int count) {
    SplittableRandom random = new SplittableRandom(7);
    byte[][] keys = new byte[count][length];
    for (byte[] key : keys) {
      random.nextBytes(key);
    }
    return keys;
  }

  private static byte[][] sequentialKeys(int count) {
    byte[][] keys = new byte[count][];
    for (int i = 0; i < count; i++) {
      keys[i] = String.format(Locale.ROOT, "key:%012d", i).getBytes(StandardCharsets.UTF_8);
    }
    return keys;
  }

  private static byte[][] shuffled(byte[][] keys) {
    byte[][] shuffled = keys.clone();
    SplittableRandom random = new SplittableRandom(9);
    for (int i = shuffled.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      byte[] key = shuffled[i];
      shuffled[i] = shuffled[j];
      shuffled[j] = key;
    }
    return shuffled;
  }

  private void put(Candidate candidate, byte[][] puts) {
    byte[] bytes = new byte[puts[0].length + VALUE_BYTES];
    long sequence = 0;
    for (byte[] key : puts) {
      System.arraycopy(key, 0, bytes, 0, key.length);
      candidate.put(++sequence, bytes, key.length);
    }
  }

  private void points(String name, String shape, Supplier<Candidate> maker, byte[][] puts) {
    byte[][] gets = shuffled(puts);
    try (Candidate candidate = maker.get()) {
      time(name, shape + ": put", puts.length, () -> put(candidate, puts));
      time(
          name,
          shape + ": get",
          gets.length,
          () -> {
            for (byte[] key : gets) {
              sink += candidate.get(key);
            }
          });
      time(
          name,
          shape + ": first walk over all, a key",
          puts.length,
          () -> sink += candidate.walk(null, Integer.MAX_VALUE));
      time(
          name,
          shape + ": second walk, a key",
          puts.length,
          () -> sink += candidate.walk(null, Integer.MAX_VALUE));
      time(
          name,
          shape + ": seek + 10 keys",
          10_000,
          () -> {
            for (int i = 0; i < 10_000; i++) {
              sink += candidate.walk(gets[i], 10);
            }
          });
      report(name, shape + ": bytes a key", (double) candidate.bytes() / puts.length);
    }
  }

  /** 100 keys overwritten all the time. */
  private void hotKeys(String name, Supplier<Candidate> maker) {
    byte[][] hot = randomKeys(16, 100);
    byte[] bytes = new byte[16 + VALUE_BYTES];
    try (Candidate candidate = maker.get()) {
      time(
          name,
          "100 hot keys: put + get",
          keys,
          () -> {
            for (int i = 0; i < keys; i++) {
              byte[] key = hot[i % hot.length];
              System.arraycopy(key, 0, bytes, 0, 16);
              candidate.put(i + 1L, bytes, 16);
              sink += candidate.get(key);
            }
          });
    }
  }

  /** Half of the keys are there; puts of more, and after every so many a walk over ten keys. */
  private void mixed(String name, Supplier<Candidate> maker, byte[][] puts, int every) {
    int half = puts.length / 2;
    int more = Math.min(half, every == 1 ? 20_000 : 200_000);
    byte[] bytes = new byte[16 + VALUE_BYTES];
    try (Candidate candidate = maker.get()) {
      put(candidate, Arrays.copyOf(puts, half));
      sink += candidate.walk(null, 1);
      time(
          name,
          "put, and walk 10 after every " + every + ": a put",
          more,
          () -> {
            for (int i = half; i < half + more; i++) {
              System.arraycopy(puts[i], 0, bytes, 0, 16);
              candidate.put(i + 1L, bytes, 16);
              if (i % every == 0) {
                sink += candidate.walk(puts[i / 2], 10);
              }
            }
          });
    }
  }

  /** Puts beside a thread that gets what is there. */
  private void readers(String name, Supplier<Candidate> maker, byte[][] puts) {
    try (Candidate candidate = maker.get()) {
      int half = puts.length / 2;
      put(candidate, Arrays.copyOf(puts, half));
      AtomicBoolean stop = new AtomicBoolean();
      double[] getTime = new double[1];
      long[] readerSum = new long[1];
      Thread reader =
          new Thread(
              () -> {
                long start = cpuNanos();
                long gets = 0;
                long sum = 0;
                for (int i = 0; !stop.get(); i = (i + 7919) % half) {
                  sum += candidate.get(puts[i]);
                  gets++;
                }
                getTime[0] = (double) (cpuNanos() - start) / gets;
                readerSum[0] = sum;
              },
              "reader");
      reader.start();
      byte[] bytes = new byte[16 + VALUE_BYTES];
      time(
          name,
          "put beside a reader: put",
          half,
          () -> {
            for (int i = half; i < 2 * half; i++) {
              System.arraycopy(puts[i], 0, bytes, 0, 16);
              candidate.put(i + 1L, bytes, 16);
            }
          });
      stop.set(true);
      join(reader);
      sink += readerSum[0];
      report(name, "put beside a reader: get", getTime[0]);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while waiting for " + thread.getName(), e);
    }
  }

  private void time(String name, String what, int operations, Runnable work) {
    long start = cpuNanos();
    work.run();
    double each = (double) (cpuNanos() - start) / operations;
    report(name, what, each);
  }

  private static long cpuNanos() {
    return THREADS.getCurrentThreadCpuTime();
  }

  private void report(String name, String what, double figure) {
    best.computeIfAbsent(what, w -> new LinkedHashMap<>()).merge(name, figure, Math::min);
  }

  private void print() {
    System.out.println("| ns | " + String.join(" | ", candidates.keySet()) + " |");
    System.out.println("|---|" + "---|".repeat(candidates.size()));
    best.forEach(
        (what, figures) -> {
          StringBuilder row = new StringBuilder("| ").append(what).append(" |");
          figures.values().forEach(ns -> row.append(String.format(Locale.ROOT, " %.0f |", ns)));
          System.out.println(row);
        });
    System.out.println("What was read, so that it had to be: " + sink);
  }
}
