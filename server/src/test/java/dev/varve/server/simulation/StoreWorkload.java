package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Clients that add a member to a set and then one to another set, into which others store the first
 * one, again and again: a store takes a member away only if it brings the one that was added before
 * that. So who stores does so as if in one step, however long it is built aside.
 */
final class StoreWorkload extends Workload {
  private static final int DATABASE = 6;
  private static final int WRITERS = 3;
  private static final int BUILDERS = 2;

  /** Members of a pair of sets, before the next pair is begun. */
  private static final int MOST = 40;

  private int pair;
  private int next;

  /** Second members that were added for good, of the pair in use. */
  private final Set<Integer> added = new HashSet<>();

  private final List<SimulatedClient> writers = new ArrayList<>();
  private final List<SimulatedClient> builders = new ArrayList<>();

  StoreWorkload(ServerSimulation world) {
    super(world);
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    if (promised) {
      hold(added, strings(survivor.ask(DATABASE, "SMEMBERS", "to" + pair)));
    }
  }

  private static void hold(Set<Integer> added, List<String> found) {
    Set<String> all = new HashSet<>(found);
    for (int number : added) {
      demand(
          all.contains("x" + number) || all.contains("y" + number),
          "x" + number + " was taken away by what y" + number + " is not in");
    }
  }

  @Override
  void begin(Survivor survivor) {
    nextPair();
    writers.clear();
    builders.clear();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(connect(DATABASE));
    }
    for (int i = 0; i < BUILDERS; i++) {
      builders.add(connect(DATABASE));
    }
  }

  private void nextPair() {
    pair++;
    added.clear();
    next = 0;
  }

  @Override
  void act() {
    if (random.nextInt(3) == 0) {
      SimulatedClient builder = builders.get(random.nextInt(BUILDERS));
      if (builder.isIdle()) {
        build(builder);
      }
      return;
    }
    SimulatedClient writer = writers.get(random.nextInt(WRITERS));
    if (writer.isIdle()) {
      if (next == MOST) {
        nextPair();
      }
      add(writer);
    }
  }

  private void add(SimulatedClient writer) {
    int its = pair;
    int number = next++;
    writer.send(
        reply -> {
          demand(reply.equals(1L), "not added");
          writer.send(
              second -> {
                demand(second.equals(1L), "not added");
                if (its == pair) {
                  added.add(number);
                }
              },
              "SADD",
              "to" + its,
              "x" + number);
        },
        "SADD",
        "from" + its,
        "y" + number);
  }

  private void build(SimulatedClient builder) {
    if (random.nextInt(4) == 0) {
      watch(builder, "to" + pair);
      return;
    }
    if (random.nextInt(3) > 0) {
      builder.send(
          reply -> demand(reply instanceof Long, "not stored"),
          "SUNIONSTORE",
          "to" + pair,
          "from" + pair,
          "none");
      return;
    }
    Set<Integer> before = Set.copyOf(added);
    builder.send(reply -> hold(before, strings(reply)), "SMEMBERS", "to" + pair);
  }

  /** What is watched hasn't changed if the transaction isn't refused. */
  private static void watch(SimulatedClient client, String key) {
    client.send(Workload::isOk, "WATCH", key);
    client.send(
        before -> {
          client.send(Workload::isOk, "MULTI");
          client.send(Workload::isQueued, "SMEMBERS", key);
          client.send(
              after ->
                  demand(
                      after.equals(Resp.NIL)
                          || Set.copyOf(strings(after)).equals(Set.copyOf(strings(before))),
                      "it was watched, and has changed from " + before),
              "EXEC");
        },
        "SMEMBERS",
        key);
  }

  @Override
  void quiet() {
    hold(added, strings(world.askServer(DATABASE, "SMEMBERS", "to" + pair)));
  }
}
