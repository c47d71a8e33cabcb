package dev.varve.server.simulation;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** Some clients with one purpose, and what they know of what they must be told. */
abstract class Workload {
  /** What a database holds that nobody works with but who asks. */
  static final class Survivor {
    private final CommandHarness harness;
    private final Session session;

    Survivor(CommandHarness harness) {
      this.harness = harness;
      this.session = harness.connect();
    }

    Object ask(int database, String... words) {
      harness.execute(session, "SELECT", "" + database);
      return Resp.of(harness.execute(session, words));
    }
  }

  final ServerSimulation world;
  final Random random;

  Workload(ServerSimulation world) {
    this.world = world;
    this.random = world.random();
  }

  /**
   * What has survived is held against what clients were told.
   *
   * @param promised whether all that was acknowledged or seen must be there
   */
  abstract void check(Survivor survivor, boolean promised);

  /** A life begins with what has survived the one before, which was checked. */
  abstract void begin(Survivor survivor);

  /** One client does something, or none. */
  abstract void act();

  /** Nothing is under way, and time has passed for all that has an end: holds what is against. */
  abstract void quiet();

  /** Has a client connected that uses a database. */
  SimulatedClient connect(int database) {
    SimulatedClient client = world.connect();
    if (database != 0) {
      client.send(Workload::isOk, "SELECT", "" + database);
    }
    return client;
  }

  static void isOk(Object reply) {
    demand(reply.equals("OK"), "not OK");
  }

  static void isQueued(Object reply) {
    demand(reply.equals("QUEUED"), "not queued");
  }

  static void demand(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  static void demand(boolean holds, Supplier<String> otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise.get());
    }
  }

  static List<String> strings(Object reply) {
    List<String> strings = new ArrayList<>();
    if (reply instanceof List<?> list) {
      list.forEach(each -> strings.addAll(strings(each)));
    } else if (!reply.equals(Resp.NIL)) {
      strings.add(reply.toString());
    }
    return strings;
  }
}
