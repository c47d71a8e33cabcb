package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keys with a time to live, each set once: there until the time has passed, gone from then on, for
 * good once anybody has seen so, and told of once.
 */
final class ExpiryWorkload extends Workload {
  private static final int DATABASE = 4;
  private static final int CLIENTS = 3;

  /** What is known of a key; times in milliseconds. */
  private static final class Known {
    private final long sent;
    private final long life;
    private long set = Long.MAX_VALUE;
    private boolean gone;
    private int told;

    private Known(long sent, long life) {
      this.sent = sent;
      this.life = life;
    }

    private boolean isSet() {
      return set != Long.MAX_VALUE;
    }
  }

  private final Map<String, Known> keys = new TreeMap<>();

  /** Those of this life. */
  private final List<String> own = new ArrayList<>();

  private int next;
  private final List<SimulatedClient> clients = new ArrayList<>();

  ExpiryWorkload(ServerSimulation world) {
    super(world);
  }

  private long now() {
    return world.serverTime().elapsedMillis();
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    keys.forEach(
        (key, known) -> {
          boolean found = !survivor.ask(DATABASE, "GET", key).equals(Resp.NIL);
          if (promised) {
            hold(key, known, found, now(), now(), known.gone);
          }
        });
  }

  /**
   * @param asked when it was asked for
   * @param answered when that was answered
   * @param gone whether it was known to be gone before it was asked for
   */
  private static void hold(
      String key, Known known, boolean found, long asked, long answered, boolean gone) {
    boolean mayBe = !gone && (!known.isSet() || asked <= known.set + known.life + 1);
    boolean mayBeGone = !known.isSet() || known.gone || answered + 1 >= known.sent + known.life;
    demand(!found || mayBe, key + " is there, and its time is over");
    demand(found || mayBeGone, key + " is gone before its time");
  }

  @Override
  void begin(Survivor survivor) {
    keys.values().removeIf(known -> !known.isSet());
    own.clear();
    if (world.losesPromises()) {
      keys.clear();
    }
    clients.clear();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(connect(DATABASE));
    }
  }

  @Override
  void act() {
    SimulatedClient client = clients.get(random.nextInt(CLIENTS));
    if (!client.isIdle()) {
      return;
    }
    if (keys.isEmpty() || random.nextInt(3) == 0) {
      set(client);
    } else {
      int back = random.nextInt(Math.min(next, 12));
      get(client, "e" + (next - back));
    }
  }

  private void set(SimulatedClient client) {
    String key = "e" + ++next;
    long life = 1L + random.nextInt(random.nextBoolean() ? 30 : 400);
    Known known = new Known(now(), life);
    keys.put(key, known);
    own.add(key);
    client.send(
        reply -> {
          isOk(reply);
          known.set = now();
          world.serverTime().wrote(known.sent);
        },
        "SET",
        key,
        "v",
        "PX",
        "" + life);
  }

  private void get(SimulatedClient client, String key) {
    Known known = keys.get(key);
    if (known == null || !known.isSet()) {
      return;
    }
    boolean gone = known.gone;
    long asked = now();
    client.send(
        reply -> {
          boolean found = !reply.equals(Resp.NIL);
          hold(key, known, found, asked, now(), gone);
          known.gone |= !found;
        },
        "GET",
        key);
  }

  /** A client hears that a key has expired. */
  void heard(String key) {
    Known known = keys.get(key);
    if (known != null) {
      demand(++known.told == 1 || !own.contains(key), key + " was told to expire twice");
      demand(now() + 1 >= known.sent + known.life, key + " was told to expire before its time");
      known.gone = true;
    }
  }

  @Override
  void quiet() {
    for (String key : own) {
      demand(keys.get(key).told == 1, key + " has expired, and nobody was told");
    }
  }
}
