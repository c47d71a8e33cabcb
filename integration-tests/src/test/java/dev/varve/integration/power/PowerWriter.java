package dev.varve.integration.power;

import static dev.varve.integration.kill.Command.Unanswered.NO_REPLY;

import dev.varve.integration.RawClient;
import dev.varve.integration.RawClient.ErrorReply;
import dev.varve.integration.kill.Command;
import dev.varve.integration.kill.Commands;
import dev.varve.integration.kill.Model;
import dev.varve.integration.kill.Model.Moment;
import dev.varve.integration.kill.StampedValue;
import dev.varve.integration.power.Expected.Executed;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * KillIT's writer, which notes how far the trace had come when a command was sent and when its
 * reply had arrived. So it is known for each point of the trace what must be there and what may.
 */
final class PowerWriter {

  private static final int LONGEST_PIPELINE = 16;

  private final int database;
  private final String prefix;
  private final SplittableRandom random;
  private final Commands commands;
  private final List<Answered> answered = new ArrayList<>();
  private final Deque<Sent> unanswered = new ArrayDeque<>();

  /** Answered by that nobody knows whether they were done, in the order in which they were sent. */
  private final List<Sent> unknown = new ArrayList<>();

  private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
  private final List<String> refused = new ArrayList<>();
  private Model base = new Model();
  private Model model = new Model();
  private long brokenAt;
  private boolean failing;

  private record Sent(Command command, long time, long position) {}

  private record Answered(Sent sent, long time, Object reply, long position) {}

  private record Seen(long version, long position) {}

  PowerWriter(int number, int database, boolean ownsDatabase, SplittableRandom random) {
    this.database = database;
    this.random = random;
    prefix = "w" + number + ":";
    commands = new Commands(random.split(), prefix, ownsDatabase);
  }

  int database() {
    return database;
  }

  /** What was answered by an error, and with which. */
  List<String> refused() {
    return refused;
  }

  Set<String> names() {
    return commands.names();
  }

  /** Begins anew in a life that has found this. */
  void begin(Model found) {
    answered.clear();
    unanswered.clear();
    unknown.clear();
    seen.clear();
    refused.clear();
    base = found.copy();
    model = found;
  }

  /**
   * Writes until the connection breaks or calls that fail leave an outcome unknown. All replies of
   * that pipeline are read: some of its commands were refused, which must show.
   *
   * @param callsFail whether errors are right
   */
  void write(RawClient client, LongSupplier position, LongAdder answers, boolean callsFail)
      throws IOException {
    failing = callsFail;
    try {
      Command.expect("OK", client.call("SELECT", Integer.toString(database)));
      while (unknown.isEmpty()) {
        long time = System.currentTimeMillis();
        long sentAt = position.getAsLong();
        for (int i = random.nextInt(LONGEST_PIPELINE); i >= 0; i--) {
          Command command = commands.next(model);
          unanswered.add(new Sent(command, time, sentAt));
          client.write(command.frame());
        }
        client.flush();
        while (!unanswered.isEmpty()) {
          Object reply = unanswered.peek().command().read(client);
          note(unanswered.remove(), reply, position.getAsLong());
          answers.increment();
        }
      }
    } finally {
      brokenAt = System.currentTimeMillis();
    }
  }

  private void note(Sent sent, Object reply, long position) {
    if (failing && reply instanceof ErrorReply error) {
      if (error.text().contains("outcome of this command is unknown")) {
        unknown.add(sent);
      } else {
        refused.add(sent.command() + " -> " + error.text());
      }
      return;
    }
    long now = System.currentTimeMillis();
    new Executed(sent.command(), new Moment(sent.time(), now), reply).applyTo(model);
    answered.add(new Answered(sent, now, reply, position));
  }

  /** One random read of a key of this writer, by a connection of its database. */
  void observe(RawClient client, SplittableRandom own, LongSupplier position) throws IOException {
    String key = Commands.valueKey(prefix, own);
    Object reply = client.call("GET", key);
    if (reply instanceof byte[] value) {
      seen.add(new Seen(StampedValue.versionIn(key, value), position.getAsLong()));
    } else if (reply != null && !(reply instanceof ErrorReply)) {
      throw new AssertionError("GET " + key + " answered " + reply);
    }
  }

  /**
   * What must be found if the power goes where the trace had that position; the writer must have
   * ended.
   *
   * @param always whether what was acknowledged must be there
   */
  Expected at(long position, boolean always) {
    List<Executed> surely = new ArrayList<>();
    List<Executed> maybe = new ArrayList<>();
    for (Answered each : answered) {
      Sent sent = each.sent();
      Executed executed =
          new Executed(sent.command(), new Moment(sent.time(), each.time()), each.reply());
      if (always && each.position() <= position) {
        surely.add(executed);
      } else if (sent.position() <= position) {
        maybe.add(executed);
      }
    }
    List<Sent> sentLast = new ArrayList<>(unknown);
    sentLast.addAll(unanswered);
    List<Executed> open = new ArrayList<>();
    for (Sent sent : sentLast) {
      if (sent.position() <= position) {
        open.add(new Executed(sent.command(), new Moment(sent.time(), brokenAt), NO_REPLY));
      }
    }
    if (!failing) {
      maybe.addAll(open);
      open.clear();
    }
    long version =
        seen.stream()
            .filter(each -> always && each.position() <= position)
            .mapToLong(Seen::version)
            .max()
            .orElse(0);
    return new Expected(this, base.copy(), surely, maybe, open, version);
  }
}
