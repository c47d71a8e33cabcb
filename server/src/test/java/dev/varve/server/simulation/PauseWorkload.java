package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Clients that count, and one that has others wait (CLIENT PAUSE): what was sent after that was
 * acknowledged, and has to wait, is answered when the pause has ended or was ended, and everything
 * is then. Each number is counted once.
 */
final class PauseWorkload extends Workload {
  private static final int DATABASE = 10;
  private static final int COUNTERS = 3;

  /** Two clocks that count milliseconds differ by so much at most. */
  private static final long ROUNDING_MILLIS = 2;

  private SimulatedClient pauser;
  private final List<SimulatedClient> counters = new ArrayList<>();
  private final long[] least = new long[COUNTERS];
  private final long[] most = new long[COUNTERS];

  // Times in milliseconds, as far as the pauser has heard.
  private long writesUntil;
  private long allUntil;

  /** How often a pause was ended before its time. */
  private int ended;

  PauseWorkload(ServerSimulation world) {
    super(world);
  }

  private long now() {
    return world.time().elapsedMillis();
  }

  /** Whether a pause goes on for sure. */
  boolean isOn() {
    return now() + ROUNDING_MILLIS < writesUntil;
  }

  private static long number(Object reply) {
    return reply.equals(Resp.NIL) ? 0 : Long.parseLong((String) reply);
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    for (int i = 0; i < COUNTERS; i++) {
      long found = number(survivor.ask(DATABASE, "GET", "p" + i));
      demand(
          (found >= least[i] || !promised) && found <= most[i],
          "p" + i + " is " + found + ", not " + least[i] + " to " + most[i]);
    }
  }

  @Override
  void begin(Survivor survivor) {
    pauser = connect(DATABASE);
    counters.clear();
    for (int i = 0; i < COUNTERS; i++) {
      counters.add(connect(DATABASE));
      least[i] = number(survivor.ask(DATABASE, "GET", "p" + i));
      most[i] = least[i];
    }
    writesUntil = 0;
    allUntil = 0;
  }

  @Override
  void act() {
    if (random.nextInt(4) == 0) {
      if (pauser.isIdle()) {
        pause();
      }
      return;
    }
    int which = random.nextInt(COUNTERS);
    if (counters.get(which).unanswered() < 4) {
      count(which);
    }
  }

  private void pause() {
    if (random.nextInt(4) == 0) {
      // It may end a pause as soon as it is sent.
      ended++;
      writesUntil = 0;
      allUntil = 0;
      pauser.send(Workload::isOk, "CLIENT", "UNPAUSE");
      return;
    }
    boolean all = random.nextInt(3) == 0;
    long millis = 1L + random.nextInt(random.nextBoolean() ? 20 : 250);
    long end = now() + millis;
    pauser.send(
        reply -> {
          isOk(reply);
          boolean wasOn = isOn();
          writesUntil = Math.max(writesUntil, end);
          if (all) {
            allUntil = writesUntil;
          } else if (wasOn && allUntil > now() + ROUNDING_MILLIS) {
            // It is as strict as before, and longer.
            allUntil = writesUntil;
          }
        },
        "CLIENT",
        "PAUSE",
        "" + millis,
        all ? "ALL" : "WRITE");
  }

  private void count(int which) {
    SimulatedClient counter = counters.get(which);
    String key = "p" + which;
    switch (random.nextInt(6)) {
      case 0 -> {
        long from = least[which];
        send(
            counter,
            false,
            reply -> {
              long found = number(reply);
              demand(found >= from && found <= most[which], "not " + from + " or more");
              least[which] = Math.max(least[which], found);
            },
            "GET",
            key);
      }
      case 1 -> {
        most[which]++;
        send(counter, false, Workload::isOk, "MULTI");
        send(counter, false, Workload::isQueued, "INCR", key);
        send(counter, true, reply -> counted(which, ((List<?>) reply).getFirst()), "EXEC");
      }
      case 2 -> {
        most[which]++;
        send(
            counter,
            true,
            reply -> counted(which, reply),
            "EVAL",
            "return redis.call('INCR', KEYS[1])",
            "1",
            key);
      }
      case 3 ->
          send(
              counter,
              true,
              reply -> demand(reply.equals(0L), "somebody listens"),
              "PUBLISH",
              "nobody",
              "nothing");
      default -> {
        most[which]++;
        send(counter, true, reply -> counted(which, reply), "INCR", key);
      }
    }
  }

  private void counted(int which, Object reply) {
    demand(reply.equals(least[which] + 1), "not the number after " + least[which]);
    least[which]++;
  }

  /** What has to wait isn't answered before a pause ends that was known when it was sent. */
  private void send(
      SimulatedClient client, boolean writes, Consumer<Object> reply, String... words) {
    long until = writes ? writesUntil : allUntil;
    int endedBefore = ended;
    client.send(
        its -> {
          demand(
              ended > endedBefore || now() + ROUNDING_MILLIS >= until,
              "it is " + now() + ", and there is a pause until " + until);
          reply.accept(its);
        },
        words);
  }

  @Override
  void quiet() {
    for (int i = 0; i < COUNTERS; i++) {
      demand(least[i] == most[i], "p" + i + " was counted to " + least[i] + ", not " + most[i]);
    }
  }
}
