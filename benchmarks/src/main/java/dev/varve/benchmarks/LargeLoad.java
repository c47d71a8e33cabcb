package dev.varve.benchmarks;

import static dev.varve.benchmarks.RespConnection.ascii;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Makes one large collection, reads it whole and in pages, asks for single elements, has its ranks
 * counted, takes elements out, renames and deletes it, and says what each of that took. Ends with
 * code 1 and says why if an answer is wrong or the server took more memory than it may.
 *
 * <p>Needs nothing but the JDK, so that it runs on the distribution's own runtime.
 */
public final class LargeLoad {

  private static final int LOADERS = 4;
  private static final int PIPELINE = 128;
  private static final int ASKERS = 50;
  private static final int COLD_ASKERS = 8;
  private static final int COLD_REQUESTS = 4_000;
  private static final int WARM_REQUESTS = 200_000;
  private static final int TAKES = 100_000;
  private static final int RENAMES = 200;
  private static final long SEED = 20_000_000;
  private static final double BESIDE_A_SECOND = 50_000;
  private static final double SETS_A_SECOND = 500;
  private static final double TICKS_A_SECOND = 100;
  private static final String OTHER_KEY = "other";

  private final int port;
  private final long pid;
  private final LargeCollection kind;
  private final int count;

  private LargeLoad(int port, long pid, LargeCollection kind, int count) {
    this.port = port;
    this.pid = pid;
    this.kind = kind;
    this.count = count;
  }

  /**
   * Runs with {@code PORT PID KIND COUNT MEMORY-LIMIT-MIB PHASE…}; the phases are {@code load},
   * {@code whole}, {@code scan}, {@code cold}, {@code warm}, {@code rank}, {@code take} and {@code
   * remove}. Without arguments prints the names of all kinds.
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 0) {
      LargeCollection.KINDS.forEach(kind -> System.out.println(kind.name()));
      return;
    }
    LargeLoad load =
        new LargeLoad(
            Integer.parseInt(arguments[0]),
            Long.parseLong(arguments[1]),
            LargeCollection.of(arguments[2]),
            Integer.parseInt(arguments[3]));
    long limitMib = Long.parseLong(arguments[4]);
    try {
      for (int i = 5; i < arguments.length; i++) {
        load.run(arguments[i]);
        if (load.peakMib() >= limitMib) {
          throw new IllegalStateException("more than " + limitMib + " MiB were resident");
        }
      }
    } catch (IllegalStateException e) {
      System.out.println("FAILED: " + e.getMessage());
      System.exit(1);
    }
  }

  private void run(String phase) throws Exception {
    switch (phase) {
      case "load" -> load();
      case "whole" -> whole();
      case "scan" -> scan();
      case "cold" -> cold();
      case "warm" -> warm();
      case "rank" -> rank();
      case "take" -> take();
      case "remove" -> remove();
      default -> throw new IllegalArgumentException(phase);
    }
  }

  private void say(String what, String text) throws IOException {
    System.out.printf(
        Locale.ROOT,
        "%-6s %-12s %s; at most %d MiB resident%n",
        kind.name(),
        what,
        text,
        peakMib());
  }

  private void load() throws Exception {
    KeyOrder order = new KeyOrder(count, SEED);
    int loaders = kind.inOrder() ? 1 : LOADERS;
    List<Callable<Void>> shares = new ArrayList<>();
    for (int i = 0; i < loaders; i++) {
      int first = (int) ((long) count * i / loaders);
      int end = (int) ((long) count * (i + 1) / loaders);
      shares.add(
          () -> {
            try (RespConnection connection = new RespConnection(port)) {
              for (int from = first; from < end; from += PIPELINE) {
                int to = Math.min(end, from + PIPELINE);
                for (int place = from; place < to; place++) {
                  connection.write(
                      LargeCollection.request(
                          kind.put(), 1 + (kind.inOrder() ? place : order.at(place))));
                }
                for (int place = from; place < to; place++) {
                  connection.read();
                }
              }
            }
            return null;
          });
    }
    long ticks = ticks();
    long begin = System.nanoTime();
    Latencies.inParallel(shares);
    double seconds = (System.nanoTime() - begin) / 1e9;
    say(
        "load",
        String.format(
            Locale.ROOT,
            "%,d in %.1f s: %,.0f a second, %.1f us of processor each",
            count,
            seconds,
            count / seconds,
            micros(ticks, count)));
  }

  /** What of the elements has been answered. */
  private final class Seen implements RespConnection.Bulks {
    private final BitSet numbers = new BitSet(count + 1);
    private final byte[][] element = new byte[kind.valuesOf()][];
    private final boolean ordered;
    private final boolean twiceAllowed;
    private int filled;
    private int last;

    Seen(boolean ordered, boolean twiceAllowed) {
      this.ordered = ordered;
      this.twiceAllowed = twiceAllowed;
    }

