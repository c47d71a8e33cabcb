package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Iterations over keys of which some come and go: each comes by all that were there throughout. */
final class ScanWorkload extends Workload {
  private static final int DATABASE = 5;
  private static final int STAYING = 25;
  private static final int PASSING = 40;
  private static final int SCANNERS = 2;

  private SimulatedClient writer;
  private final List<SimulatedClient> scanners = new ArrayList<>();
  private int set;

  ScanWorkload(ServerSimulation world) {
    super(world);
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    for (int i = 0; i < set && promised; i++) {
      demand(!survivor.ask(DATABASE, "GET", "s" + i).equals(Resp.NIL), "s" + i + " is gone");
    }
  }

  @Override
  void begin(Survivor survivor) {
    set = 0;
    writer = connect(DATABASE);
    for (int i = 0; i < STAYING; i++) {
      writer.send(
          reply -> {
            isOk(reply);
            set++;
          },
          "SET",
          "s" + i,
          "staying");
    }
    scanners.clear();
    for (int i = 0; i < SCANNERS; i++) {
      scanners.add(connect(DATABASE));
    }
  }

  @Override
  void act() {
    if (set < STAYING) {
      return;
    }
    if (random.nextInt(3) != 0) {
      if (writer.unanswered() < 4) {
        String key = "p" + random.nextInt(PASSING);
        boolean isSet = random.nextBoolean();
        writer.send(_ -> {}, isSet ? new String[] {"SET", key, "passing"} : delete(key));
      }
      return;
    }
    SimulatedClient scanner = scanners.get(random.nextInt(SCANNERS));
    if (scanner.isIdle()) {
      scan(scanner, "0", new HashSet<>());
    }
  }

  private static String[] delete(String key) {
    return new String[] {"DEL", key};
  }

  private void scan(SimulatedClient scanner, String cursor, Set<String> found) {
    scanner.send(
        reply -> {
          List<?> parts = (List<?>) reply;
          found.addAll(strings(parts.get(1)));
          if (!parts.get(0).equals("0")) {
            scan(scanner, (String) parts.get(0), found);
            return;
          }
          for (int i = 0; i < STAYING; i++) {
            demand(found.contains("s" + i), "an iteration has left s" + i + " out");
          }
        },
        "SCAN",
        cursor,
        "COUNT",
        "" + (1 + random.nextInt(12)));
  }

  @Override
  void quiet() {
    demand(set == STAYING, "not all is set");
  }
}
