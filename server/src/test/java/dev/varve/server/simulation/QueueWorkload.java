package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Clients that put things into lists and sorted sets, each thing once, and such that take them out
 * or wait for them. Nothing is given twice, nothing put is lost, nobody waits at what there is, and
 * each change is told of once.
 */
final class QueueWorkload extends Workload {
  private static final int DATABASE = 3;
  private static final int PRODUCERS = 2;
  private static final int CONSUMERS = 5;
  private static final String[] KEYS = {"q0", "q1", "q2", "z0"};

  private int next;
  private final Set<String> sent = new HashSet<>();
  private final Set<String> put = new HashSet<>();
  private final Set<String> given = new HashSet<>();

  /** How many things may or may not have been given: the answer was never heard. */
  private int inDoubt;

  private final List<SimulatedClient> producers = new ArrayList<>();
  private final List<SimulatedClient> consumers = new ArrayList<>();

  // Since the server was started last.
  private final Map<String, Integer> done = new TreeMap<>();
  private final Map<String, Integer> told = new TreeMap<>();
  private boolean someoneLeft;

  /** What each consumer was given last of q2, where all goes in at one end and out at the other. */
  private final Map<SimulatedClient, Integer> last = new HashMap<>();

  QueueWorkload(ServerSimulation world) {
    super(world);
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    Set<String> left = left(survivor);
    for (String thing : left) {
      demand(sent.contains(thing), thing + " is there, and nobody has put it");
      demand(!promised || !given.contains(thing), thing + " was given, and is there");
    }
    if (promised) {
      Set<String> missing = new HashSet<>(put);
      missing.removeAll(given);
      missing.removeAll(left);
      int most = inDoubt + beingGiven();
      demand(missing.size() <= most, missing + " were put, and are gone; " + most + " may be");
    }
  }

  private int beingGiven() {
    int count = 0;
    for (SimulatedClient consumer : consumers) {
      count += consumer.unanswered();
    }
    return count;
  }

  private static Set<String> left(Survivor survivor) {
    Set<String> all = new HashSet<>();
    for (String key : KEYS) {
      String command = key.charAt(0) == 'q' ? "LRANGE" : "ZRANGE";
      for (String thing : strings(survivor.ask(DATABASE, command, key, "0", "-1"))) {
        demand(all.add(thing), thing + " is there twice");
      }
    }
    return all;
  }

  @Override
  void begin(Survivor survivor) {
    Set<String> left = left(survivor);
    // What is gone was given, to whoever.
    given.clear();
    given.addAll(sent);
    given.removeAll(left);
    put.clear();
    put.addAll(left);
    inDoubt = 0;
    done.clear();
    told.clear();
    last.clear();
    someoneLeft = false;
    producers.clear();
    consumers.clear();
    for (int i = 0; i < PRODUCERS; i++) {
      producers.add(connect(DATABASE));
    }
    for (int i = 0; i < CONSUMERS; i++) {
      consumers.add(connect(DATABASE));
    }
  }

  @Override
  void act() {
    if (random.nextBoolean()) {
      int which = random.nextInt(PRODUCERS);
      if (producers.get(which).unanswered() < 5) {
        produce(producers.get(which), which);
      }
      return;
    }
    int which = random.nextInt(CONSUMERS);
    SimulatedClient consumer = consumers.get(which);
    if (consumer.isIdle()) {
      consume(consumer);
    } else if (random.nextInt(40) == 0) {
      inDoubt += consumer.unanswered();
      someoneLeft = true;
      consumer.close();
      consumers.set(which, connect(DATABASE));
    }
  }

  private void produce(SimulatedClient producer, int which) {
    if (random.nextInt(4) > 0) {
      put(producer, which, false);
      return;
    }
    producer.send(Workload::isOk, "MULTI");
    int things = 1 + random.nextInt(3);
    List<Runnable> puts = new ArrayList<>();
    for (int i = 0; i < things; i++) {
      puts.add(put(producer, which, true));
    }
    producer.send(
        reply -> {
          demand(reply instanceof List<?> all && all.size() == puts.size(), "not done");
          puts.forEach(Runnable::run);
        },
        "EXEC");
  }

