package dev.varve.integration.power;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import dev.varve.integration.kill.Model;
import dev.varve.integration.power.Trace.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * One run of a traced server: it starts on what the last loss of power has left, is asked for all
 * that must be there, and serves all connections until the power goes.
 */
final class Life {

  /** Writers that share database 0. */
  static final int SHARING = 6;

  /** Writers with a database of their own, which they clear now and then. */
  static final int OWNING = 2;

  private static final int OBSERVERS = 2;
  private static final int REGISTER_CLIENTS = 4;
  private static final int LEAST_ANSWERS = 200;
  private static final int MOST_ANSWERS = 4_000;

  /** Where calls fail a load may come to nothing: it ends after so many ms. */
  private static final int LONGEST_FAILING_LOAD = 5_000;

  /** The exit codes of a server that calls have kept from starting. */
  private static final Set<Integer> FAILED_STARTS = Set.of(1, 5, 8);

  private final Interposer interposer;
  private final Path directory;
  private final PowerDisk disk;
  private final Promise before;
  private final List<PowerWriter> writers;
  private final Registers registers;
  private final SplittableRandom random;
  private final LongAdder answers = new LongAdder();
  private final AtomicInteger working = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private boolean always;
  private boolean started;
  private long verifiedAt = Long.MAX_VALUE;

  /** Which calls fail: none, some while it serves, or some from the start on. */
  enum Errors {
    NONE,
    SERVING,
    STARTING
  }

  /**
   * A life to come.
   *
   * @param before what must be there; null for an empty folder
   */
  Life(
      Interposer interposer,
      Path directory,
      Promise before,
      List<PowerWriter> writers,
      Registers registers,
      SplittableRandom random)
      throws IOException {
    this.interposer = interposer;
    this.directory = directory;
    this.before = before;
    this.writers = writers;
    this.registers = registers;
    this.random = random;
    disk = PowerDisk.of(directory);
  }

  /** The disk as it was before this life. */
  PowerDisk disk() {
    return disk;
  }

  long answers() {
    return answers.sum();
  }

  /** A server's options, drawn at random. */
  static ServerProcess.Builder server(Path directory, String policy, SplittableRandom random) {
    return ServerProcess.in(directory)
        .with("--appendfsync", policy)
        .with("--memtable-bytes", pick(random, "64kb", "128kb", "1mb"))
        .with("--compression", pick(random, "none", "lz4", "zstd"))
        .with("--blob-threshold", pick(random, "0", "1024", "4096"))
        .with("--compaction-style", pick(random, "leveled", "leveled", "universal"))
        .with("--io-threads", pick(random, "0", "2"))
        .with("--maxmemory", "256mb");
  }

  static String pick(SplittableRandom random, String... words) {
    return words[random.nextInt(words.length)];
  }

