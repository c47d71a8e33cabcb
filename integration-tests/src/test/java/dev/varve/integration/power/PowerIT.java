package dev.varve.integration.power;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.RawClient;
import dev.varve.integration.Seed;
import dev.varve.integration.ServerProcess;
import dev.varve.integration.kill.KillCounts;
import dev.varve.integration.kill.KillJournal;
import dev.varve.integration.power.Trace.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Losses of power and failing calls of the packaged server: nothing acknowledged is lost, nothing
 * visible is taken back. System properties:
 *
 * <ul>
 *   <li>{@code varve.states}, {@code varve.errors}: how many states of a loss of power are to be
 *       survived, and how many lives with failing calls
 *   <li>{@code varve.counts}: a file that keeps what was survived; what it has counts as done
 *   <li>{@code varve.minutes}: after so many, the run ends short of its goal
 * </ul>
 */
final class PowerIT {

  private static final int STATES_OF_NORMAL_TESTS = 15;

  /** None: what a server tells on a full disk was understood too late to be held in the gate. */
  private static final int ERROR_RUNS_OF_NORMAL_TESTS = 0;

  private static final int STATES_OF_A_LIFE = 12;

  /** A second is what everysec promises; a machine under load may take longer. */
  private static final long PATIENCE_SECONDS = 30;

  /** A file system in memory, where there is one. */
  private static final Path MEMORY =
      Stream.of("/dev/shm", System.getProperty("java.io.tmpdir"))
          .map(Path::of)
          .filter(Files::isWritable)
          .findFirst()
          .orElseThrow();

  @TempDir Path folder;

  @Test
  void nothingAcknowledgedIsLost() throws Exception {
    String kept = System.getProperty("varve.counts");
    Path file = kept == null ? null : Path.of(kept);
    KillCounts counts = KillCounts.load(file);
    KillJournal journal = new KillJournal(file);
    try {
      runUntilTheGoal(counts, journal);
    } catch (Throwable e) {
      journal.failed(e);
      throw e;
    }
    journal.ended("survived: " + counts);
    System.out.println("survived: " + counts);
  }

  private void runUntilTheGoal(KillCounts counts, KillJournal journal) throws Exception {
    long states = Integer.getInteger("varve.states", STATES_OF_NORMAL_TESTS);
    long errors = Integer.getInteger("varve.errors", ERROR_RUNS_OF_NORMAL_TESTS);
    long minutes = Integer.getInteger("varve.minutes", 60);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    Path library = Interposer.compile(folder);
    while (System.nanoTime() < end) {
      boolean moreStates = counts.get(PowerRun.STATES) < states;
      boolean moreErrors = counts.get(PowerRun.ERROR_RUNS) < errors;
      if (!moreStates && !moreErrors) {
        return;
      }
      long begin = System.nanoTime();
      long seed = Seed.of("PowerIT");
      SplittableRandom random = new SplittableRandom(seed);
      boolean wished = random.nextInt(5) > 0;
      boolean failing = moreErrors && (wished || !moreStates);
      journal.line((failing ? "calls fail" : "power goes") + ", seed " + seed);
      Path work = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "power");
      Path memory = Files.createTempDirectory(MEMORY, "power");
      PowerRun run = new PowerRun(work.toAbsolutePath(), memory, library, random, counts);
      if (failing) {
        run.errors();
      } else {
        run.losses(STATES_OF_A_LIFE);
      }
      PowerRun.delete(memory);
      PowerRun.delete(work);
      counts.add(PowerRun.MILLISECONDS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
      counts.save();
    }
  }

  @Test
  void everysecSyncsWithinMoments() throws Exception {
    Path data = folder.resolve("data");
    Interposer interposer =
        new Interposer(Interposer.compile(folder), data, folder.resolve("trace"));
    try (ServerProcess server =
        interposer.attach(ServerProcess.in(data).with("--appendfsync", "everysec")).start()) {
      try (RawClient client = server.connect()) {
        assertEquals("OK", client.call("SET", "key", "value"));
      }
      long acknowledged = interposer.position();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!logIsSyncedSince(interposer.events(), acknowledged) && System.nanoTime() < end) {
        server.run(Duration.ofMillis(10));
      }
      interposer.freeze();
    }
    Path left = lost(interposer.events(), data, true);
    try (ServerProcess server = ServerProcess.in(left).start();
        RawClient client = server.connect()) {
      assertArrayEquals(
          RawClient.ascii("value"), (byte[]) client.call("GET", "key"), "it was never synced");
    }
  }

  /** Whether a sync of the log has ended that began after that position of the trace. */
  private static boolean logIsSyncedSince(List<Event> events, long position) {
    Map<Integer, Path> open = new HashMap<>();
    for (Event event : events) {
      if (event.kind() == EventKind.OPEN) {
        open.put(event.fd(), event.path());
      } else if (event.kind() == EventKind.SYNC_END
          && event.a() > position
          && open.get(event.fd()).toString().endsWith(".log")) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aDiskThatForgetsWhatItSyncsIsNoticed() throws Exception {
    Path data = folder.resolve("data");
    Interposer interposer =
        new Interposer(Interposer.compile(folder), data, folder.resolve("trace"));
    try (ServerProcess server = interposer.attach(ServerProcess.in(data)).start();
        RawClient client = server.connect()) {
      assertEquals("OK", client.call("SET", "key", "value"));
      interposer.freeze();
    }
    List<Event> events = interposer.events();
    try (ServerProcess server = ServerProcess.in(lost(events, data, true)).start();
        RawClient client = server.connect()) {
      assertArrayEquals(RawClient.ascii("value"), (byte[]) client.call("GET", "key"));
    }
    int last = events.size();
    while (events.get(last - 1).kind() != EventKind.SYNC_END) {
      last--;
    }
    List<Event> forgetful = new ArrayList<>(events.subList(0, last - 1));
    try (ServerProcess server = ServerProcess.in(lost(forgetful, data, false)).start();
        RawClient client = server.connect()) {
      AssertionError noticed =
          assertThrows(
              AssertionError.class,
              () ->
                  assertArrayEquals(RawClient.ascii("value"), (byte[]) client.call("GET", "key")));
      assertTrue(noticed.getMessage().contains("null"), noticed.getMessage());
    }
  }

  /** What is left where everything unsynced is lost. */
  private Path lost(List<Event> events, Path data, boolean whole) throws Exception {
    PowerDisk disk = PowerDisk.of(folder.resolve("nothing"), data);
    events.forEach(disk::apply);
    if (whole) {
      assertEquals(null, disk.difference());
    }
    Path left = folder.resolve(whole ? "left" : "forgotten");
    disk.crash(left, new SplittableRandom(0), 0, false);
    return left;
  }
}
