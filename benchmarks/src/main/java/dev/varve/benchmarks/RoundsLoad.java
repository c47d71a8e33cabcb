package dev.varve.benchmarks;

import static dev.varve.benchmarks.RespConnection.ascii;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * Puts an element into a collection and takes one out, for so many rounds, and says whether the
 * last tenth of them costs more than the second, in time and in processor time of the server
 * (without its compilers), and what is in tables at the end. The first tenth is left to the
 * compilers. Ends with code 1 and says why if an answer is wrong or a bar is missed.
 *
 * <p>A collection holds as many elements after each round as before it. So what lives at the end is
 * next to nothing.
 *
 * <p>Needs nothing but the JDK, so that it runs on the distribution's own runtime.
 */
public final class RoundsLoad {
  private static final int SLICES = 10;
  private static final int PIPELINE = 100;
  private static final double LEAST_SHARE = 0.9;
  private static final double TICKS_A_SECOND = 100;
  private static final int BYTES_OF_ELEMENT = 100;
  private static final String ANYTHING = "*";

  private static final List<Load> LOADS =
      List.of(
          new Load("SADD+SPOP", "SADD K N", "1", List.of("SPOP K"), List.of("*")),
          new Load("HSET+HDEL", "HSET K N value", "1", List.of("HDEL K G"), List.of("1")),
          new Load("RPUSH+LPOP", "RPUSH K N", "*", List.of("LPOP K"), List.of("G")),
          new Load("LPUSH+RPOP", "LPUSH K N", "*", List.of("RPOP K"), List.of("G")),
          new Load("RPUSH+BLPOP", "RPUSH K N", "*", List.of("BLPOP K 0"), List.of("[K G]")),
          new Load("ZADD+ZPOPMIN", "ZADD K N N", "1", List.of("ZPOPMIN K"), List.of("[G G]")),
          new Load(
              "ZADD+ZREMRANGEBYSCORE",
              "ZADD K N N",
              "1",
              List.of("ZREMRANGEBYSCORE K -inf G"),
              List.of("1")),
          new Load(
              "XADD+XREADGROUP+XACK+XTRIM",
              "XADD K N field value",
              "*",
              List.of(
                  "XREADGROUP GROUP group consumer COUNT 1 STREAMS K >",
                  "XACK K group G",
                  "XTRIM K MINID H"),
              List.of("[[K [[G-0 [field value]]]]]", "1", "1")));

  private final Load load;
  private final long rounds;
  private final int keys;
  private final int held;
  private final long pid;
  private final RespConnection puts;
  private final RespConnection takes;

  private RoundsLoad(
      Load load,
      long rounds,
      int keys,
      int held,
      long pid,
      RespConnection puts,
      RespConnection takes) {
    this.load = load;
    this.rounds = rounds;
    this.keys = keys;
    this.held = held;
    this.pid = pid;
    this.puts = puts;
    this.takes = takes;
  }

