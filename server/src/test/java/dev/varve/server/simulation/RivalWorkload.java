package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * Clients that watch a number, read it, and set it and a copy to the next one in a transaction. So
 * each next number is set once, a transaction is refused only if somebody else was about to set the
 * number, and number and copy are the same to whoever looks. Each change is told of once, when it
 * can't be lost any more.
 */
final class RivalWorkload extends Workload {
  private static final int DATABASE = 2;
  private static final int RIVALS = 4;
  private static final int NUMBERS = 2;

  /** What is known of a number. */
  private static final class Known {
    /** Acknowledged, seen, or told of. */
    private long least;

    private long most;
    private final List<Long> set = new ArrayList<>();

    /** How many transactions have been sent. */
    private int sent;

    private int underWay;

    /** Where the life began. */
    private long first;

    private long told;
    private long won;
  }

  private final Known[] numbers = new Known[NUMBERS];
  private final List<SimulatedClient> rivals = new ArrayList<>();

  RivalWorkload(ServerSimulation world) {
    super(world);
    for (int i = 0; i < NUMBERS; i++) {
      numbers[i] = new Known();
    }
  }

  private static long number(Object reply) {
    return reply.equals(Resp.NIL) ? 0 : Long.parseLong((String) reply);
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    for (int i = 0; i < NUMBERS; i++) {
      long found = number(survivor.ask(DATABASE, "GET", "w" + i));
      long copy = number(survivor.ask(DATABASE, "GET", "c" + i));
      demand(found == copy, "of w" + i + " " + found + " is left, of its copy " + copy);
      demand(
          (found >= numbers[i].least || !promised) && found <= numbers[i].most,
          "of w" + i + " " + found + " is left, not " + numbers[i].least + " or more");
    }
  }

  @Override
  void begin(Survivor survivor) {
    rivals.clear();
    for (int i = 0; i < RIVALS; i++) {
      rivals.add(connect(DATABASE));
    }
    for (int i = 0; i < NUMBERS; i++) {
      long found = number(survivor.ask(DATABASE, "GET", "w" + i));
      Known number = new Known();
      number.least = found;
      number.most = found;
      number.first = found;
      numbers[i] = number;
    }
  }

  @Override
  void act() {
    SimulatedClient rival = rivals.get(random.nextInt(RIVALS));
    if (!rival.isIdle()) {
      return;
    }
    int which = random.nextInt(NUMBERS);
    if (random.nextInt(4) == 0) {
      look(rival, which);
      return;
    }
    Known number = numbers[which];
    long least = number.least;
    int before = number.sent - number.underWay;
    rival.send(Workload::isOk, "WATCH", "w" + which);
    rival.send(reply -> set(rival, which, least, before, number(reply)), "GET", "w" + which);
  }

  private void look(SimulatedClient rival, int which) {
    Known number = numbers[which];
    long least = number.least;
    rival.send(
        reply -> {
          List<?> both = (List<?>) reply;
          long found = number(both.get(0));
          demand(found == number(both.get(1)), "the copy is another");
          demand(found >= least && found <= number.most, "not " + least + " or more");
          number.least = Math.max(number.least, found);
        },
        "MGET",
        "w" + which,
        "c" + which);
  }

  private void set(SimulatedClient rival, int which, long least, int before, long found) {
    Known number = numbers[which];
    demand(found >= least, "not " + least + " or more");
    number.least = Math.max(number.least, found);
    if (random.nextInt(8) == 0) {
      rival.send(Workload::isOk, "UNWATCH");
      return;
    }
    long next = found + 1;
    // Somebody else may have been at it, if anybody was whose transaction wasn't over.
    boolean alone = number.sent == before;
    int sentBefore = number.sent;
    number.sent++;
    number.underWay++;
    number.most = Math.max(number.most, next);
    rival.send(Workload::isOk, "MULTI");
    rival.send(Workload::isQueued, "SET", "w" + which, "" + next);
    rival.send(Workload::isQueued, "SET", "c" + which, "" + next);
    rival.send(reply -> over(number, next, alone && sentBefore + 1 == number.sent, reply), "EXEC");
  }

  private static void over(Known number, long next, boolean alone, Object reply) {
    number.underWay--;
    if (reply.equals(Resp.NIL)) {
      demand(!alone, "refused, and nobody else has touched it");
      return;
    }
    demand(reply.equals(List.of("OK", "OK")), "not set");
    demand(!number.set.contains(next), next + " was set before");
    number.set.add(next);
    number.won++;
    number.least = Math.max(number.least, next);
  }

  /** A client hears that a key was set. */
  void heard(String key) {
    if (key.charAt(0) == 'w') {
      Known number = numbers[key.charAt(1) - '0'];
      number.told++;
      long least = number.first + number.told;
      demand(least <= number.most, key + " was told of more often than it was set");
      number.least = Math.max(number.least, least);
    }
  }

  @Override
  void quiet() {
    for (int i = 0; i < NUMBERS; i++) {
      Known number = numbers[i];
      demand(
          number.told == number.won,
          "w" + i + " was set " + number.won + " times, and told of " + number.told + " times");
    }
  }
}