  /** Lives from start to end, and returns what was traced. */
  List<Event> live(String policy, Errors errors) throws Exception {
    always = policy.equals("always");
    if (errors == Errors.STARTING) {
      inject();
    }
    ServerProcess server = interposer.attach(server(directory, policy, random)).launch();
    try {
      started = errors == Errors.STARTING ? server.becomesReady() : mustBecomeReady(server);
      if (started) {
        serve(server, errors);
      } else {
        int code = server.awaitExit().code();
        assertTrue(FAILED_STARTS.contains(code), () -> "exit code " + code);
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError("the server printed:\n" + server.log(), e);
    } finally {
      server.kill();
    }
    return interposer.events();
  }

  private static boolean mustBecomeReady(ServerProcess server) {
    assertTrue(server.becomesReady(), "it didn't become ready");
    return true;
  }

  private void serve(ServerProcess server, Errors errors) throws Exception {
    boolean failing = errors != Errors.NONE;
    interposer.stopInjecting();
    find(server);
    verifiedAt = interposer.position();
    if (failing) {
      inject();
    }
    load(server, failing);
    assertEquals(null, failure.get(), () -> "while the server ran: " + failure.get());
  }

  /** All that must be there is; from here on that is what there was before. */
  private void find(ServerProcess server) throws IOException {
    List<Model> models = writers.stream().map(writer -> new Model()).toList();
    List<Long> values = null;
    if (before != null) {
      Promise.Kept kept = before.verify(server);
      models = kept.writers();
      values = kept.registers();
    }
    for (int i = 0; i < writers.size(); i++) {
      writers.get(i).begin(models.get(i));
    }
    if (values != null) {
      registers.begin(values);
    }
  }

  /**
   * Has several kinds of calls fail, in some proportion. A log that can't be written ends all
   * writes soon, so every other time it is left alone.
   */
  private void inject() {
    List<CallKind> all = new ArrayList<>(List.of(CallKind.values()));
    if (random.nextBoolean()) {
      all.removeAll(List.of(CallKind.WRITE, CallKind.SYNC));
    }
    Set<CallKind> kinds = EnumSet.noneOf(CallKind.class);
    for (int count = random.nextInt(2, 7); kinds.size() < count; ) {
      kinds.add(all.get(random.nextInt(all.size())));
    }
    if (random.nextBoolean()) {
      kinds.addAll(EnumSet.of(CallKind.CLOSE, CallKind.UNLINK));
    }
    int rate = 1 << random.nextInt(11, 17);
    interposer.inject(kinds, rate, random.nextBoolean() ? 1 << 12 : 0, random.nextLong());
  }

  private void load(ServerProcess server, boolean failing) throws Exception {
    List<Thread> threads = new ArrayList<>();
    working.set(writers.size() + REGISTER_CLIENTS);
    for (PowerWriter writer : writers) {
      threads.add(
          start(
              server,
              client -> {
                writer.write(client, interposer::position, answers, failing);
                working.decrementAndGet();
              }));
    }
    for (int i = 0; i < OBSERVERS; i++) {
      SplittableRandom own = random.split();
      threads.add(start(server, client -> observe(client, own)));
    }
    for (int i = 0; i < REGISTER_CLIENTS; i++) {
      SplittableRandom own = random.split();
      int number = i;
      threads.add(
          start(
              server,
              client -> {
                registers.work(number, client, own, interposer::position, answers, failing);
                working.decrementAndGet();
              }));
    }
    await(server, random.nextInt(LEAST_ANSWERS, MOST_ANSWERS), failing);
    over.set(true);
    interposer.freeze();
    server.kill();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void await(ServerProcess server, int enough, boolean failing) throws IOException {
    int checkpointAt = random.nextBoolean() ? random.nextInt(enough) : Integer.MAX_VALUE;
    long end = System.currentTimeMillis() + LONGEST_FAILING_LOAD;
    while (answers.sum() < enough
        && failure.get() == null
        && working.get() > 0
        && !(failing && System.currentTimeMillis() > end)) {
      server.run(Duration.ofMillis(1));
      assertTrue(server.isAlive(), "it ended");
      if (answers.sum() > checkpointAt) {
        checkpointAt = Integer.MAX_VALUE;
        try (RawClient client = server.connect()) {
          client.call("BGSAVE");
        }
      }
    }
  }

  private void observe(RawClient client, SplittableRandom own) throws IOException {
    while (true) {
      writers.get(own.nextInt(SHARING)).observe(client, own, interposer::position);
    }
  }

  private interface Work {
    void run(RawClient client) throws IOException;
  }

  private Thread start(ServerProcess server, Work work) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try (RawClient client = server.connect()) {
                work.run(client);
              } catch (IOException | UncheckedIOException e) {
                if (!over.get()) {
                  failure.compareAndSet(null, e);
                }
              } catch (RuntimeException | AssertionError e) {
                failure.compareAndSet(null, e);
              }
            });
  }

  /** What must be found if the power goes at that position of the trace. */
  Promise at(long position) {
    if (!started || position < verifiedAt) {
      return before == null ? nothing() : before;
    }
    return new Promise(
        writers.stream().map(writer -> writer.at(position, always)).toList(),
        registers.at(position, always));
  }

  /** What an empty folder has. */
  private Promise nothing() {
    return new Promise(
        writers.stream()
            .map(each -> new Expected(each, new Model(), List.of(), List.of(), List.of(), 0))
            .toList(),
        new Registers().at(0, true));
  }

  /** The trace tells of all that has become of the folder. */
  void checkTrace() throws IOException {
    assertNull(disk.difference());
  }
}
