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
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
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

  /** Commands of a transaction. */
  private static final int MOST_STEPS = 4;

  private static final int LONGEST_PIPELINE = 3;
  private static final int LEAST_ANSWERS = 1_000;
  private static final int MOST_ANSWERS = 6_000;

  @TempDir Path folder;

  private final List<List<Operation>> histories = new ArrayList<>();
  private final List<Transaction> transactions = Collections.synchronizedList(new ArrayList<>());
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
    runAndKill(ioThreads, random, Client::new);
    for (List<Operation> history : histories) {
      assertTrue(Linearizability.holds(history, null), () -> violation(history));
    }
    System.out.println(
        "linearizable: " + histories.stream().mapToInt(List::size).sum() + " operations");
  }

  /** Transactions over several keys must, all together, have one order. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void transactionsAreStrictlySerializable(String ioThreads) throws Exception {
    SplittableRandom random = Seed.random("LinearizabilityIT, transactions, " + ioThreads);
    runAndKill(ioThreads, random, TransactionClient::new);
    List<Long> nothing = new ArrayList<>(Collections.nCopies(KEYS, null));
    assertTrue(
        Linearizability.holds(transactions, nothing),
        () -> "not strictly serializable:\n" + transactions);
    long refused =
        transactions.stream().filter(each -> Transaction.REFUSED.equals(each.reply())).count();
    assertTrue(refused > 0, "no watched key was ever touched");
    System.out.println(
        "serializable: " + transactions.size() + " transactions, " + refused + " refused");
  }

  private void runAndKill(
      String ioThreads,
      SplittableRandom random,
      BiFunction<Integer, SplittableRandom, Worker> workers)
      throws Exception {
    for (int kill = 0; kill <= KILLS; kill++) {
      try (ServerProcess server =
          ServerProcess.in(folder.resolve("data"))
              .with("--appendfsync", "always", "--memtable-bytes", "64kb")
              .with("--io-threads", ioThreads)
              .start()) {
        workAndKill(server, random, workers);
      }
    }
  }

  private interface Worker {
    void work(ServerProcess server) throws IOException;
  }

  private void workAndKill(
      ServerProcess server,
      SplittableRandom random,
      BiFunction<Integer, SplittableRandom, Worker> workers)
      throws Exception {
    killed.set(false);
    answers.reset();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Worker worker = workers.apply(i, random.split());
      threads.add(start(() -> worker.work(server)));
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

  private static byte[] frame(int number, RegisterCommand command, long value) {
    String key = "register:" + number;
    return switch (command) {
      case GET, GETDEL, DEL -> RawClient.frame(command.name(), key);
      case SET, SETNX, GETSET, INCRBY -> RawClient.frame(command.name(), key, "" + value);
    };
  }

  private static Object meaning(Object reply) {
    return reply instanceof byte[] digits
        ? Long.valueOf(new String(digits, StandardCharsets.US_ASCII))
        : reply;
  }

  private static RegisterCommand anyCommand(SplittableRandom random) {
    RegisterCommand[] commands = RegisterCommand.values();
    return random.nextInt(3) == 0 ? RegisterCommand.GET : commands[random.nextInt(commands.length)];
  }

  /** One connection, which sends transactions, each of which has an order among all. */
  private final class TransactionClient implements Worker {
    private final int number;
    private final SplittableRandom random;

    TransactionClient(int number, SplittableRandom random) {
      this.number = number;
      this.random = random;
    }

    @Override
    public void work(ServerProcess server) throws IOException {
      try (RawClient client = server.connect()) {
        while (true) {
          List<Transaction.Step> steps = new ArrayList<>();
          for (int i = random.nextInt(MOST_STEPS); i >= 0; i--) {
            steps.add(
                new Transaction.Step(
                    random.nextInt(KEYS), anyCommand(random), random.nextInt(1_000_000)));
          }
          execute(client, steps);
          answers.increment();
        }
      }
    }

    private void execute(RawClient client, List<Transaction.Step> steps) throws IOException {
      if (random.nextInt(3) == 0) {
        // What is read here must still be so when the rest is executed.
        watchAndRead(client, steps);
        return;
      }
      long begin = System.nanoTime();
      Object reply = null;
      boolean answered = false;
      try {
        reply = exec(client, steps);
        answered = true;
      } finally {
        note(steps, begin, answered, reply);
      }
    }

    private void watchAndRead(RawClient client, List<Transaction.Step> steps) throws IOException {
      int key = random.nextInt(KEYS);
      client.call("WATCH", "register:" + key);
      // From here on nobody else may touch it, if the transaction is executed.
      long begin = System.nanoTime();
      Object read = meaning(client.call("GET", "register:" + key));
      List<Transaction.Step> all = new ArrayList<>();
      all.add(new Transaction.Step(key, RegisterCommand.GET, 0));
      all.addAll(steps);
      Object reply = null;
      boolean answered = false;
      try {
        reply = exec(client, steps);
        answered = true;
        if (reply instanceof List<?> replies) {
          List<Object> withRead = new ArrayList<>();
          withRead.add(read);
          withRead.addAll(replies);
          reply = withRead;
        }
      } finally {
        note(all, begin, answered, reply);
      }
    }

    private static Object exec(RawClient client, List<Transaction.Step> steps) throws IOException {
      client.write(RawClient.frame("MULTI"));
      for (Transaction.Step step : steps) {
        client.write(frame(step.key(), step.command(), step.argument()));
      }
      client.write(RawClient.frame("EXEC"));
      client.flush();
      for (int i = 0; i <= steps.size(); i++) {
        client.read();
      }
      Object reply = client.read();
      if (!(reply instanceof List<?> replies)) {
        return reply == null ? Transaction.REFUSED : reply;
      }
      List<Object> meanings = new ArrayList<>();
      replies.forEach(each -> meanings.add(meaning(each)));
      return meanings;
    }

    private void note(List<Transaction.Step> steps, long begin, boolean answered, Object reply) {
      boolean mayWrite = steps.stream().anyMatch(step -> step.command().writes());
      if (answered || mayWrite) {
        transactions.add(new Transaction(number, steps, begin, System.nanoTime(), answered, reply));
      }
    }
  }

  /** One connection, which notes what it sends and what comes back. */
  private final class Client implements Worker {
    private final int number;
    private final SplittableRandom random;
    private final Deque<Sent> unanswered = new ArrayDeque<>();

    private record Sent(int key, RegisterCommand command, long argument, long time) {}

    Client(int number, SplittableRandom random) {
      this.number = number;
      this.random = random;
    }

    @Override
    public void work(ServerProcess server) throws IOException {
      try (RawClient client = server.connect()) {
        while (true) {
          long time = System.nanoTime();
          for (int i = random.nextInt(LONGEST_PIPELINE); i >= 0; i--) {
            Sent sent = pick(time);
            unanswered.add(sent);
            client.write(frame(sent.key(), sent.command(), sent.argument()));
          }
          client.flush();
          while (!unanswered.isEmpty()) {
            Object reply = meaning(client.read());
            note(unanswered.remove(), true, reply);
            answers.increment();
          }
        }
      } finally {
        // The server has ended: what had no effect so far will never have one.
        while (!unanswered.isEmpty()) {
          note(unanswered.remove(), false, null);
        }
      }
    }

    private Sent pick(long time) {
      return new Sent(random.nextInt(KEYS), anyCommand(random), random.nextInt(1_000_000), time);
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
