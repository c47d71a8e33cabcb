package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Clients that keep copies of what they read, as CLIENT TRACKING has it, and others that change
 * that. A copy that is older than what was acknowledged before a client asked for anything is gone
 * by the time that this is answered; when all is quiet, every copy is what there is.
 */
final class TrackingWorkload extends Workload {
  private static final int DATABASE = 9;
  private static final int WRITERS = 2;
  private static final int CACHES = 4;
  private static final int KEYS = 6;
  private static final int MOST_UNANSWERED = 5;

  /** What is known of a key, which one client changes: values are numbers, each a greater one. */
  private static final class Known {
    /** The last that was sent. */
    private long sent;

    /** The last that was acknowledged, or seen. */
    private long least;

    /** The last that its writer was told of; what it knows others may go by. */
    private long acknowledged;

    /** Whether it may be absent, whatever was set. */
    private boolean mayBeAbsent;
  }

  /** How a client keeps copies. */
  private enum Mode {
    DEFAULT,
    BCAST,
    OPTIN,
    OPTOUT
  }

  /** A client with its copies. */
  private static final class Cache {
    private final SimulatedClient client;
    private final Map<String, Long> copies = new HashMap<>();
    private Mode mode;
    private boolean on;

    private Cache(SimulatedClient client) {
      this.client = client;
    }

    /** Hears of what is out of date. */
    private void heard(Resp.Push push) {
      demand(push.parts().getFirst().equals("invalidate"), "not an invalidation");
      if (push.parts().get(1) instanceof List<?> keys) {
        keys.forEach(copies::remove);
      } else {
        copies.clear();
      }
    }
  }

  private static final long ABSENT = 0;

  private final Map<String, Known> known = new HashMap<>();
  private final List<SimulatedClient> writers = new ArrayList<>();
  private final List<Cache> caches = new ArrayList<>();
  private long next;

  TrackingWorkload(ServerSimulation world) {
    super(world);
    for (int i = 0; i < KEYS; i++) {
      known.put("t" + i, new Known());
    }
  }

  private static long value(Object reply) {
    return reply.equals(Resp.NIL) ? ABSENT : Long.parseLong(((String) reply).split(" ", 2)[0]);
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    known.forEach(
        (key, its) -> {
          long found = value(survivor.ask(DATABASE, "GET", key));
          demand(found <= its.sent, key + " is " + found + ", which nobody has set");
          demand(
              found >= its.least || !promised || (found == ABSENT && its.mayBeAbsent),
              key + " is " + found + ", and was " + its.least);
        });
  }

  @Override
  void begin(Survivor survivor) {
    writers.clear();
    caches.clear();
    known.replaceAll(
        (key, _) -> {
          Known its = new Known();
          long found = value(survivor.ask(DATABASE, "GET", key));
          its.sent = found;
          its.least = found;
          its.acknowledged = found;
          // What it was left with may have a time to live.
          its.mayBeAbsent = true;
          return its;
        });
    for (int i = 0; i < WRITERS; i++) {
      writers.add(connect(DATABASE));
    }
    for (int i = 0; i < CACHES; i++) {
      Cache cache = new Cache(connect(DATABASE));
      cache.client.listenBeside(cache::heard);
      cache.client.send(reply -> demand(reply instanceof List<?>, "no greeting"), "HELLO", "3");
      track(cache);
      caches.add(cache);
    }
  }

  private void track(Cache cache) {
    Mode mode = Mode.values()[random.nextInt(Mode.values().length)];
    List<String> words = new ArrayList<>(List.of("CLIENT", "TRACKING", "ON"));
    if (mode == Mode.BCAST) {
      words.addAll(List.of("PREFIX", "t"));
    }
    if (mode != Mode.DEFAULT) {
      words.add(mode.name());
    }
    cache.client.send(
        reply -> {
          isOk(reply);
          cache.mode = mode;
          cache.on = true;
        },
        words.toArray(String[]::new));
  }