  private Runnable put(SimulatedClient producer, int which, boolean queued) {
    String thing = "t" + ++next + (random.nextInt(6) == 0 ? "x".repeat(200) : "");
    sent.add(thing);
    // Only one of them puts into q2, at one end.
    String key = KEYS[random.nextInt(KEYS.length)];
    if (key.equals("q2") && which != 0) {
      key = "q1";
    }
    String command =
        key.charAt(0) == 'z'
            ? "ZADD"
            : key.equals("q2") || random.nextBoolean() ? "RPUSH" : "LPUSH";
    Runnable wasPut =
        () -> {
          put.add(thing);
          count(done, command.toLowerCase(Locale.ROOT));
        };
    String[] words =
        key.charAt(0) == 'z'
            ? new String[] {command, key, "" + random.nextInt(9), thing}
            : new String[] {command, key, thing};
    producer.send(
        reply -> {
          if (queued) {
            isQueued(reply);
          } else {
            demand(reply instanceof Long, "not a number");
            wasPut.run();
          }
        },
        words);
    return wasPut;
  }

  private static void count(Map<String, Integer> of, String what) {
    of.merge(what, 1, Integer::sum);
  }

  private void consume(SimulatedClient consumer) {
    String seconds = random.nextInt(3) == 0 ? "0" : "0." + (1 + random.nextInt(9));
    String first = KEYS[random.nextInt(3)];
    String second = KEYS[random.nextInt(3)];
    switch (random.nextInt(8)) {
      case 0 -> consumer.send(reply -> given(consumer, first, reply, "lpop"), "LPOP", first);
      case 1, 2, 3 ->
          consumer.send(reply -> givenOf(consumer, reply, "lpop"), "BLPOP", first, second, seconds);
      case 4 ->
          consumer.send(reply -> givenOf(consumer, reply, "rpop"), "BRPOP", "q0", "q1", seconds);
      case 5 ->
          consumer.send(
              reply -> {
                if (!reply.equals(Resp.NIL)) {
                  count(done, "lpop");
                  count(done, "rpush");
                }
              },
              "BLMOVE",
              "q0",
              "q1",
              "LEFT",
              "RIGHT",
              seconds);
      default ->
          consumer.send(reply -> givenOf(consumer, reply, "zpopmin"), "BZPOPMIN", "z0", seconds);
    }
  }

  private void givenOf(SimulatedClient consumer, Object reply, String event) {
    if (!reply.equals(Resp.NIL)) {
      List<?> all = (List<?>) reply;
      given(consumer, (String) all.get(0), all.get(1), event);
    }
  }

  private void given(SimulatedClient consumer, String key, Object reply, String event) {
    if (reply.equals(Resp.NIL)) {
      return;
    }
    String thing = (String) reply;
    count(done, event);
    demand(sent.contains(thing), "nobody has put it");
    demand(given.add(thing), "it was given before");
    if (key.equals("q2")) {
      int number = Integer.parseInt(thing.substring(1).replace("x", ""));
      demand(number > last.getOrDefault(consumer, 0), "it was put before what was given last");
      last.put(consumer, number);
    }
  }

  /** A client hears of a change. */
  void heard(String event) {
    count(told, event);
  }

  @Override
  void quiet() {
    Set<String> left = new HashSet<>();
    for (String key : KEYS) {
      Object found =
          world.askServer(DATABASE, key.charAt(0) == 'q' ? "LRANGE" : "ZRANGE", key, "0", "-1");
      List<String> things = strings(found);
      for (SimulatedClient consumer : consumers) {
        demand(
            things.isEmpty()
                || consumer.isIdle()
                || !List.of(consumer.first()).contains(key)
                || (consumer.first()[0].equals("BLMOVE") && !key.equals("q0")),
            "somebody waits at " + key + ", and there is " + things);
      }
      left.addAll(things);
    }
    Set<String> missing = new HashSet<>(put);
    missing.removeAll(left);
    missing.removeAll(given);
    demand(missing.size() <= inDoubt, missing + " are lost");
    if (!someoneLeft) {
      told.remove("del");
      demand(told.equals(done), "done was " + done + ", told of " + told);
    }
  }
}
