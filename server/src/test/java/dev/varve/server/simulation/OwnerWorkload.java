package dev.varve.server.simulation;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * One client changes collections of two databases, flushes and swaps these; a model that is a map
 * in memory does the same. Each reply is the model's. Others read: what they see at once is the
 * model's after some command, not one before what was acknowledged to anybody, or seen by anybody,
 * when they asked. So it is with what survives.
 */
final class OwnerWorkload extends Workload {
  private static final int READERS = 3;
  private static final int MOST_UNANSWERED = 6;

  private final RandomCollectionCommands commands;
  private int entries;

  /** Steps that were sent, each with the commands that it takes. */
  private final List<List<String[]>> steps = new ArrayList<>();

  /** What is to be seen after so many steps. */
  private final TreeMap<Integer, Map<String, String>> states = new TreeMap<>();

  /** How many were acknowledged, or seen. */
  private int least;

  private CommandHarness twin;
  private Session twinSession;
  private SimulatedClient owner;
  private final List<SimulatedClient> readers = new ArrayList<>();

  OwnerWorkload(ServerSimulation world) {
    super(world);
    commands = new RandomCollectionCommands(new Random(random.nextLong()));
    states.put(0, Map.of());
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    find(survivor, promised);
  }

  /** Returns after how many steps a model shows what has survived; the fewest that may be. */
  private int find(Survivor survivor, boolean promised) {
    Map<String, String> found = observe(survivor);
    int from = promised ? least : 0;
    for (Map.Entry<Integer, Map<String, String>> state : states.tailMap(from, true).entrySet()) {
      if (state.getValue().equals(found)) {
        return state.getKey();
      }
    }
    throw new AssertionError(
        "of steps " + from + " to " + steps.size() + " none leaves " + difference(found));
  }

  private String difference(Map<String, String> found) {
    Map<String, String> last = states.lastEntry().getValue();
    StringBuilder text = new StringBuilder();
    for (String key : keys()) {
      if (!String.valueOf(found.get(key)).equals(String.valueOf(last.get(key)))) {
        text.append(key).append(": ").append(found.get(key));
        text.append(", at last ").append(last.get(key)).append("; ");
      }
    }
    return text.toString();
  }

