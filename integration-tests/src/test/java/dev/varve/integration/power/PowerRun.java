package dev.varve.integration.power;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.ServerProcess;
import dev.varve.integration.kill.KillCounts;
import dev.varve.integration.power.Life.Errors;
import dev.varve.integration.power.Trace.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A few lives of one database, with losses of power between them. At some points of each life's
 * trace the folder is made anew as a loss of power there may leave it, a server is started on it,
 * and asked for all that must be there. One of these folders is where the next life begins.
 */
final class PowerRun {

  static final String STATES = "states";
  static final String ERROR_RUNS = "error-runs";
  static final String ERRORS = "injected-errors";
  static final String SHORTENED = "short-transfers";
  static final String EVENTS = "traced-calls";
  static final String ACKNOWLEDGED = "acknowledged-commands";
  static final String FAILED_STARTS = "starts-that-errors-prevented";
  static final String MILLISECONDS = "milliseconds";

  private static final int LIVES = 3;
  private static final int LIVES_WITH_ERRORS = 4;

  /** After these a loss of power is most interesting. */
  private static final Set<EventKind> TURNS =
      EnumSet.of(
          EventKind.RENAME,
          EventKind.LINK,
          EventKind.UNLINK,
          EventKind.SYNC_END,
          EventKind.TRUNCATE);

  private final Path folder;
  private final Path memory;
  private final Path library;
  private final SplittableRandom random;
  private final KillCounts counts;
  private final List<PowerWriter> writers = new ArrayList<>();
  private final Registers registers = new Registers();
  private Promise promise;

  /**
   * A run of one seed.
   *
   * @param folder for the files of its lives, which are on a disk; it is left empty
   * @param memory for states, which are best in memory, as no more than a start happens to them
   * @param library what {@link Interposer#compile} has made
   */
  PowerRun(Path folder, Path memory, Path library, SplittableRandom random, KillCounts counts) {
    this.folder = folder;
    this.memory = memory;
    this.library = library;
    this.random = random;
    this.counts = counts;
    for (int i = 0; i < Life.SHARING + Life.OWNING; i++) {
      boolean owns = i >= Life.SHARING;
      writers.add(new PowerWriter(i, owns ? 1 + i - Life.SHARING : 0, owns, random.split()));
    }
  }

  /** Lives without errors, and so many losses of power in each. */
  void losses(int statesOfALife) throws Exception {
    for (int i = 0; i < LIVES; i++) {
      String policy = Life.pick(random, "always", "always", "always", "everysec", "no");
      life(i, policy, Errors.NONE, statesOfALife);
    }
    delete(data(LIVES));
  }

  /** A life without errors, and some with errors that go on from what the one before has left. */
  void errors() throws Exception {
    life(0, Life.pick(random, "always", "everysec", "no"), Errors.NONE, 1);
    for (int i = 1; i <= LIVES_WITH_ERRORS; i++) {
      Errors errors = random.nextInt(8) == 0 ? Errors.STARTING : Errors.SERVING;
      life(i, Life.pick(random, "always", "always", "everysec", "no"), errors, 1);
    }
    delete(data(1 + LIVES_WITH_ERRORS));
  }

  private Path data(int life) {
    return folder.resolve("life" + life);
  }

  private void life(int number, String policy, Errors errors, int states) throws Exception {
    Path data = data(number);
    Interposer interposer = new Interposer(library, data, folder.resolve("trace" + number));
    Life life = new Life(interposer, data, promise, writers, registers, random.split());
    try {
      List<Event> events = life.live(policy, errors);
      counts.add(EVENTS, events.size());
      counts.add(ACKNOWLEDGED, life.answers());
      lose(life, data, events, number, states);
      life.checkTrace();
      if (errors != Errors.NONE) {
        // As if the process alone had ended: nothing is lost.
        verify(life.at(interposer.position()), data, "what calls that fail have left");
        counts.add(ERROR_RUNS, interposer.injected() > 1 ? 1 : 0);
        counts.add(ERRORS, interposer.injected());
        counts.add(SHORTENED, interposer.shortened());
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          "policy %s, errors %s, life %d in %s".formatted(policy, errors, number, folder), e);
    }
    interposer.delete();
    delete(data);
  }

  private void lose(Life life, Path data, List<Event> events, int number, int states)
      throws Exception {
    NavigableSet<Integer> points = pick(events, states);
    PowerDisk disk = life.disk();
    int last = points.isEmpty() ? -1 : points.last();
    for (int i = 0; i < events.size(); i++) {
      disk.apply(events.get(i));
      if (points.contains(i)) {
        Promise then = life.at(events.get(i).end());
        verifyLoss(disk, then, "event " + i + " of life " + number + ", " + events.get(i));
        if (i == last) {
          promise = then;
          disk.crash(data(number + 1), random.split());
        }
      }
    }
    if (last < 0) {
      promise = life.at(0);
      disk.crash(data(number + 1), random.split());
    }
    assertTrue(Files.isDirectory(data), () -> data + " is gone");
  }

  private NavigableSet<Integer> pick(List<Event> events, int count) {
    NavigableSet<Integer> points = new TreeSet<>();
    for (int tries = 0; points.size() < count && tries < 20 * count && !events.isEmpty(); tries++) {
      int point = random.nextInt(events.size());
      if (random.nextBoolean()) {
        while (point < events.size() - 1 && !TURNS.contains(events.get(point).kind())) {
          point++;
        }
        // As often just before as just after.
        point = Math.max(0, point - random.nextInt(2));
      }
      points.add(point);
    }
    return points;
  }

  private void verifyLoss(PowerDisk disk, Promise then, String where) throws Exception {
    long seed = random.nextLong();
    Path state = memory.resolve("state");
    disk.crash(state, new SplittableRandom(seed));
    try {
      verify(then, state, where);
    } catch (IOException | AssertionError e) {
      Path untouched = folder.resolve("untouched");
      disk.crash(untouched, new SplittableRandom(seed));
      throw new AssertionError("as the server found it: " + untouched, e);
    } finally {
      delete(state);
    }
    counts.add(STATES, 1);
  }

  private void verify(Promise then, Path state, String where) throws IOException {
    try (ServerProcess server = Life.server(state, "always", random).launch()) {
      try {
        assertTrue(server.becomesReady(), "it didn't become ready");
        then.verify(server);
      } catch (IOException | AssertionError e) {
        throw new AssertionError("at " + where + "; the server printed:\n" + server.log(), e);
      }
    }
  }

  /** Deletes all of a folder. */
  static void delete(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
