package dev.varve.integration.linearizability;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.RawClient;
import dev.varve.integration.Seed;
import dev.varve.integration.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ten connections work on a few keys, while others fill the memtable so that keys go to tables and
 * come back from the disk; the server is killed several times. Under {@code always} what each key
 * showed must be linearizable over all of that.
 */
final class LinearizabilityIT {

  private static final int CLIENTS = 10;
  private static final int FILLERS = 2;
  private static final int KEYS = 6;
  private static final int KILLS = 3;
  private static final int LONGEST_PIPELINE = 3;
  private static final int LEAST_ANSWERS = 1_000;
  private static final int MOST_ANSWERS = 6_000;

  @TempDir Path folder;

  private final List<List<Operation>> histories = new ArrayList<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final AtomicBoolean killed = new AtomicBoolean();
  private final LongAdder answers = new LongAdder();

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void eachKeyIsLinearizable(String ioThreads) throws Exception {
    SplittableRandom random = Seed.random("LinearizabilityIT, io-threads " + ioThreads);
    for (int i = 0; i < KEYS; i++) {
      histories.add(new ArrayList<>());
    }
    for (int kill = 0; kill <= KILLS; kill++) {
      try (ServerProcess server =
          ServerProcess.in(folder.resolve("data"))
              .with("--appendfsync", "always", "--memtable-bytes", "64kb")
              .with("--io-threads", ioThreads)
              .start()) {
        workAndKill(server, random);
      }
    }
    for (List<Operation> history : histories) {
      assertTrue(Linearizability.holds(history, null), () -> violation(history));
    }
    System.out.println(
        "linearizable: " + histories.stream().mapToInt(List::size).sum() + " operations");
  }

  private void workAndKill(ServerProcess server, SplittableRandom random) throws Exception {
    killed.set(false);
    answers.reset();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Client client = new Client(i, random.split());
      threads.add(start(() -> client.work(server)));
    }
    for (int i = 0; i < FILLERS; i++) {
      SplittableRandom own = random.split();
      threads.add(start(() -> fill(server, own)));
    }
    int enough = random.nextInt(LEAST_ANSWERS, MOST_ANSWERS);
    while (answers.sum() < enough && failure.get() == null && server.isAlive()) {
      server.run(Duration.ofMillis(1));
    }
    killed.set(true);
    server.kill();
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw new AssertionError("the server printed:\n" + server.log(), failure.get());
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private Thread start(Work work) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                work.run();
              } catch (IOException | UncheckedIOException e) {
                if (!killed.get()) {
                  failure.compareAndSet(null, e);
                }
              } catch (RuntimeException | AssertionError e) {
                failure.compareAndSet(null, e);
              }
            });
  }

  /** Writes other keys, so that memtables fill up. */
  private static void fill(ServerProcess server, SplittableRandom random) throws IOException {
    byte[] value = new byte[500];
    try (RawClient client = server.connect()) {
      while (true) {
        random.nextBytes(value);
        byte[] key = RawClient.ascii("filler:" + random.nextInt(1_000));
        client.send(RawClient.frame(RawClient.ascii("SET"), key, value)).read();
      }
    }
  }

  private static String violation(List<Operation> history) {
    StringBuilder text = new StringBuilder("not linearizable:");
    history.forEach(operation -> text.append('\n').append(operation));
    return text.toString();
  }

  /** One connection, which notes what it sends and what comes back. */
  private final class Client {
    private final int number;
    private final SplittableRandom random;
    private final Deque<Sent> unanswered = new ArrayDeque<>();

    private record Sent(int key, RegisterCommand command, long argument, long time) {}

    Client(int number, SplittableRandom random) {
      this.number = number;
      this.random = random;
    }

    void work(ServerProcess server) throws IOException {
      try (RawClient client = server.connect()) {
        while (true) {
          long time = System.nanoTime();
          for (int i = random.nextInt(LONGEST_PIPELINE); i >= 0; i--) {
            Sent sent = pick(time);
            unanswered.add(sent);
            client.write(frame(sent));
          }
          client.flush();
          while (!unanswered.isEmpty()) {
            Object reply = meaning(client.read());
            note(unanswered.remove(), true, reply);
            answers.increment();
          }
        }
      } finally {
        // The server's end is behind us: what had no effect so far will never have one.
        while (!unanswered.isEmpty()) {
          note(unanswered.remove(), false, null);
        }
      }
    }

    private Sent pick(long time) {
      RegisterCommand[] commands = RegisterCommand.values();
      RegisterCommand command =
          random.nextInt(3) == 0 ? RegisterCommand.GET : commands[random.nextInt(commands.length)];
      return new Sent(random.nextInt(KEYS), command, random.nextInt(1_000_000), time);
    }

    private static byte[] frame(Sent sent) {
      String key = "register:" + sent.key();
      String argument = Long.toString(sent.argument());
      return switch (sent.command()) {
        case GET, GETDEL, DEL -> RawClient.frame(sent.command().name(), key);
        case SET, SETNX, GETSET, INCRBY -> RawClient.frame(sent.command().name(), key, argument);
      };
    }

    private static Object meaning(Object reply) {
      return reply instanceof byte[] digits
          ? Long.valueOf(new String(digits, StandardCharsets.US_ASCII))
          : reply;
    }

    private void note(Sent sent, boolean answered, Object reply) {
      long now = System.nanoTime();
      if (answered || sent.command().writes()) {
        List<Operation> history = histories.get(sent.key());
        synchronized (history) {
          history.add(
              new Operation(
                  number, sent.command(), sent.argument(), sent.time(), now, answered, reply));
        }
      }
    }
  }
}
