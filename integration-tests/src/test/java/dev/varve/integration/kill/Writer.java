package dev.varve.integration.kill;

import dev.varve.integration.RawClient;
import dev.varve.integration.kill.Model.Found;
import dev.varve.integration.kill.Model.Moment;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * One connection after another that writes keys of its own, several commands at a time. Each answer
 * must be the right one. When the server is killed, the commands that were not answered may have
 * been executed up to any of them: what is found afterwards must be the state after one of those,
 * in <i>all</i> of the writer's keys, and no earlier than what anybody has seen.
 */
final class Writer {

  private static final int LONGEST_PIPELINE = 16;

  private final int database;
  private final String prefix;
  private final SplittableRandom random;
  private final Commands commands;
  private final Deque<Sent> unanswered = new ArrayDeque<>();
  private final AtomicLong seen = new AtomicLong();
  private Model model = new Model();
  private long brokenAt;

  private record Sent(Command command, long time) {}

  Writer(int number, int database, boolean ownsDatabase, SplittableRandom random) {
    this.database = database;
    this.random = random;
    prefix = "w" + number + ":";
    commands = new Commands(random.split(), prefix, ownsDatabase);
  }

  int database() {
    return database;
  }

  /** Whether it may have a key of that name. */
  boolean hasKey(int inDatabase, String name) {
    return database == inDatabase && commands.names().contains(name);
  }

  /** Another connection has read a value of this version. */
  void seen(long version) {
    seen.accumulateAndGet(version, Math::max);
  }

  /** Writes until the connection breaks, and throws what that looks like. */
  void write(int port, LongAdder answers) throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      Command.expect("OK", client.call("SELECT", Integer.toString(database)));
      while (true) {
        long time = System.currentTimeMillis();
        for (int i = random.nextInt(LONGEST_PIPELINE); i >= 0; i--) {
          Command command = commands.next(model);
          unanswered.add(new Sent(command, time));
          client.write(command.frame());
        }
        client.flush();
        while (!unanswered.isEmpty()) {
          Object reply = unanswered.peek().command().read(client);
          apply(model, unanswered.remove(), System.currentTimeMillis(), reply);
          answers.increment();
        }
      }
    } finally {
      brokenAt = System.currentTimeMillis();
    }
  }

  private static void apply(Model model, Sent sent, long end, Object reply) {
    try {
      sent.command().effect().apply(model, new Moment(sent.time(), end), reply);
    } catch (AssertionError e) {
      throw new AssertionError(sent.command() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads all keys back.
   *
   * @return how many are there
   * @throws AssertionError if they aren't what they may be
   */
  int verify(RawClient client) throws IOException {
    Command.expect("OK", client.call("SELECT", Integer.toString(database)));
    long begin = System.currentTimeMillis();
    Map<String, Found> found = read(client);
    Moment moment = new Moment(begin, System.currentTimeMillis());
    String first = null;
    int tried = 0;
    while (true) {
      String wrong =
          model.lastVersion() < seen.get()
              ? "version " + seen.get() + " was seen, and is lost"
              : model.contradiction(found, moment);
      if (wrong == null) {
        break;
      }
      first = first == null ? wrong : first;
      if (unanswered.isEmpty()) {
        throw new AssertionError(
            "database %d, after the last answer: %s; after %d commands more: %s"
                .formatted(database, first, tried, wrong));
      }
      tried++;
      apply(model, unanswered.remove(), brokenAt, Command.Unanswered.NO_REPLY);
    }
    unanswered.clear();
    seen.set(0);
    model.learn(found);
    return Math.toIntExact(found.values().stream().filter(each -> each.bytes() != null).count());
  }

  private Map<String, Found> read(RawClient client) throws IOException {
    for (String name : commands.names()) {
      client.write(RawClient.frame("GET", name));
      client.write(RawClient.frame("PEXPIRETIME", name));
    }
    client.flush();
    Map<String, Found> found = new LinkedHashMap<>();
    for (String name : commands.names()) {
      byte[] bytes = (byte[]) client.read();
      found.put(name, new Found(bytes, (Long) client.read()));
    }
    return found;
  }

  /** One random read of a key of some writer, by a connection of its database. */
  static void observe(Writer writer, RawClient client, SplittableRandom random) throws IOException {
    String key = Commands.valueKey(writer.prefix, random);
    Object reply = client.call("GET", key);
    if (reply instanceof byte[] value) {
      writer.seen(StampedValue.versionIn(key, value));
    } else if (reply != null) {
      throw new AssertionError("GET " + key + " answered " + reply);
    }
  }
}
