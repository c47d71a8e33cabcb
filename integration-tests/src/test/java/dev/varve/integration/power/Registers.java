package dev.varve.integration.power;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.RawClient;
import dev.varve.integration.RawClient.ErrorReply;
import dev.varve.integration.linearizability.Linearizability;
import dev.varve.integration.linearizability.Operation;
import dev.varve.integration.linearizability.RegisterCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * LinearizabilityIT's load: some connections work on a few keys. Whatever point of the trace the
 * power goes at, all replies up to there and what is found afterwards must fit into one order.
 */
final class Registers {

  static final int KEYS = 6;
  static final String PREFIX = "register:";
  private static final int LONGEST_PIPELINE = 3;

  /** After all times of a load. */
  private static final long END = Long.MAX_VALUE - 2;

  private final List<Noted> noted = new ArrayList<>();
  private List<Long> base = noValues();

  private record Sent(int key, RegisterCommand command, long argument, long time, long position) {}

  /** An operation; the position is that at which its reply was there, if there is one. */
  private record Noted(int client, Sent sent, long end, Object reply, long position) {}

  private static List<Long> noValues() {
    List<Long> values = new ArrayList<>();
    for (int key = 0; key < KEYS; key++) {
      values.add(null);
    }
    return values;
  }

  /** Begins anew in a life that has found this. */
  void begin(List<Long> found) {
    noted.clear();
    base = found;
  }

  /** Works until the connection breaks or {@code failing} calls leave an outcome unknown. */
  void work(
      int number,
      RawClient client,
      SplittableRandom random,
      LongSupplier position,
      LongAdder answers,
      boolean failing)
      throws IOException {
    Deque<Sent> unanswered = new ArrayDeque<>();
    List<Sent> unknown = new ArrayList<>();
    try {
      while (unknown.isEmpty()) {
        long sentAt = position.getAsLong();
        for (int i = random.nextInt(LONGEST_PIPELINE); i >= 0; i--) {
          Sent sent = pick(random, sentAt);
          unanswered.add(sent);
          client.write(frame(sent));
        }
        client.flush();
        while (!unanswered.isEmpty()) {
          Object reply = meaning(client.read());
          Sent sent = unanswered.remove();
          answers.increment();
          if (failing && reply instanceof ErrorReply error) {
            if (error.text().contains("outcome of this command is unknown")) {
              unknown.add(sent);
            }
          } else {
            long now = System.nanoTime();
            note(new Noted(number, sent, now, reply, position.getAsLong()));
          }
        }
      }
    } finally {
      unknown.addAll(unanswered);
      for (Sent sent : unknown) {
        note(new Noted(number, sent, END, null, Long.MAX_VALUE));
      }
    }
  }

  private synchronized void note(Noted each) {
    noted.add(each);
  }

  private static Sent pick(SplittableRandom random, long position) {
    RegisterCommand[] all = RegisterCommand.values();
    RegisterCommand command =
        random.nextInt(3) == 0 ? RegisterCommand.GET : all[random.nextInt(all.length)];
    return new Sent(
        random.nextInt(KEYS), command, random.nextInt(1_000_000), System.nanoTime(), position);
  }

  private static byte[] frame(Sent sent) {
    String key = PREFIX + sent.key();
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

  /** What must be found if the power goes where the trace had that position. */
  Histories at(long position, boolean always) {
    List<List<Operation>> histories = new ArrayList<>();
    for (int key = 0; key < KEYS; key++) {
      histories.add(new ArrayList<>());
    }
    for (Noted each : noted) {
      Sent sent = each.sent();
      boolean answered = each.position() <= position;
      if (answered || (sent.command().writes() && sent.position() <= position)) {
        histories
            .get(sent.key())
            .add(
                new Operation(
                    each.client(),
                    sent.command(),
                    sent.argument(),
                    sent.time(),
                    answered ? each.end() : END,
                    answered,
                    answered ? each.reply() : null));
      }
    }
    return new Histories(base, histories, always);
  }

  /**
   * What was done to each key before the power went.
   *
   * @param base the keys' values before
   * @param always whether what was acknowledged must be there; if not, nothing is known
   */
  record Histories(List<Long> base, List<List<Operation>> histories, boolean always) {

    /** Reads all keys back, and returns their values. */
    List<Long> verify(RawClient client) throws IOException {
      client.call("SELECT", "0");
      List<Long> found = new ArrayList<>();
      for (int key = 0; key < KEYS; key++) {
        Long value = (Long) meaning(client.call("GET", PREFIX + key));
        found.add(value);
        if (always) {
          judge(key, value);
        }
      }
      return found;
    }

    private void judge(int key, Long value) {
      List<Operation> history = new ArrayList<>(histories.get(key));
      history.add(new Operation(-1, RegisterCommand.GET, 0, END + 1, END + 2, true, value));
      assertTrue(
          Linearizability.holds(history, base.get(key)),
          () -> {
            StringBuilder text = new StringBuilder("not linearizable: from " + base.get(key));
            history.forEach(operation -> text.append('\n').append(operation));
            return text.toString();
          });
    }
  }
}