    @Override
    public void add(byte[] bulk) {
      element[filled++] = bulk;
      if (filled < element.length) {
        return;
      }
      filled = 0;
      int number = kind.number(element);
      if (ordered && number <= last) {
        throw new IllegalStateException("element " + number + " behind " + last);
      }
      last = number;
      if (numbers.get(number) && !twiceAllowed) {
        throw new IllegalStateException("element " + number + " twice");
      }
      numbers.set(number);
    }

    void expectAll() {
      if (filled != 0 || numbers.cardinality() != count || numbers.length() != count + 1) {
        throw new IllegalStateException(numbers.cardinality() + " elements of " + count);
      }
    }
  }

  private void whole() throws IOException {
    Seen seen = new Seen(kind.ordered(), false);
    long begin = System.nanoTime();
    try (RespConnection connection = new RespConnection(port)) {
      connection.write(LargeCollection.request(kind.whole(), 0));
      connection.read(seen);
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    seen.expectAll();
    say(
        command(kind.whole()),
        String.format(Locale.ROOT, "in %.1f s: %,.0f a second", seconds, count / seconds));
  }

  private void scan() throws IOException {
    if (kind.scan().isEmpty()) {
      return;
    }
    Seen seen = new Seen(false, true);
    long begin = System.nanoTime();
    byte[] cursor = {'0'};
    long longest = 0;
    try (RespConnection connection = new RespConnection(port)) {
      do {
        byte[][] request = LargeCollection.request(kind.scan(), 0);
        request[2] = cursor;
        long sent = System.nanoTime();
        connection.write(request);
        cursor = connection.readPage(seen);
        longest = Math.max(longest, System.nanoTime() - sent);
      } while (cursor.length != 1 || cursor[0] != '0');
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    seen.expectAll();
    say(
        command(kind.scan()),
        String.format(
            Locale.ROOT,
            "in %.1f s: %,.0f a second; longest page %.1f ms",
            seconds,
            count / seconds,
            longest / 1e6));
  }

  /** Single elements, as soon as they are answered: of a server just started, from the disk. */
  private void cold() throws Exception {
    for (LargeCollection.Ask ask : kind.asks()) {
      long ticks = ticks();
      Latencies found = Latencies.of(port, COLD_ASKERS, COLD_REQUESTS, 0, asking(ask));
      say(
          ask.command(),
          String.format(
              Locale.ROOT, "cold, %s; %.1f us of processor", found, micros(ticks, found.count())));
    }
  }

  /** Single elements, as fast as they are answered and at half of that rate. */
  private void warm() throws Exception {
    warm("SET", LargeLoad::setOther);
    for (LargeCollection.Ask ask : kind.asks()) {
      warm(ask.command(), asking(ask));
    }
  }

  private void warm(String command, Latencies.Request request) throws Exception {
    long ticks = ticks();
    Latencies most = Latencies.of(port, ASKERS, WARM_REQUESTS, 0, request);
    double micros = micros(ticks, most.count());
    Latencies half = Latencies.of(port, ASKERS, WARM_REQUESTS, most.rate() / 2, request);
    say(
        command,
        String.format(
            Locale.ROOT, "half of %,.0f, %s; %.1f us of processor", most.rate(), half, micros));
  }

  private Latencies.Request asking(LargeCollection.Ask ask) {
    return (connection, random) -> {
      int number = 1 + random.nextInt(count);
      connection.write(LargeCollection.request(ask.request(), number));
      ask.check(connection.read(), number);
    };
  }

  private static void setOther(RespConnection connection, Random random) throws IOException {
    connection.write(ascii("SET"), ascii(OTHER_KEY), ascii("value"));
    connection.expectOk();
  }

  /** Something that is done, and how long SETs of another key took meanwhile. */
  private Latencies beside(Callable<Void> done) throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    List<Long> nanos = new ArrayList<>();
    Callable<Void> setting =
        () -> {
          Random random = new Random(SEED);
          try (RespConnection connection = new RespConnection(port)) {
            while (!ended.get()) {
              long from = System.nanoTime();
              setOther(connection, random);
              nanos.add(System.nanoTime() - from);
              Thread.sleep((long) (1000 / SETS_A_SECOND));
            }
          }
          return null;
        };
    Callable<Void> doing =
        () -> {
          try {
            return done.call();
          } finally {
            ended.set(true);
          }
        };
    long begin = System.nanoTime();
    Latencies.inParallel(List.of(doing, setting));
    return Latencies.of(nanos, (System.nanoTime() - begin) / 1e9);
  }

  /**
   * The first rank, which has ranks counted, while others add members; these are taken out again.
   */
  private void rank() throws Exception {
    if (!kind.name().equals("zset")) {
      return;
    }
    int[] added = {0};
    Latencies others =
        beside(
            () -> {
              AtomicBoolean counted = new AtomicBoolean();
              Callable<Void> asking =
                  () -> {
                    try {
                      countRanks();
                    } finally {
                      counted.set(true);
                    }
                    return null;
                  };
              Callable<Void> adding =
                  () -> {
                    added[0] = addUntil(counted);
                    return null;
                  };
              Latencies.inParallel(List.of(asking, adding));
              return null;
            });
    say("others", String.format(Locale.ROOT, "meanwhile, %s", others));
    long begin = System.nanoTime();
    takeAdded(added[0]);
    double seconds = (System.nanoTime() - begin) / 1e9;
    say(
        "ZREM",
        String.format(
            Locale.ROOT, "%,d in %.1f s: %,.0f a second", added[0], seconds, added[0] / seconds));
  }

  /** Asks for a rank until it comes as fast as only counts give it. */
  private void countRanks() throws Exception {
    long begin = System.nanoTime();
    try (RespConnection connection = new RespConnection(port)) {
      int asked = 0;
      long last;
      do {
        long from = System.nanoTime();
        connection.write(LargeCollection.request("ZRANK K N", count - count / 8));
        connection.read();
        last = System.nanoTime() - from;
        if (asked++ == 0) {
          say("ZRANK", String.format(Locale.ROOT, "the first one took %.2f s", last / 1e9));
        }
        Thread.sleep(20);
      } while (last > 5_000_000);
      say(
          "ZRANK",
          String.format(Locale.ROOT, "counted after %.2f s", (System.nanoTime() - begin) / 1e9));
    }
  }

  private int addUntil(AtomicBoolean ended) throws Exception {
    KeyOrder order = new KeyOrder(count, SEED + 1);
    int added = 0;
    long begin = System.nanoTime();
    try (RespConnection connection = new RespConnection(port)) {
      while (!ended.get()) {
        int to = (int) Math.min((System.nanoTime() - begin) / 1e9 * BESIDE_A_SECOND, count);
        to = Math.min(to, added + 4 * PIPELINE);
        if (to <= added) {
          Thread.sleep(1);
        }
        int first = added;
        for (; added < to; added++) {
          connection.write(
              ascii("ZADD"),
              ascii(LargeCollection.KEY),
              ascii(order.at(added) + ".5"),
              ascii("beside:" + added));
        }
        for (int i = first; i < to; i++) {
          connection.read();
        }
      }
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    say("ZADD", String.format(Locale.ROOT, "beside, %,d: %,.0f a second", added, added / seconds));
    return added;
  }

  private void takeAdded(int added) throws Exception {
    try (RespConnection connection = new RespConnection(port)) {
      for (int from = 0; from < added; from += PIPELINE) {
        int to = Math.min(added, from + PIPELINE);
        for (int i = from; i < to; i++) {
          connection.write(ascii("ZREM"), ascii(LargeCollection.KEY), ascii("beside:" + i));
        }
        for (int i = from; i < to; i++) {
          if (!Long.valueOf(1).equals(connection.read())) {
            throw new IllegalStateException("beside:" + i + " was not there");
          }
        }
      }
    }
  }

  private void take() throws Exception {
    for (LargeCollection.Ask take : kind.takes()) {
      Latencies[] takes = new Latencies[1];
      long ticks = ticks();
      Latencies others =
          beside(
              () -> {
                takes[0] = Latencies.of(port, ASKERS, TAKES, 0, asking(take));
                return null;
              });
      say(
          take.command(),
          String.format(
              Locale.ROOT, "%s; %.1f us of processor", takes[0], micros(ticks, takes[0].count())));
      say("others", String.format(Locale.ROOT, "meanwhile, %s", others));
    }
  }

  private void remove() throws Exception {
    Latencies renames =
        Latencies.of(
            port,
            1,
            RENAMES,
            0,
            (connection, random) -> {
              rename(connection, LargeCollection.KEY, OTHER_KEY);
              rename(connection, OTHER_KEY, LargeCollection.KEY);
            });
    say("RENAME", String.format(Locale.ROOT, "twice, %s", renames));
    Latencies deletion =
        Latencies.of(
            port,
            1,
            1,
            0,
            (connection, random) ->
                connection.callInteger(ascii("DEL"), ascii(LargeCollection.KEY)));
    say("DEL", String.format(Locale.ROOT, "%.3f ms", deletion.millis(1)));
  }

  private static void rename(RespConnection connection, String from, String to) throws IOException {
    connection.write(ascii("RENAME"), ascii(from), ascii(to));
    connection.expectOk();
  }

  private static String command(String request) {
    return request.substring(0, request.indexOf(' '));
  }

  /** Processor time of the server since then, for each of so many requests. */
  private double micros(long ticksBefore, int requests) throws IOException {
    return (ticks() - ticksBefore) / TICKS_A_SECOND * 1e6 / requests;
  }

  private long ticks() throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  private long peakMib() throws IOException {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      String line = lines.filter(text -> text.startsWith("VmHWM:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
    }
  }
}