  private static List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (int database = 0; database < 2; database++) {
      for (String key : RandomCollectionCommands.keys()) {
        keys.add(database + "/" + key);
      }
    }
    return keys;
  }

  private static Map<String, String> observe(Survivor survivor) {
    Map<String, String> all = new TreeMap<>();
    for (String name : keys()) {
      String key = name.substring(2);
      Object reply = survivor.ask(name.charAt(0) - '0', look(key));
      String seen = seen(key, reply);
      if (!seen.equals("none")) {
        all.put(name, seen);
      }
    }
    return all;
  }

  /** Returns what a key is looked at by. */
  private static String[] look(String key) {
    return switch (key.charAt(0)) {
      case 'b' -> new String[] {"GET", key};
      case 'l' -> new String[] {"LRANGE", key, "0", "-1"};
      case 's' -> new String[] {"SMEMBERS", key};
      case 'h' -> new String[] {"HGETALL", key};
      case 'z' -> new String[] {"ZRANGE", key, "0", "-1", "WITHSCORES"};
      default -> new String[] {"XRANGE", key, "-", "+"};
    };
  }

  /** Returns what was seen, whatever the order of members; "none" if there is nothing. */
  private static String seen(String key, Object reply) {
    List<String> all = strings(reply);
    if (reply instanceof Resp.Failure(String line)) {
      demand(line.startsWith("WRONGTYPE"), line);
      return "other";
    }
    if (reply.equals(Resp.NIL) || (all.isEmpty() && key.charAt(0) != 'b')) {
      return "none";
    }
    if (key.charAt(0) == 's') {
      Collections.sort(all);
    } else if (key.charAt(0) == 'h') {
      Map<String, String> pairs = new TreeMap<>();
      for (int i = 0; i < all.size(); i += 2) {
        pairs.put(all.get(i), all.get(i + 1));
      }
      return pairs.toString();
    }
    return all.toString();
  }

  @Override
  void begin(Survivor survivor) {
    int left = find(survivor, false);
    steps.subList(left, steps.size()).clear();
    states.tailMap(left, false).clear();
    least = left;
    twin = new CommandHarness(new FakeEngine(1, 0), 1);
    world.limit(twin.limits());
    twinSession = twin.connect();
    steps.forEach(step -> step.forEach(each -> twin.execute(twinSession, each)));
    owner = connect(0);
    step(List.<String[]>of(select(0)));
    readers.clear();
    for (int i = 0; i < READERS; i++) {
      readers.add(connect(0));
    }
  }

  @Override
  void act() {
    if (random.nextInt(3) != 0) {
      if (owner.unanswered() < MOST_UNANSWERED) {
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
          step(next());
        }
      }
    } else {
      SimulatedClient reader = readers.get(random.nextInt(READERS));
      if (reader.isIdle()) {
        read(reader);
      }
    }
  }

  /** Draws a step of which all follows from the data alone. */
  private List<String[]> next() {
    int whole = random.nextInt(60);
    if (whole < 3) {
      return List.<String[]>of(
          whole == 0 ? new String[] {"FLUSHDB"} : new String[] {"SWAPDB", "0", "1"});
    }
    while (true) {
      List<String[]> step = commands.next();
      if (step.stream().allMatch(OwnerWorkload::isPlain)) {
        step.forEach(this::giveId);
        return step.size() > 2 && random.nextBoolean() ? withSelect(step) : step;
      }
    }
  }

  /** The transaction goes to one of the databases in its midst, and stays there. */
  private List<String[]> withSelect(List<String[]> step) {
    List<String[]> longer = new ArrayList<>(step);
    longer.add(1 + random.nextInt(step.size() - 1), select(random.nextInt(2)));
    return longer;
  }

  private static String[] select(int database) {
    return new String[] {"SELECT", "" + database};
  }

  /** Whether what it does follows from what is looked at, and from no time. */
  private static boolean isPlain(String[] command) {
    String name = command[0];
    boolean ofStream = name.charAt(0) == 'X' && !name.equals("XADD");
    return !ofStream
        && !name.contains("EXPIRE")
        && !name.equals("HSETEX")
        && !name.equals("DBSIZE");
  }

  private void giveId(String[] command) {
    int star = Arrays.asList(command).indexOf("*");
    if (command[0].equals("XADD") && star >= 0) {
      command[star] = ++entries + "-1";
    }
  }

  private void step(List<String[]> its) {
    int number = steps.size() + 1;
    steps.add(its);
    for (int i = 0; i < its.size(); i++) {
      Object expected = Resp.of(twin.execute(twinSession, its.get(i)));
      boolean isLast = i == its.size() - 1;
      owner.send(
          reply -> {
            demand(reply.equals(expected), "expected " + expected);
            if (isLast) {
              least = Math.max(least, number);
            }
          },
          its.get(i));
    }
    states.put(number, observe(new Survivor(twin)));
  }

  private void read(SimulatedClient reader) {
    List<String> all = RandomCollectionCommands.keys();
    int database = random.nextInt(2);
    int from = least;
    List<String> names = new ArrayList<>();
    for (int i = random.nextBoolean() ? 1 : 3; i > 0; i--) {
      names.add(database + "/" + all.get(random.nextInt(all.size())));
    }
    reader.send(Workload::isOk, "SELECT", "" + database);
    if (names.size() == 1) {
      reader.send(reply -> hold(from, names, List.of(reply)), look(names.get(0).substring(2)));
      return;
    }
    reader.send(Workload::isOk, "MULTI");
    names.forEach(name -> reader.send(Workload::isQueued, look(name.substring(2))));
    reader.send(reply -> hold(from, names, (List<?>) reply), "EXEC");
  }

  /** What was seen at once is what it was after some step. */
  private void hold(int from, List<String> names, List<?> replies) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      all.add(seen(names.get(i).substring(2), replies.get(i)));
    }
    for (Map.Entry<Integer, Map<String, String>> state : states.tailMap(from, true).entrySet()) {
      List<String> then =
          names.stream().map(name -> state.getValue().getOrDefault(name, "none")).toList();
      if (then.equals(all)) {
        least = Math.max(least, state.getKey());
        return;
      }
    }
    throw new AssertionError(
        "of steps " + from + " to " + steps.size() + " none shows " + names + " as " + all);
  }

  @Override
  void quiet() {
    demand(least == steps.size(), "not all steps are acknowledged");
  }
}