  /**
   * Runs with {@code PORT PID LOAD ROUNDS KEYS ELEMENTS MEMTABLE-BYTES}: so many rounds over so
   * many keys of so many elements each; without arguments prints the names of all loads.
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 0) {
      LOADS.forEach(load -> System.out.println(load.name));
      return;
    }
    int port = Integer.parseInt(arguments[0]);
    Load load = LOADS.stream().filter(l -> l.name.equals(arguments[2])).findFirst().orElseThrow();
    try (RespConnection puts = new RespConnection(port);
        RespConnection takes = new RespConnection(port)) {
      RoundsLoad run =
          new RoundsLoad(
              load,
              Long.parseLong(arguments[3]),
              Integer.parseInt(arguments[4]),
              // Who waits in BLPOP finds nothing: what is pushed is handed on.
              load.waits() ? 0 : Integer.parseInt(arguments[5]),
              Long.parseLong(arguments[1]),
              puts,
              takes);
      run.prepare();
      run.run(Long.parseLong(arguments[6]));
    } catch (IllegalStateException e) {
      System.out.println("FAILED: " + load.name + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private void prepare() throws IOException {
    if (load.name.startsWith("XADD")) {
      for (int i = 0; i < keys; i++) {
        puts.write(request("XGROUP CREATE K group 0 MKSTREAM".split(" "), i));
        puts.expectOk();
      }
    }
    long all = (long) keys * held;
    for (long i = 0; i < all; i += PIPELINE) {
      long end = Math.min(all, i + PIPELINE);
      for (long j = i; j < end; j++) {
        puts.write(request(load.put, j));
      }
      for (long j = i; j < end; j++) {
        expect(load.putReply, puts, j);
      }
    }
  }

  private void run(long memtableBytes) throws IOException {
    double[] seconds = new double[SLICES];
    double[] ticks = new double[SLICES];
    long number = (long) keys * held;
    for (int slice = 0; slice < SLICES; slice++) {
      long begin = System.nanoTime();
      long ticksBefore = ticks();
      for (long end = number + rounds / SLICES; number < end; number += PIPELINE) {
        rounds(number, Math.min(end, number + PIPELINE));
      }
      seconds[slice] = (System.nanoTime() - begin) / 1e9;
      ticks[slice] = ticks() - ticksBefore;
    }
    long tables = tableBytes();
    double share = seconds[1] / seconds[SLICES - 1];
    double processorShare = ticks[1] / ticks[SLICES - 1];
    double slice = rounds / (double) SLICES;
    System.out.printf(
        Locale.ROOT,
        "%-26s %,d keys: rounds a second %,.0f, then %,.0f (%.2f); us of processor a round %.1f, then %.1f (%.2f);"
            + " tables %.1f MB at the end%n",
        load.name,
        keys,
        slice / seconds[1],
        slice / seconds[SLICES - 1],
        share,
        ticks[1] / TICKS_A_SECOND * 1e6 / slice,
        ticks[SLICES - 1] / TICKS_A_SECOND * 1e6 / slice,
        processorShare,
        tables / 1e6);
    // Where others use the processors, time says little.
    if (Math.max(share, processorShare) < LEAST_SHARE) {
      throw new IllegalStateException("the last tenth was slower than the second");
    }
    if (tables > 2 * memtableBytes + (long) keys * held * BYTES_OF_ELEMENT) {
      throw new IllegalStateException("tables hold more than what lives and two memtables");
    }
  }

  /** Elements of consecutive numbers, each put, and as many taken. */
  private void rounds(long first, long end) throws IOException {
    RespConnection taking = load.waits() ? takes : puts;
    if (load.waits()) {
      for (long i = first; i < end; i++) {
        taking.write(request(load.takes.getFirst(), i));
      }
      taking.flush();
    }
    for (long i = first; i < end; i++) {
      puts.write(request(load.put, i));
      if (!load.waits()) {
        for (String[] take : load.takes) {
          taking.write(request(take, i));
        }
      }
    }
    for (long i = first; i < end; i++) {
      expect(load.putReply, puts, i);
      for (String reply : load.takeReplies) {
        expect(reply, taking, i);
      }
    }
  }

  /** The words of a request, where single letters stand for a round's key and numbers. */
  private byte[][] request(String[] template, long number) {
    byte[][] words = new byte[template.length][];
    for (int i = 0; i < words.length; i++) {
      words[i] =
          ascii(
              switch (template[i]) {
                case "K" -> key(number);
                case "N" -> name(number);
                case "G" -> name(gone(number));
                case "H" -> name(gone(number) + 1);
                default -> template[i];
              });
    }
    return words;
  }

  private void expect(String template, RespConnection from, long number) throws IOException {
    Object reply = from.read();
    String found = reply == null ? "nothing" : text(reply);
    if (reply != null && template.equals(ANYTHING)) {
      return;
    }
    String expected = template.replace("K", key(number)).replace("G", name(gone(number)));
    if (!found.equals(expected)) {
      throw new IllegalStateException("instead of " + expected + ": " + found);
    }
  }

  private static String text(Object reply) {
    if (reply instanceof List<?> elements) {
      StringJoiner joiner = new StringJoiner(" ", "[", "]");
      elements.forEach(element -> joiner.add(text(element)));
      return joiner.toString();
    }
    return reply instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.US_ASCII)
        : String.valueOf(reply);
  }

  /** An element's number as requests have it: from 1 on, as there is no entry 0 of a stream. */
  private static String name(long number) {
    return Long.toString(number + 1);
  }

  private String key(long number) {
    return "key:" + number % keys;
  }

  /** The number of the oldest element of the collection that an element was put into. */
  private long gone(long number) {
    return number - (long) keys * held;
  }

  private long tableBytes() throws IOException {
    puts.write(ascii("INFO"), ascii("storage"));
    String text = new String(puts.readBulk(), StandardCharsets.US_ASCII);
    return text.lines()
        .filter(line -> line.matches("level\\d+:.*"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*bytes=(\\d+).*", "$1")))
        .sum();
  }

  /** Processor time of all threads but those that compile. */
  private long ticks() throws IOException {
    long sum = 0;
    try (var threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        if (!stat.contains(" CompilerThre")) {
          String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
          sum += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        }
      }
    }
    return sum;
  }

  /** Requests of a round and the replies that they must get. */
  private record Load(
      String name, String[] put, String putReply, List<String[]> takes, List<String> takeReplies) {

    Load(String name, String put, String putReply, List<String> takes, List<String> takeReplies) {
      this(
          name,
          put.split(" "),
          putReply,
          takes.stream().map(take -> take.split(" ")).toList(),
          takeReplies);
    }

    /** Whether another connection takes, and waits for what it gets. */
    boolean waits() {
      return name.endsWith("+BLPOP");
    }
  }
}