  @Override
  void act() {
    if (random.nextInt(3) == 0) {
      int which = random.nextInt(WRITERS);
      if (writers.get(which).unanswered() < MOST_UNANSWERED) {
        write(writers.get(which), which);
      }
      return;
    }
    Cache cache = caches.get(random.nextInt(CACHES));
    if (!cache.on) {
      return;
    }
    if (cache.client.isIdle() && random.nextInt(30) == 0) {
      cache.on = false;
      cache.copies.clear();
      cache.client.send(Workload::isOk, "CLIENT", "TRACKING", "OFF");
      track(cache);
    } else if (cache.client.unanswered() < MOST_UNANSWERED) {
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        read(cache);
      }
    }
  }

  // Changes

  private void write(SimulatedClient writer, int which) {
    String key = key(which);
    String other = key(which);
    switch (random.nextInt(10)) {
      case 0 -> change(writer, true, List.of(key), "DEL", key);
      case 1 ->
          change(
              writer,
              true,
              List.of(key),
              "SET",
              key,
              number(),
              "PX",
              "" + (1 + random.nextInt(90)));
      case 2 -> {
        if (!key.equals(other)) {
          String number = number();
          change(writer, false, List.of(key, other), "MSET", key, number, other, number);
        }
      }
      case 3 ->
          change(
              writer,
              false,
              List.of(key),
              "EVAL",
              "return redis.call('SET', KEYS[1], ARGV[1])",
              "1",
              key,
              number());
      case 4 -> {
        writer.send(Workload::isOk, "MULTI");
        writer.send(Workload::isQueued, "SET", key, number());
        writer.send(Workload::isQueued, "SET", key, number());
        change(writer, false, List.of(key), "EXEC");
      }
      case 5 -> {
        if (random.nextInt(4) == 0) {
          change(writer, true, List.copyOf(known.keySet()), "FLUSHDB");
        }
      }
      default -> change(writer, false, List.of(key), "SET", key, number());
    }
  }

  /** Draws one of the keys that a writer alone changes. */
  private String key(int writer) {
    return "t" + (writer + WRITERS * random.nextInt(KEYS / WRITERS));
  }

  private String number() {
    return ++next + " " + "x".repeat(random.nextInt(5) == 0 ? 200 : 2);
  }

  private void change(
      SimulatedClient writer, boolean mayBeAbsent, List<String> keys, String... words) {
    long number = next;
    for (String key : keys) {
      Known its = known.get(key);
      its.sent = Math.max(its.sent, number);
      its.mayBeAbsent |= mayBeAbsent;
    }
    boolean deletes = words[0].equals("DEL") || words[0].equals("FLUSHDB");
    writer.send(
        reply -> {
          demand(!(reply instanceof Resp.Failure), "an error");
          for (String key : keys) {
            Known its = known.get(key);
            if (!deletes) {
              its.acknowledged = Math.max(its.acknowledged, number);
              its.least = Math.max(its.least, number);
            }
          }
        },
        words);
  }

  // Copies

  private void read(Cache cache) {
    boolean cachingGiven = random.nextBoolean();
    boolean keeps =
        switch (cache.mode) {
          case DEFAULT, BCAST -> true;
          case OPTIN -> cachingGiven;
          case OPTOUT -> !cachingGiven;
        };
    if (cachingGiven && cache.mode == Mode.OPTIN) {
      send(cache, Workload::isOk, "CLIENT", "CACHING", "YES");
    } else if (cachingGiven && cache.mode == Mode.OPTOUT) {
      send(cache, Workload::isOk, "CLIENT", "CACHING", "NO");
    }
    String key = "t" + random.nextInt(KEYS);
    String other = "t" + random.nextInt(KEYS);
    switch (random.nextInt(6)) {
      case 0, 1 ->
          send(
              cache,
              reply -> {
                seen(cache, keeps, key, ((List<?>) reply).get(0));
                seen(cache, keeps, other, ((List<?>) reply).get(1));
              },
              "MGET",
              key,
              other);
      case 2 ->
          send(
              cache,
              reply -> seen(cache, keeps, key, reply),
              "EVAL",
              "return redis.call('GET', KEYS[1])",
              "1",
              key);
      case 3 -> {
        send(cache, Workload::isOk, "MULTI");
        send(cache, Workload::isQueued, "GET", key);
        send(cache, Workload::isQueued, "GET", other);
        send(
            cache,
            reply -> {
              seen(cache, keeps, key, ((List<?>) reply).get(0));
              seen(cache, keeps, other, ((List<?>) reply).get(1));
            },
            "EXEC");
      }
      default -> send(cache, reply -> seen(cache, keeps, key, reply), "GET", key);
    }
  }

  /** What was acknowledged before this is sent is known by the time that it is answered. */
  private void send(Cache cache, Consumer<Object> reply, String... words) {
    Map<String, Long> before = new HashMap<>();
    known.forEach((key, its) -> before.put(key, its.acknowledged));
    cache.client.send(
        its -> {
          cache.copies.forEach(
              (key, copy) ->
                  demand(
                      copy == ABSENT || copy >= before.get(key),
                      () ->
                          cache.mode
                              + ": the copy of "
                              + key
                              + " is "
                              + copy
                              + ", and "
                              + before.get(key)
                              + " was acknowledged"));
          reply.accept(its);
        },
        words);
  }

  private void seen(Cache cache, boolean keeps, String key, Object reply) {
    Known its = known.get(key);
    long value = value(reply);
    demand(value <= its.sent, key + " is " + value + ", which nobody has set");
    its.least = Math.max(its.least, value);
    if (keeps) {
      cache.copies.put(key, value);
    } else {
      // What it holds is what it was told last, and it was not promised to hear of this.
      cache.copies.remove(key);
    }
  }

  @Override
  void quiet() {
    for (String key : known.keySet()) {
      long is = value(world.askServer(DATABASE, "GET", key));
      for (Cache cache : caches) {
        Long copy = cache.copies.get(key);
        demand(
            copy == null || copy == is,
            () -> cache.mode + ": the copy of " + key + " is " + copy + ", which is " + is);
      }
    }
  }
}
